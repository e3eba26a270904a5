"""One folder a page that computes: its tables, its facts, its contracts, its stage."""
