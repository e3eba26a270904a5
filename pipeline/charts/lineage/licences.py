"""The figure on licences: what children do to their parents' licence tags."""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.charts.kit.bars import bars
from pipeline.charts.kit.families import total
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.kit.theme import is_phone

MOVE_NAMES = {
    "same": "Same tag",
    "same_class": "Other tag, same class",
    "more_open": "More open",
    "more_restricted": "More restricted",
    "to_none": "States none",
}


def licences(drift: pl.DataFrame, facts: PageFacts) -> Figure | Absent | None:
    """What children do to their parents' licence tags. drift: the table `licence_drift`."""
    key = "lineage-licences"
    evidence = facts.value("anatomy.licences.evidence")
    if evidence is None:
        reason = "No edge joins two repositories whose licence tags are both known, with one stated by the parent."
        return Absent(key, facts.text("anatomy.licences.title"), reason)
    table = drift.filter((pl.col("evidence") == evidence) & pl.col("move").is_in(list(MOVE_NAMES)))
    others = drift.filter((pl.col("evidence") == evidence) & ~pl.col("move").is_in(list(MOVE_NAMES)))
    share = pl.col("share").map_elements(words.percent, return_dtype=pl.String)
    shown = table.with_columns(
        name=pl.col("move").replace_strict(MOVE_NAMES, return_dtype=pl.String),
        value=pl.format("{} ({})", share, pl.col("edges").map_elements(words.number, return_dtype=pl.String)),
    ).sort(pl.col("move").replace_strict({name: i for i, name in enumerate(MOVE_NAMES)}, return_dtype=pl.Int64))
    links = (
        "declared parent links" if evidence == "declared" else "edges inferred from names (no parent is declared here)"
    )
    return Figure(
        key=key,
        title=facts.text("anatomy.licences.title"),
        subtitle=(
            f"The child’s licence tag against the parent’s, as a share of {links} whose parent states a licence; "
            f"{facts.text('anatomy.basis.licences')}"
        ),
        draw=lambda width: bars(
            shown,
            width,
            name="name",
            amount="share",
            row=32,
            least=1.75 if is_phone(width) else 1.2,
            number="%",
        ),
        description=(
            "Bar chart of the share of links by what the child’s licence tag does to the parent’s. "
            f"{facts.text('anatomy.licences.sentence')}\n\nOn {words.number(total(others, 'edges'))} more links the "
            "parent states no licence."
        ),
        table=shown.select("name", "edges", "share", "evidence"),
        column_labels={"name": "The child’s tag", "edges": "Links", "share": "Share", "evidence": "Evidence"},
        source=source_line(
            facts.text("anatomy.source.licences"),
            f"n = {facts.text('anatomy.licences.n')} links · classes from the register of licences",
        ),
        note="A tag that the register does not list counts as restricted. A tag is what a card says.",
        kind="Bar chart",
    )
