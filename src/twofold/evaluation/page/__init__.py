"""The report as one self-contained page: own charts, no script, nothing from elsewhere."""
