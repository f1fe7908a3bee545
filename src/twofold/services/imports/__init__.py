"""People and events from files: read, mapped, validated row by row, and stored in batches."""
