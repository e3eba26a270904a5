"""Papers, languages and regions that registered makers name in the tags of their repositories."""

import polars as pl

from pipeline import register
from pipeline.chapters.vendors.inputs import Inputs, by_country_and_all
from pipeline.chapters.vendors.schema import VendorLanguages, VendorTags

PAPER, REGION = "arxiv:", "region:"


def tags(inputs: Inputs) -> pl.DataFrame:
    """`row, organisation, country, kind, value`: papers, languages and regions of registered makers' repositories."""
    codes = register.load("languages", inputs.directory)["language"]
    tag = pl.col("tags")
    paper, region = tag.str.starts_with(PAPER), tag.str.starts_with(REGION)
    is_theirs = pl.col("row").is_in(inputs.makers["row"].implode())
    rows = inputs.raw.select("tags").with_row_index("row").filter(is_theirs).collect(engine="streaming")
    return (
        inputs.makers.join(rows, on="row")
        .explode("tags")
        .filter(paper | region | tag.is_in(codes.implode()))
        .select(
            "row",
            "organisation",
            "country",
            kind=pl.when(paper).then(pl.lit("paper")).when(region).then(pl.lit("region")).otherwise(pl.lit("language")),
            value=tag.str.strip_prefix(PAPER).str.strip_prefix(REGION),
        )
        .unique()
    )


def tag_counts(inputs: Inputs, tagged: pl.DataFrame) -> pl.DataFrame:
    """Rows of `schema.VendorTags`: one per registered organisation with a repository in the snapshot."""
    counted = tagged.group_by("organisation").agg(
        with_paper=pl.col("row").filter(kind="paper").n_unique().cast(pl.Int64),
        papers=pl.col("value").filter(kind="paper").n_unique().cast(pl.Int64),
        with_language=pl.col("row").filter(kind="language").n_unique().cast(pl.Int64),
        languages=pl.col("value").filter(kind="language").n_unique().cast(pl.Int64),
        with_region=pl.col("row").filter(kind="region").n_unique().cast(pl.Int64),
        region_us=pl.col("row").filter(pl.col("kind") == "region", pl.col("value") == "us").n_unique().cast(pl.Int64),
    )
    has = set(tagged["kind"].unique())
    columns = {"paper": ("with_paper", "papers"), "language": ("with_language", "languages")}
    columns["region"] = ("with_region", "region_us")
    known = [
        (pl.col(column).fill_null(0) if kind in has else pl.lit(None, pl.Int64)).alias(column)
        for kind, names in columns.items()
        for column in names
    ]
    return (
        inputs.makers.group_by("organisation", "country")
        .agg(repositories=pl.len().cast(pl.Int64))
        .join(counted, on="organisation", how="left")
        .with_columns(known)
        .select(VendorTags.column_names())
    )


def languages(inputs: Inputs, tagged: pl.DataFrame) -> pl.DataFrame:
    """Rows of `schema.VendorLanguages`."""
    names = register.load("languages", inputs.directory).select("language", "name")
    tags_of_languages = by_country_and_all(tagged.filter(pl.col("kind") == "language"))
    whole = tags_of_languages.group_by("country").agg(any_language=pl.col("row").n_unique())
    return (
        tags_of_languages.group_by("country", language="value")
        .agg(repositories=pl.col("row").n_unique().cast(pl.Int64))
        .join(whole, on="country")
        .join(names, on="language")
        .with_columns(share=pl.col("repositories") / pl.col("any_language"))
        .select(VendorLanguages.column_names())
    )
