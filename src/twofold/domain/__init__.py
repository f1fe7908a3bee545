"""The words of the product: people, events, candidates, ports, errors. Standard library and numpy only."""
