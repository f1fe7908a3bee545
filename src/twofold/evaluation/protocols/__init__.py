"""How each kind of data is evaluated: with times, in evenings, without times, the collaborative model alone."""
