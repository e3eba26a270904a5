"""Figures and tables of the page `lineage`."""
