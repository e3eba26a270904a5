"""The figure of the share of MoE models: among flagship releases by half-year, repositories by quarter."""

import polars as pl

from pipeline.base import words
from pipeline.chapters.moe.facts_sizes import recent_share
from pipeline.chapters.moe.shares import Share
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.kit.theme import is_phone
from pipeline.register.lookup.flagships import FLAGSHIPS

_SHARE = "moe-share"
_FLAGSHIPS, _REPOSITORIES = FLAGSHIPS, "repositories"
PERIODS = {_FLAGSHIPS: "two full half-years", _REPOSITORIES: "four full quarters", "downloads": "four full quarters"}
"""The last year of whole periods, in words."""


def moe_share(shares: pl.DataFrame, snapshot: str) -> Figure | Absent:
    """Share of MoE models: the register's flagship releases by half-year, the snapshot's repositories by quarter.

    Repositories of unknown architecture make the share a band: all of them dense, or all of them MoE models.

    snapshot: the label that readers see.

    shares: the table `moe_share`.
    """
    drawn = shares.filter(pl.col("population").is_in([_FLAGSHIPS, _REPOSITORIES])).drop_nulls("share")
    table = drawn.sort("population", "period")
    if table.filter(~pl.col("is_partial")).is_empty():
        return Absent(_SHARE, "Share of MoE models", "Neither releases nor repositories have dates.")
    flagships, repositories, downloads = (recent_share(shares, population) for population in PERIODS)
    title = _share_title(flagships, repositories)
    last = max(table.filter(~pl.col("is_partial"))["period"].to_list())
    parts = [
        _recent_words(_FLAGSHIPS, _FLAGSHIPS, flagships),
        _recent_words(_REPOSITORIES, _REPOSITORIES, repositories),
        _recent_words("downloads", "downloads of the last 30 days, by quarter of creation,", downloads),
    ]
    repository_quarters = shares.filter(pl.col("population") == _REPOSITORIES)
    unknown = (
        f"{int(repository_quarters['unknown'].sum()):,} dated repositories say neither: the band runs from all of them "
        "dense to all of them MoE models."
        if repository_quarters.height
        else "No repository of this snapshot is dated."
    )
    releases, total = _known(table, _FLAGSHIPS), sum(_known(table, _REPOSITORIES))
    partial = table.filter("is_partial").height > 0
    marked = " A hollow last point is a partial period." if partial else ""
    hollow = "; hollow: partial period" if partial else ""
    return Figure(
        key=_SHARE,
        title=title,
        subtitle=(
            f"MoE models in % of MoE models plus dense, to the {words.quarter(last)}: flagship releases of the "
            "register by half-year of release, repositories of the snapshot by quarter of creation; band: from all of "
            f"unknown architecture dense to all MoE models{hollow}"
        ),
        draw=lambda width: _share_chart(table, width),
        description=(
            "Line chart of the share of MoE models in %, among flagship releases by half-year and among "
            f"repositories by quarter. {title}.\n\n{' '.join(part for part in parts if part)}\n\n"
            f"A half-year holds at most {max(releases, default=0)} flagship releases, so single points jump.{marked} "
            f"{unknown}"
        ),
        table=table,
        column_labels={
            "population": "Population",
            "period": "From",
            "moe": "Mixtures",
            "dense": "Dense",
            "unknown": "Unknown",
            "share": "Share of MoE models",
            "share_low": "if the unknown are dense",
            "share_high": "if they are MoE models",
            "is_partial": "Partial period",
        },
        source=source_line(
            f"releases register of this report; {snapshot}",
            f"n = {sum(releases)} flagship releases, {total:,} repositories · shares counted by period",
        ),
        note=(
            "Flagship: the largest language model of a maker in a half-year, by the register of releases. A repository "
            "is dated by its creation, and deleted ones are missing."
        ),
        kind="Line chart",
    )


def _recent_words(population: str, name: str, share: Share | None) -> str:
    if share is None:
        return ""
    text = f"Last {PERIODS[population]}: {words.large(share.moe)} of {words.large(share.known)} {name} are MoE models"
    if not share.unknown:
        return f"{text} ({share.in_words})."
    return f"{text}, and {words.large(share.unknown)} say neither ({share.in_words} of all)."


def _share_title(flagships: Share | None, repositories: Share | None) -> str:
    if flagships is None or repositories is None:
        share, name = (flagships, _FLAGSHIPS) if flagships else (repositories or Share(0, 1), _REPOSITORIES)
        return f"MoE models are {share.in_words} of recent {name}"
    numbers = f"({flagships.in_words} against {repositories.in_words})"
    match flagships.is_most, repositories.is_most:
        case True, False:
            return (
                f"{flagships.in_words} of recent flagship releases are MoE models, "
                f"{repositories.in_words} of repositories"
            )
        case False, True:
            return f"Most recent repositories are MoE models, most flagship releases are not {numbers}"
        case True, True:
            return f"MoE models are most of recent flagship releases and of repositories {numbers}"
        case False, False:
            return f"MoE models are a minority of recent flagship releases and of repositories {numbers}"
        case _:
            return (
                f"MoE models are {flagships.in_words} of recent flagship releases and "
                f"{repositories.in_words} of repositories: unknown architectures decide which are most"
            )


def _known(table: pl.DataFrame, population: str) -> list[int]:
    """MoE models plus dense of each period."""
    rows = table.filter(pl.col("population") == population).select(known=pl.col("moe") + pl.col("dense"))
    return rows["known"].to_list()


def _share_chart(table: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    shown = table.with_columns(
        percent=pl.col("share") * 100, low=pl.col("share_low") * 100, high=pl.col("share_high") * 100
    )
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
        base.mark_area(opacity=0.25).encode(x=x, y=alt.Y("low:Q", title=None), y2="high:Q", color=color),
        base.mark_line(strokeWidth=1.5, strokeDash=[3, 3]).encode(x=x, y=y, color=color),
        alt.Chart(full).mark_line(strokeWidth=2.5).encode(x=x, y=y, color=color),
        alt.Chart(full).mark_point(size=50).encode(x=x, y=y, color=color, shape=shape),
        base.transform_filter("datum.is_partial")
        .mark_point(size=50, fill="var(--surface)", filled=False, strokeWidth=2)
        .encode(x=x, y=y, color=color, shape=shape),
    ).properties(width=width, height=330 if is_phone(width) else 360)
