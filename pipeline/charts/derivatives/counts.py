"""Figures on derivatives: the ratio under every rule, the families, the relations.

Titles and sentences come from facts, so that a figure and the prose beside it say the same.
"""

import math

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.base.lead import Leads
from pipeline.charts.kit import ends, room
from pipeline.charts.kit.axes import line_at, log_scale, ratio_ticks, relabelled, ticks_at
from pipeline.charts.kit.bars import bars
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.families import RELATION_NAMES, and_others, compared, leading, total
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.kit.scales import scales_of
from pipeline.charts.kit.theme import is_phone

RULES = 330
"""Px that names of rules may take of a chart in the text column; longer ones take two lines."""

PUBLISHED = "as published"


# ------------------------------------------------------------------------------- ratio by rule


def ratio_by_rule(ratios: pl.DataFrame, published: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """The leader over the other under every plain rule that counts both alike, sorted; the same result once.

    published: the register's table `published_counts`.
    """
    key = "ratio-by-rule"
    if not ratios["is_plain"].any():
        title = facts.text("derivatives.grid.title")
        return Absent(key, title, "No rule has enough derivatives of both in this snapshot.")
    ordered = ratios.filter("is_plain").sort(~pl.col("is_headline"), "definition")
    plain, first, second = leader_over_other(ordered.unique("result", keep="first", maintain_order=True))
    known = published.filter(pl.col("published").cast(pl.String) <= facts.value("snapshot.date"))
    claimed = published_ratio(known, first, second)
    table = plain.sort("ratio", "definition", descending=[True, False]).with_columns(
        rule=pl.col("label").map_elements(words.upper, return_dtype=pl.String),
        value=pl.col("ratio").map_elements(lambda ratio: f"{words.times(ratio)}×", return_dtype=pl.String),
    )
    if not facts.value("relations.links"):  # nothing is declared: the rule rests on names of files alone
        table = table.with_columns(
            rule=pl.col("rule").str.replace("As declared or inferred", "Inferred from file names")
        )
    low, high = table["ratio"][-1], table["ratio"][0]
    title = Leads.of(first, second, table["ratio"].to_list()).title("derivatives", "plain rule")
    headline = table.filter("is_headline")
    as_published = f" The counts published in February 2026 give {words.times(claimed)}." if claimed else ""
    chosen = f" The headline rule ({headline['label'][0]}) gives {headline['value'][0]}." if headline.height else ""
    return Figure(
        key=key,
        title=title,
        subtitle=(
            f"Derivatives of {first} divided by derivatives of {second}, {words.counted(table.height, 'plain rule')}, "
            f"each applied to both; {facts.text('snapshot.named')}; log scale"
        ),
        draw=lambda width: _ratio_chart(table, claimed, width),
        description=(
            f"Dot plot of the ratio of {first} derivatives to {second} derivatives under "
            f"{words.counted(table.height, 'rule')}, log scale, sorted. {title}. "
            f"{facts.text('derivatives.grid.sentence')}\n\n"
            f"The lowest ratio is {words.times(low)} ({table['label'][-1]}), the highest {words.times(high)} "
            f"({table['label'][0]}).{chosen}{as_published}"
        ),
        table=table.select("rule", "subject_derivatives", "reference_derivatives", "ratio", "definition"),
        column_labels={"rule": "Rule", **both_and_ratio(plain, first, second)},
        source=source_line(
            facts,
            f"{words.counted(table.height, 'rule')} · each repository or uploader counted once per "
            f"{facts.text('report.grouping')}",
        ),
        note="Filled: the rule of the headline. Dashed line: as many of one as of the other."
        + (" Dotted line: the ratio of the published counts." if claimed else ""),
        kind="Dot plot",
    )


def leader_over_other(ratios: pl.DataFrame) -> tuple[pl.DataFrame, str, str]:
    """Ratios of the group ahead by more rules to the other, so that a figure counts times and not fractions.

    Returns the rows, `ratio` turned round where the reference is ahead, and the names: leader, other.
    """
    subject, reference = ratios["subject"][0], ratios["reference"][0]
    if Leads.of(subject, reference, ratios.unique("result")["ratio"].to_list()).more == subject:
        return ratios, subject, reference
    return ratios.with_columns(ratio=1 / pl.col("ratio")), reference, subject


def both_and_ratio(ratios: pl.DataFrame, first: str, second: str) -> dict[str, str]:
    """Labels of both counts and their ratio."""
    return {
        "subject_derivatives": ratios["subject"][0],
        "reference_derivatives": ratios["reference"][0],
        "ratio": f"{first} to {second}",
    }


def published_ratio(published: pl.DataFrame, subject: str, reference: str) -> float | None:
    """Ratio of the counts that Hugging Face's retrospective published for both on the same day."""
    rows = published.filter(
        (pl.col("kind") == "derivative models") & pl.col("publisher").str.contains("One Year Since the DeepSeek Moment")
    )
    counts = dict(rows.select("subject", "value").iter_rows())
    return counts[subject] / counts[reference] if {subject, reference} <= counts.keys() else None


def _ratio_chart(table: pl.DataFrame, claimed: float | None, width: int) -> alt.TopLevelMixin:
    phone = is_phone(width)
    points = [1.0, *table["ratio"], *([claimed] if claimed else [])]
    values = room.widest(table["value"].to_list()) + 16
    names = {rule: room.lines(rule, width - values, 12) if phone else room.lines(rule, RULES) for rule in table["rule"]}
    plot = width if phone else width - room.widest([line for name in names.values() for line in name]) - 12
    # on a phone the rules' names stand above their dots: the line at 1 keeps to the edge, clear of them
    low = min(points) / (1.0 if phone else 1.12)
    beyond = 1 if phone else (max(points) / min(points)) ** (values / (plot - values))
    high = max(points) * max(1.15 if phone else 1.35, beyond)
    scale = log_scale(low, high)
    ticks = ratio_ticks(min(points), max(points) * 1.1)
    axis = alt.Axis(**ticks_at(ticks), title="Times as many, log scale", labelExpr="datum.value + '×'")
    x = alt.X("ratio:Q", scale=scale, axis=axis)
    y = alt.Y("rule:N", sort=table["rule"].to_list(), title=None)
    look = {"labelLimit": RULES, "domain": False, "ticks": False, "labelColor": "var(--ink)"}
    rows = y.axis(None) if phone else y.axis(**look, labelExpr=relabelled(names))
    base = alt.Chart(table.with_columns(name=pl.col("rule").replace({rule: "\n".join(n) for rule, n in names.items()})))
    fill = alt.condition("datum.is_headline", alt.value("var(--accent)"), alt.value("var(--surface)"))
    dots = base.mark_point(size=90, strokeWidth=2, stroke="var(--accent)").encode(x=x, y=rows, fill=fill)
    marks = [line_at(1.0, scale, axis, (5, 3), strokeWidth=1.5), *([] if phone else [dots])]
    if claimed:
        right = plot * math.log(high / claimed) / math.log(high / low)
        side = {"align": "left", "dx": 4} if right > room.width(PUBLISHED, 12) + 4 else {"align": "right", "dx": -4}
        text = {**side, "baseline": "bottom", "fontSize": 12, "color": "var(--muted)"}
        named = alt.Chart(pl.DataFrame({"at": [claimed], "text": [PUBLISHED]})).mark_text(**text)
        place = named.encode(x=alt.X("at:Q", scale=scale, axis=axis), y=alt.value("height"), text="text:N")
        marks += [line_at(claimed, scale, axis, (1, 3), strokeWidth=1.5), place]
    most = max(map(len, names.values()))
    # halos: a line may run behind a name or a value
    if phone:
        marks += [
            base.transform_filter(f"length(split(datum.name, '\\n')) == {lines}")
            .mark_text(align="left", dx=5, dy=2 - 14 * lines, fontSize=12, lineBreak="\n", **over)
            .encode(x=alt.value(0), y=rows, text="name:N")
            for lines in sorted({len(name) for name in names.values()})
            for over in (ends.HALO, {})
        ]
        values_at = base.mark_text(align="right", dy=-12, fontSize=12)
        marks += [dots, values_at.encode(x=alt.value("width"), y=rows, text="value:N")]
    else:
        marks += [
            base.mark_text(align="left", dx=10, **over).encode(x=x, y=rows, text="value:N") for over in (ends.HALO, {})
        ]
    row = 24 + 14 * most if phone else 16 + 9 * most
    return alt.layer(*marks).properties(width=width, height=table.height * row + 46)


# ------------------------------------------------------------------------------------ families


def leaders(leaders: pl.DataFrame, families: pl.DataFrame, facts: PageFacts, *, top: int) -> Figure | Absent:
    """The families with the most derivatives under the headline definition."""
    key, title = "derivatives-by-family", facts.text("derivatives.leaders.title")
    if leaders.is_empty():
        return Absent(key, title, facts.text("derivatives.headline.sentence"))
    count = pl.col("derivatives").map_elements(words.number, return_dtype=pl.String)
    table = leading(leaders.sort("rank", "group"), facts, top).with_columns(
        value=pl.when(pl.int_range(pl.len()) < top).then(count).otherwise(pl.format("{} (number {})", count, "rank"))
    )
    found = total(leaders, "derivatives")
    others = leaders.height - table.height
    first = table.row(0, named=True)
    grouping = {"family": "families", "organisation": "organisations"}[facts.text("report.grouping")]
    return Figure(
        key=key,
        title=title,
        subtitle=(
            f"Derivatives by {facts.text('report.grouping')}, counted {facts.text('derivatives.headline.label')}, own "
            f"releases left out; {facts.text('snapshot.named')}"
        ),
        draw=lambda width: _leader_chart(table, families, facts, width),
        description=(
            f"Bar chart of derivatives for the {min(top, table.height)} {grouping} with the most"
            f"{and_others(table, top)}, sorted. {first['group']} has {first['value']}, {table['group'][-1]} "
            f"{table['value'][-1]}.\n\n"
            f"{_together(table, found, others, grouping)}"
        ),
        table=table.drop("value"),
        column_labels={"group": "Group", "derivatives": "Derivatives", "uploaders": "Uploaders", "rank": "Rank"},
        source=source_line(facts, f"n = {words.number(found)} derivatives of {leaders.height} {grouping}"),
        kind="Bar chart",
    )


def _together(table: pl.DataFrame, found: float, others: int, grouping: str) -> str:
    """What the groups drawn have of everything that the rule finds, and how many share the rest."""
    if not others:
        return f"No other {grouping} have any."
    rest = found - total(table, "derivatives")
    names = grouping if others > 1 else {"families": "family", "organisations": "organisation"}[grouping]
    return (
        f"Together these {table.height} hold {words.percent(1 - rest / found)} of all derivatives that the rule finds; "
        f"{words.number(others)} more {names} {'share' if others > 1 else 'has'} the rest."
    )


def _leader_chart(table: pl.DataFrame, families: pl.DataFrame, facts: PageFacts, width: int) -> alt.TopLevelMixin:
    scales = scales_of(families, table["group"].to_list(), highlight=compared(facts))
    color = alt.Color("group:N", scale=scales.color, legend=None)
    return bars(table, width, name="group", amount="derivatives", row=27, color=color)


# ----------------------------------------------------------------------------------- relations


def relations(relations: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """Models that declare a parent, by the relation that they state."""
    key, title = "relations", facts.text("relations.title")
    table = (
        relations.with_columns(pl.col(name) + pl.col(f"{name}_untagged") for name in ("models", "links"))
        .filter(pl.col("models") > 0)
        .sort("models", "relation", descending=[True, False])
        .with_columns(
            name=pl.col("relation").replace_strict(RELATION_NAMES, return_dtype=pl.String),
            value=pl.col("models").map_elements(words.number, return_dtype=pl.String),
        )
    )
    if table.is_empty():
        return Absent(key, title, facts.text("relations.sentence"))
    return Figure(
        key=key,
        title=title,
        subtitle=f"Models that declare a base model, by relation as stated; {facts.text('snapshot.named')}",
        draw=lambda width: bars(table, width, name="name", amount="models", row=30),
        description=(
            f"Bar chart of models by declared relation, sorted. {facts.text('relations.sentence')}\n\n"
            "A merge names several parents, so it has more links than models."
        ),
        table=table.select("name", "models", "links", "self_links", "models_corrected"),
        column_labels={
            "name": "Relation",
            "models": "Models",
            "links": "Parent links",
            "self_links": "Links to itself",
            "models_corrected": "Models, corrected by format",
        },
        source=source_line(
            facts, f"n = {words.number(total(table, 'models'))} models · from tags, else from `baseModels` or the card"
        ),
        kind="Bar chart",
    )
