"""Figures and tables of the page `surface`."""
