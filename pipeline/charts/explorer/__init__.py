"""Figures and tables of the page `explorer`."""
