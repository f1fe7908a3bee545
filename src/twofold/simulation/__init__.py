"""A synthetic town: who its people are, what they want, how they answer."""
