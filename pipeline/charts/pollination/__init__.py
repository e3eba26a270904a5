"""Figures and tables of the page `pollination`."""
