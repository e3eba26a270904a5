"""The figure on downloads by relation."""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.charts.kit import room
from pipeline.charts.kit.axes import rows_of, ticks_at
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.families import RELATION_NAMES, total
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.kit.theme import is_phone
from pipeline.charts.lineage.gaps import missing

QUARTERS = [0, 0.25, 0.5, 0.75, 1]
"""Ticks of an axis of shares that ends beyond the whole, for the words at the end of its longest bar."""


def downloads(shares: pl.DataFrame, facts: PageFacts) -> Figure | Absent | None:
    """Downloads by relation, the makers' own derivatives apart. shares: the table `download_shares`."""
    key = "lineage-downloads"
    known = shares.drop_nulls("share")
    if known.is_empty() or facts.value("anatomy.basis.downloads") is None:
        return missing(key, "anatomy.downloads", "This snapshot counts no downloads.", facts)
    names = {"none_declared": "Declare no parent", **RELATION_NAMES}
    makers, others = "derivatives by the parent’s maker", "all others"
    table = (
        known.filter(pl.col("repositories") > 0)
        .with_columns(name=pl.col("kind").replace_strict(names, return_dtype=pl.String))
        .sort(pl.col("kind") != "none_declared", -pl.col("downloads"), "kind")
        .with_columns(value=pl.col("share").map_elements(words.percent, return_dtype=pl.String))
    )
    sums = pl.col("downloads").sum()
    long = pl.concat(
        table.select("name", "place", "part", share=part)
        for table, part in (
            (table.with_columns(place=0, part=pl.lit(makers)), pl.col("downloads_of_makers") / sums),
            (
                table.with_columns(place=1, part=pl.lit(others)),
                (pl.col("downloads") - pl.col("downloads_of_makers")) / sums,
            ),
        )
    )
    parts = [makers, others]
    return Figure(
        key=key,
        title=facts.text("anatomy.downloads.title"),
        subtitle=(
            "Share of the snapshot’s downloads in 30 days, by the declared relation of the repository; "
            f"{facts.text('anatomy.basis.downloads')}"
        ),
        draw=lambda width: _download_chart(table, long, parts, width),
        description=(
            f"Stacked bar chart of the share of downloads by relation. {facts.text('anatomy.downloads.sentence')}\n\n"
            f"{table['name'][0]}: {table['value'][0]}. The table has the makers’ own apart, their tuned releases "
            "among them."
        ),
        table=table.drop("kind", "value").select("name", pl.all().exclude("name")),
        column_labels={
            "name": "Relation",
            "repositories": "Repositories",
            "downloads": "Downloads in 30 days",
            "share": "Share",
            "downloads_of_makers": "By the parent’s maker",
            "share_all_time": "Share since the count began",
        },
        source=source_line(
            facts.text("anatomy.source.downloads"),
            f"n = {words.large(total(table, 'downloads'))} downloads · the Hub’s counter",
        ),
        note="A repository with several relations counts for the first of fine-tune, adapter, quantization, merge.",
        kind="Stacked bar chart",
    )


def _download_chart(table: pl.DataFrame, long: pl.DataFrame, parts: list[str], width: int) -> alt.TopLevelMixin:
    names, least = table["name"].to_list(), 1.3 if is_phone(width) else 1.12
    end_of_axis = room.axis_end(table["share"].to_list(), table["value"].to_list(), room.plot(names, width), least)
    scale = alt.Scale(domain=[0, end_of_axis], nice=False)
    axis = alt.Axis(format="%", **ticks_at(QUARTERS)) if end_of_axis > 1 else alt.Axis(format="%", tickCount=4)
    x = alt.X("share:Q", title=None, stack="zero", axis=axis, scale=scale)
    end = alt.X("share:Q", title=None, axis=axis, scale=scale)
    y = rows_of("name", names)
    color = alt.Color(
        "part:N",
        scale=alt.Scale(domain=parts, range=["var(--accent)", "var(--family-grey)"]),
        sort=parts,
        legend=alt.Legend(columns=1 if is_phone(width) else 2),
    )
    return alt.layer(
        alt.Chart(long).mark_bar().encode(x=x, y=y, color=color, order=alt.Order("place:Q")),
        alt.Chart(table).mark_text(align="left", dx=5).encode(x=end, y=y, text="value:N"),
    ).properties(width=width, height=table.height * 32 + 70)
