"""Names of families where they stand beside something else."""

import polars as pl

from pipeline.charts.kit import room

NODE = 90
"""Px that the name of a family may take beside its node or its bar."""


def brief(column: str) -> pl.Expr:
    """Names of families where they stand beside something else."""
    return pl.col(column).map_elements(lambda name: room.cut(name, NODE), return_dtype=pl.String)
