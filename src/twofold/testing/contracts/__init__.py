"""Contract suites: subclass one, give its fixture, and every promise of a port is tested on your implementation."""
