"""Figures and tables of the pages, one folder a page; `kit` is what all of them are made with.

Functions take the tables of a chapter as they are written. A docstring names the table where the parameter has another
name; `families`, `machines` and `organisations` are those of the register. What their columns mean, with units, stands
once: in `pipeline/chapters/<page>/schema.py`.
"""
