"""Figures and tables of the page `calculator`."""
