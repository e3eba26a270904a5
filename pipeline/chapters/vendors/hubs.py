"""Who publishes on both hubs, the Hub and ModelScope, under its own name: models counted by family, maker and country.

How a model is placed, and what the pairs do not show, stands in `pipeline.register.lookup.modelscope`.
"""

from pathlib import Path

import polars as pl

from pipeline.chapters.vendors.schema import VendorHubs
from pipeline.register.lookup.modelscope import NAMES, on_both_hubs


def hubs(directory: Path) -> pl.DataFrame:
    """Rows of `schema.VendorHubs`. directory: the register."""
    models = on_both_hubs(directory)
    return pl.concat(counted(models, kind) for kind in ("family", "organisation", "country"))


def counted(models: pl.DataFrame, kind: str) -> pl.DataFrame:
    """The rows of one kind of group; models: `name_there` and a column of that kind, nulls left out."""
    return (
        models.drop_nulls(kind)
        .group_by(group=kind)
        .agg(models=pl.len(), **{name: (pl.col("name_there") == name).sum() for name in NAMES})
        .select(pl.lit(kind).alias("group_kind"), "group", pl.col("models", *NAMES).cast(pl.Int64))
        .select(VendorHubs.column_names())
    )
