"""Figures and tables of the pages, one folder a page; `kit` is what all of them are made with."""
