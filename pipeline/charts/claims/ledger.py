"""The page of the claim ledger: a form that filters, and a card per claim under its section of the essay.

Everything is there without a script; the form shows itself when its script runs. Every text is escaped:
statements are quoted from the essay.
"""

import re
from collections.abc import Mapping, Sequence
from html import escape
from math import log
from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.vocabulary import VERDICTS
from pipeline.charts.kit.html import Html
from pipeline.charts.kit.verdicts import RESTS_ON, VERDICT_WORDS, badge
from pipeline.claims.schema import VERDICT_BASES

SECTIONS = (
    "Introduction",
    "What the DeepSeek Moment Established",
    "From Moment to Ecosystem",
    "MoE and the Architecture of Embeddability",
    "The “AI+” Framing",
    "The Competitive Implication",
)
"""The essay's sections, in its order."""


def ledger(claims: pl.DataFrame, definitions: pl.DataFrame) -> Html:
    """A card per claim: verdict, words, finding, interval, what decides it and what would change it, sources."""
    labels = dict(definitions.select("definition", "label").iter_rows())
    rows = claims.sort("claim").rows(named=True)
    places = [*SECTIONS, *sorted({row["where"] for row in rows} - set(SECTIONS))]
    parts = [_form(claims)]
    for place in places:
        cards = [card(row, labels) for row in rows if row["where"] == place]
        if cards:
            inside = "\n".join(cards)
            parts.append(f'<section class="claims-of">\n<h2>{escape(place)}</h2>\n{inside}\n</section>')
    everything = "\n".join(parts)
    return Html(f'<div class="ledger">\n{everything}\n</div>')


def _form(claims: pl.DataFrame) -> str:
    """What to filter by; `hidden` until its script runs."""
    verdicts, bases = set(claims["verdict"]), set(claims["basis"])
    choices = {
        "verdict": ("Verdict", [(name, VERDICT_WORDS[name]) for name in VERDICTS if name in verdicts]),
        "topic": ("Topic", [(topic, topic) for topic in sorted(set(claims["topic"]))]),
        "basis": ("Rests on", [(name, words.upper(RESTS_ON[name])) for name in VERDICT_BASES if name in bases]),
    }
    selects = "".join(_select(name, label, options) for name, (label, options) in choices.items())
    return (
        f'<form class="ledger-form" hidden>{selects}<button type="reset">Show all</button></form>\n'
        f'<p class="ledger-shown" role="status" hidden data-all="{claims.height}"></p>'
    )


def _select(name: str, label: str, options: Sequence[tuple[str, str]]) -> str:
    listed = "".join(f'<option value="{escape(value)}">{escape(label)}</option>' for value, label in options)
    return f'<label>{label}<select name="{name}"><option value="">All</option>{listed}</select></label>'


def card(row: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    """One claim."""
    anchor = f"claim-{row['claim']:03d}"
    counted = labels.get(row["definition"], row["definition"])
    met = f"{row['readings_met']} of {row['readings']}" if row["readings"] else None
    plain = {
        "The essay says": row["published_value"],
        "Found": row["measured_value"] or words.NOT_HERE,
        "Counted": counted,
        "Readings that meet it": met,
        "Others published": row["elsewhere"],
        "Rests on": RESTS_ON[row["basis"]] if row["basis"] != "none" else None,
        "Would change it": row["would_change"],
    }
    behind = {
        "Tolerance": words.percent(row["tolerance"]) if row["tolerance"] else None,
        "Facts": row["measure"],
        "Checked on": row["snapshot"],
    }
    sources = "; ".join(source_html(source) for source in row["sources"])
    return (
        f'<article class="claim" id="{anchor}" data-verdict="{row["verdict"]}" data-topic="{escape(row["topic"])}" '
        f'data-basis="{row["basis"]}">\n'
        f'<h3>{badge(row["verdict"])} <a href="#{anchor}">Claim {row["claim"]}</a> '
        f'<span class="claim-topic">{escape(row["topic"])}</span></h3>\n'
        f"<blockquote>“{escape(row['statement'])}”</blockquote>\n"
        f'<p class="claim-about">The essay, as of {words.day(row["as_of"])}</p>\n'
        f"{_why(row['why'])}\n{interval(row)}"
        f"<dl>{_entries(plain)}</dl>\n"
        f"<details><summary>Evidence</summary><dl>{_entries(behind)}<dt>Sources</dt><dd>{sources}</dd></dl></details>\n"
        "</article>"
    )


_BETWEEN = re.compile(r"; (?![^(]*\))")
"""Between two parts of a reason; a semicolon in brackets parts what stands in them."""


def _why(why: str) -> str:
    """The reason: its first part as a sentence, each further one as an item of a list."""
    first, *others = _BETWEEN.split(why.removesuffix("."))
    items = "".join(f"<li>{escape(part)}</li>" for part in others)
    listed = f'\n<ul class="claim-why">{items}</ul>' if items else ""
    return f'<p class="claim-why">{escape(first)}{":" if items else "."}</p>{listed}'


def _entries(entries: Mapping[str, str | None]) -> str:
    return "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in entries.items() if value)


# --------------------------------------------------------------------------------------- interval

WIDTH, HEIGHT, EDGE = 320, 24, 8
WHOLE = 100
"""Counts from here on have no decimals."""
LOG_FROM = 4
"""Values that are this many times apart stand on a log scale."""


def interval(row: Mapping[str, Any]) -> str:
    """What was found as a line, what the essay states as a mark, on one scale; nothing where either is missing."""
    low, high, first, last = (row[name] for name in ("low", "high", "stated_low", "stated_high"))
    if None in (low, high, first, last):
        return ""
    found, essay = (_span(row["unit"], *ends) for ends in ((low, high), (first, last)))
    if found == essay:  # equal as they are written: a scale between them would set them apart
        low, high = first, last
    values = [low, high, first, last]
    is_log = min(values) > 0 and max(values) >= LOG_FROM * min(values)
    whose = "the essay’s words, taken as" if row["stated_in_words"] else "the essay"
    in_words = f"Found: {found}. {words.upper(whose)}: {essay}." + (" Log scale." if is_log else "")
    at = _scale(values, is_log)
    line = (
        f'<rect class="stated" x="{at(first) - 2:g}" y="2" width="{at(last) - at(first) + 4:g}" height="20"/>'
        f'<line class="axis" x1="{EDGE}" x2="{WIDTH - EDGE}" y1="12" y2="12"/>'
        f'<line class="found" x1="{at(low)}" x2="{at(high)}" y1="12" y2="12"/>'
        f'<circle class="found" cx="{at(low)}" cy="12" r="4"/><circle class="found" cx="{at(high)}" cy="12" r="4"/>'
    )
    return (
        f'<div class="claim-interval"><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(in_words)}">{line}</svg>'
        f'<p aria-hidden="true"><span class="key-found">found {escape(found)}</span> '
        f'<span class="key-stated">{whose} {escape(essay)}</span>{" (log scale)" if is_log else ""}</p></div>\n'
    )


def _scale(values: Sequence[float], is_log: bool) -> Any:
    """Places of values between the edges; equal values stand in the middle."""
    least, most = (log(end) if is_log else end for end in (min(values), max(values)))
    room = WIDTH - 4 * EDGE

    def place(value: float) -> float:
        share = ((log(value) if is_log else value) - least) / (most - least) if most > least else 0.5
        return round(2 * EDGE + room * share, 1)

    return place


def _span(unit: str | None, low: float, high: float) -> str:
    """A range in the words of its unit."""
    if unit == "USD":
        return words.dollar_range(low, high)
    if unit == "times":
        return f"{words.factors(low, high)} times"
    first, last = _value(unit, low), _value(unit, high)
    return first if first == last else f"{first} to {last}"


def _value(unit: str | None, value: float) -> str:
    if unit == "parameters":
        return f"{float(f'{value / 1e9:.3g}'):g}B"
    if unit and unit.startswith("share"):
        return words.percent(value)
    return f"{words.number(round(value) if value >= WHOLE else value)} {unit or ''}".strip()


_ADDRESS = re.compile(r"https://[^\s;,)]+|arXiv:(\d{4}\.\d{4,5}(?:v\d+)?)")


def source_html(source: str) -> str:
    """A source as text; addresses and arXiv numbers in it lead there."""
    parts, end = [], 0
    for found in _ADDRESS.finditer(source):
        address = f"https://arxiv.org/abs/{found[1]}" if found[1] else found[0].rstrip(".")
        parts += [
            escape(source[end : found.start()]),
            f'<a href="{escape(address)}">{escape(found[0])}</a>',
        ]
        end = found.end()
    return "".join([*parts, escape(source[end:])])
