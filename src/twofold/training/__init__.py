"""Fitting both stages; the only room that imports what fits models, and it runs as a child process."""
