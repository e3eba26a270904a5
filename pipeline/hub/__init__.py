"""The core tables: models, links between them, lineage, and the graph that they form."""
