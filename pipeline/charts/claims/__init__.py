"""Figures and tables of the page `claims`."""
