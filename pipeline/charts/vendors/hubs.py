"""The figure on ModelScope: whose models are there under their maker's name."""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.chapters.vendors.wording import FEW
from pipeline.charts.kit.families import leading
from pipeline.charts.kit.figure import Absent, Figure
from pipeline.charts.vendors.dots import dot_figure


def hubs(hubs: pl.DataFrame, facts: PageFacts, *, top: int) -> Figure | Absent:
    """Shares of models under a name of their maker's, by group. hubs: the table `vendor_hubs`."""
    key, title = "vendor-hubs", facts.text("vendors.hubs.title")
    ranked = hubs.filter(pl.col("group_kind") == facts.text("report.grouping"), pl.col("models") >= FEW)
    ranked = ranked.sort("models", "group", descending=[True, False])
    own = pl.col("same_name") + pl.col("mostly_its_own")
    table = leading(ranked, facts, top).with_columns(
        same=pl.col("same_name") / pl.col("models"),
        own=own / pl.col("models"),
        value=pl.format("{} · {} of {}", "same_name", own, "models"),
    )
    if table.is_empty():
        return Absent(key, title, facts.text("vendors.hubs.sentence"))
    return dot_figure(
        table.select("group", "same", "own", "same_name", "mostly_its_own", "among_others", "models", "value"),
        "group",
        ("same", "own"),
        called={"same": "share under the same name", "own": "share under that or another of its own"},
        key=key,
        title=title,
        subtitle=(
            f"Share of models on ModelScope, {table.height} groups with most of them. Filled: under the name that the "
            "maker has on the Hub; hollow diamond: under that or another name that has hardly any models but this "
            "maker’s. The rest was uploaded by others. Values: the two, of all"
        ),
        description=(
            f"Dot plot of shares of models on ModelScope for {table.height} groups. "
            f"{facts.text('vendors.hubs.sentence')}\n\n"
            + "; ".join(f"{row['group']} {row['value']}" for row in table.head(FEW).iter_rows(named=True))
            + "."
        ),
        source=f"Source: {facts.text('vendors.hubs.source')} · n = {words.number(int(table['models'].sum()))} models",
        note="A package lists what it can run: a model that it lacks may be on ModelScope all the same.",
    )
