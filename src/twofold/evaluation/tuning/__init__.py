"""Choosing the quotas of the sources on the validation part alone."""
