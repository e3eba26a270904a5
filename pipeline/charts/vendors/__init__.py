"""Figures and tables of the page `vendors`."""
