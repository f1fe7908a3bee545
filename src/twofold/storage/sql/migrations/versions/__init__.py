"""One module per change of the schema, named after its revision; a published one is never edited."""
