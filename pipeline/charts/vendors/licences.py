"""Figures on licences: the share of permissive ones over time, and each maker's before and since."""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.chapters.vendors.schema import (
    ALL_COUNTRIES,
)
from pipeline.chapters.vendors.wording import ENOUGH, FEW
from pipeline.charts.kit import room
from pipeline.charts.kit.axes import first_days, ticks_at
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.figure import Absent, Figure, releases_register, source_line
from pipeline.charts.kit.theme import is_phone
from pipeline.charts.vendors.dots import FIRST, SECOND, dot_figure, two_largest


def licences(licences: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """The share of permissive licences by half-year: two countries and all. licences: the table `vendor_licences`."""
    key, title = "vendor-licences", facts.text("vendors.licence.title")
    countries = licences.filter(pl.col("group_kind") == "country").with_columns(country=pl.col("group"))
    known = pl.col("releases") - pl.col("not_known")
    pair = two_largest(countries, "releases")
    shown = (
        countries.filter(pl.col("country").is_in([*pair, ALL_COUNTRIES]), known >= ENOUGH)
        .select(
            "country", "period", "share_permissive", "releases", "not_known", "permissive", "restricted", "is_partial"
        )
        .sort("country", "period")
    )
    if shown.is_empty():
        return Absent(key, title, facts.text("vendors.licence.sentence"))
    n = int(shown.filter(country=ALL_COUNTRIES).select(pl.col("releases") - pl.col("not_known")).sum().item())
    ends = [
        f"{row['country']} {words.percent(row['share_permissive'])} in the half-year from {words.month(row['period'])}"
        for row in _ends(shown).iter_rows(named=True)
    ]
    return Figure(
        key=key,
        title=title,
        subtitle=(
            f"Share of permissive licences among dated releases whose licence is known, by half-year; {pair[0]}: "
            f"solid, {pair[-1]}: dashed, all countries: grey; half-years with at least {words.word(ENOUGH)} of them"
        ),
        draw=lambda width: _licence_chart(shown, pair, width),
        description=(
            f"Line chart of the share of releases under a permissive licence by half-year, for {words.listed(pair)} "
            f"and all countries. {facts.text('vendors.licence.sentence')}\n\nLatest points: {'; '.join(ends)}.\n\n"
            f"{facts.text('vendors.licence.unknown')}"
        ),
        table=shown,
        column_labels={
            "country": "Country",
            "period": "Half-year from",
            "share_permissive": "Permissive",
            "releases": "Releases",
            "not_known": "Licence not known",
            "restricted": "Restricted",
            "is_partial": "Not over",
        },
        source=source_line(
            releases_register(facts), f"n = {words.number(n)} releases of known licence in the half-years shown"
        ),
        note="Hollow: the half-year in which the snapshot ends. A licence of the maker’s own counts as restricted.",
        kind="Line chart",
    )


def _ends(shown: pl.DataFrame) -> pl.DataFrame:
    return shown.sort("period").group_by("country", maintain_order=True).last().sort("share_permissive", "country")


def _licence_chart(shown: pl.DataFrame, pair: list[str], width: int) -> alt.TopLevelMixin:
    phone = is_phone(width)
    height = 340 if phone else 330
    order = [*pair, ALL_COUNTRIES]
    ink = [*(FIRST, SECOND)[: len(pair)], "var(--family-grey)"]
    dashes = [*([1, 0], [6, 3])[: len(pair)], [1, 0]]
    first, last = min(shown["period"]), max(shown["period"])
    plot = width - 50
    names = {name: room.cut(name, plot / 2, bold=True) for name in order}
    part = (room.widest(list(names.values()), bold=True) + 16) / plot
    beyond = (last - first) * max(0.6 if phone else 0.25, part / (1 - part))
    x = alt.X(
        "period:T",
        title=None,
        scale=alt.Scale(domain=[first.isoformat(), (last + beyond).isoformat()]),
        axis=alt.Axis(format="%Y", **ticks_at(first_days(first, last)), grid=False),
    )
    scale = alt.Scale(domain=[0, 1])
    y = alt.Y("share_permissive:Q", title=None, scale=scale, axis=alt.Axis(format=".0%", tickCount=5))
    colors = alt.Scale(domain=order, range=ink)
    color = alt.Color("country:N", scale=colors, legend=None)
    dash = alt.StrokeDash("country:N", scale=alt.Scale(domain=order, range=dashes), legend=None)
    base = alt.Chart(shown)
    return (
        alt.layer(
            base.mark_line(strokeWidth=2.5).encode(x=x, y=y, color=color, strokeDash=dash),
            base.transform_filter("!datum.is_partial").mark_point(size=50).encode(x=x, y=y, color=color),
            base.transform_filter("datum.is_partial")
            .mark_point(size=60, fill="var(--surface)", strokeWidth=2)
            .encode(x=x, y=y, stroke=alt.Stroke("country:N", scale=colors, legend=None)),
            alt.Chart(_labels(shown, height).with_columns(label=pl.col("country").replace(names)))
            .mark_text(align="left", fontWeight="bold", dx=10)
            .encode(
                x=x,
                y=alt.Y("at:Q", scale=scale),
                text="label:N",
                color=alt.Color(
                    "country:N", scale=alt.Scale(domain=order, range=[*ink[:-1], "var(--muted)"]), legend=None
                ),
            ),
        )
        .resolve_scale(color="independent")
        .properties(width=width, height=height)
    )


def _labels(shown: pl.DataFrame, height: int) -> pl.DataFrame:
    """Names at the line ends, apart from each other."""
    gap, rows, last = 20 / height, [], -1.0
    for row in _ends(shown).iter_rows(named=True):
        last = max(row["share_permissive"], last + gap)
        rows.append({"period": row["period"], "country": row["country"], "at": last})
    over = max(0.0, last - 1)
    return pl.DataFrame([{**row, "at": row["at"] - over} for row in rows])


def licence_moves(moves: pl.DataFrame, facts: PageFacts, *, top: int) -> Figure | Absent:
    """Each maker's share before and over the last twelve months. moves: the table `vendor_licence_moves`."""
    key, title = "vendor-licence-moves", facts.text("vendors.moves.title")
    table = (
        moves.filter(pl.col("before") >= FEW, pl.col("recent") >= FEW)
        .sort("recent", "organisation", descending=[True, False])
        .head(top)
        .with_columns(change=pl.col("recent_permissive") - pl.col("before_permissive"))
        .sort("change", "organisation", descending=[True, False])
        .with_columns(
            value=pl.struct("before_permissive", "recent_permissive").map_elements(
                lambda row: f"{words.percent(row['before_permissive'])} → {words.percent(row['recent_permissive'])}",
                return_dtype=pl.String,
            )
        )
    )
    if table.is_empty():
        return Absent(key, title, facts.text("vendors.moves.sentence"))
    return dot_figure(
        table.select("organisation", "country", "before_permissive", "recent_permissive", "before", "recent", "value"),
        "organisation",
        ("recent_permissive", "before_permissive"),
        key=key,
        title=title,
        subtitle=(
            f"Share of permissive licences among dated releases whose licence is known, of "
            f"{words.word(table.height)} {words.plural('maker', table.height)}. Filled: "
            "last twelve months; hollow diamond: all before"
        ),
        description=(
            f"Dot plot of the share of releases under permissive licences for "
            f"{words.word(table.height)} {words.plural('maker', table.height)}, before and since. "
            f"{facts.text('vendors.moves.sentence')}\n\n"
            + "; ".join(f"{row['organisation']} {row['value']}" for row in table.iter_rows(named=True))
            + f".\n\n{facts.text('vendors.licence.unknown')}"
        ),
        source=source_line(releases_register(facts), f"{table.height} makers"),
        note=f"Makers with at least {words.word(FEW)} such releases in both times. A licence of the maker’s own, such "
        "as a modified MIT, counts as restricted.",
    )
