"""The figure of the share of mixtures of experts, by quarter: among flagship releases, repositories, downloads."""

import polars as pl

from pipeline.base import words
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.kit.theme import is_phone

_SHARE = "moe-share"
_FLAGSHIPS, _REPOSITORIES = "flagship releases", "repositories"
RECENT_QUARTERS = 4


def moe_share(shares: pl.DataFrame, snapshot: str) -> Figure | Absent:
    """Share of mixtures by quarter: the register's flagship releases, the snapshot's repositories.

    snapshot: the label that readers see.

    shares: the table `moe_share`.
    """
    drawn = shares.filter(pl.col("population").is_in([_FLAGSHIPS, _REPOSITORIES])).drop_nulls("share")
    table = drawn.sort("population", "period")
    if table.filter(~pl.col("is_partial")).is_empty():
        return Absent(_SHARE, "Share of mixtures of experts", "Neither releases nor repositories have dates.")
    flagships = _recent(shares, _FLAGSHIPS)
    repositories = _recent(shares, _REPOSITORIES)
    downloads = _recent(shares, "downloads")
    title = _share_title(flagships, repositories)
    last = max(table.filter(~pl.col("is_partial"))["period"].to_list())
    parts = [
        _recent_words("flagship releases", flagships),
        _recent_words("repositories", repositories),
        _recent_words("downloads of the last 30 days, by quarter of creation,", downloads),
    ]
    repository_quarters = shares.filter(pl.col("population") == _REPOSITORIES)
    left_out = (
        f"{int(repository_quarters['unknown'].sum()):,} dated repositories say neither and are left out."
        if repository_quarters.height
        else "No repository of this snapshot is dated."
    )
    releases, total = _known(table, _FLAGSHIPS), sum(_known(table, _REPOSITORIES))
    partial = table.filter("is_partial").height > 0
    marked = " The hollow last point is a partial quarter." if partial else ""
    hollow = "; hollow: partial quarter" if partial else ""
    return Figure(
        key=_SHARE,
        title=title,
        subtitle=(
            f"Mixtures of experts in % of mixtures plus dense, by quarter, to the {words.quarter(last)}: flagship "
            f"releases of the register by release, repositories of the snapshot by creation{hollow}"
        ),
        draw=lambda width: _share_chart(table, width),
        description=(
            "Line chart of the share of mixtures of experts in %, by quarter, among flagship releases and "
            f"repositories. {title}.\n\n{' '.join(part for part in parts if part)}\n\n"
            f"Quarters hold few flagship releases, at most {max(releases, default=0)}, so single points jump.{marked} "
            f"{left_out}"
        ),
        table=table,
        column_labels={
            "population": "Population",
            "period": "Quarter from",
            "moe": "Mixtures",
            "dense": "Dense",
            "unknown": "Unknown",
            "share": "Share of mixtures",
            "is_partial": "Partial quarter",
        },
        source=source_line(
            f"releases register of this report; {snapshot}",
            f"n = {sum(releases)} flagship releases, {total:,} repositories · shares counted by quarter",
        ),
        note="The flagship list is a judgement; a repository is dated by its creation, and deleted ones are missing.",
        kind="Line chart",
    )


def _recent(shares: pl.DataFrame, population: str) -> tuple[int, int] | None:
    """Mixtures and all of the last full quarters that have any."""
    full = shares.filter(pl.col("population") == population, ~pl.col("is_partial")).drop_nulls("share")
    last = full.sort("period").tail(RECENT_QUARTERS)
    if last.is_empty():
        return None
    moe = int(last["moe"].sum())
    return moe, moe + int(last["dense"].sum())


def _recent_words(name: str, recent: tuple[int, int] | None) -> str:
    if recent is None:
        return ""
    moe, known = recent
    counts = f"{words.large(moe)} of {words.large(known)}"
    share = words.percent(moe / known)
    return f"Last {words.word(RECENT_QUARTERS)} full quarters: {counts} {name} are mixtures ({share})."


def _share_title(flagships: tuple[int, int] | None, repositories: tuple[int, int] | None) -> str:
    if flagships is None or repositories is None:
        moe, known = flagships or repositories or (0, 1)
        name = "flagship releases" if flagships else "repositories"
        return f"Mixtures of experts are {words.percent(moe / known)} of recent {name}"
    top, base = flagships[0] / flagships[1], repositories[0] / repositories[1]
    numbers = f"({words.percent(top)} against {words.percent(base)})"
    if top > 0.5 >= base:
        most, fewer = words.percent(top), words.percent(base)
        return f"{most} of recent flagship releases are mixtures of experts, {fewer} of repositories"
    if top <= 0.5 < base:
        return f"Most recent repositories are mixtures of experts, most flagship releases are not {numbers}"
    if top > 0.5:
        return f"Mixtures of experts are most of recent flagship releases and of repositories {numbers}"
    return f"Mixtures of experts are a minority of recent flagship releases and of repositories {numbers}"


def _known(table: pl.DataFrame, population: str) -> list[int]:
    """Mixtures plus dense of each quarter."""
    rows = table.filter(pl.col("population") == population).select(known=pl.col("moe") + pl.col("dense"))
    return rows["known"].to_list()


def _share_chart(table: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    shown = table.with_columns(percent=pl.col("share") * 100)
    full = shown.filter(~pl.col("is_partial"))
    populations = [name for name in (_FLAGSHIPS, _REPOSITORIES) if name in set(table["population"])]
    color = alt.Color(
        "population:N",
        scale=alt.Scale(domain=populations, range=["var(--ink)", "var(--family-grey)"][: len(populations)]),
        legend=alt.Legend(),
    )
    x = alt.X("period:T", title=None, axis=alt.Axis(format="%Y", tickCount="year", grid=False))
    y = alt.Y(
        "percent:Q",
        title=None,
        scale=alt.Scale(domain=[0, 100]),
        axis=alt.Axis(values=[0, 25, 50, 75, 100], labelExpr="datum.value + ' %'"),
    )
    shape = alt.Shape("population:N", scale=alt.Scale(domain=populations, range=["circle", "square"]), legend=None)
    base = alt.Chart(shown)
    return alt.layer(
        base.mark_line(strokeWidth=1.5, strokeDash=[3, 3]).encode(x=x, y=y, color=color),
        alt.Chart(full).mark_line(strokeWidth=2.5).encode(x=x, y=y, color=color),
        alt.Chart(full).mark_point(size=50).encode(x=x, y=y, color=color, shape=shape),
        base.transform_filter("datum.is_partial")
        .mark_point(size=50, fill="var(--surface)", filled=False, strokeWidth=2)
        .encode(x=x, y=y, color=color, shape=shape),
    ).properties(width=width, height=330 if is_phone(width) else 360)
