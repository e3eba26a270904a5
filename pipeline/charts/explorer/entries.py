"""The explorer's part of a page: one view worked out for everyone, the search where scripts run.

explorer.js draws the same view word for word from the same entry; a test holds the two together.
Names come from strangers: every text is escaped.
"""

import json
from dataclasses import dataclass, field
from html import escape
from typing import Any

from pipeline.base import words
from pipeline.base.facts import Facts
from pipeline.base.vocabulary import RELATIONS
from pipeline.chapters.explorer import store
from pipeline.charts.kit.html import Html

RELATION_WORDS = dict(zip(RELATIONS, ("fine-tune", "adapter", "quantization", "merge", "unspecified"), strict=True))
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
VERBS = {
    "declared": {"one": "names", "many": "name", "end": " as base"},
    "inferred": {"one": "is inferred to be built on", "many": "are inferred to be built on", "end": ""},
}


@dataclass(frozen=True)
class Entry:
    """An entry as the files hold it, its places named; see `pipeline.chapters.explorer.tables` for what they mean."""

    kind: str
    name: str
    links: int
    total: int
    relations: list[int]
    months: list[tuple[int, int]]
    listed: list[list[Any]]
    built: int = 0
    bases: list[tuple[str, int]] = field(default_factory=list)
    base_count: int = 0
    descendants: int = 0
    ancestors: int = 0
    parents: int = 0
    roots: int = 0
    month: int = 0
    family: str | None = None
    absent: bool = False
    release: bool = False


def unpack(address: str, packed: list[Any]) -> Entry:
    """An address and its entry."""
    kind, _, name = address.partition("=")
    if kind == "model":
        places = ("links", "descendants", "depth", "ancestors", "parents", "month", "family", "absent", "release")
        known = dict(zip((*places, "relations", "months", "listed"), packed, strict=False))
        del known["depth"]
        return Entry(kind, name, total=known["links"], roots=packed[13], **known)
    places = ("links", "total", "relations", "months", "listed", "built", "bases", "base_count")
    return Entry(kind, name, **dict(zip(places, packed, strict=True)))


def explorer(views: dict[str, Any], facts: Facts) -> Html:
    """The form with what its script needs, and the entry that the page opens on.

    views: the document `explorer_views.json`.
    """
    opened = views["opened"]
    packed: Any = json.loads(views["entry"]) if opened else None
    data = {
        "opened": opened,
        "entry": packed,
        "verbs": VERBS[views["evidence"]],
        "relations": list(RELATION_WORDS.values()),
        "months": MONTHS,
        "missing": facts["explorer.left_out"]["text"],
        "least": facts["explorer.least"]["value"],
    }
    if opened:
        shown = _view(unpack(opened, packed), views["evidence"])
    else:
        shown = f"<p>{escape(facts['explorer.evidence']['text'])}</p>"
    links = "; ".join(map(_example, views["examples"]))
    examples = f'<p class="explorer-examples" hidden>Examples: {links}</p>\n' if links else ""
    told = "To look up others takes JavaScript. Counts by base and by family are among the tables to download."
    still = f"<noscript><p>{told}</p></noscript>"
    return Html(
        '<section class="explorer" aria-labelledby="explorer-title"><h2 id="explorer-title">Look it up</h2>\n'
        f"{_FORM}\n{examples}{still}\n"
        '<p class="explorer-status" role="status"></p>\n'
        f'<div class="explorer-view">{shown}</div>\n'
        f'<script type="application/json" class="explorer-data">{store.script_json(data)}</script>\n</section>'
    )


def _example(address: str) -> str:
    """A link to another entry; the script gives it its own address, and shows it."""
    kind, _, name = address.partition("=")
    link = f'<a href="#explorer-title" data-address="{escape(address)}">{escape(name)}</a>'
    return f"the {kind} {link}"


_FORM = (
    '<form class="explorer-form" role="search" hidden><label for="explorer-input">Model, family or uploader</label>'
    '<div class="explorer-field"><input id="explorer-input" type="text" role="combobox" autocomplete="off" '
    'autocapitalize="off" spellcheck="false" aria-expanded="false" aria-autocomplete="list" '
    'aria-controls="explorer-list">'
    '<ul id="explorer-list" role="listbox" aria-label="Suggestions" hidden></ul></div>'
    '<button type="submit">Show</button><button type="reset">Reset</button></form>'
)


def summary(entry: Entry, evidence: str) -> str:
    """What stands below an entry's name."""
    verb = VERBS[evidence]
    naming = _count(entry.links, f"repository {verb['one']}", f"repositories {verb['many']}")
    if entry.kind == "model":
        return _model_summary(entry, naming, verb["end"])
    whose = "one of the family’s models" if entry.kind == "family" else "one of this uploader’s models"
    are = "is" if entry.total == 1 else "are"
    text = (
        f"{naming} {whose}{verb['end']}, each counted once." if entry.links else "Nothing is built on its models here."
    )
    if entry.total:
        text += f" {_count(entry.total, 'model', 'models')} of the {entry.kind} {are} built on, or on the register of "
        text += "releases."
    if entry.kind == "uploader" and entry.built:
        text += f" Of its own repositories, {words.number(entry.built)} {'is' if entry.built == 1 else 'are'} "
        text += "built on others."
    return text


def _model_summary(entry: Entry, naming: str, end: str) -> str:
    text = "A release" if entry.release else "A model"
    text += f" of the family {entry.family}" if entry.family else ""
    text += f", created in {_month(entry.month)}" if entry.month else ""
    text += ", absent from the snapshot. " if entry.absent else ". "
    if entry.links:
        descend = "descends" if entry.descendants == 1 else "descend"
        text += f"{naming} it{end}; {words.number(entry.descendants)} {descend} from it. "
    else:
        text += "Nothing is built on it here. "
    if not entry.parents:
        return text + "It is a root: it is built on nothing here."
    return text + (
        f"It is built on {words.number(entry.parents)}, has {_count(entry.ancestors, 'ancestor', 'ancestors')} and "
        f"{_count(entry.roots, 'root', 'roots')}."
    )


def _view(entry: Entry, evidence: str) -> str:
    """Name, summary, counts by relation and by month, and the tree."""
    return (
        f"<h3>{escape(entry.name)}</h3><p>{escape(summary(entry, evidence))}</p>"
        f"{_by_relation(entry)}{_by_month(entry)}{_tree(entry)}"
    )


def _tree(entry: Entry) -> str:
    if entry.kind != "model" and not entry.total:
        return ""
    what = "Built on it" if entry.kind == "model" else "Its models"
    shown, number = len(entry.listed), words.number(entry.total)
    heading = f"{what}: {words.number(shown)} of {number}" if shown < entry.total else f"{what}: {number}"
    tree = f'<ul class="explorer-tree">{"".join(map(_branch, entry.listed))}</ul>' if shown else "<p>None.</p>"
    return f"<h4>{heading}</h4>{tree}"


def _branch(node: list[Any]) -> str:
    """A node of the tree with those beneath it."""
    name, relation, _, children, _, below = [*node, 0, 0, []][:6] if len(node) == 3 else node
    about = [RELATION_WORDS[RELATIONS[relation]]] if relation >= 0 else []
    about += [_count(children, "child", "children")] if children else []
    told = f"<small> {' · '.join(about)}</small>" if about else ""
    inner = f"<ul>{''.join(map(_branch, below))}</ul>" if below else ""
    if below and len(below) < children:
        inner += f'<small class="explorer-more">{words.number(len(below))} of {words.number(children)}</small>'
    return f"<li><span>{escape(name)}</span>{told}{inner}</li>"


def _by_relation(entry: Entry) -> str:
    if not entry.links:
        return ""
    most = max(entry.relations)
    items = "".join(
        f'<li><i style="width:{100 * value / most:.4g}%"></i><span>{word}: {words.number(value)}</span></li>'
        for word, value in zip(RELATION_WORDS.values(), entry.relations, strict=True)
        if value
    )
    return f'<h4>By relation</h4><ul class="explorer-relations">{items}</ul>'


def _by_month(entry: Entry) -> str:
    if not entry.links:
        return ""
    undated = entry.links - sum(count for _, count in entry.months)
    if not entry.months:
        return "<h4>By month of creation</h4><p>None has a known date.</p>"
    top, most = max(entry.months, key=lambda pair: (pair[1], -pair[0]))
    counts, first, last = dict(entry.months), entry.months[0][0], entry.months[-1][0]
    every = range(_ordinal(first), _ordinal(last) + 1)
    values = [counts.get(ordinal // 12 * 100 + ordinal % 12 + 1, 0) for ordinal in every]
    bars = "".join(f'<i style="height:{100 * value / most:.4g}%"></i>' for value in values)
    missing = f" {words.number(undated)} {'has' if undated == 1 else 'have'} no known date." if undated else ""
    return (
        f'<h4>By month of creation</h4><div class="explorer-months" aria-hidden="true">{bars}</div>'
        f"<p>From {_month(first)} to {_month(last)}, most in {_month(top)}: {words.number(most)}.{missing}</p>"
    )


def _ordinal(month: int) -> int:
    return month // 100 * 12 + month % 100 - 1


def _month(month: int) -> str:
    return f"{MONTHS[month % 100 - 1]} {month // 100}"


def _count(value: int, one: str, many: str) -> str:
    return f"{words.number(value)} {one if value == 1 else many}"
