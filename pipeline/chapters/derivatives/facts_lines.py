"""What the chapter on derivatives may quote of organisations, whole and by namespace."""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, sentence
from pipeline.base.lead import Lead
from pipeline.base.params import Params
from pipeline.chapters.derivatives.lines import WHOLE, organisations
from pipeline.counting.definitions import WORDS

ORDER = ("declared", "shape", "declared_or_inferred")
"""The evidence preferred, the best first."""
NAMED = 3
"""Namespaces named."""
_LINES = "data/out/derivatives/organisation_lines.parquet"


def line_facts(lines: pl.DataFrame, families: pl.DataFrame, params: Params) -> Facts:
    """The organisations compared as a whole, and apart. lines: `organisation_lines`; families: of the register."""
    pair = organisations(families.select("family", "organisation"), params.report)
    wholes = lines.filter(line=WHOLE)
    supported = [
        kind
        for kind in ORDER
        if len(pair) == 2
        and (both := wholes.filter(evidence=kind, relations="all"))["organisation"].n_unique() == 2
        and both["derivatives"].sum() >= params.derivatives.minimum_derivatives
    ]
    if not supported:
        text = "This snapshot does not compare the two organisations." if len(pair) == 2 else "Both are of one owner."
        return {"derivatives.lines.sentence": sentence(text, _LINES)}
    mine = lines.filter(evidence=supported[0])
    parts = [_compared(mine.filter(relations="all"), pair, f"By organisation and {WORDS[supported[0]]}")]
    fewer = mine.filter(relations="without_adapters")
    if fewer.filter(line=WHOLE)["organisation"].n_unique() == 2:
        parts.append(_compared(fewer, pair, "Without adapters"))
    return {"derivatives.lines.sentence": sentence(" ".join(parts), _LINES)}


def _compared(rows: pl.DataFrame, pair: list[str], how: str) -> str:
    """Who is ahead as a whole, and against the main namespace of each where others add to it."""
    whole = dict(rows.filter(line=WHOLE).select("organisation", "derivatives").iter_rows())
    lead = Lead.of(pair[0], whole[pair[0]], pair[1], whole[pair[1]])
    text = f"{how}, {lead.clause('derivatives')} ({lead.counts})."
    for name, other in (pair, pair[::-1]):
        apart = rows.filter(pl.col("organisation") == name, pl.col("line") != WHOLE)
        for main in apart.filter("is_main").iter_rows(named=True):
            if words.order(main["derivatives"], whole[name]):
                alone = Lead.of(other, whole[other], main["line"], main["derivatives"])
                text += (
                    f" Of {name}’s namespaces, {_largest(apart)}; what is built on two of them counts for each. With "
                    f"{main['line']} alone in {name}’s place, {alone.clause('derivatives')}."
                )
    return text


def _largest(apart: pl.DataFrame) -> str:
    """`facebook has 58, codellama 16`: the main namespace and the largest of the others."""
    ranked = apart.sort("is_main", "derivatives", "line", descending=[True, True, False]).head(NAMED)
    (first, n), *rest = ranked.select("line", "derivatives").rows()
    return words.listed([f"{first} has {words.number(n)}", *(f"{line} {words.number(m)}" for line, m in rest)])
