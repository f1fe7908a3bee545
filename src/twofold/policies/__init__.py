"""Policies: how scores become the list that is shown."""
