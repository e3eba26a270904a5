"""Figures and tables of the page `data`."""
