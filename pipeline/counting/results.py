"""Results of definitions: each once, however many definitions give it.

Many definitions of the grid count the same: where nothing declares a parent, most of those of links find the same
conversions. A result is the pair of counts (subject, reference) that definitions give from links, from shapes or from
names. Declared and inferred links are one kind here: where nothing is inferred, both give the same.
"""

import polars as pl

PAIR = ["subject_derivatives", "reference_derivatives"]
_KIND = {"declared_or_inferred": "declared"}


def with_results(ratios: pl.DataFrame) -> pl.DataFrame:
    """Ratios with `result`: the key of the definition that stands for all that give the same.

    ratios: `definition, evidence, subject_derivatives, reference_derivatives, is_headline, is_plain`. The headline
    stands first, then plain definitions, then those with the shortest key.
    """
    kind = pl.col("evidence").cast(pl.String).replace(_KIND)
    stands = pl.col("definition").sort_by(
        ~pl.col("is_headline"), ~pl.col("is_plain"), pl.col("definition").str.len_chars(), pl.col("definition")
    )
    return ratios.with_columns(result=stands.first().over(kind, *PAIR))


def distinct(ratios: pl.DataFrame) -> pl.DataFrame:
    """The rows that stand for a result: every result once."""
    return ratios.filter(pl.col("definition") == pl.col("result"))
