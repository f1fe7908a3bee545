"""The parts of ``twofold evaluate``: the product under test, files, the work itself, tables."""
