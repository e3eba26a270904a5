"""What may be quoted of where the lead sits: relations by which one organisation's published total exceeds another's.

The lead that is quoted is the one over the whole organisation, as everywhere in this chapter; that over its largest row
alone, such as the namespaces of one family, is added in a sentence.
"""

from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, sentence
from pipeline.base.lead import Lead
from pipeline.chapters.derivatives.facts_relations import GAP
from pipeline.chapters.derivatives.relations import LINE, WHOLE

PARTS = {
    "adapter": "adapters",
    "finetune": "fine-tunes",
    "quantized": "quantizations",
    "merge": "merges",
    "other": "other relations",
}
"""Relations of the published table in words, in the order of the steps."""
_STEPS = "data/out/derivatives/published_steps.parquet"


def step_facts(steps: pl.DataFrame) -> Facts:
    """Which relation makes most of the lead. steps: the table `published_steps`."""
    if steps.is_empty():
        return {key: sentence(f"{GAP}.", _STEPS) for key in ("published.surplus.title", "published.surplus")}
    rows = quoted(steps)
    return {
        "published.surplus.title": sentence(step_title(rows), _STEPS),
        "published.surplus": sentence(f"{_surplus(rows)}{_against_line(steps)}", _STEPS),
    }


def quoted(steps: pl.DataFrame) -> pl.DataFrame:
    """The steps from the whole organisation, or from its one row, in the order of `PARTS`."""
    rows = steps.filter(against=WHOLE if WHOLE in steps["against"] else LINE)
    return rows.sort(pl.col("relation").cast(pl.Enum(list(PARTS))))


def lead_of(rows: pl.DataFrame) -> Lead:
    """Who has the larger total. rows: the steps of one comparison."""
    first = rows.row(0, named=True)
    return Lead.of(first["subject"], first["subject_total"], first["other"], first["other_total"])


def largest(rows: pl.DataFrame) -> dict[str, Any]:
    """The step that makes most of the lead. rows: the steps of one comparison, whose totals differ."""
    return rows.sort("share", "relation", descending=[True, False]).row(0, named=True)


def step_title(rows: pl.DataFrame) -> str:
    """What most of the lead is. rows: the steps of one comparison."""
    lead = lead_of(rows)
    if lead.is_even:
        return words.upper(lead.clause("derivatives"))
    most = largest(rows)
    whose = f"{lead.more}’s lead over {lead.less}"
    return f"{words.upper(PARTS[most['relation']])} make {_part(most['share'])} of {whose}"


def _part(share: float) -> str:
    """A share of the lead; relations in which the other has more make room for more than all of it."""
    return words.percent(share) if share < 1 else "all"


def _surplus(rows: pl.DataFrame) -> str:
    """What the lead is made of, and of which relations the other has more."""
    lead = lead_of(rows)
    if lead.is_even:
        return f"With all relations counted {lead.clause()}, so there is no lead to divide."
    most = largest(rows)
    many = words.number(lead.most - lead.least)
    text = (
        f"Of the {many} derivatives by which {lead.more} is ahead of {lead.less}, "
        f"{_part(most['share'])} are {PARTS[most['relation']]}."
    )
    behind = rows.filter(pl.col("share") < 0)
    if behind.is_empty():
        return text
    named = [
        f"{words.number(abs(row['difference']))} more {PARTS[row['relation']]}" for row in behind.iter_rows(named=True)
    ]
    return f"{text} {words.upper(lead.less)} has {words.listed(named)}."


def _against_line(steps: pl.DataFrame) -> str:
    """What the lead over the reference's largest row alone is made of, where the whole is quoted."""
    rows = steps.filter(against=LINE)
    if WHOLE not in steps["against"] or lead_of(rows).is_even:
        return ""
    lead, most = lead_of(rows), largest(rows)
    return (
        f" {words.upper(lead.more)} is ahead of {lead.less} by {words.number(lead.most - lead.least)}, of which "
        f"{_part(most['share'])} are {PARTS[most['relation']]}."
    )
