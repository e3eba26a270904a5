"""Tags that the core tables are made of, read in one pass: a census has thirty million, and few are of use.

Those are links to a parent (`base_model:...`), licences (`license:...`), and the names of architectures and formats
that the register knows. They come as categories: nine million rows have 0.3 million distinct tags, which are looked at
once each (`names.in_any_order`).
"""

from pathlib import Path

import polars as pl

from pipeline import register
from pipeline.base.vocabulary import PARENT_TAG

LICENCE = "license:"


def of_models(raw: pl.LazyFrame, directory: Path) -> pl.DataFrame:
    """`row, tag` of every tag that is of use, in the order of the rows (from 0) and of their lists.

    directory: the register.
    """
    architectures, formats = register.load("architectures", directory), register.load("formats", directory)
    known = pl.concat([architectures["architecture"], formats["tag"].drop_nulls()]).unique()
    tag = pl.col("tag")
    return _read(raw, tag.is_in(known.implode()) | tag.str.starts_with(PARENT_TAG) | tag.str.starts_with(LICENCE))


def of_links(raw: pl.LazyFrame) -> pl.DataFrame:
    """The same of tags that name a parent alone."""
    return _read(raw, pl.col("tag").str.starts_with(PARENT_TAG))


def is_link() -> pl.Expr:
    """Whether a tag names a parent."""
    return pl.col("tag").cat.starts_with(PARENT_TAG)


def _read(raw: pl.LazyFrame, is_of_use: pl.Expr) -> pl.DataFrame:
    rows = raw.select(tag="tags").with_row_index("row").explode("tag").filter(is_of_use)
    return rows.with_columns(pl.col("tag").cast(pl.Categorical(pl.Categories.random()))).collect(engine="streaming")
