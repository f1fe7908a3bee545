"""The ways in: each parses, calls one service and formats the answer."""
