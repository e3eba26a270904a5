"""Figures and tables of the page `moment`."""
