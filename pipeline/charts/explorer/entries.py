"""The explorer's part of a page: the form, and the view of one entry, drawn here for readers without JavaScript.

explorer.js draws the same view, word for word, from the same entry; a test compares the two. Names come from
strangers: every text is escaped.
"""

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


Structs = list[dict[str, Any]]


@dataclass(frozen=True)
class Entry:
    """An entry of the explorer's files, by the fields that `pipeline.chapters.explorer.entries` lists.

    Those that are left out there are 0, false, empty or None here.
    """

    address: str
    children: int = 0
    relations: Structs = field(default_factory=list)
    months: Structs = field(default_factory=list)
    listed: Structs = field(default_factory=list)
    # of a model
    descendants: int = 0
    depth: int = 0
    ancestors: int = 0
    parents: int = 0
    roots: int = 0
    month: int = 0
    family: str | None = None
    absent: bool = False
    release: bool = False
    parents_listed: Structs = field(default_factory=list)
    roots_listed: list[str] = field(default_factory=list)
    way_up: list[str] = field(default_factory=list)
    # of a family or an uploader
    models: int = 0
    built: int = 0
    bases: int = 0
    bases_listed: Structs = field(default_factory=list)

    @property
    def kind(self) -> str:
        """`model`, `family` or `uploader`."""
        return self.address.partition("=")[0]

    @property
    def name(self) -> str:
        """The model's id, or the group's name."""
        return self.address.partition("=")[2]

    @property
    def listable(self) -> int:
        """How many nodes the list has when it is whole: a model's children, a group's models."""
        return self.children if self.kind == "model" else self.models


def explorer(views: dict[str, Any], facts: Facts) -> Html:
    """The form with what its script needs, and the entry that the page opens on.

    views: the document `explorer_views.json`.
    """
    opened = views["opened"]
    data = {
        "opened": opened,
        "entry": views["entry"],
        "verbs": VERBS[views["evidence"]],
        "relations": RELATION_WORDS,
        "months": MONTHS,
        "missing": facts["explorer.left_out"]["text"],
        "least": facts["explorer.least"]["value"],
    }
    if opened:
        shown = _view(Entry(**views["entry"]), views["evidence"])
    else:
        shown = f"<p>{escape(facts['explorer.evidence']['text'])}</p>"
    links = "; ".join(map(_example, views["examples"]))
    examples = f'<p class="explorer-examples" hidden>Examples: {links}</p>\n' if links else ""
    return Html(
        '<section class="explorer" aria-labelledby="explorer-title"><h2 id="explorer-title">Look it up</h2>\n'
        f"{_FORM}\n{examples}{_NO_SCRIPTS}\n"
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


_NO_SCRIPTS = (
    "<noscript><p>To look up others takes JavaScript. Counts by base and by family are among the tables to "
    "download.</p></noscript>"
)


def summary(entry: Entry, evidence: str) -> str:
    """What stands below an entry's name."""
    verb = VERBS[evidence]
    naming = _count(entry.children, f"repository {verb['one']}", f"repositories {verb['many']}")
    if entry.kind == "model":
        return _model_summary(entry, naming, verb["end"])
    whose = "one of the family’s models" if entry.kind == "family" else "one of this uploader’s models"
    are = "is" if entry.models == 1 else "are"
    text = (
        f"{naming} {whose}{verb['end']}, each counted once."
        if entry.children
        else "Nothing is built on its models here."
    )
    if entry.models:
        text += f" {_count(entry.models, 'model', 'models')} of the {entry.kind} {are} built on, or on the register of "
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
    if entry.children:
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
        f"{_by_relation(entry)}{_by_month(entry)}{tree(entry)}"
    )


def tree(entry: Entry) -> str:
    """What is built on the model, or the models of the group, as a tree of nodes."""
    if entry.kind != "model" and not entry.models:
        return ""
    what = "Built on it" if entry.kind == "model" else "Its models"
    shown, whole = sum(node.get("series", 1) for node in entry.listed), entry.listable
    number = words.number(whole)
    heading = f"{what}: {words.number(shown)} of {number}" if shown < whole else f"{what}: {number}"
    tree = f'<ul class="explorer-tree">{"".join(map(_branch, entry.listed))}</ul>' if shown else "<p>None.</p>"
    return f"<h4>{heading}</h4>{tree}"


def _branch(node: dict[str, Any]) -> str:
    """A node of the tree with those below it; a series opens."""
    about = [RELATION_WORDS[node["relation"]]] if "relation" in node else []
    if "series" in node:
        members, number = node.get("members", []), words.number(node["series"])
        name = f"<span>{escape(node['id'])} ({number})</span><small> {' · '.join(about)}</small>"
        if not members:
            return f"<li>{name}</li>"
        inner = _below(members, len(members), node["series"])
        return f'<li><details class="explorer-series"><summary>{name}</summary>{inner}</details></li>'
    children, below = node.get("children", 0), node.get("below", [])
    about += [_count(children, "child", "children")] if children else []
    note = f"<small> {' · '.join(about)}</small>" if about else ""
    inner = _below(below, sum(one.get("series", 1) for one in below), children)
    return f"<li><span>{escape(node['id'])}</span>{note}{inner}</li>"


def _below(nodes: list[dict[str, Any]], shown: int, whole: int) -> str:
    """Nodes as a list, and how many they are of how many where some are left out."""
    inner = f"<ul>{''.join(map(_branch, nodes))}</ul>" if nodes else ""
    if nodes and shown < whole:
        inner += f'<small class="explorer-more">{words.number(shown)} of {words.number(whole)}</small>'
    return inner


def _by_relation(entry: Entry) -> str:
    if not entry.children:
        return ""
    most = max(row["children"] for row in entry.relations)
    items = "".join(
        f'<li><i style="width:{100 * row["children"] / most:.4g}%"></i>'
        f"<span>{RELATION_WORDS[row['relation']]}: {words.number(row['children'])}</span></li>"
        for row in entry.relations
    )
    return f'<h4>By relation</h4><ul class="explorer-relations">{items}</ul>'


def _by_month(entry: Entry) -> str:
    if not entry.children:
        return ""
    counts = {row["month"]: row["children"] for row in entry.months}
    if not counts:
        return "<h4>By month of creation</h4><p>None has a known date.</p>"
    undated = entry.children - sum(counts.values())
    first, last, top = min(counts), max(counts), max(counts, key=lambda month: (counts[month], -month))
    every = range(_ordinal(first), _ordinal(last) + 1)
    values = [counts.get(ordinal // 12 * 100 + ordinal % 12 + 1, 0) for ordinal in every]
    bars = "".join(f'<i style="height:{100 * value / counts[top]:.4g}%"></i>' for value in values)
    missing = f" {words.number(undated)} {'has' if undated == 1 else 'have'} no known date." if undated else ""
    return (
        f'<h4>By month of creation</h4><div class="explorer-months" aria-hidden="true">{bars}</div>'
        f"<p>From {_month(first)} to {_month(last)}, most in {_month(top)}: {words.number(counts[top])}.{missing}</p>"
    )


def _ordinal(month: int) -> int:
    return month // 100 * 12 + month % 100 - 1


def _month(month: int) -> str:
    return f"{MONTHS[month % 100 - 1]} {month // 100}"


def _count(value: int, one: str, many: str) -> str:
    return f"{words.number(value)} {one if value == 1 else many}"
