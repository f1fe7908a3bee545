"""Shipped for tests, ours and other people's: contract suites, and real servers to run them on."""
