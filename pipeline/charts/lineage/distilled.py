"""Chains through distilled releases: a base, the release made from it, who taught it, and what is built on that.

Drawn in the form of the family tree, and as lists that open. A base stands above the releases that have its weights;
the teacher, whose answers a release was trained on, is a line below the release.
"""

from datetime import date

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.chapters.lineage.facts_distilled import name_of
from pipeline.charts.kit.families import compared, ranks
from pipeline.charts.kit.figure import Figure, source_line
from pipeline.charts.kit.html import Html
from pipeline.charts.kit.scales import family_style
from pipeline.charts.lineage.family_tree import LINES, Node, chart, lists

RELEASES, CHILDREN = 4, 2
"""Releases of a group, and what is built on each, that the chart shows."""

_REGISTER = "distillations and releases register of this report"


def distilled(table: pl.DataFrame, children: pl.DataFrame, families: pl.DataFrame, facts: PageFacts) -> Figure | None:
    """The chains of the two groups that are compared. table, children: the tables `distilled`, `distilled_children`."""
    rank = ranks(families)
    drawn = table.with_columns(
        diamond=pl.col("teacher_group").map_elements(
            lambda group: family_style(rank.get(group)).mark, return_dtype=pl.String, skip_nulls=False
        )
    )
    parts = [lines(group, largest(drawn, group, RELEASES), children) for group in compared(facts)]
    parts = [part for part in parts if part.height]
    if not parts:
        return None
    shown = pl.concat(parts)
    groups = shown["group"].unique(maintain_order=True).to_list()
    looks = {group: family_style(rank.get(group)) for group in groups}
    declared = table["evidence"][0] == "declared"
    built = "that declare such a release as parent" if declared else "that bear the name of such a release"
    listed = table.filter(pl.col("group").is_in(groups)).join(children, on="release", how="left")
    return Figure(
        key="lineage-distilled",
        title=facts.text("anatomy.distilled.title"),
        subtitle=(
            f"Bases of {words.listed(groups)}, releases made from their weights with a teacher’s answers, and "
            f"repositories {built}, most {'descendants' if declared else 'downloads'} first, in "
            f"{facts.text('snapshot.named')}; at the right: when each came"
        ),
        draw=lambda width: chart(shown, {group: (look.mark, look.text) for group, look in looks.items()}, width),
        description=(
            f"Tree of {words.counted(shown['id'].count(), 'repository')} in three generations: base, distilled "
            f"release, what is built on it. {facts.text('anatomy.distilled.sentence')}\n\n"
            + " ".join(_in_words(row) for row in table.sort("release").iter_rows(named=True))
        ),
        table=listed.select(
            "group",
            "base",
            "base_released",
            "teacher",
            "release",
            "released",
            "child",
            "created_month",
            "downloads",
            "evidence",
            "source",
        ).sort("group", "base", "release", maintain_order=True),
        column_labels={
            "release": "Release",
            "base": "Weights of",
            "teacher": "Answers of",
            "released": "Released",
            "child": "Built on it",
            "created_month": "Created",
        },
        source=source_line(
            f"parents and days: {_REGISTER}; what is built on them: {facts.text('snapshot.source_line')}",
            f"n = {words.counted(table.height, 'distilled release')}",
        ),
        note=(
            "Filled: by the owner of the base. Hollow: by others. Diamonds: teachers, in their family’s colour. "
            "… stands for the release’s name. "
            + ("" if declared else "A name is borne by choice and proves no descent. ")
            + "Where no month stands, the snapshot has none."
        ),
        kind="Tree",
        span="wide",
    )


def largest(table: pl.DataFrame, group: str, most: int) -> pl.DataFrame:
    """Releases on bases of a group that most is built on; those of one base together, the larger bases first."""
    chosen = (
        table.filter(group=group)
        .sort("children", "release", descending=[True, False])
        .head(most)
        .with_columns(on_base=pl.col("children").sum().over("base"))
    )
    return chosen.sort("on_base", "base", "children", "release", descending=[True, False, True, False])


def lines(group: str, releases: pl.DataFrame, children: pl.DataFrame) -> pl.DataFrame:
    """Lines of the drawing, as `family_tree.rows_of` gives them, with `label`, `amount` (here the month) and `diamond`.

    releases: with `diamond`, the colour of their teacher.
    """
    rows: list[dict[str, object]] = []

    def add(above: int | None, generation: int, label: str, **more: object) -> int:
        row = {"group": group, "line": len(rows), "above": above, "generation": generation, "label": label}
        rows.append({"is_own": False, "amount": "", **row, **more})
        return len(rows) - 1

    for (base,), made in releases.group_by("base", maintain_order=True):
        base_id, owner = str(base), _owner(str(base))
        at = add(None, 0, base_id, id=base_id, is_own=True, amount=_month(made["base_released"][0]))
        for row in made.iter_rows(named=True):
            name, below = row["release"], children.filter(release=row["release"]).sort("rank").head(CHILDREN)
            release = add(at, 1, name, id=name, is_own=_owner(name) == owner, amount=_month(row["released"]))
            add(release, 2, f"with answers of {name_of(row['teacher'])}", diamond=row["diamond"])
            for child, month in below.select("child", "created_month").iter_rows():
                own = _owner(child) == owner
                add(release, 2, brief(child, name), id=child, is_own=own, amount=_month(month))
            if row["children"] > below.height:
                others = row["children"] - below.height
                add(release, 2, f"{words.number(others)} {'other' if others == 1 else 'others'}")
    return pl.DataFrame(rows, schema={**LINES, "label": pl.String, "amount": pl.String, "diamond": pl.String})


def brief(child: str, release: str) -> str:
    """`unsloth: …-GGUF` for `unsloth/R1-GGUF` below `R1`: the owner, and what the name has beside the release's."""
    name, known = name_of(child), name_of(release)
    at = name.lower().find(known.lower())
    rest = name if at < 0 else f"{name[:at]}…{name[at + len(known) :]}"
    return f"{_owner(child)}: {'the same name' if rest == '…' else rest}"


def _owner(model: str) -> str:
    return model.partition("/")[0]


def _month(day: date | None) -> str:
    return f"{day:%b %Y}" if day else ""


def _in_words(row: dict) -> str:
    many = words.counted(row["children"], "repository") if row["children"] else "nothing"
    return (
        f"{row['release']} of {words.day(row['released'])}: weights of {row['base']}, answers of {row['teacher']}; "
        f"built on it here: {many}."
    )


# ------------------------------------------------------------------------------------------ lists


def distilled_lists(table: pl.DataFrame, children: pl.DataFrame, facts: PageFacts) -> Html | None:
    """Every registered chain of the two groups, as lists that a reader opens; they need no JavaScript."""
    groups = [(group, _nodes(largest(table, group, table.height), children)) for group in compared(facts)]
    return lists(
        [(group, nodes) for group, nodes in groups if nodes],
        summary="Open the distilled chains one by one",
        foot=(
            f"Source of parents and days: {_REGISTER}. Source of what is built on them: "
            f"{facts.text('snapshot.source_line')}."
        ),
    )


def _nodes(releases: pl.DataFrame, children: pl.DataFrame) -> list[Node]:
    """Bases with their releases, and those with what is built on them, each with what is said of it."""
    found = []
    for (base,), made in releases.group_by("base", maintain_order=True):
        below = [_release(row, children.filter(release=row["release"])) for row in made.iter_rows(named=True)]
        came = made["base_released"][0]
        found.append(Node(str(base), len(below), 0, below=below, about=words.day(came) if came else "base"))
    return found


def _release(row: dict, children: pl.DataFrame) -> Node:
    below = [
        Node(child, 0, 0, about=_month(month))
        for child, month in children.sort("rank").select("child", "created_month").iter_rows()
    ]
    about = f"{words.day(row['released'])}, with answers of {row['teacher']}"
    return Node(row["release"], row["children"], 0, below=below, about=about)
