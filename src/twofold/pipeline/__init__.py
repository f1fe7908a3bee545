"""The engine: knows the stages and their order, and not one component."""
