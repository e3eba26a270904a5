"""Which releases are flagships: a rule over the register of releases, so that nobody chooses the list."""

import polars as pl

FLAGSHIPS = "flagship releases"
"""What tables and sentences call them."""

LANGUAGE = ("text", "code", "math", "vision")
"""Modalities of language models, those that also see included."""

HALF_YEAR = "6mo"
"""A half-year, as polars names it."""


def flagships(releases: pl.DataFrame) -> pl.DataFrame:
    """The largest language model of each maker in each half-year, with its `half_year` and `parameters`.

    Largest by stored elements, or by stated parameters where those are not known; of equal ones the earliest.
    releases: of the register, with the `organisation` of each. Releases without a date, a size or a
    registered maker are left out.
    """
    return (
        releases.filter(pl.col("modality").is_in(LANGUAGE))
        .with_columns(
            half_year=pl.col("released").dt.truncate(HALF_YEAR),
            parameters=pl.coalesce("parameters_total", "parameters_stated"),
        )
        .drop_nulls(["half_year", "parameters", "organisation"])
        .sort("parameters", "released", "model", descending=[True, False, False])
        .unique(["organisation", "half_year"], keep="first", maintain_order=True)
        .sort("half_year", "organisation")
    )
