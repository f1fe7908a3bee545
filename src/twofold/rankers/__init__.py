"""Rankers: features in, one column per predicted outcome out."""
