"""Figures on chains: through whose repositories derivatives come, how deep they are, and the longest chain."""

from html import escape

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.chapters.lineage.facts_uploaders import repackagers
from pipeline.chapters.lineage.schema import ALL
from pipeline.charts.kit.axes import rows_of
from pipeline.charts.kit.bars import bars_below_names
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.families import total
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.kit.html import Html
from pipeline.charts.kit.table import table_html
from pipeline.charts.kit.theme import is_phone
from pipeline.charts.lineage.gaps import missing

THROUGH = {
    "straight": "straight from the makers",
    "through_own": "through the uploader’s own",
    "through_others": "through others’",
}
DEEP = 10
"""Depths from here on share a bar."""
CHAIN_ENDS = 50
"""Links shown at each end of a chain that is too long for a page."""
_SINGULAR = {
    "finetune": "fine-tune",
    "adapter": "adapter",
    "quantized": "quantization",
    "merge": "merge",
    "unspecified": "not stated",
}


def through_whom(chains: pl.DataFrame, facts: PageFacts, *, top: int) -> Figure | Absent | None:
    """Through whose repositories derivatives come, by family of the root."""
    key = "lineage-hands"
    if chains.is_empty():
        return missing(key, "anatomy.chains", "No derivative of this snapshot has a root of another group.", facts)
    groups = chains.filter(pl.col("group") != ALL).sort(["derivatives", "group"], descending=[True, False]).head(top)
    table = pl.concat([chains.filter(pl.col("group") == ALL), groups])
    extremes = groups.with_columns(share=pl.col("through_others") / pl.col("derivatives")).sort("share", "group")
    extremes_in_words = ""
    if extremes.height > 1:
        low, high = extremes.row(0, named=True), extremes.row(-1, named=True)
        extremes_in_words = (
            f"\n\nOf those shown, {high['group']} has the largest part through others "
            f"({words.percent(high['share'])}), {low['group']} the smallest ({words.percent(low['share'])})."
        )
    return Figure(
        key=key,
        title=facts.text("anatomy.chains.title"),
        subtitle=(
            f"Direct and indirect derivatives by {facts.text('report.grouping')} of their roots, own releases left "
            f"out, as a share; {facts.text('anatomy.basis.intermediaries')}"
        ),
        draw=lambda width: _through_chart(table, width),
        description=(
            f"Stacked bar chart of derivatives for all and for {words.word(groups.height)} groups, by what stands "
            f"between them and their roots. {facts.text('anatomy.chains.sentence')}{extremes_in_words}"
        ),
        table=table,
        column_labels={
            "group": "Root of",
            "derivatives": "Derivatives",
            "straight": "Straight",
            "through_own": "Through own",
            "through_others": "Through others’",
            "through_repackagers": "Through repackagers",
        },
        source=source_line(
            facts.text("anatomy.source.intermediaries"),
            f"n = {words.number(table['derivatives'][0])} derivatives · from declared edges",
        ),
        note="A repository of several roots counts for each of them, once in All.",
        kind="Stacked bar chart",
    )


def _through_chart(table: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    names = list(THROUGH.values())
    colours = ["var(--family-grey)", "var(--ink)", "var(--accent)"]
    long = (
        table.select("group", "derivatives", *THROUGH)
        .unpivot(list(THROUGH), index=["group", "derivatives"], variable_name="through", value_name="n")
        .with_columns(
            share=pl.col("n") / pl.col("derivatives"),
            place=pl.col("through").replace_strict({name: i for i, name in enumerate(THROUGH)}, return_dtype=pl.Int64),
            through=pl.col("through").replace_strict(THROUGH, return_dtype=pl.String),
        )
        .sort("group", "place")
    )
    x = alt.X(
        "share:Q", title=None, stack="zero", axis=alt.Axis(format="%", tickCount=5), scale=alt.Scale(domain=[0, 1])
    )
    order = table["group"].to_list()
    y = rows_of("group", order)
    columns = 1 if is_phone(width) else 3
    color = alt.Color(
        "through:N",
        scale=alt.Scale(domain=names, range=colours),
        sort=names,
        legend=alt.Legend(columns=columns),
    )
    return (
        alt.Chart(long)
        .mark_bar()
        .encode(x=x, y=y, color=color, order=alt.Order("place:Q"))
        .properties(width=width, height=table.height * 30 + (60 if columns == 3 else 110))
    )


def intermediaries(between: pl.DataFrame, facts: PageFacts, *, top: int) -> Figure | Absent | None:
    """The repositories of others through which most derivatives come. between: the table `intermediaries`."""
    key = "lineage-intermediaries"
    table = between.sort("rank").head(top)
    if table.is_empty():
        return missing(key, "anatomy.intermediaries", "Nobody builds on another’s derivative in this snapshot.", facts)
    packs = table.filter("is_repackager").height
    return Figure(
        key=key,
        title=facts.text("anatomy.intermediaries.title"),
        subtitle=(
            "Direct and indirect derivatives below repositories that are derivatives themselves and not by the makers "
            f"of their roots; the largest of each owner; {facts.text('anatomy.basis.intermediaries')}"
        ),
        draw=lambda width: bars_below_names(table, width, name="id", amount="n_descendants"),
        description=(
            f"Bar chart of descendants for {words.word(table.height)} intermediaries, one of each owner, sorted. "
            f"{facts.text('anatomy.intermediaries.sentence')}\n\n"
            f"The last one shown, {table['id'][-1]}, has {words.number(table['n_descendants'][-1])}. "
            f"Of their owners, {repackagers(packs)}."
        ),
        table=table,
        column_labels={
            "id": "Repository",
            "owner": "Owner",
            "n_children": "Direct",
            "n_children_of_others": "Direct, of others",
            "n_descendants": "Direct and indirect",
            "more_of_owner": "Further ones of this owner",
        },
        source=source_line(
            facts.text("anatomy.source.intermediaries"),
            "from declared edges · descendants of one may be descendants of another too",
        ),
        note="Teal: registered repackagers." if packs else None,
        kind="Bar chart",
    )


def depth(depths: pl.DataFrame, facts: PageFacts) -> Figure | Absent | None:
    """Derivatives by their distance from the furthest root."""
    key = "lineage-depth"
    below = depths.filter((pl.col("depth") > 0) & (pl.col("models") > 0))
    if below.is_empty():
        return missing(key, "anatomy.depth", "No repository of this snapshot has a parent other than itself.", facts)
    shown = (
        below.group_by(place=pl.min_horizontal("depth", pl.lit(DEEP)))
        .agg(pl.col("models").sum())
        .sort("place")
        .with_columns(
            steps=pl.when(pl.col("place") == DEEP).then(pl.lit(f"{DEEP}+")).otherwise(pl.col("place").cast(pl.String)),
            value=pl.col("models").map_elements(words.number, return_dtype=pl.String),
        )
    )
    return Figure(
        key=key,
        title=facts.text("anatomy.depth.title"),
        subtitle=(
            "Repositories that declare a parent, by the number of steps to their furthest root; "
            f"{facts.text('anatomy.basis.depth')}"
        ),
        draw=lambda width: _depth_chart(shown, width),
        description=(
            f"Bar chart of derivatives by depth, from one step to {DEEP} and more. "
            f"{facts.text('anatomy.depth.sentence')}\n\nThe tallest bar is {shown.sort('models')['steps'][-1]} with "
            f"{shown.sort('models')['value'][-1]}."
        ),
        table=depths.sort("depth"),
        column_labels={"depth": "Steps to the root", "models": "Repositories", "ghosts": "Absent from the snapshot"},
        source=source_line(
            facts.text("anatomy.source.depth"),
            f"n = {words.number(total(below, 'models'))} derivatives · longest path, cycles condensed",
        ),
        kind="Bar chart",
    )


def _depth_chart(shown: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    x = alt.X("steps:O", title="Steps", sort=shown["steps"].to_list(), axis=alt.Axis(ticks=False))
    y = alt.Y("models:Q", title=None, axis=alt.Axis(tickCount=4, format=",d"))
    base = alt.Chart(shown)
    return alt.layer(
        base.mark_bar(color="var(--family-grey)").encode(x=x, y=y),
        base.mark_text(dy=-8, fontSize=12).encode(x=x, y=y, text="value:N"),
    ).properties(width=width, height=280 if is_phone(width) else 300)


def longest_chain(chain: pl.DataFrame, facts: PageFacts) -> Html | None:
    """The longest chain, link by link, folded: of a very long one both ends, and where to find the rest.

    chain: the table `longest_chain`.
    """
    if chain.height < 2:
        return None
    rows = chain.sort("step").with_columns(
        relation=pl.col("relation")
        .replace_strict({**_SINGULAR}, default=None, return_dtype=pl.String)
        .fill_null("root"),
        created=pl.col("created_month").dt.strftime("%b %Y").fill_null("–"),
    )
    title = facts.text("anatomy.chain.title")
    labels = {"step": "Step", "id": "Repository", "relation": "Built as", "created": "Created"}
    left_out = rows.height - 2 * CHAIN_ENDS
    if left_out > 0:
        first, last = rows.head(CHAIN_ENDS), rows.tail(CHAIN_ENDS)
        listed = (
            table_html(first, labels, caption=f"{title}; its beginning", rows=None)
            + f'<p class="table-more">{left_out:,} repositories in between are left out here; the table '
            '<a href="data/longest_chain.parquet">longest_chain</a> has them all.</p>'
            + table_html(last, labels, caption=f"{title}; its end", rows=None)
        )
    else:
        listed = table_html(rows, labels, caption=title, rows=None)
    return Html(
        f'<details class="chart-data" id="fig-lineage-chain"><summary>{escape(title)}</summary>{listed}</details>'
    )
