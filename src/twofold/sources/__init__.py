"""Sources: where people worth looking at come from; each brings its own list of eligible people and its own reasons."""
