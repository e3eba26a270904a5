"""The figure on half-lives: months until half of a base's derivatives existed."""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.charts.kit import room
from pipeline.charts.kit.axes import relabelled, rows_of, ticks_at
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.families import ranks, total
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.kit.scales import scales_of
from pipeline.charts.kit.theme import is_phone
from pipeline.charts.lineage.gaps import missing


def half_life(medians: pl.DataFrame, families: pl.DataFrame, facts: PageFacts, *, top: int) -> Figure | Absent | None:
    """Median half-life by family and year of release. medians: the table `half_life_medians`."""
    key = "lineage-half-life"
    least, oldest = (facts.text(f"anatomy.half_life.{name}") for name in ("least", "oldest"))
    if medians.is_empty():
        reason = f"No base that is at least {oldest} months old has {least} dated derivatives here."
        return missing(key, "anatomy.half_life", reason, facts)
    sums = medians.group_by("group").agg(sum=pl.col("bases").sum()).sort(["sum", "group"], descending=[True, False])
    largest = sums.head(top)
    table = (
        medians.join(largest, on="group")
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
            f"{facts.text('anatomy.basis.half_life')}"
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
            facts.text("anatomy.source.half_life"),
            f"n = {words.number(total(medians, 'bases'))} bases · counted in calendar months, direct derivatives",
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
