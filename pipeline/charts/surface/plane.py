"""Figures on surface area: the covered plane, its index over time, and cadence."""

from datetime import date

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.chapters.surface.schema import MODALITIES, SIZES
from pipeline.charts.kit import ends
from pipeline.charts.kit.axes import rows_of, ticks_at
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.families import compared, ranks
from pipeline.charts.kit.figure import Absent, Figure, releases_register, source_line
from pipeline.charts.kit.scales import family_style, scales_of
from pipeline.charts.kit.theme import is_phone

CELL = 20
"""Side of a cell, px."""

HEIGHT = 340
"""Of the figure on the index, px."""

ROOM = 0.05
"""Share from which on there is room for a label below a line's end."""


# ------------------------------------------------------------------------------------------- map


def coverage_map(
    surface: pl.DataFrame, index: pl.DataFrame, families: pl.DataFrame, facts: PageFacts
) -> Figure | Absent:
    """Which sizes and modalities have a current release, for subject and reference.

    index: the table `surface_index`.
    """
    key, title = "surface-map", facts.text("surface.map")
    if surface.is_empty() or "surface.month" not in facts:
        return Absent(key, title, facts.text("surface.sentence"))
    pair = compared(facts)
    month: date = max(index["month"])
    shown = pair
    cells = _cells(surface.filter(pl.col("month") == month), shown)
    covered = dict(cells.group_by("family").agg(pl.col("covered").sum()).iter_rows())
    in_words = "; ".join(f"{family} {covered[family]} of {len(SIZES) * len(MODALITIES)}" for family in shown)
    return Figure(
        key=key,
        title=title,
        subtitle=(
            f"Current releases within half a doubling of each size, {words.month(month)}; filled: at least one; "
            f"current: {facts.text('surface.current_months')} from release; sizes in total parameters, log steps"
        ),
        draw=lambda width: _panels(cells, shown, families, width),
        description=(
            f"Heatmap of {len(SIZES)} sizes by {len(MODALITIES)} modalities for {words.listed(shown)}, "
            f"{words.month(month)}: the number of current releases near each size. "
            f"{facts.text('surface.sentence')}\n\nCovered cells: {in_words}.\n\n{facts.text('surface.loosely')}"
        ),
        table=cells.select("family", "modality", "size_label", "releases", "model", "nearest_doublings"),
        column_labels={
            "family": "Family",
            "modality": "Modality",
            "size_label": "Size",
            "releases": "Current releases",
            "model": "Nearest",
            "nearest_doublings": "Doublings away",
        },
        source=source_line(releases_register(facts), "releases without size or date are left out"),
        note="An outline without a number: no current release within half a doubling.",
        kind="Heatmap",
    )


def _size(parameters: int) -> str:
    return f"{parameters / 1e9:g}B"


def _cells(surface: pl.DataFrame, shown: list[str]) -> pl.DataFrame:
    """Every cell of the families shown; 0 releases where there is no row."""
    grid = (
        pl.DataFrame({"family": shown})
        .join(pl.DataFrame({"modality": MODALITIES}), how="cross")
        .join(pl.DataFrame({"size": SIZES}), how="cross")
    )
    return grid.join(surface, on=["family", "modality", "size"], how="left", maintain_order="left").with_columns(
        pl.col("releases").fill_null(0),
        pl.col("covered").fill_null(False),
        pl.col("nearest_doublings").round(2),
        size_label=pl.col("size").map_elements(_size, return_dtype=pl.String),
    )


def _panels(cells: pl.DataFrame, shown: list[str], families: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    rank = ranks(families)
    sizes = [_size(size) for size in SIZES]
    x = alt.X(
        "size_label:O",
        sort=sizes,
        title=None,
        axis=alt.Axis(**ticks_at(sizes[1::3]), domain=False, ticks=False, labelOverlap=False),
    )
    panels = []
    for family in shown:
        y = rows_of("modality", MODALITIES, minExtent=80, maxExtent=80)
        base = alt.Chart(cells.filter(pl.col("family") == family))
        panels.append(
            alt.layer(
                base.mark_rect(fill="transparent", stroke="var(--grid)").encode(x=x, y=y),
                *_counted(base, family_style(rank.get(family)).text, x, y),
            ).properties(
                width=CELL * len(SIZES),
                height=CELL * len(MODALITIES),
                title=alt.Title(family, anchor="start", offset=6),
            )
        )
    return alt.concat(*panels, columns=1 if is_phone(width) else 2, spacing=18).configure(
        autosize=alt.AutoSizeParams(type="pad", contains="padding")
    )


# -------------------------------------------------------------------------------------- quarters


def by_quarter(table: pl.DataFrame, families: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """Releases of subject and reference by quarter and size: a count, an outline for none, a hatch for not known.

    table: the table `surface_quarters`.
    """
    key, title = "surface-quarters", facts.text("surface.quarters.title")
    pair = compared(facts)
    drawn = table.filter(pl.col("family").is_in(pair)).with_columns(
        size_label=pl.when(pl.col("size") > 0)
        .then(pl.col("size").map_elements(_size, return_dtype=pl.String))
        .otherwise(pl.lit(UNKNOWN)),
        quarter_label=pl.format("{} Q{}", pl.col("quarter").dt.year(), pl.col("quarter").dt.quarter()),
        state=pl.when(~pl.col("is_collected"))
        .then(pl.lit("not collected"))
        .otherwise(pl.when(pl.col("is_partial")).then(pl.lit("partial")).otherwise(pl.lit("whole"))),
    )
    if drawn.is_empty() or not drawn["releases"].sum():
        return Absent(key, title, facts.text("surface.quarters.sentence"))
    first = drawn.filter(pl.col("releases") > 0)["quarter"].min()
    drawn = drawn.filter(pl.col("quarter") >= first)
    most = drawn.sort("releases", "quarter", "size", descending=[True, False, False]).row(0, named=True)
    return Figure(
        key=key,
        title=title,
        subtitle=(
            "Releases by quarter and nearest size, all modalities, total parameters in log steps; the ends hold what "
            f"is smaller or larger; up to {facts.text('snapshot.date')}"
        ),
        draw=lambda width: _quarters(drawn, pair, families, width),
        description=(
            f"Heatmaps of quarter by size for {words.listed(pair)}; each cell holds the number of releases. "
            f"{facts.text('surface.quarters.sentence')}\n\nMost in one cell: {most['family']}, "
            f"{words.number(most['releases'])} near {most['size_label']} in the {words.quarter(most['quarter'])}."
        ),
        table=drawn.select("family", "quarter_label", "size_label", "releases", "state").filter(
            (pl.col("releases") > 0) | (pl.col("state") == "not collected")
        ),
        column_labels={
            "family": "Family",
            "quarter_label": "Quarter",
            "size_label": "Size",
            "releases": "Releases",
            "state": "Quarter is",
        },
        source=source_line(
            releases_register(facts), f"n = {words.number(int(drawn['releases'].sum()))} dated releases"
        ),
        note="An outline without a number: nothing released."
        + (" Shaded: the quarter is not over." if (drawn["state"] == "partial").any() else "")
        + (
            " Hatched: after the register’s last release, so not collected."
            if (drawn["state"] == "not collected").any()
            else ""
        ),
        kind="Heatmap",
    )


UNKNOWN = "size not known"


def _counted(base: alt.Chart, ink: str, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Cells with a release: filled, the count printed on them."""
    some = base.transform_filter("datum.releases > 0")
    return [
        some.mark_rect(color=ink).encode(x=x, y=y),
        some.mark_text(color="var(--surface)", fontSize=12, fontWeight="bold").encode(x=x, y=y, text="releases:Q"),
    ]


def _quarters(drawn: pl.DataFrame, pair: list[str], families: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    phone = is_phone(width)
    rank = ranks(families)
    quarters = drawn["quarter_label"].unique().sort().to_list()
    sizes = [UNKNOWN, *map(_size, SIZES)][::-1]
    names = 64 if phone else 112
    across = (width - names - 20) / len(quarters)
    x = alt.X(
        "quarter_label:N",
        sort=quarters,
        title=None,
        axis=alt.Axis(
            values=[name for name in quarters if name.endswith("Q1")],
            labelExpr="split(datum.label, ' ')[0]",
            domain=False,
            ticks=False,
            labelOverlap=False,
        ),
    )
    label = f"datum.label == '{UNKNOWN}' ? '{'unknown' if phone else UNKNOWN}' : datum.label"
    y = rows_of("size_label", sizes, minExtent=names, maxExtent=names, labelExpr=label)
    background = alt.when("datum.state == 'partial'").then(alt.value("var(--grid)")).otherwise(alt.value("transparent"))
    panels = []
    for family in pair:
        rows = drawn.filter(pl.col("family") == family)
        if rows.is_empty():
            continue
        base = alt.Chart(rows)
        missing = base.transform_filter("datum.state == 'not collected'")
        panels.append(
            alt.layer(
                base.mark_rect(stroke="var(--grid)").encode(x=x, y=y, fill=background),
                missing.mark_text(text="╱", fontSize=16, color="var(--muted)").encode(x=x, y=y),
                *_counted(base, family_style(rank.get(family)).text, x, y),
            ).properties(
                width=across * len(quarters),
                height=CELL * len(sizes),
                title=alt.Title(family, anchor="start", offset=6),
            )
        )
    return alt.vconcat(*panels, spacing=18).configure(autosize=alt.AutoSizeParams(type="pad", contains="padding"))


# ----------------------------------------------------------------------------------------- index


def index_over_time(index: pl.DataFrame, families: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """The covered share by month: subject and reference in colour, other families grey.

    index: the table `surface_index`.
    """
    key, title = "surface-index", facts.text("surface.title")
    if index.is_empty() or "surface.month" not in facts:
        return Absent(key, title, facts.text("surface.sentence"))
    pair = compared(facts)
    peaks = index.group_by("family").agg(pl.col("index").max()).sort("index", "family", descending=[True, False])
    shown = [name for name in pair if name in index["family"]]
    rest = [name for name in peaks["family"].to_list()[:12] if name not in shown]
    drawn = index.filter(pl.col("family").is_in([*shown, *rest])).sort("family", "month")
    return Figure(
        key=key,
        title=title,
        subtitle=(
            f"Share of {facts.text('surface.cells')} combinations of size and modality with a current release "
            "within half a doubling, by month; families of the releases register"
        ),
        draw=lambda width: _index_chart(drawn, shown, families, width),
        description=(
            f"Line chart of the covered share of the grid by month for {words.listed(shown or pair)}, "
            f"{len(rest)} other families in grey. {facts.text('surface.history')}\n\n"
            f"{facts.text('surface.sentence')} {facts.text('surface.loosely')}"
        ),
        table=drawn.select("family", "month", "cells", "index", "index_loose", "releases_current"),
        column_labels={
            "family": "Family",
            "month": "Month",
            "cells": "Covered cells",
            "index": "Share",
            "index_loose": "Looser rule",
            "releases_current": "Current releases",
        },
        source=source_line(releases_register(facts), f"{drawn['family'].n_unique()} families"),
        note="Grey: other families with the largest shares.",
        kind="Line chart",
    )


def _index_chart(drawn: pl.DataFrame, shown: list[str], families: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    scales = scales_of(families, shown)
    x = alt.X("month:T", title=None, axis=alt.Axis(format="%Y", tickCount="year", grid=False))
    y = alt.Y("index:Q", title=None, axis=alt.Axis(format=".0%", tickCount=5))
    coloured = drawn.filter(pl.col("family").is_in(shown))
    color = alt.Color("family:N", scale=scales.color, legend=None)
    half_a_year_ago = pl.col("index").shift(6).over("family", order_by="month")
    last = (
        coloured.with_columns(falls=(half_a_year_ago > pl.col("index")).fill_null(False))
        .filter(pl.col("month") == pl.col("month").max())
        .sort("index", "family", descending=[True, False])
        .with_columns(
            falls=pl.col("falls") & (pl.col("index") > ROOM),
            name="family",
            amount=pl.col("index").map_elements(words.percent, return_dtype=pl.String),
        )
    )
    named = alt.Color("family:N", scale=scales.text_color, legend=None)
    top = max(0.01, *drawn["index"])
    return (
        alt.layer(
            alt.Chart(drawn.filter(~pl.col("family").is_in(shown)))
            .mark_line(strokeWidth=1, color="var(--family-grey)", opacity=0.7)
            .encode(x=x, y=y, detail="family:N"),
            alt.Chart(coloured)
            .mark_line()
            .encode(x=x, y=y, color=color, strokeDash=alt.StrokeDash("family:N", scale=scales.dash, legend=None)),
            *ends.named(last, "index", top, (width, HEIGHT), x=x, y=y, color=named),
        )
        .resolve_scale(color="independent")
        .properties(width=width, height=HEIGHT)
    )


# --------------------------------------------------------------------------------------- cadence


def cadence(table: pl.DataFrame, families: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """Releases by quarter of subject and reference, one panel each. table: the table `cadence`."""
    key, title = "surface-cadence", facts.text("surface.cadence.title")
    pair = compared(facts)
    drawn = table.filter(pl.col("family").is_in(pair)).sort("family", "quarter")
    if drawn.is_empty():
        return Absent(key, title, facts.text("surface.cadence.sentence"))
    most = drawn.sort("releases", "quarter", descending=[True, False]).row(0, named=True)
    return Figure(
        key=key,
        title=title,
        subtitle=f"Dated releases of the register by quarter, up to {facts.text('snapshot.date')}",
        draw=lambda width: _cadence_chart(drawn, pair, families, width),
        description=(
            f"Bar charts of releases by quarter for {words.listed(pair)}, on one scale. "
            f"{facts.text('surface.cadence.sentence')}\n\nMost in one quarter: {most['family']}, "
            f"{words.number(most['releases'])} in the {words.quarter(most['quarter'])}."
        ),
        table=drawn,
        column_labels={
            "family": "Family",
            "quarter": "Quarter",
            "releases": "Releases",
            "release_days": "Release days",
            "is_partial": "Quarter not over",
        },
        source=source_line(
            releases_register(facts), f"n = {words.number(int(drawn['releases'].sum()))} dated releases"
        ),
        note="Hollow: the quarter in which the snapshot ends.",
        kind="Bar chart",
    )


def _cadence_chart(drawn: pl.DataFrame, pair: list[str], families: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    scales = scales_of(families, pair)
    top = int(max(drawn["releases"]))
    x = alt.X("quarter:T", title=None, axis=alt.Axis(format="%Y", tickCount="year", grid=False))
    y = alt.Y("releases:Q", title=None, scale=alt.Scale(domain=[0, top]), axis=alt.Axis(tickCount=4, format="d"))
    color = alt.Color("family:N", scale=scales.color, legend=None)
    panels = [
        alt.layer(
            *(
                alt.Chart(drawn.filter(pl.col("family") == name, pl.col("is_partial") == partial))
                .mark_bar(width=5 if is_phone(width) else 9, fillOpacity=0 if partial else 1)
                .encode(x=x, y=y, color=color, stroke=alt.Stroke("family:N", scale=scales.color, legend=None))
                for partial in (False, True)
            )
        ).properties(width=width - 40, height=130, title=alt.Title(name, anchor="start", offset=6))
        for name in pair
        if name in drawn["family"]
    ]
    return (
        alt.vconcat(*panels, spacing=14)
        .resolve_scale(x="shared")
        .configure(autosize=alt.AutoSizeParams(type="pad", contains="padding"))
    )
