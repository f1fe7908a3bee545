"""The shipped benchmarks: each says what it measured, on what machine, and a ratio within the same run."""
