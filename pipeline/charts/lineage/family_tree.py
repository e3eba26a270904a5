"""The family tree of the two groups that the report compares, with names: drawn, and as lists that open.

Method: the bases with most descendants, below each the children with most descendants of their own, and below those
theirs. A base that another of its group lists as its child stands below that one. A child on which nobody builds is
counted in one line with the others and not named.

Known drawbacks: the table `tree` is pruned, so a branch ends where it has no rows; what was merged from several stands
below each of them, and counts in the descendants of each.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.charts.kit import room
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.families import compared, ranks
from pipeline.charts.kit.figure import Figure, source_line
from pipeline.charts.kit.html import Html
from pipeline.charts.kit.scales import family_style
from pipeline.charts.kit.templates import template
from pipeline.charts.kit.theme import is_phone

ROW, STEP, TOP = 25, 22, 28
"""Height of a line, indent of a generation, height of a group's name, px."""

_GAP, _SIZE, _DOT = 32, 13, (3.0, 9.0)
"""Px between two groups side by side; size of the names; least and largest radius of a dot."""

BASES, CHILDREN, GRANDCHILDREN = 3, 3, 2
"""What the chart shows of each generation."""

LISTED = (8, 5, 5, 5)
"""What the lists show of each generation."""


@dataclass(frozen=True)
class Node:
    """A repository of the tree.

    below: its children that are shown; `others`: how many are not. about: what the lists say of it, if not how many
    descend from it.
    """

    id: str
    children: int
    descendants: int
    relation: str | None = None
    below: list["Node"] = field(default_factory=list)
    about: str | None = None

    @property
    def others(self) -> int:
        """How many of its children are not shown."""
        return self.children - len(self.below)


def forest(tree: pl.DataFrame, group: str, most: Sequence[int]) -> list[Node]:
    """The bases of a group with most descendants. tree: the table `tree`; most: nodes shown of each generation."""
    of_group = tree.filter(group=group)
    inner = of_group.filter(pl.col("child").is_in(of_group["parent"].implode()))["child"]
    bases = (
        of_group.filter(~pl.col("parent").is_in(inner.implode()))
        .unique("parent", maintain_order=True)
        .sort("parent_descendants", "parent", descending=[True, False])
        .head(most[0])
    )
    return [
        Node(
            row["parent"],
            row["parent_children"],
            row["parent_descendants"],
            below=_below(tree, row["parent"], most[1:], frozenset([row["parent"]])),
        )
        for row in bases.iter_rows(named=True)
    ]


def _below(tree: pl.DataFrame, parent: str, most: Sequence[int], above: frozenset[str]) -> list[Node]:
    """Children of a parent that others build on. above: ids on the way up, since repositories may name each other."""
    if not most:
        return []
    rows = (
        tree.filter(pl.col("parent") == parent, pl.col("descendants") > 0, ~pl.col("child").is_in(list(above)))
        .sort("descendants", "child", descending=[True, False])
        .head(most[0])
    )
    return [
        Node(
            row["child"],
            row["children"],
            row["descendants"],
            row["relation"],
            _below(tree, row["child"], most[1:], above | {row["child"]}),
        )
        for row in rows.iter_rows(named=True)
    ]


def rows_of(group: str, nodes: list[Node]) -> pl.DataFrame:
    """A row for each line of the drawing, in its order.

    Columns: `group`; `line` from 0; `above`, the line of the parent (null for a base); `generation` from 0; `id`, null
    for a line that stands for the children not shown; `children` and `descendants`, of such a line how many they are
    and null; `is_own`: whether the repository is by the owner of its base.
    """
    rows: list[dict[str, object]] = []

    def add(node: Node, above: int | None, generation: int, owner: str) -> None:
        line = len(rows)
        own = node.id.partition("/")[0] == owner
        rows.append(_row(group, line, above, generation, node.id, node.children, node.descendants, own))
        for child in node.below:
            add(child, line, generation + 1, owner)
        if node.others and generation == 0:
            rows.append(_row(group, len(rows), line, 1, None, node.others, None, False))

    for base in nodes:
        add(base, None, 0, base.id.partition("/")[0])
    return pl.DataFrame(rows, schema=LINES, orient="row")


LINES = {
    "group": pl.String,
    "line": pl.Int64,
    "above": pl.Int64,
    "generation": pl.Int64,
    "id": pl.String,
    "children": pl.Int64,
    "descendants": pl.Int64,
    "is_own": pl.Boolean,
}


def _row(*values: object) -> dict[str, object]:
    return dict(zip(LINES, values, strict=True))


def family_tree(tree: pl.DataFrame, families: pl.DataFrame, facts: PageFacts) -> Figure | None:
    """The largest bases of the two groups with what others built on what was built on them.

    tree: the table `tree`. families: the register's table. Nothing where neither group has a base in the table.
    """
    most = (BASES, CHILDREN, GRANDCHILDREN)
    parts = [rows_of(group, forest(tree, group, most)) for group in compared(facts)]
    parts = [part for part in parts if part.height]
    if not parts:
        return None
    table = pl.concat(parts).with_columns(
        label=pl.coalesce(
            "id",
            pl.format("{} others", pl.col("children").map_elements(words.number, return_dtype=pl.String)),
        ),
        amount=pl.col("descendants").map_elements(words.number, return_dtype=pl.String).fill_null(""),
    )
    names = words.listed([part["group"][0] for part in parts])
    style = {name: family_style(rank) for name, rank in ranks(families).items()}
    colours = {group: style[group] if group in style else family_style(None) for group in compared(facts)}
    deepest = int(table["generation"].max()) + 1  # type: ignore[arg-type]
    return Figure(
        key="lineage-family-tree",
        title=facts.text("anatomy.tree.title"),
        subtitle=(
            f"The bases of {names} with most declared descendants, the children of each on which others build, and "
            f"theirs; at the right: descendants, in repositories; {facts.text('anatomy.basis.tree')}"
        ),
        draw=lambda width: chart(table, {group: (look.mark, look.text) for group, look in colours.items()}, width),
        description=(
            f"Tree of {words.counted(table['id'].count(), 'repository')} in {words.word(deepest)} generations, from "
            f"{names}, the largest first. {facts.text('anatomy.tree.sentence')}\n\n"
            + " ".join(_in_words(part) for part in parts)
        ),
        table=table.select("group", "generation", "label", "children", "descendants", "is_own"),
        column_labels={
            "group": "Base of",
            "generation": "Generation",
            "label": "Repository",
            "children": "Direct derivatives",
            "descendants": "Descendants",
        },
        source=source_line(
            facts.text("anatomy.source.tree"), f"n = {words.counted(table['id'].count(), 'repository')} shown"
        ),
        note=(
            "Filled: by the owner of the base. Hollow: by others. A dot’s area grows with the descendants. What was "
            "merged from several stands below each of them."
        ),
        kind="Tree",
        span="wide",
    )


def _in_words(part: pl.DataFrame) -> str:
    bases = part.filter(generation=0)
    listed = [f"{id} ({words.number(many)})" for id, many in bases.select("id", "descendants").iter_rows()]
    return f"Of {part['group'][0]}: {words.listed(listed)}."


def chart(table: pl.DataFrame, colours: dict[str, tuple[str, str]], width: int) -> alt.TopLevelMixin:
    """Groups side by side, on a phone one below the other; all places are computed in px.

    table: `LINES` with `label`, and `amount`, the words at the right; a line may have a diamond of its own colour
    (`diamond`). colours: of marks and of text, by group.
    """
    groups = table["group"].unique(maintain_order=True).to_list()
    phone = is_phone(width)
    column = width - 8 if phone or len(groups) == 1 else (width - _GAP - 8) // 2
    heights = [TOP + table.filter(group=group).height * ROW for group in groups]
    lefts = [0 if phone else at * (column + _GAP) for at in range(len(groups))]
    tops = [sum(heights[:at]) + at * ROW if phone else 0 for at in range(len(groups))]
    tall = sum(heights) + ROW * (len(groups) - 1) if phone else max(heights)
    place = pl.DataFrame({"group": groups, "left": lefts, "top": tops})
    dots = placed(table.join(place, on="group", maintain_order="left"), column, short=phone)
    x_scale, y_scale = (
        alt.Scale(domain=[0, width - 8], nice=False, zero=False),
        alt.Scale(domain=[tall, 0], nice=False, zero=False),
    )
    x, y = alt.X("x:Q", axis=None, scale=x_scale), alt.Y("y:Q", axis=None, scale=y_scale)
    marks = alt.Scale(domain=groups, range=[colours[group][0] for group in groups])
    mark, outline = alt.Color("group:N", scale=marks, legend=None), alt.Stroke("group:N", scale=marks, legend=None)
    heads = place.with_columns(x=pl.col("left"), y=pl.col("top") + 10)
    head_colour = alt.Color(
        "group:N", scale=alt.Scale(domain=groups, range=[colours[group][1] for group in groups]), legend=None
    )
    elbows = dots.drop_nulls("above_y")
    drops = elbows.group_by("group", "above", "above_x", "above_y", maintain_order=True).agg(pl.col("y").max())
    known = alt.Chart(dots.drop_nulls("id"))
    area = alt.Size("area:Q", scale=None, legend=None)
    texts = alt.Chart(dots).mark_text(align="left", fontSize=_SIZE, baseline="middle")
    marked = dots.drop_nulls("diamond") if "diamond" in dots.columns else None
    diamonds = () if marked is None else marked.group_by("diamond", maintain_order=True)
    return (
        alt.layer(
            alt.Chart(drops)
            .mark_rule(color="var(--grid)", strokeWidth=1.5)
            .encode(
                x=alt.X("above_x:Q", axis=None, scale=x_scale), y=alt.Y("above_y:Q", axis=None, scale=y_scale), y2="y:Q"
            ),
            alt.Chart(elbows)
            .mark_rule(color="var(--grid)", strokeWidth=1.5)
            .encode(x=alt.X("above_x:Q", axis=None, scale=x_scale), x2="x:Q", y=y),
            known.transform_filter("datum.is_own").mark_point(shape="circle").encode(x=x, y=y, size=area, color=mark),
            known.transform_filter("!datum.is_own")
            .mark_point(shape="circle", filled=True, fill="var(--surface)", strokeWidth=2)
            .encode(x=x, y=y, size=area, stroke=outline),
            *(
                alt.Chart(part).mark_point(shape="diamond", size=70, color=str(colour)).encode(x=x, y=y)
                for (colour,), part in diamonds
            ),
            texts.encode(
                x=alt.X("text_x:Q", axis=None, scale=x_scale),
                y=y,
                text="shown:N",
                color=alt.when("datum.id == null").then(alt.value("var(--muted)")).otherwise(alt.value("var(--ink)")),
            ),
            alt.Chart(dots)
            .mark_text(align="right", fontSize=_SIZE, baseline="middle", fontWeight="bold")
            .encode(x=alt.X("right:Q", axis=None, scale=x_scale), y=y, text="amount:N"),
            alt.Chart(heads)
            .mark_text(align="left", fontSize=15, fontWeight="bold")
            .encode(x=x, y=y, text="group:N", color=head_colour),
        )
        .resolve_scale(color="independent", stroke="independent")
        .properties(width=width, height=tall)
    )


def placed(table: pl.DataFrame, column: int, *, short: bool) -> pl.DataFrame:
    """Lines with their places in px: `x, y` of the dot, `text_x, right` of the words, `above_x, above_y` of the parent.

    table: lines with `left` and `top` of their group. column: px of a group. short: names without their owner. Also
    `area` of the dot in square px, and `shown`, what of the name fits.
    """
    small, large = _DOT
    share = (pl.col("descendants") / table["descendants"].max()).sqrt().fill_null(0)  # type: ignore[operator]
    radius = pl.max_horizontal(small, share * large)
    found = table.with_columns(
        x=pl.col("left") + large + pl.col("generation") * STEP,
        y=pl.col("top") + TOP + (pl.col("line") + 0.5) * ROW,
        area=3.1416 * radius**2,
        right=pl.col("left") + column,
    ).with_columns(text_x=pl.col("x") + large + 5)
    above = found.select("group", above="line", above_x="x", above_y="y")
    found = found.join(above, on=["group", "above"], how="left", maintain_order="left")
    space = found.select(pl.col("right") - pl.col("text_x"))["right"]
    names = [
        room.cut(
            _shown(name, short=short and known is not None),
            left - room.width(amount, _SIZE, bold=True) - 12,
            _SIZE,
        )
        for name, known, amount, left in zip(found["label"], found["id"], found["amount"], space, strict=True)
    ]
    return found.with_columns(shown=pl.Series(names, dtype=pl.String))


def _shown(name: str, *, short: bool) -> str:
    return name.partition("/")[2] or name if short else name


def family_lists(tree: pl.DataFrame, facts: PageFacts) -> Html | None:
    """The same tree with more of it, as lists that a reader opens; it needs no JavaScript. tree: the table `tree`."""
    groups = [(group, forest(tree, group, LISTED)) for group in compared(facts)]
    groups = [(group, nodes) for group, nodes in groups if nodes]
    return lists(
        groups,
        summary="Open the tree branch by branch",
        foot=(
            f"Source: {facts.text('anatomy.source.tree')}. Named are those on which others build; beside each stands "
            "how many descend from it."
        ),
    )


def lists(groups: Sequence[tuple[str, list[Node]]], *, summary: str, foot: str) -> Html | None:
    """Trees of groups as lists that a reader opens; nothing without a group."""
    if not groups:
        return None
    page = template("tree.html.j2").render(
        groups=groups, number=words.number, counted=words.counted, summary=summary, foot=foot
    )
    return Html(page)
