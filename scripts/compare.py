"""Compares what two builds of the project made: `python scripts/compare.py OLD NEW [--reasons FILE]`.

OLD and NEW are checkouts in which `make site` or `dvc repro` ran. Where a file lies below data/ makes no difference,
its name does. Every difference is printed as `name: what differs`; a page takes a few lines more. Names are:

    table out/ratios           a Parquet file of data/raw, data/core or data/out, by its bytes
    csv ratios.csv             a table that is offered for download, by its bytes
    explorer rows/0001.js      a page file of the explorer, by its bytes
    fact snapshot.rows         value, text and unit of a fact that a page of either side quotes
    unquoted claims.total      the same of a fact that both sides have and no page quotes
    json edition.json verdicts.1.why    one value of edition.json or metrics.json
    page derivatives.html      the words of a page, with those for screen readers and in drawings

Not compared: scripts, styles, images, a fact's `source`, facts that one side alone has and nobody quotes.

Differences that are meant stand in FILE, one a line as `name or glob: reason`; empty lines and those that begin with #
are passed over. They are printed as accepted:

    # the rows come in another order
    table out/gap: sorted by base
    json edition.json tables.gap.*: hash of the table above

Exit code: 0 if all differences are accepted or there is none, 1 if not, 2 if the two cannot be compared.
"""

import argparse
import json
import re
import sys
from collections import Counter
from difflib import SequenceMatcher
from filecmp import cmp
from fnmatch import fnmatchcase
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import polars as pl

Named = dict[str, Any]
SPOKEN = {"alt", "aria-label", "content", "placeholder", "title"}  # `content`: a page's description
INLINE = {"a", "abbr", "b", "cite", "code", "em", "i", "kbd", "span", "strong", "sub", "sup"}  # they end no word
PLACES, AROUND, LONGEST = 2, 4, 25  # of a page: places shown, words around each, words of each at most


def read(root: Path) -> dict[str, Named]:
    """What is compared of a build, by kind and name. Raises ValueError if it is none, or if two things share a name."""
    out, site = root / "data" / "out", root / "book" / "_build" / "html"
    downloads = {path.parent for path in out.rglob("datapackage.json")}
    explorers = {path.parent for path in out.rglob("directory.js")}

    def made(name: str) -> list[Path]:
        return [path for path in sorted((root / "data").rglob(name)) if not downloads & set(path.parents)]

    tables = [(table_name(path.relative_to(root / "data")), path) for path in made("*.parquet")]
    pages = [(path.name, path) for path in site.glob("*.html")]
    if not (tables and pages):
        raise ValueError(f"{root} has no tables or no pages: build it first")
    facts = [item for name in ("facts.json", "claims.json") for path in made(name) for item in load(path).items()]
    documents = [path for name in ("edition.json", "metrics.json") for path in made(name)]
    texts = [path.read_text(encoding="utf-8") for path in (root / "book").glob("*.md")]
    return {
        "table": unique(tables),
        "csv": unique([(path.name, path) for top in downloads for path in top.glob("*.csv")]),
        "explorer": unique([(str(path.relative_to(top)), path) for top in explorers for path in top.rglob("*.js")]),
        "fact": unique([(key, {part: fact[part] for part in ("value", "text", "unit")}) for key, fact in facts]),
        "json": unique([(f"{path.name} {key}", leaf) for path in documents for key, leaf in flat(load(path)).items()]),
        "page": unique(pages),
        "quoted": {key.strip(): None for text in texts for key in re.findall(r"\{fact\}`([^`]+)`", text)},
    }


def table_name(path: Path) -> str:
    """raw, core or out and the table's own name; between them the day of an older snapshot, read or counted."""
    day = path.parts[-3:-1] if path.parent.parent.name in ("history", "known") else ()
    return "/".join([path.parts[0], *day, path.stem])


def load(path: Path) -> Any:
    """A document of JSON."""
    return json.loads(path.read_text(encoding="utf-8"))


def flat(value: Any, name: str = "") -> Named:
    """A document's values by where they stand in it, as in `numbers.0.text`."""
    if not (isinstance(value, dict | list) and value):
        return {name: value}
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    return {key: leaf for part, below in parts for key, leaf in flat(below, f"{name}.{part}".lstrip(".")).items()}


def unique(pairs: list[tuple[str, Any]]) -> Named:
    """The pairs by name; a name may come twice with the same value only."""
    found: Named = {}
    for name, value in pairs:
        if found.setdefault(name, value) != value:
            raise ValueError(f"{name} is there twice: {found[name]} and {value}")
    return found


def differences(old: dict[str, Named], new: dict[str, Named]) -> dict[str, str]:
    """What differs, by name."""
    missing = new["quoted"].keys() - new["fact"].keys()
    quoted = (old["quoted"].keys() | new["quoted"].keys()) - missing
    rest = (old["fact"].keys() & new["fact"].keys()) - quoted
    found = {f"fact {key}": "quoted in NEW, which has no such fact" for key in sorted(missing)}
    sides = [side | {"fact": only(side["fact"], quoted), "unquoted": only(side["fact"], rest)} for side in (old, new)]
    for kind, difference in DIFFERENCES.items():
        before, after = (side[kind] for side in sides)
        for name in sorted(before.keys() | after.keys()):
            alone = "only in OLD" if name not in after else "only in NEW" if name not in before else ""
            found[f"{kind} {name}"] = alone or difference(before[name], after[name])
    return {name: what for name, what in found.items() if what}


def only(named: Named, names: set[str]) -> Named:
    """What has one of these names."""
    return {name: named[name] for name in named.keys() & names}


def bytes_difference(old: Path, new: Path) -> str:
    """Whether two files differ, in words; empty when they are equal, as for every other kind."""
    return "" if cmp(old, new, shallow=False) else "bytes differ"


def value_difference(old: Any, new: Any) -> str:
    """Two values as JSON writes them, so that 1 and 1.0 differ."""
    before, after = (json.dumps(value, sort_keys=True, ensure_ascii=False) for value in (old, new))
    return "" if before == after else f"{before} -> {after}"


def table_difference(old: Path, new: Path) -> str:
    """How two tables differ: in columns, in rows, in which cell first."""
    if cmp(old, new, shallow=False):
        return ""
    before, after = pl.read_parquet(old, glob=False), pl.read_parquet(new, glob=False)
    one, two = ([f"{name} {kind}" for name, kind in side.schema.items()] for side in (before, after))
    found = []
    if one != two:
        gone, come = [name for name in one if name not in two], [name for name in two if name not in one]
        found.append(f"columns gone {gone}, new {come}" if gone or come else "columns in another order")
    if before.height != after.height:
        found.append(f"{before.height} -> {after.height} rows")
    cells, rows = [], min(before.height, after.height)
    for name in [name for name, kind in before.schema.items() if after.schema.get(name) == kind]:
        differ = before[name].head(rows).ne_missing(after[name].head(rows)).arg_true()
        cells += [(row, name) for row in differ.head(1)]
    for row, name in sorted(cells, key=lambda cell: cell[0])[:1]:
        old_cell, new_cell = (side.row(row, named=True)[name] for side in (before, after))
        found.append(f"first in row {row}, {name}: {old_cell!r} -> {new_cell!r}")
    return "; ".join(found) or "bytes differ, content is equal"


class Words(HTMLParser):
    """Collects what a reader of a page sees or hears."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.text, self.unseen = "", 0
        self.feed(page.read_text(encoding="utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: D102
        self.unseen += tag in {"script", "style"}
        self.text += " ".join(["" if tag in INLINE else " ", *(f"{text} " for name, text in attrs if name in SPOKEN)])

    def handle_endtag(self, tag: str) -> None:  # noqa: D102
        self.unseen -= tag in {"script", "style"}
        self.text += "" if tag in INLINE else " "

    def handle_data(self, data: str) -> None:  # noqa: D102
        self.text += "" if self.unseen else data


def page_difference(old: Path, new: Path) -> str:
    """In how many places the words of two pages differ, and the words at the first."""
    if cmp(old, new, shallow=False):
        return ""
    one, two = Words(old).text.split(), Words(new).text.split()
    places = [place[1:] for place in SequenceMatcher(None, one, two).get_opcodes() if place[0] != "equal"]
    shown = [f"places that differ: {len(places)}"] if places else []
    for start, end, new_start, new_end in places[:PLACES]:
        for sign, words, first, last in (("-", one, start, end), ("+", two, new_start, new_end)):
            shown.append(f"    {sign} {' '.join(words[max(0, first - AROUND) : last + AROUND][:LONGEST])}")
    return "\n".join(shown)


DIFFERENCES = {
    "table": table_difference,
    "csv": bytes_difference,
    "explorer": bytes_difference,
    "fact": value_difference,
    "unquoted": value_difference,
    "json": value_difference,
    "page": page_difference,
}


def reasons(text: str) -> list[list[str]]:
    """Globs of accepted differences, each with its reason. Raises ValueError for a line without a reason."""
    lines = [line.split(": ", 1) for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if any(len(line) < 2 for line in lines):
        raise ValueError("a line of the reasons is not `name or glob: reason`")
    return lines


def main() -> int:
    """Compare and print; counts go to standard error."""
    parser = argparse.ArgumentParser(description="Compares what two builds of the project made.")
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--reasons", type=Path, help="file of accepted differences, one a line: name or glob: reason")
    given = parser.parse_args()
    try:
        accepted = reasons(given.reasons.read_text(encoding="utf-8")) if given.reasons else []
        old, new = read(given.old), read(given.new)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    counts: Counter[str] = Counter()
    for name, what in differences(old, new).items():
        why = [reason for glob, reason in accepted if fnmatchcase(name, glob)]
        counts["accepted" if why else name.partition(" ")[0]] += 1
        print(f"accepted ({why[0]}): {name}: {what}" if why else f"{name}: {what}")
    print("Compared:", ", ".join(f"{kind} {len(old[kind])} and {len(new[kind])}" for kind in old), file=sys.stderr)
    print("Differences:", ", ".join(f"{kind} {count}" for kind, count in counts.items()) or "none", file=sys.stderr)
    return 1 if counts.keys() - {"accepted"} else 0


if __name__ == "__main__":
    sys.exit(main())
