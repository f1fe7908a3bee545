"""Twofold: people recommendations in two stages, for both sides."""

__version__ = "0.1.0"
