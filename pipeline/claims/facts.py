"""What may be quoted of the ledger: its totals, and of single claims what pages and figures quote.

A page that quotes `claims.7.why` needs `quoted: [why]` beside claim 7 in `register/claims.yaml`; so there is no
fact that nothing quotes.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, fact, sentence
from pipeline.base.vocabulary import VERDICTS
from pipeline.claims import essay
from pipeline.claims.essay import QUOTABLE

SOURCE = "data/out/claims/claims.parquet"

VERBS = {
    "holds": ("holds", "hold", "holds", "hold"),
    "held_then": ("was true when written", "were true when written", "was true once", "were true once"),
    "fails": ("fails", "fail", "fails", "fail"),
    "depends_on_definition": ("depends on the definition", "depend on the definition", "depends", "depend"),
    "misleading": ("misleads", "mislead", "misleads", "mislead"),
    "not_measurable_here": (
        "cannot be measured on this snapshot",
        "cannot be measured on this snapshot",
        "stays open here",
        "stay open here",
    ),
}
"""Each verdict as a verb: of one claim, of several; the same, short enough for a headline."""


def facts(ledger: pl.DataFrame, claims: Iterable[essay.Claim]) -> Facts:
    """Every fact of the stage, of the table `claims` and the register's claims."""
    return totals(ledger) | quoted(ledger, claims)


def totals(ledger: pl.DataFrame) -> Facts:
    """How many claims were checked, and how many have which verdict: as a headline, and in one sentence."""
    counts = dict(ledger["verdict"].value_counts().iter_rows())
    present = [(counts[verdict], VERBS[verdict]) for verdict in VERDICTS if verdict in counts]
    long = [f"{words.word(count)} {verb[count != 1]}" for count, verb in present]
    short = [f"{words.word(count)} {verb[2 + (count != 1)]}" for count, verb in present]
    line = f"Of {words.word(ledger.height)} claims checked, {words.listed(long)}."
    return {
        "claims.total": fact(ledger.height, words.number(ledger.height), SOURCE, "claims"),
        "claims.sentence": sentence(line, SOURCE),
        "claims.title": sentence(f"Of {words.word(ledger.height)} claims, {', '.join(short)}", SOURCE),
    }


def quoted(ledger: pl.DataFrame, claims: Iterable[essay.Claim]) -> Facts:
    """What pages and figures quote of single claims, as each says in its field `quoted`."""
    rows = {row["claim"]: row for row in ledger.iter_rows(named=True)}
    return {
        f"claims.{claim['claim']}.{part}": sentence(_in_words(rows[claim["claim"]], part), SOURCE)
        for claim in claims
        for part in claim.get("quoted", [])
    }


def _in_words(row: Mapping[str, Any], part: str) -> str:
    text = row[QUOTABLE[part]]
    return text.replace("_", " ") if part == "verdict" else text
