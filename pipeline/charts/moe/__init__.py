"""Figures and tables of the page `moe`."""
