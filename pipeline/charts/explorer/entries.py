"""The explorer's part of a page: the form, and the view of one entry, drawn here for readers without JavaScript.

entry.js draws the same view, word for word, from the same entry; a test compares the two. Names come from
strangers: every text is escaped.
"""

from dataclasses import dataclass, field
from html import escape
from typing import Any

from pipeline.base import words
from pipeline.base.facts import Facts
from pipeline.chapters.explorer import store
from pipeline.charts.explorer.months import by_month
from pipeline.charts.explorer.tree import tree
from pipeline.charts.explorer.wording import MONTHS, RELATION_WORDS, count, month
from pipeline.charts.kit.html import Html

VERBS = {
    "declared": {
        "one": "names",
        "many": "name",
        "end": " as base",
        "root": "It is a root: it is built on nothing here.",
    },
    "inferred": {
        "one": "is inferred to be built on",
        "many": "are inferred to be built on",
        "end": "",
        "root": "Nothing here says what it is built on.",
    },
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
    made_of: Structs = field(default_factory=list)
    made_into: Structs = field(default_factory=list)
    made_into_all: int = 0
    # of a family or an uploader
    models: int = 0
    built: int = 0
    bases: int = 0
    bases_listed: Structs = field(default_factory=list)
    # of a model or a family in an edition's tree
    then: dict[str, Any] | None = None

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
        "edition": views["edition"],
    }
    if opened:
        shown = _view(Entry(**views["entry"]), views["evidence"], views["edition"])
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


def summary(entry: Entry, evidence: str, edition: str | None = None) -> str:
    """What stands below an entry's name. edition: the label of the one whose tree is shown."""
    verb = VERBS[evidence]
    naming = count(entry.children, f"repository {verb['one']}", f"repositories {verb['many']}")
    if entry.kind == "model":
        return _model_summary(entry, naming, verb, edition)
    whose = "one of the family’s models" if entry.kind == "family" else "one of this uploader’s models"
    are = "is" if entry.models == 1 else "are"
    text = (
        f"{naming} {whose}{verb['end']}, each counted once."
        if entry.children
        else "Nothing is built on its models here."
    )
    if entry.models:
        text += f" {count(entry.models, 'model', 'models')} of the {entry.kind} {are} built on, or on the register of "
        text += "releases."
    if entry.kind == "uploader" and entry.built:
        text += f" Of its own repositories, {words.number(entry.built)} {'is' if entry.built == 1 else 'are'} "
        text += "built on others."
    return text


def _model_summary(entry: Entry, naming: str, verb: dict[str, str], edition: str | None) -> str:
    text = "A release" if entry.release else "A model"
    text += f" of the family {entry.family}" if entry.family else ""
    text += f", created in {month(entry.month)}" if entry.month else ""
    text += ", absent from the snapshot. " if entry.absent else ". "
    if entry.children:
        descend = "descends" if entry.descendants == 1 else "descend"
        text += f"{naming} it{verb['end']}; {words.number(entry.descendants)} {descend} from it. "
    else:
        text += "Nothing is built on it here. "
    if entry.then and entry.then.get("children"):
        named = count(entry.then["children"], "repository named", "repositories named")
        descended = words.number(entry.then["descendants"])
        text += f"In the {edition}, {named} it as base; {descended} descended from it. "
    if entry.made_of:
        text += f"{making(entry.made_of)} "
    if entry.made_into_all:
        text += f"Makers made {count(entry.made_into_all, 'registered release', 'registered releases')} from it. "
    if not entry.parents:
        return (text if entry.made_of else text + verb["root"]).strip()
    return text + (
        f"It is built on {words.number(entry.parents)}, has {count(entry.ancestors, 'ancestor', 'ancestors')} and "
        f"{count(entry.roots, 'root', 'roots')}."
    )


def making(made_of: Structs) -> str:
    """What a model's maker started from, and whose answers it was trained on, as a sentence."""
    bases, teachers = (
        " and ".join(one["id"] for one in made_of if one["role"] == role) for role in ("base", "teacher")
    )
    started = f"started from {bases}" if bases else ""
    trained = f"trained it on answers of {teachers}" if teachers else ""
    return f"Its maker {' and '.join(filter(None, (started, trained)))}."


def _view(entry: Entry, evidence: str, edition: dict[str, str] | None) -> str:
    """Name, summary, counts by relation and by month, and the trees."""
    text = summary(entry, evidence, edition["label"] if edition else None)
    months = {row["month"]: row["children"] for row in entry.months}
    return (
        f"<h3>{escape(entry.name)}</h3><p>{escape(text)}</p>"
        f"{_by_relation(entry)}{by_month(months, entry.children) if entry.children else ''}"
        f"{links_tree(entry)}{earlier_tree(entry, edition)}"
    )


def links_tree(entry: Entry) -> str:
    """What is built on the model, or the models of the group, along the snapshot's links."""
    if entry.kind != "model" and not entry.models:
        return ""
    return tree("Built on it" if entry.kind == "model" else "Its models", entry.listed, entry.listable)


def earlier_tree(entry: Entry, edition: dict[str, str] | None) -> str:
    """The entry's part of the tree of an edition, with what that is; nothing where it has none."""
    if not entry.then or not edition or not entry.then.get("listed"):
        return ""
    what = f"{'Built on it' if entry.kind == 'model' else 'Its models'} in the {edition['label']}"
    every = entry.then["children"] if entry.kind == "model" else entry.then["models"]
    return tree(what, entry.then["listed"], every, edition["text"])


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
