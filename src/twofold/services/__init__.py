"""The use cases: each is handed its ports, does one thing for an entrypoint, and knows no framework of the edge."""
