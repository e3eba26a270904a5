"""Figures of the chapter on makers: licences, conversions, papers, languages, tasks, activity, downloads.

Titles and sentences come from facts, so that a figure and the prose beside it say the same. Two
countries with most releases are told apart by ink and accent, and by filled and hollow marks.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.chapters.vendors.facts import ENOUGH, FEW, format_name
from pipeline.chapters.vendors.schema import (
    ALL,
    ALL_COUNTRIES,
    ANY,
    GOING_ON,
    MAKER,
    OTHERS,
    STARTED,
    STOPPED,
    UNKNOWN_OWNER,
)
from pipeline.charts.kit import room
from pipeline.charts.kit.axes import row_texts, rows_for, ticks_at
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.figure import Absent, Figure, releases_register, source_line
from pipeline.charts.kit.theme import is_phone

FIRST, SECOND = "var(--ink)", "var(--accent)"
COUNTRIES = 6
"""Countries of the figure on downloads."""


def _pair(table: pl.DataFrame, weight: str) -> list[str]:
    """The two countries with most of something."""
    sums = table.filter(pl.col("country") != ALL_COUNTRIES).group_by("country").agg(pl.col(weight).sum())
    return sums.sort(weight, "country", descending=[True, False])["country"].head(2).to_list()


def _percents(*shares: float | None) -> str:
    return " · ".join("–" if share is None else words.percent(share) for share in shares)


def _dots(table: pl.DataFrame, name: str, columns: Sequence[str], width: int) -> alt.TopLevelMixin:
    """Rows of one or two dots on a share axis: the first filled ink, the second hollow accent; `value` at the right."""
    phone = is_phone(width)
    top = max(float(table[column].max() or 0) for column in columns) or 1.0  # type: ignore[arg-type]
    step = next(step for step in (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25) if top / step <= 5 or step == 0.25)
    scale = alt.Scale(domain=[-0.02 * top, top * (1.06 if phone else 1.35)], nice=False)
    ticks = [step * n for n in range(int(top / step + 1e-9) + 1)]
    axis = alt.Axis(**ticks_at(ticks), format=".1%" if step < 0.01 else ".0%", title=None, labelOverlap=False)
    y = rows_for(width, name, table[name].to_list(), labelLimit=260)
    base = alt.Chart(table)
    marks: list[alt.Chart] = []
    if len(columns) == 2:
        both = base.transform_filter(f"isValid(datum.{columns[0]}) && isValid(datum.{columns[1]})")
        marks.append(
            both.mark_rule(strokeWidth=2, color="var(--grid)").encode(
                x=alt.X(f"{columns[0]}:Q", scale=scale, axis=axis), x2=f"{columns[1]}:Q", y=y
            )
        )
    looks = [
        {"fill": FIRST, "stroke": FIRST, "shape": "circle", "size": 70},
        {"fill": "var(--surface)", "stroke": SECOND, "shape": "diamond", "size": 80},
    ]
    for column, look in reversed(list(zip(columns, looks, strict=False))):
        marks.append(
            base.transform_filter(f"isValid(datum.{column})")
            .mark_point(strokeWidth=2, **look)
            .encode(x=alt.X(f"{column}:Q", scale=scale, axis=axis), y=y)
        )
    height = table.height * (40 if phone else 26) + 40
    return alt.layer(*row_texts(table, width, name=name), *marks).properties(width=width, height=height)


def _dot_figure(
    table: pl.DataFrame,
    name: str,
    columns: Sequence[str],
    *,
    called: Mapping[str, str] | None = None,
    **words_of: str,
) -> Figure:
    """A figure of `_dots`; the page's table holds the rows drawn, columns `called` by other names where need be."""
    shown = table.drop("value").rename(dict(called or {}))
    labels = {column: words.upper(column.replace("_", " ")) for column in shown.columns}
    return Figure(
        draw=lambda width: _dots(table, name, columns, width),
        table=shown,
        column_labels=labels,
        kind="Dot plot",
        **words_of,  # type: ignore[arg-type]
    )


# ---------------------------------------------------------------------------------------- licences


def licences(licences: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """The share of permissive licences by half-year: two countries and all."""
    key, title = "vendor-licences", facts.text("vendors.licence.title")
    countries = licences.filter(pl.col("group_kind") == "country").with_columns(country=pl.col("group"))
    known = pl.col("releases") - pl.col("not_known")
    pair = _pair(countries, "releases")
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
    ends = [f"{row['country']} {words.percent(row['share_permissive'])}" for row in _ends(shown).iter_rows(named=True)]
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
        source=source_line(releases_register(facts), f"n = {words.number(n)} releases of known licence"),
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
    words_ink = [*(FIRST, "var(--family-2-text)")[: len(pair)], "var(--family-grey-text)"]
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
        axis=alt.Axis(format="%Y", **ticks_at(_years(first, last)), grid=False),
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
                color=alt.Color("country:N", scale=alt.Scale(domain=order, range=words_ink), legend=None),
            ),
        )
        .resolve_scale(color="independent")
        .properties(width=width, height=height)
    )


def _years(first: date, last: date) -> list[str]:
    """First days of the years between two days."""
    return [f"{year}-01-01" for year in range(first.year + (first.month > 1), last.year + 1)]


def _labels(shown: pl.DataFrame, height: int) -> pl.DataFrame:
    """Names at the line ends, apart from each other."""
    gap, rows, last = 20 / height, [], -1.0
    for row in _ends(shown).iter_rows(named=True):
        last = max(row["share_permissive"], last + gap)
        rows.append({"period": row["period"], "country": row["country"], "at": last})
    over = max(0.0, last - 1)
    return pl.DataFrame([{**row, "at": row["at"] - over} for row in rows])


def licence_moves(moves: pl.DataFrame, facts: PageFacts, *, top: int) -> Figure | Absent:
    """Each maker's share before and over the last twelve months."""
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
    return _dot_figure(
        table.select("organisation", "country", "before_permissive", "recent_permissive", "before", "recent", "value"),
        "organisation",
        ("recent_permissive", "before_permissive"),
        key=key,
        title=title,
        subtitle=(
            f"Share of permissive licences among {table.height} makers’ dated releases whose licence is known. Filled: "
            "last twelve months; hollow diamond: all before"
        ),
        description=(
            f"Dot plot of the share of releases under permissive licences for {table.height} makers, before and since. "
            f"{facts.text('vendors.moves.sentence')}\n\n"
            + "; ".join(f"{row['organisation']} {row['value']}" for row in table.iter_rows(named=True))
            + f".\n\n{facts.text('vendors.licence.unknown')}"
        ),
        source=source_line(releases_register(facts), f"{table.height} makers"),
        note=f"Makers with at least {words.word(FEW)} such releases in both times. A licence of the maker’s own, such "
        "as a modified MIT, counts as restricted.",
    )


# ----------------------------------------------------------------------------------------- formats


def formats(formats: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """In which formats releases are out in time, by makers and by others."""
    key, title = "vendor-formats", facts.text("vendors.formats.title")
    rows = formats.filter(pl.col("group") == ALL).with_columns(share=pl.col("releases_in_time") / pl.col("releases"))
    sides = [
        rows.filter(pl.col("shipped_by") == who).select("format", pl.col("share").alias(who)) for who in (MAKER, OTHERS)
    ]
    table = (
        sides[0]
        .join(sides[1], on="format", how="full", coalesce=True)
        .with_columns(pl.col(MAKER, OTHERS).fill_null(0))
        .filter(pl.max_horizontal(MAKER, OTHERS) > 0)
        .with_columns(
            first=pl.col("format") == ANY,
            most=pl.max_horizontal(MAKER, OTHERS),
            value=pl.struct(MAKER, OTHERS).map_elements(
                lambda row: _percents(row[MAKER], row[OTHERS]), return_dtype=pl.String
            ),
        )
        .sort("first", "most", "format", descending=[True, True, False])
        .head(13)
        .with_columns(
            format=pl.when("first")
            .then(pl.lit("any format"))
            .otherwise(pl.col("format").map_elements(format_name, return_dtype=pl.String))
        )
        .select("format", MAKER, OTHERS, "value")
    )
    if table.is_empty():
        return Absent(key, title, f"{facts.text('vendors.formats.sentence')} {facts.text('vendors.formats.undated')}")
    days, n = facts.text("vendors.formats_days"), facts.text("vendors.formats.n")
    return _dot_figure(
        table,
        "format",
        (MAKER, OTHERS),
        key=key,
        title=title,
        subtitle=(
            f"Share of {n} dated releases with a conversion by {days} after their release. Filled: by the maker; "
            "hollow diamond: by others. Values: maker · others"
        ),
        description=(
            f"Dot plot of the share of releases that have a conversion within {days}, by format and by who made it. "
            f"{facts.text('vendors.formats.sentence')}\n\n{facts.text('vendors.formats.makers')}\n\n"
            f"{facts.text('vendors.formats.undated')}"
        ),
        source=source_line(facts, f"n = {n} releases of the register"),
        note=facts.text("vendors.formats.undated"),
    )


# -------------------------------------------------------------------------------------------- tags


def papers(tags: pl.DataFrame, facts: PageFacts, *, top: int) -> Figure | Absent:
    """Which makers link papers on how many of their repositories."""
    key, title = "vendor-papers", facts.text("vendors.papers.title")
    table = (
        tags.drop_nulls("with_paper")
        .filter(pl.col("repositories") >= FEW)
        .sort("repositories", "organisation", descending=[True, False])
        .head(top)
        .with_columns(share=pl.col("with_paper") / pl.col("repositories"))
        .sort("share", "organisation", descending=[True, False])
        .with_columns(value=pl.format("{} of {}", "with_paper", "repositories"))
        .select("organisation", "country", "share", "with_paper", "repositories", "papers", "value")
    )
    if table.is_empty():
        return Absent(key, title, facts.text("vendors.papers.sentence"))
    return _dot_figure(
        table,
        "organisation",
        ("share",),
        key=key,
        title=title,
        subtitle=f"Share of repositories with a link to a paper (arxiv tag); {table.height} makers with most of them",
        description=(
            f"Dot plot of the share of repositories that link a paper, for {table.height} registered makers. "
            f"{facts.text('vendors.papers.sentence')}"
        ),
        source=source_line(facts, f"n = {words.number(int(table['repositories'].sum()))} repositories"),
    )


def languages(languages: pl.DataFrame, tasks: pl.DataFrame, facts: PageFacts, *, top: int) -> Figure | Absent:
    """Which languages makers of the two countries with most releases name."""
    key, title = "vendor-languages", facts.text("vendors.languages.title")
    pair = [name for name in _pair(tasks, "releases") if name in languages["country"]]
    everywhere = languages.filter(pl.col("country") == ALL_COUNTRIES)
    first = (
        everywhere.sort("share", "language", descending=[True, False]).head(top).select("language", "name", all="share")
    )
    if first.is_empty() or len(pair) < 2:
        return Absent(key, title, facts.text("vendors.languages.sentence"))
    table = first
    for side, country in zip(("first", "second"), pair, strict=True):
        shares = languages.filter(pl.col("country") == country).select("language", pl.col("share").alias(side))
        table = table.join(shares, on="language", how="left", maintain_order="left")
    table = table.with_columns(pl.col("first", "second").fill_null(0)).with_columns(
        value=pl.struct("first", "second").map_elements(
            lambda row: _percents(row["first"], row["second"]), return_dtype=pl.String
        )
    )
    return _dot_figure(
        table.select("name", "first", "second", "all", "value"),
        "name",
        ("first", "second"),
        called=dict(zip(("first", "second"), pair, strict=True)),
        key=key,
        title=title,
        subtitle=(
            f"Share of makers’ repositories that name the language, of those that name any. Filled: {pair[0]}; hollow "
            f"diamond: {pair[1]}. Values in that order"
        ),
        description=(
            f"Dot plot of the share of repositories naming each of {table.height} languages, for makers in "
            f"{words.listed(pair)}. {facts.text('vendors.languages.sentence')}\n\n"
            + "; ".join(f"{row['name']} {row['value']}" for row in table.head(5).iter_rows(named=True))
            + "."
        ),
        source=source_line(facts, "two-letter language tags"),
        note="A maker’s tag is a statement, not a test.",
    )


# ------------------------------------------------------------------------------- tasks and activity


def tasks(tasks: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """What releases other than plain text are for, in two countries."""
    key, title = "vendor-tasks", facts.text("vendors.tasks.title")
    pair = _pair(tasks, "releases")
    if len(pair) < 2:
        return Absent(key, title, facts.text("vendors.tasks.sentence"))
    sides = [
        tasks.filter(pl.col("country") == country).select("modality", pl.col("share").alias(side))
        for side, country in zip(("first", "second"), pair, strict=True)
    ]
    everywhere = tasks.filter(pl.col("country") == ALL_COUNTRIES, pl.col("modality") != "text")
    table = (
        everywhere.select("modality", all="share", releases="releases")
        .join(sides[0], on="modality")
        .join(sides[1], on="modality")
        .sort("all", "modality", descending=[True, False])
        .with_columns(
            value=pl.struct("first", "second").map_elements(
                lambda row: _percents(row["first"], row["second"]), return_dtype=pl.String
            )
        )
    )
    if table.is_empty():
        return Absent(key, title, facts.text("vendors.tasks.sentence"))
    n = int(tasks.filter(country=ALL_COUNTRIES)["releases"].sum())
    return _dot_figure(
        table.select("modality", "first", "second", "all", "releases", "value"),
        "modality",
        ("first", "second"),
        called=dict(zip(("first", "second"), pair, strict=True)),
        key=key,
        title=title,
        subtitle=(
            f"Share of each country’s registered releases by modality, plain text left out. Filled: {pair[0]}; hollow "
            f"diamond: {pair[1]}. Values in that order"
        ),
        description=(
            f"Dot plot of the share of releases by modality for {words.listed(pair)}. "
            f"{facts.text('vendors.tasks.sentence')}\n\n"
            + "; ".join(f"{row['modality']} {row['value']}" for row in table.iter_rows(named=True))
            + "."
        ),
        source=source_line(releases_register(facts), f"n = {words.number(n)} releases, dated or not"),
        note="A model that reads images and writes text counts as vision.",
    )


def activity(activity: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """From first to last release, maker by maker; who stopped is hollow, who started accent."""
    key, title = "vendor-activity", facts.text("vendors.activity.title")
    table = (
        activity.drop_nulls("last_released")
        .sort("last_released", "organisation", descending=[True, False])
        .select(
            "organisation",
            "country",
            "status",
            "first_released",
            "last_released",
            "releases",
            "undated",
            "newest_repository",
        )
        .with_columns(value=pl.col("releases").cast(pl.String))
    )
    if table.is_empty():
        return Absent(key, title, facts.text("vendors.activity.caveat"))
    return Figure(
        key=key,
        title=title,
        subtitle=(
            f"First to last dated release of {table.height} makers on the register. Orange: first within "
            f"{facts.text('vendors.started_months')}; hollow: none within {facts.text('vendors.stopped_months')}. "
            "Values: releases"
        ),
        draw=lambda width: _activity_chart(table, width),
        description=(
            f"Range chart of first and last dated release for {table.height} makers, the latest on top. "
            f"{facts.text('vendors.activity.sentence')}\n\n{facts.text('vendors.activity.caveat')}"
        ),
        table=table.drop("value"),
        column_labels={
            "organisation": "Maker",
            "country": "Country",
            "status": "Status",
            "first_released": "First",
            "last_released": "Last",
            "releases": "Releases",
            "undated": "Undated",
            "newest_repository": "Newest repository here",
        },
        source=source_line(releases_register(facts), f"n = {words.number(int(table['releases'].sum()))} releases"),
        note="A release that the register lacks, or lists without a date, can turn a stop into a gap.",
        kind="Range chart",
    )


def _activity_chart(table: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    phone = is_phone(width)
    first, last = min(table["first_released"]), max(table["last_released"])
    room = (last - first) * (1.05 if phone else 1.16)
    scale = alt.Scale(domain=[f"{first.year}-01-01", (first + room).isoformat()])
    axis = alt.Axis(format="%Y", **ticks_at(_years(first, last)), title=None, grid=True)
    y = rows_for(width, "organisation", table["organisation"].to_list(), labelLimit=260)
    colors = alt.Scale(domain=[STARTED, STOPPED, GOING_ON], range=["var(--accent)", "var(--family-grey)", "var(--ink)"])
    color = alt.Color("status:N", scale=colors, legend=None)
    edge = alt.Stroke("status:N", scale=colors, legend=None)
    base = alt.Chart(table)
    start = alt.X("first_released:T", scale=scale, axis=axis)
    end = alt.X("last_released:T", scale=scale, axis=axis)
    marks = [
        base.mark_rule(strokeWidth=4).encode(x=start, x2="last_released:T", y=y, color=color),
        base.transform_filter(f"datum.status != '{STOPPED}'").mark_point(size=70).encode(x=end, y=y, color=color),
        base.transform_filter(f"datum.status == '{STOPPED}'")
        .mark_point(size=70, fill="var(--surface)", strokeWidth=2)
        .encode(x=end, y=y, stroke=edge),
    ]
    height = table.height * (38 if phone else 23) + 40
    return alt.layer(*row_texts(table, width, name="organisation"), *marks).properties(width=width, height=height)


# --------------------------------------------------------------------------------------- downloads


def downloads(downloads: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """Shares of downloads by country, by owner and by root."""
    key, title = "vendor-downloads", facts.text("vendors.downloads.title")
    rows = downloads.filter(pl.col("population") == "all", pl.col("group_kind") == "country")
    sides = [
        rows.filter(pl.col("counted_as") == rule).select("group", pl.col("share").alias(rule))
        for rule in ("owner", "root")
    ]
    table = (
        sides[0]
        .join(sides[1], on="group", how="full", coalesce=True)
        .with_columns(pl.col("owner", "root").fill_null(0), known=pl.col("group") != UNKNOWN_OWNER)
        .sort("known", "owner", "root", "group", descending=[True, True, True, False])
    )
    table = (
        pl.concat([table.filter("known").head(COUNTRIES), table.filter(~pl.col("known"))])
        .rename({"group": "country"})
        .with_columns(
            value=pl.struct("owner", "root").map_elements(
                lambda row: _percents(row["owner"], row["root"]), return_dtype=pl.String
            )
        )
    )
    if table.is_empty() or table["owner"].sum() == 0:
        return Absent(key, title, facts.text("vendors.downloads.sentence"))
    moved = not table["owner"].equals(table["root"])  # the same where nothing declares a root
    if not moved:
        table = table.with_columns(value=pl.col("owner").map_elements(words.percent, return_dtype=pl.String))
    how = (
        "Filled: of the owner; hollow diamond: of the roots that a repository declares, else of the owner. Values in "
        "that order"
        if moved
        else "Each repository counts for its owner"
    )
    rules = ("owner", "root") if moved else ("owner",)
    return _dot_figure(
        table.select("country", *rules, "value"),
        "country",
        rules,
        key=key,
        title=title,
        subtitle=(f"Share of {facts.text('vendors.downloads.where')} in 30 days by country of the maker. {how}"),
        description=(
            f"Dot plot of shares of downloads by country for {table.height} groups. "
            f"{facts.text('vendors.downloads.sentence')} {facts.text('vendors.downloads.family')}"
        ),
        source=source_line(facts, f"n = {facts.text('snapshot.rows')} repositories"),
        note="The counter counts machines too.",
    )
