"""Who converts each group: a panel a group, all on one scale, the group's own maker in colour among grey others."""

from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.charts.kit import room
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.families import leading, ranks
from pipeline.charts.kit.figure import Figure, source_line
from pipeline.charts.kit.scales import family_style
from pipeline.charts.kit.theme import is_phone

GROUPS, OTHERS = 6, 5
"""Panels at most, but for the pair, which is always there; converters beside the maker in each."""

_ROW, _TOP, _GAP, _COLUMNS, _SIZE = 22, 30, 28, 3, 13
"""Height of a row and of a panel's name, px between panels, panels side by side, size of words in px."""


def conversions(table: pl.DataFrame, families: pl.DataFrame, facts: PageFacts) -> Figure | None:
    """The converters of the largest groups beside their makers. table: the table `group_converters`."""
    rows = shown(table, facts)
    if rows.is_empty():
        return None
    groups = rows["group"].unique(maintain_order=True).to_list()
    by_name = table["evidence"][0] == "inferred"
    found = "found by their names" if by_name else "that declare their base"
    panels = [
        f"{group}: " + ", ".join(f"{name} {value}" for name, value in part.select("uploader", "value").iter_rows())
        for (group,), part in rows.group_by("group", maintain_order=True)
    ]
    return Figure(
        key="lineage-conversions",
        title=facts.text("anatomy.conversions.title"),
        subtitle=(
            f"Share of each group’s conversions (quantized repositories {found}, and the maker’s own) by who made "
            f"them, and their number; all panels on one scale; {facts.text('snapshot.named')}"
        ),
        draw=lambda width: _chart(rows, ranks(families), width),
        description=(
            f"Bar charts of shares of conversions, a panel each for {words.listed(groups)}, sorted. "
            f"{facts.text('anatomy.conversions.sentence')}\n\n{'; '.join(panels)}."
        ),
        table=rows.select("group", "rank", "uploader", "is_maker", "repositories", "share", "of_group", "evidence"),
        column_labels={
            "group": "Converted",
            "rank": "Rank",
            "uploader": "By",
            "is_maker": "Its maker",
            "repositories": "Repositories",
            "of_group": "Of the group",
        },
        source=source_line(
            facts, f"n = {words.number(_every(rows))} conversions of {words.counted(len(groups), 'group')}"
        ),
        note=(
            "Bold: the group’s own maker, by its own repositories in such a format. Others are grey"
            + ("; a name shows the base for registered repackagers alone, so others are missing." if by_name else ".")
        ),
        kind="Bar charts",
        span="wide",
    )


def _every(rows: pl.DataFrame) -> int:
    return int(rows.unique("group")["of_group"].sum())


def shown(table: pl.DataFrame, facts: PageFacts) -> pl.DataFrame:
    """Rows of the panels in their order, with `share` of the group and `value`, both in words.

    The largest groups and the pair; of each the makers and the others with most.
    """
    sizes = table.unique("group").sort("of_group", "group", descending=[True, False])
    beyond = leading(sizes, facts, GROUPS).height - GROUPS
    chosen = leading(sizes, facts, GROUPS - max(beyond, 0))["group"]
    order = pl.DataFrame({"group": chosen, "panel": range(chosen.len())}, schema_overrides={"panel": pl.Int64})
    other = (~pl.col("is_maker")).cum_sum().over("group")
    share = pl.col("repositories") / pl.col("of_group")
    return (
        table.join(order, on="group")
        .sort("panel", "rank")
        .filter(pl.col("is_maker") | (other <= OTHERS))
        .with_columns(
            share=share,
            value=pl.when(pl.col("repositories") == 0)
            .then(pl.lit("none"))
            .otherwise(
                pl.format(
                    "{} · {}",
                    pl.col("repositories").map_elements(words.number, return_dtype=pl.String),
                    share.map_elements(words.percent, return_dtype=pl.String),
                )
            ),
        )
    )


def _chart(rows: pl.DataFrame, rank: dict[str, int], width: int) -> alt.TopLevelMixin:
    """All panels as one drawing; places are computed in px."""
    columns = 1 if is_phone(width) else _COLUMNS
    wide = (width - 8 - _GAP * (columns - 1)) / columns
    dots = placed(rows, wide, columns)
    tall = float(dots["y"].max()) + _ROW  # type: ignore[arg-type]
    x_scale, y_scale = (alt.Scale(domain=domain, nice=False, zero=False) for domain in ([0, width - 8], [tall, 0]))
    y = alt.Y("y:Q", axis=None, scale=y_scale)

    def across(column: str) -> alt.X:
        return alt.X(f"{column}:Q", axis=None, scale=x_scale)

    heads = dots.unique("group", maintain_order=True).with_columns(y=pl.col("top") + 12)
    marks = [
        alt.Chart(dots.filter(~pl.col("is_maker")))
        .mark_rule(strokeWidth=13, color="var(--family-grey)")
        .encode(x=across("start"), x2="end", y=y),
    ]
    for own, weight in ((False, "normal"), (True, "bold")):
        text = alt.Chart(dots.filter(is_maker=own))
        ink: dict[str, Any] = {
            "fontSize": _SIZE,
            "fontWeight": weight,
            "baseline": "middle",
            "color": "var(--ink)",
        }
        marks += [
            text.mark_text(align="right", **ink).encode(x=across("name_x"), y=y, text="name:N"),
            text.mark_text(align="left", dx=5, **ink).encode(x=across("end"), y=y, text="value:N"),
        ]
    for group in heads["group"]:
        look = family_style(rank.get(group))
        marks += [
            alt.Chart(heads.filter(group=group))
            .mark_text(align="left", fontSize=15, fontWeight="bold", color=look.text)
            .encode(x=across("left"), y=y, text="head:N"),
            alt.Chart(dots.filter(pl.col("is_maker"), group=group))
            .mark_rule(strokeWidth=13, color=look.mark)
            .encode(x=across("start"), x2="end", y=y),
        ]
    return alt.layer(*marks).properties(width=width, height=tall)


def placed(rows: pl.DataFrame, wide: float, columns: int) -> pl.DataFrame:
    """Rows with their places in px: `left, top` of the panel, `y`, `name_x`, `start, end` of the bar; `name, head` cut.

    wide: of a panel. columns: panels side by side. One px stands for the same share in all panels.
    """
    names = min(room.widest(rows["uploader"].to_list(), _SIZE, bold=True), 0.44 * wide)
    values = room.widest(rows["value"].to_list(), _SIZE, bold=True) + 8
    per_share = (wide - names - 8 - values) / float(rows["share"].max())  # type: ignore[arg-type]
    sizes = rows.group_by("panel", maintain_order=True).agg(lines=pl.len())
    panels = sizes.with_columns(line=pl.col("panel") // columns, left=pl.col("panel") % columns * (wide + _GAP))
    tops = (
        panels.group_by("line", maintain_order=True)
        .agg(tall=pl.col("lines").max() * _ROW + _TOP + 14)
        .with_columns(top=pl.col("tall").cum_sum() - pl.col("tall"))
    )
    at = panels.join(tops, on="line", maintain_order="left").select("panel", "left", "top")
    cut = [room.cut(name, names, _SIZE, bold=True) for name in rows["uploader"]]
    heads = [room.cut(group, wide, 15, bold=True) for group in rows["group"]]
    return (
        rows.with_columns(name=pl.Series(cut, dtype=pl.String), head=pl.Series(heads, dtype=pl.String))
        .join(at, on="panel", maintain_order="left")
        .with_columns(place=pl.int_range(pl.len()).over("panel"), name_x=pl.col("left") + names)
        .with_columns(y=pl.col("top") + _TOP + (pl.col("place") + 0.5) * _ROW, start=pl.col("name_x") + 8)
        .with_columns(end=pl.col("start") + pl.col("share") * per_share)
    )
