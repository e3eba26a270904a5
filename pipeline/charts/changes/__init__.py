"""Figures and tables of the page `changes`."""
