"""Trained models: files that verify, the registry, the vectors and their index."""
