"""Figures on lineage: growth, uploaders, chains, depth, half-lives, licences, downloads.

Titles and sentences come from facts, so that a figure and the prose beside it say the same. Where a
snapshot declares no lineage at all, its figures are not drawn one by one: `gaps` says so once, on top.
"""

from collections.abc import Sequence
from html import escape
from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.chapters.lineage.facts import FEW, repackagers
from pipeline.chapters.lineage.schema import ALL, UNKNOWN_OWNER
from pipeline.charts.kit import room
from pipeline.charts.kit.axes import relabelled, rows_of, ticks_at
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.families import RELATION_NAMES, compared, leading, ranks, scales_of, total
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.kit.html import Html
from pipeline.charts.kit.table import table_html
from pipeline.charts.kit.theme import family_style, is_phone

COUNTRIES = 4
"""Countries with a panel of their own; the rest share one."""
DEEP = 10
"""Depths from here on share a bar."""
AXIS = 50
"""Room that a vertical axis takes of a panel's width, in px."""
MOVE_NAMES = {
    "same": "Same tag",
    "same_class": "Other tag, same class",
    "more_open": "More open",
    "more_restricted": "More restricted",
    "to_none": "States none",
}
HANDS = {
    "straight": "straight from the makers",
    "through_own": "through the uploader’s own",
    "through_others": "through others’",
}
NEEDS = {
    "lineage-growth": "growth by relation",
    "lineage-countries": "growth by the parents’ country",
    "lineage-concentration": "concentration of uploaders",
    "lineage-without-ten": "families without mass uploaders",
    "lineage-uploaders": "the largest uploaders",
    "lineage-hands": "through whose hands derivatives come",
    "lineage-intermediaries": "the largest intermediaries",
    "lineage-depth": "depth and the longest chain",
    "lineage-half-life": "half-lives",
    "lineage-downloads": "downloads of derivatives",
}
"""Figures that need declared lineage, by key."""


def gaps(facts: PageFacts) -> Absent | None:
    """Why most figures of the chapter are missing; nothing where lineage is declared."""
    if facts.value("anatomy.declared"):
        return None
    missing = words.listed(list(NEEDS.values()))
    return Absent(
        "lineage-gaps",
        "This snapshot declares no lineage",
        f"Its repositories carry no “base_model” tags. Not drawn here: {missing}. A snapshot in the schema of "
        "hub-stats, with tags, has them all.",
    )


def _missing(key: str, fact: str, reason: str, facts: PageFacts) -> Absent | None:
    """A gap of its own where lineage is declared; where it is not, `gaps` has told all."""
    return Absent(key, facts.text(f"{fact}.title"), reason) if facts.value("anatomy.declared") else None


# ----------------------------------------------------------------------------------------- growth


def growth(monthly: pl.DataFrame, facts: PageFacts) -> Figure | Absent | None:
    """New derivatives by month, a panel per relation."""
    key = "lineage-growth"
    if monthly.is_empty():
        return _missing(key, "anatomy.growth", "No repository that declares a parent has a date.", facts)
    kinds = monthly.filter(pl.col("relation") != "all")
    table = kinds.with_columns(panel=pl.col("relation").replace_strict(RELATION_NAMES, return_dtype=pl.String))
    return _growth_figure(key, "anatomy.growth", table.rename({"month": "start"}), 1, "relation as tagged", facts)


def growth_by_country(quarterly: pl.DataFrame, facts: PageFacts) -> Figure | Absent | None:
    """New derivatives by quarter, a panel per country of the parents' organisations."""
    key = "lineage-countries"
    sums = quarterly.filter(pl.col("country") != UNKNOWN_OWNER).group_by("country").agg(pl.col("derivatives").sum())
    if sums.is_empty():
        return _missing(key, "anatomy.country", "No dated derivative names a parent of a known organisation.", facts)
    largest = sums.sort(["derivatives", "country"], descending=[True, False])["country"].head(COUNTRIES)
    own = pl.col("country").is_in(largest.implode())
    panel = (
        pl.when(own).then("country").when(pl.col("country") == UNKNOWN_OWNER).then(pl.lit("Owner not on the register"))
    )
    table = (
        quarterly.with_columns(panel=panel.otherwise(pl.lit("Other countries")))
        .group_by("panel", "quarter", "is_partial")
        .agg(pl.col("derivatives").sum())
    )
    table = table.rename({"quarter": "start"})
    return _growth_figure(key, "anatomy.country", table, 3, "country of the parent’s organisation", facts)


def _growth_figure(key: str, fact: str, table: pl.DataFrame, months: int, by: str, facts: PageFacts) -> Figure:
    period = {1: "month", 3: "quarter"}[months]
    sums = table.group_by("panel").agg(sum=pl.col("derivatives").sum()).filter(pl.col("sum") > 0)
    last = pl.col("panel").is_in(["Other countries", "Owner not on the register"])
    order = sums.sort(last, -pl.col("sum"), "panel")
    shown = (
        table.join(order, on="panel")
        .sort("panel", "start")
        .with_columns(
            year=pl.col("start").dt.year() + (pl.col("start").dt.month() - 1) / 12,
            year_end=pl.col("start").dt.year() + (pl.col("start").dt.month() - 1 + months) / 12,
            name=pl.col("start").dt.strftime("%B %Y") if months == 1 else pl.col("start").dt.strftime("from %B %Y"),
        )
    )
    partial = shown.filter("is_partial").height > 0
    panels = list(order.iter_rows())
    peak = shown.sort(["derivatives", "start", "panel"], descending=[True, False, False]).row(0, named=True)
    data = shown.select("panel", period_start="start", derivatives="derivatives", is_partial="is_partial")
    return Figure(
        key=key,
        title=facts.text(f"{fact}.title"),
        subtitle=(
            f"New repositories that declare a parent, by {period} of creation and {by}, same axis in each panel; "
            f"{facts.text('snapshot.label')}"
        ),
        draw=lambda width: _panels(shown, panels, width),
        description=(
            f"Bar charts of new derivatives per {period}, one panel each for {words.listed([n for n, _ in panels])}, "
            f"{words.month(shown['start'].min())} to {words.month(shown['start'].max())}. "  # type: ignore[arg-type]
            f"{facts.text(f'{fact}.sentence')}\n\n"
            f"The highest bar is {peak['panel']} {peak['name']} with {words.number(peak['derivatives'])}."
        ),
        table=data.sort("panel", "period_start"),
        column_labels={
            "panel": words.upper(by),
            "period_start": f"{words.upper(period)} from",
            "derivatives": "New derivatives",
            "is_partial": "Not over",
        },
        source=source_line(facts, "counted back from one snapshot, so what was deleted since is missing"),
        note=f"The title leaves out years with fewer than {words.word(FEW)}."
        + (f" Hollow: the {period} in which the snapshot ends." if partial else ""),
        kind="Bar charts",
    )


def _panels(shown: pl.DataFrame, panels: Sequence[tuple[str, int]], width: int) -> alt.TopLevelMixin:
    years = [int(min(shown["year"])), int(max(shown["year_end"]) + 0.999)]
    x = alt.X(
        "year:Q",
        title=None,
        scale=alt.Scale(domain=years, nice=False),
        axis=alt.Axis(format="d", **ticks_at(list(range(years[0], years[1] + 1))), grid=False),
    )
    most = max(shown["derivatives"])
    y = alt.Y(
        "derivatives:Q",
        title=None,
        scale=alt.Scale(domain=[0, most], nice=True),
        axis=alt.Axis(tickCount=3, format="~s" if most >= 10_000 else ",d", minExtent=AXIS - 10, maxExtent=AXIS - 10),
    )
    ink = "var(--family-grey)"
    fill = alt.condition("datum.is_partial", alt.value("var(--surface)"), alt.value(ink))
    charts = [
        alt.Chart(shown.filter(pl.col("panel") == name).select("year", "year_end", "derivatives", "is_partial"))
        .mark_bar(stroke=ink, strokeWidth=0.5)
        .encode(x=x, x2="year_end:Q", y=y, y2=alt.Y2Datum(0), fill=fill)
        .properties(width=width - AXIS - 20, height=84, title=f"{name}: {words.number(count)}")
        for name, count in panels
    ]
    return alt.vconcat(*charts, spacing=14)


# -------------------------------------------------------------------------------------- uploaders


def concentration(curve: pl.DataFrame, families: pl.DataFrame, facts: PageFacts) -> Figure | Absent | None:
    """Cumulative share of derivatives by uploaders, the largest first."""
    key = "lineage-concentration"
    pair = compared(facts)
    groups = [ALL, *(name for name in pair if name in curve["group"])]
    table = curve.filter(pl.col("group").is_in(groups)).sort("group", "rank")
    if table.is_empty():
        return _missing(key, "anatomy.uploaders", "No derivative of this snapshot has a known uploader.", facts)
    everyone = facts.text("anatomy.uploaders.uploaders")
    return Figure(
        key=key,
        title=facts.text("anatomy.uploaders.title"),
        subtitle=(
            "Cumulative share of direct derivatives (vertical) by cumulative share of uploaders (horizontal), the "
            f"largest first; own releases left out; {facts.text('snapshot.label')}"
        ),
        draw=lambda width: _curve_chart(table, groups, families, width),
        description=(
            f"Cumulative curve of direct derivatives by uploaders for {words.listed(groups)}. "
            f"{facts.text('anatomy.uploaders.sentence')}\n\nThe diagonal is where every uploader would have as many; "
            "the further a curve is above it, the fewer uploaders hold most derivatives."
        ),
        table=table,
        column_labels={
            "group": "Derivatives of",
            "rank": "Largest uploaders",
            "share_of_uploaders": "Share of uploaders",
            "share_of_repositories": "Share of derivatives",
        },
        source=source_line(
            facts, f"n = {facts.text('anatomy.uploaders.repositories')} derivatives of {everyone} uploaders"
        ),
        note="Dots: the ten and the hundred largest uploaders. Gini: twice the area between curve and diagonal.",
        kind="Cumulative curve",
    )


def _curve_chart(table: pl.DataFrame, groups: list[str], families: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    rank = ranks(families)
    colours = ["var(--ink)", *(family_style(rank.get(name)).mark for name in groups[1:])]
    axis = alt.Axis(format="%", tickCount=5)
    scale = alt.Scale(domain=[0, 1], nice=False)
    x = alt.X("share_of_uploaders:Q", title="Share of uploaders", scale=scale, axis=axis)
    y = alt.Y("share_of_repositories:Q", title=None, scale=scale, axis=axis)
    color = alt.Color("group:N", scale=alt.Scale(domain=groups, range=colours), sort=groups)
    ends = pl.DataFrame({"share_of_uploaders": [0.0, 1.0], "share_of_repositories": [0.0, 1.0]})
    dots = table.filter((pl.col("group") == ALL) & pl.col("rank").is_in([10, 100])).with_columns(
        label=pl.when(pl.col("rank") == 10).then(pl.lit("ten largest ")).otherwise(pl.lit("hundred largest "))
        + pl.col("share_of_repositories").map_elements(words.percent, return_dtype=pl.String)
    )
    place: dict[str, Any] = {"align": "left", "baseline": "top", "dx": 8, "dy": 4}
    marks = [
        alt.Chart(ends).mark_line(color="var(--muted)", strokeDash=[4, 3], strokeWidth=1).encode(x=x, y=y),
        alt.Chart(table).mark_line().encode(x=x, y=y, color=color),
    ]
    if dots.height:
        marks += [
            alt.Chart(dots).mark_point(color="var(--ink)", size=70).encode(x=x, y=y),
            # the same words twice: the first clear the curves behind the second
            alt.Chart(dots).mark_text(**place, stroke="var(--surface)", strokeWidth=4).encode(x=x, y=y, text="label:N"),
            alt.Chart(dots).mark_text(**place).encode(x=x, y=y, text="label:N"),
        ]
    return alt.layer(*marks).properties(width=width, height=330 if is_phone(width) else 400)


def without_ten(groups: pl.DataFrame, families: pl.DataFrame, facts: PageFacts, *, top: int) -> Figure | Absent | None:
    """Each family's derivatives with every uploader, and without the ten largest."""
    key = "lineage-without-ten"
    ranked = groups.filter(pl.col("group") != ALL).sort(["repositories", "group"], descending=[True, False])
    table = leading(ranked, facts, top).with_columns(
        value=pl.format(
            "{} → {}",
            *(
                pl.col(name).map_elements(words.number, return_dtype=pl.String)
                for name in ("repositories", "repositories_without_ten")
            ),
        )
    )
    if table.is_empty():
        return _missing(key, "anatomy.without_ten", "No derivative names a parent of a registered family.", facts)
    least = table.with_columns(kept=pl.col("repositories_without_ten") / pl.col("repositories")).sort("kept", "group")
    lost = least.row(0, named=True)
    return Figure(
        key=key,
        title=facts.text("anatomy.without_ten.title"),
        subtitle=(
            f"Direct declared derivatives by {facts.text('report.grouping')}, own releases left out; "
            f"{facts.text('snapshot.label')}"
        ),
        draw=lambda width: _dumbbells(table, families, facts, width),
        description=(
            f"Dot plot of derivatives for {words.word(table.height)} {facts.text('report.grouping')} names, with every "
            f"uploader and without the ten largest of all. {facts.text('anatomy.without_ten.sentence')}\n\n"
            f"{lost['group']} keeps the smallest part, {words.percent(lost['kept'])}. The table also has uploaders and "
            "concentration of each."
        ),
        table=table.drop("value"),
        column_labels={
            "group": "Group",
            "repositories": "Derivatives",
            "repositories_without_ten": "Without ten largest",
            "uploaders": "Uploaders",
            "gini": "Gini",
            "top_10": "Share of its own ten largest",
        },
        source=source_line(facts, f"n = {facts.text('anatomy.uploaders.repositories')} derivatives of all groups"),
        note="Filled: every uploader. Hollow: without the ten uploaders that have most derivatives over all groups.",
        kind="Dot plot",
    )


def _dumbbells(table: pl.DataFrame, families: pl.DataFrame, facts: PageFacts, width: int) -> alt.TopLevelMixin:
    groups = table["group"].to_list()
    scales = scales_of(families, groups, highlight=compared(facts))
    least = 1.45 if is_phone(width) else 1.2
    end = room.axis_end(table["repositories"].to_list(), table["value"].to_list(), room.plot(groups, width), least)
    scale = alt.Scale(domain=[0, end], nice=False)
    axis = alt.Axis(tickCount=4, format=",d")
    x = alt.X("repositories:Q", title=None, scale=scale, axis=axis)
    x2 = alt.X("repositories_without_ten:Q", title=None, scale=scale, axis=axis)
    y = rows_of("group", groups)
    color = alt.Color("group:N", scale=scales.color, legend=None)
    stroke = alt.Stroke("group:N", scale=scales.color, legend=None)
    base = alt.Chart(table)
    return alt.layer(
        base.mark_rule(strokeWidth=2).encode(x=x, x2="repositories_without_ten:Q", y=y, color=color),
        base.mark_point(size=80).encode(x=x, y=y, color=color),
        base.mark_point(size=80, strokeWidth=2, fill="var(--surface)").encode(x=x2, y=y, stroke=stroke),
        base.mark_text(align="left", dx=10).encode(x=x, y=y, text="value:N"),
    ).properties(width=width, height=table.height * 30 + 36)


def largest_uploaders(largest: pl.DataFrame, facts: PageFacts, *, top: int) -> Figure | Absent | None:
    """The uploaders with most derivatives."""
    key = "lineage-uploaders"
    table = largest.sort("rank").head(top)
    if table.is_empty():
        return _missing(key, "anatomy.largest", "No derivative of this snapshot has a known uploader.", facts)
    packs = table.filter("is_repackager").height
    return Figure(
        key=key,
        title=facts.text("anatomy.largest.title"),
        subtitle=f"Direct declared derivatives of the largest uploaders; {facts.text('snapshot.label')}",
        draw=lambda width: _ranked_bars(table, "uploader", "repositories", width),
        description=(
            f"Bar chart of derivatives for the {words.word(table.height)} largest uploaders, sorted. "
            f"{facts.text('anatomy.largest.sentence')}\n\n"
            f"They run from {words.number(table['repositories'][0])} to {words.number(table['repositories'][-1])}; "
            f"of those shown, {repackagers(packs)}."
        ),
        table=table,
        column_labels={
            "rank": "Rank",
            "uploader": "Uploader",
            "repositories": "Derivatives",
            "is_repackager": "Repackager",
        },
        source=source_line(facts, f"n = {facts.text('anatomy.uploaders.repositories')} derivatives"),
        note="Orange: registered repackagers, who convert other makers’ models." if packs else None,
        kind="Bar chart",
    )


def _ranked_bars(table: pl.DataFrame, name: str, count: str, width: int) -> alt.TopLevelMixin:
    """Bars with the name above each: ids are long."""
    shown = table.with_columns(value=pl.col(count).map_elements(words.number, return_dtype=pl.String))
    end = room.axis_end(table[count].to_list(), shown["value"].to_list(), width - 10, 1.15)
    x = alt.X(
        f"{count}:Q",
        title=None,
        axis=alt.Axis(tickCount=4, format=",d"),
        scale=alt.Scale(domain=[0, end], nice=False),
    )
    y = alt.Y("rank:O", title=None, axis=None, scale=alt.Scale(paddingInner=0.62, paddingOuter=0.4))
    fill = alt.condition("datum.is_repackager", alt.value("var(--accent)"), alt.value("var(--family-grey)"))
    base = alt.Chart(shown.select("rank", name, count, "value", "is_repackager"))
    over = {"align": "left", "dy": -16, "limit": width - 20}
    return alt.layer(
        base.mark_bar().encode(x=x, y=y, fill=fill),
        base.mark_text(**over).encode(x=alt.value(1), y=y, text=f"{name}:N"),
        base.mark_text(align="left", dx=5).encode(x=x, y=y, text="value:N"),
    ).properties(width=width, height=table.height * 40 + 46)


# ----------------------------------------------------------------------------------------- chains


def hands(chains: pl.DataFrame, facts: PageFacts, *, top: int) -> Figure | Absent | None:
    """Through whose hands derivatives come, by family of the root."""
    key = "lineage-hands"
    if chains.is_empty():
        return _missing(key, "anatomy.chains", "No derivative of this snapshot has a root of another group.", facts)
    groups = chains.filter(pl.col("group") != ALL).sort(["derivatives", "group"], descending=[True, False]).head(top)
    table = pl.concat([chains.filter(pl.col("group") == ALL), groups])
    extremes = groups.with_columns(share=pl.col("through_others") / pl.col("derivatives")).sort("share", "group")
    told = ""
    if extremes.height > 1:
        low, high = extremes.row(0, named=True), extremes.row(-1, named=True)
        told = (
            f"\n\nOf those shown, {high['group']} has the largest part through others "
            f"({words.percent(high['share'])}), {low['group']} the smallest ({words.percent(low['share'])})."
        )
    return Figure(
        key=key,
        title=facts.text("anatomy.chains.title"),
        subtitle=(
            f"Direct and indirect derivatives by {facts.text('report.grouping')} of their roots, own releases left "
            f"out, as a share; {facts.text('snapshot.label')}"
        ),
        draw=lambda width: _hands_chart(table, width),
        description=(
            f"Stacked bar chart of derivatives for all and for {words.word(groups.height)} groups, by what stands "
            f"between them and their roots. {facts.text('anatomy.chains.sentence')}{told}"
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
        source=source_line(facts, f"n = {words.number(table['derivatives'][0])} derivatives · from declared edges"),
        note="A repository of several roots counts for each of them, once in All.",
        kind="Stacked bar chart",
    )


def _hands_chart(table: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    names = list(HANDS.values())
    colours = ["var(--family-grey)", "var(--ink)", "var(--accent)"]
    long = (
        table.select("group", "derivatives", *HANDS)
        .unpivot(list(HANDS), index=["group", "derivatives"], variable_name="hand", value_name="n")
        .with_columns(
            share=pl.col("n") / pl.col("derivatives"),
            place=pl.col("hand").replace_strict({name: i for i, name in enumerate(HANDS)}, return_dtype=pl.Int64),
            hand=pl.col("hand").replace_strict(HANDS, return_dtype=pl.String),
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
        "hand:N",
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
    """The repositories of others through which most derivatives come."""
    key = "lineage-intermediaries"
    table = between.sort("rank").head(top)
    if table.is_empty():
        return _missing(key, "anatomy.intermediaries", "Nobody builds on another’s derivative in this snapshot.", facts)
    packs = table.filter("is_repackager").height
    return Figure(
        key=key,
        title=facts.text("anatomy.intermediaries.title"),
        subtitle=(
            "Direct and indirect derivatives below repositories that are derivatives themselves and not by the makers "
            f"of their roots; the largest of each owner; {facts.text('snapshot.label')}"
        ),
        draw=lambda width: _ranked_bars(table, "id", "n_descendants", width),
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
        source=source_line(facts, "from declared edges · descendants of one may be descendants of another too"),
        note="Orange: registered repackagers." if packs else None,
        kind="Bar chart",
    )


# ------------------------------------------------------------------------------------------ depth


def depth(depths: pl.DataFrame, facts: PageFacts) -> Figure | Absent | None:
    """Derivatives by their distance from the furthest root."""
    key = "lineage-depth"
    below = depths.filter((pl.col("depth") > 0) & (pl.col("models") > 0))
    if below.is_empty():
        return _missing(key, "anatomy.depth", "No repository of this snapshot has a parent other than itself.", facts)
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
            f"{facts.text('snapshot.label')}"
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
            facts, f"n = {words.number(total(below, 'models'))} derivatives · longest path, cycles condensed"
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


CHAIN_ENDS = 50
"""Links shown at each end of a chain that is too long for a page."""


def longest_chain(chain: pl.DataFrame, facts: PageFacts) -> Html | None:
    """The longest chain, link by link, folded: of a very long one both ends, and where to find the rest."""
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


_SINGULAR = {
    "finetune": "fine-tune",
    "adapter": "adapter",
    "quantized": "quantization",
    "merge": "merge",
    "unspecified": "not stated",
}


# -------------------------------------------------------------------------------------- half-life


def half_life(medians: pl.DataFrame, families: pl.DataFrame, facts: PageFacts, *, top: int) -> Figure | Absent | None:
    """Median half-life by family and year of release."""
    key = "lineage-half-life"
    least, oldest = (facts.text(f"anatomy.half_life.{name}") for name in ("least", "oldest"))
    if medians.is_empty():
        reason = f"No base that is at least {oldest} months old has {least} dated derivatives here."
        return _missing(key, "anatomy.half_life", reason, facts)
    sums = medians.group_by("group").agg(sum=pl.col("bases").sum()).sort(["sum", "group"], descending=[True, False])
    kept = sums.head(top)
    table = (
        medians.join(kept, on="group")
        .sort(-pl.col("sum"), "group", "year")
        .drop("sum")
        .with_columns(name=pl.format("{} {} ({})", "group", "year", "bases"))
    )
    longest = table.sort(["median_months", "name"], descending=[True, False]).row(0, named=True)
    return Figure(
        key=key,
        title=facts.text("anatomy.half_life.title"),
        subtitle=(
            f"Months from release until half of a base’s dated derivatives existed, by {facts.text('report.grouping')} "
            f"and year of release; bases of at least {oldest} months with {least} or more; "
            f"{facts.text('snapshot.label')}"
        ),
        draw=lambda width: _half_life_chart(table, families, width),
        description=(
            f"Dot plot of median half-lives in months for {words.word(table.height)} groups of bases. "
            f"{facts.text('anatomy.half_life.sentence')}\n\n"
            f"The longest median is that of {longest['group']} {longest['year']}, "
            f"{words.number(longest['median_months'])} months. Half-lives of young bases still grow; the last column "
            "counts the first months alone, which all have."
        ),
        table=table.drop("name"),
        column_labels={
            "group": "Group",
            "year": "Year of release",
            "bases": "Bases",
            "derivatives": "Derivatives",
            "median_months": "Median, months",
            "low_months": "Shortest",
            "high_months": "Longest",
            "median_window_months": f"Median over the first {oldest} months",
        },
        source=source_line(
            facts,
            f"n = {facts.text('anatomy.half_life.bases')} bases · counted in calendar months, direct derivatives",
        ),
        note="In brackets: bases. Dot: median. Line: from the shortest to the longest half-life of these bases.",
        kind="Dot plot",
    )


def _half_life_chart(table: pl.DataFrame, families: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    rank = ranks(families)
    groups = table["group"].unique(maintain_order=True).to_list()
    coloured = [group for group in groups if rank.get(group)][:5]
    scales = scales_of(families, groups, highlight=coloured)
    most = max([*table["high_months"], 1])
    scale = alt.Scale(domain=[-most / 30, most * 1.04], nice=False)
    step = -(-most // 6)
    axis = alt.Axis(**ticks_at(list(range(0, most + 1, step))), format="d")
    x = alt.X("median_months:Q", title="Months after release", scale=scale, axis=axis)
    low = alt.X("low_months:Q", title="Months after release", scale=scale, axis=axis)
    names = table["name"].to_list()
    limit = 150 if is_phone(width) else 330
    short = relabelled(_short(table, limit))
    y = rows_of("name", names, labelLimit=limit, labelExpr=short)
    base = alt.Chart(table)
    color = alt.Color("group:N", scale=scales.color, legend=None)
    return alt.layer(
        base.mark_rule(strokeWidth=2).encode(x=low, x2="high_months:Q", y=y, color=color),
        base.mark_point(size=80).encode(x=x, y=y, color=color),
    ).properties(width=width, height=table.height * 28 + 60)


def _short(table: pl.DataFrame, limit: float) -> dict[str, str]:
    """Rows by their names, of which the group's is cut where year and number of bases would find no room."""
    ends = table.select("name", "group", end=pl.format(" {} ({})", "year", "bases"))
    return {name: room.cut(group, limit - room.width(end)) + end for name, group, end in ends.iter_rows()}


# --------------------------------------------------------------------------------------- licences


def licences(drift: pl.DataFrame, facts: PageFacts) -> Figure | Absent | None:
    """What children do to their parents' licence tags."""
    key = "lineage-licences"
    evidence = facts.value("anatomy.licences.evidence")
    if evidence is None:
        reason = "No edge joins two repositories whose licence tags are both known, with one stated by the parent."
        return Absent(key, facts.text("anatomy.licences.title"), reason)
    table = drift.filter((pl.col("evidence") == evidence) & pl.col("move").is_in(list(MOVE_NAMES)))
    others = drift.filter((pl.col("evidence") == evidence) & ~pl.col("move").is_in(list(MOVE_NAMES)))
    share = pl.col("share").map_elements(words.percent, return_dtype=pl.String)
    shown = table.with_columns(
        name=pl.col("move").replace_strict(MOVE_NAMES, return_dtype=pl.String),
        value=pl.format("{} ({})", share, pl.col("edges").map_elements(words.number, return_dtype=pl.String)),
    ).sort(pl.col("move").replace_strict({name: i for i, name in enumerate(MOVE_NAMES)}, return_dtype=pl.Int64))
    links = (
        "declared parent links" if evidence == "declared" else "edges inferred from names (no parent is declared here)"
    )
    return Figure(
        key=key,
        title=facts.text("anatomy.licences.title"),
        subtitle=(
            f"The child’s licence tag against the parent’s, as a share of {links} whose parent states a licence; "
            f"{facts.text('snapshot.label')}"
        ),
        draw=lambda width: _licence_chart(shown, width),
        description=(
            "Bar chart of the share of links by what the child’s licence tag does to the parent’s. "
            f"{facts.text('anatomy.licences.sentence')}\n\nOn {words.number(total(others, 'edges'))} more links the "
            "parent states no licence."
        ),
        table=shown.select("name", "edges", "share", "evidence"),
        column_labels={"name": "The child’s tag", "edges": "Links", "share": "Share", "evidence": "Evidence"},
        source=source_line(
            facts, f"n = {facts.text('anatomy.licences.n')} links · classes from the register of licences"
        ),
        note="A tag that the register does not list counts as restricted. A tag is what a card says.",
        kind="Bar chart",
    )


def _licence_chart(shown: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    names = shown["name"].to_list()
    least = 1.75 if is_phone(width) else 1.2
    end = room.axis_end(shown["share"].to_list(), shown["value"].to_list(), room.plot(names, width), least)
    x = alt.X(
        "share:Q",
        title=None,
        axis=alt.Axis(format="%", tickCount=4),
        scale=alt.Scale(domain=[0, end], nice=False),
    )
    y = rows_of("name", names)
    base = alt.Chart(shown)
    return alt.layer(
        base.mark_bar(color="var(--family-grey)").encode(x=x, y=y),
        base.mark_text(align="left", dx=5).encode(x=x, y=y, text="value:N"),
    ).properties(width=width, height=shown.height * 32 + 36)


# -------------------------------------------------------------------------------------- downloads


def downloads(shares: pl.DataFrame, facts: PageFacts) -> Figure | Absent | None:
    """Downloads by relation, the makers' own derivatives apart."""
    key = "lineage-downloads"
    known = shares.drop_nulls("share")
    if known.is_empty() or not facts.value("anatomy.declared"):
        return _missing(key, "anatomy.downloads", "This snapshot counts no downloads.", facts)
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
            f"{facts.text('snapshot.label')}"
        ),
        draw=lambda width: _download_chart(table, long, parts, width),
        description=(
            f"Stacked bar chart of the share of downloads by relation. {facts.text('anatomy.downloads.sentence')}\n\n"
            f"{table['name'][0]}: {table['value'][0]}. The table tells the makers’ own apart, their tuned releases "
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
        source=source_line(facts, f"n = {words.large(total(table, 'downloads'))} downloads · the Hub’s counter"),
        note="A repository with several relations counts for the first of fine-tune, adapter, quantization, merge.",
        kind="Stacked bar chart",
    )


def _download_chart(table: pl.DataFrame, long: pl.DataFrame, parts: list[str], width: int) -> alt.TopLevelMixin:
    names, least = table["name"].to_list(), 1.3 if is_phone(width) else 1.12
    end_of_axis = room.axis_end(table["share"].to_list(), table["value"].to_list(), room.plot(names, width), least)
    scale = alt.Scale(domain=[0, end_of_axis], nice=False)
    axis = alt.Axis(format="%", tickCount=4)
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
