"""Benchmarks of the lineage engine: `make bench`."""
