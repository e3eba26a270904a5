"""The figure on converters, and the table of the largest branches of the family tree."""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.chapters.lineage.schema import ALL
from pipeline.charts.kit.bars import bars_below_names
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.kit.html import Html, register_table
from pipeline.charts.lineage.gaps import missing


def converters(table: pl.DataFrame, facts: PageFacts) -> Figure | Absent | None:
    """The uploaders of most quantized derivatives. table: the table `converters`."""
    key = "lineage-converters"
    rows = table.filter(group=ALL).sort("rank")
    if rows.is_empty():
        return missing(key, "anatomy.converters", "No derivative of this snapshot is quantized.", facts)
    return Figure(
        key=key,
        title=facts.text("anatomy.converters.title"),
        subtitle=(
            "Direct declared derivatives that are quantized, by relation or format, of the largest uploaders; "
            f"{facts.text('anatomy.basis.converters')}"
        ),
        draw=lambda width: bars_below_names(rows, width, name="uploader", amount="repositories"),
        description=(
            f"Bar chart of quantized derivatives for the {words.word(rows.height)} largest uploaders, sorted. "
            f"{facts.text('anatomy.converters.sentence')}"
        ),
        table=rows.select("rank", "uploader", "repositories", "is_repackager"),
        column_labels={
            "rank": "Rank",
            "uploader": "Uploader",
            "repositories": "Quantized derivatives",
            "is_repackager": "Repackager",
        },
        source=source_line(
            facts.text("anatomy.source.converters"),
            f"n = {facts.text('anatomy.converters.repositories')} quantized derivatives",
        ),
        note="Teal: registered repackagers, who convert other makers’ models." if rows["is_repackager"].any() else None,
        kind="Bar chart",
    )


def branches(tree: pl.DataFrame, facts: PageFacts, *, top: int) -> Html | None:
    """The repositories with most descendants, each with its children of most. tree: the table `tree`."""
    if tree.is_empty():
        return None
    rows = (
        tree.sort("parent", "descendants", "child", descending=[False, True, False])
        .group_by("parent", maintain_order=True)
        .agg(
            pl.col("parent_descendants", "parent_children").first(),
            children=pl.format("{} ({})", "child", pl.col("descendants").map_elements(words.number, pl.String)).head(3),
        )
        .sort("parent_descendants", "parent", descending=[True, False])
        .head(top)
        .with_columns(pl.col("children").list.join("; "))
    )
    labels = {
        "parent": "Repository",
        "parent_descendants": "Descendants",
        "parent_children": "Of them direct",
        "children": "Children with most descendants of their own",
    }
    return register_table(rows, labels, caption=f"The largest branches. Source: {facts.text('anatomy.source.tree')}")
