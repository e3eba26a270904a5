"""What may be quoted of the sizes of what subject and reference are built on."""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, fact, sentence

SMALL = ("under 1B", "1B to 4B")
"""Classes of bases that are called small: below 4 billion parameters."""
_SOURCE = "data/out/derivatives/base_sizes.parquet"


def base_size_facts(sizes: pl.DataFrame, subject: str, reference: str) -> Facts:
    """Shares of derivatives on small bases, in the stock and in the flow. sizes: the table `base_sizes`."""
    shown = sizes.select("kind", "label", "source", "date").unique().sort("date", "kind").to_dicts()
    if not shown:
        return {
            "base_sizes.title": sentence(f"Sizes of what {subject} and {reference} are built on: not counted", _SOURCE),
            "base_sizes.sentence": sentence("No census that this build knows counts both.", _SOURCE),
            "base_sizes.label": fact(None, "", _SOURCE),
            "base_sizes.source": sentence("no snapshot that this build knows", _SOURCE),
        }
    parts = []
    for basis in shown:
        rows = sizes.filter(kind=basis["kind"])
        first, second = (_share(small(rows, name)) for name in (subject, reference))
        what = "derivatives" if basis["kind"] == "stock" else "new derivatives"
        parts.append(
            f"In the {basis['label']}, {first} of {subject}’s {what} name a model below 4B, and {second} of "
            f"{reference}’s.{_without_small(rows, (subject, reference))}"
        )
    return {
        "base_sizes.title": sentence(size_title(sizes.filter(kind=shown[0]["kind"]), subject, reference), _SOURCE),
        "base_sizes.sentence": sentence(" ".join(parts), _SOURCE),
        "base_sizes.label": sentence(words.listed([basis["label"] for basis in shown]), _SOURCE),
        "base_sizes.source": sentence("; ".join(basis["source"] for basis in shown), _SOURCE),
    }


def _without_small(rows: pl.DataFrame, pair: tuple[str, str]) -> str:
    """Who had no release so small; nothing where both had."""
    bases = {name: rows.filter(pl.col("size_class").is_in(SMALL), group=name)["bases"].sum() for name in pair}
    none = [name for name, many in bases.items() if not many]
    return f" {words.listed(none)} had no release so small then." if none else ""


def small(rows: pl.DataFrame, group: str) -> float:
    """Share of a group's derivatives that name a small base."""
    return float(rows.filter(pl.col("size_class").is_in(SMALL), group=group)["share"].sum())


def size_title(rows: pl.DataFrame, subject: str, reference: str) -> str:
    """Who is built on by small models. rows: of one kind."""
    first, second = small(rows, subject), small(rows, reference)
    when = words.month(rows["date"][0])
    if first == second == 0:
        return f"In {when} nobody built on a model below 4B of {subject} or {reference}"
    other = f"{_share(second)} of {reference}’s"
    return f"In {when}, {_share(first)} of what was built on {subject} named a model below 4B, {other}"


def _share(share: float) -> str:
    return words.percent(share) if share else "none"
