"""A seeded world of up to millions of people, drawn as columns: what the shipped benchmarks run on."""
