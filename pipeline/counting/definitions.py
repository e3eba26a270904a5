"""The definitions of a derivative: every way to count that is meaningful, each different from all others.

A definition is one choice on each axis. Not every combination means something: a shape has no
relation, uploaders cannot be split over roots, a correction of relations changes nothing where every
relation counts. For declared evidence the grid crosses reach, relation, own releases, downloads and
what is counted; the remaining choices (corrected relations, mirrors, distillations) depart from one
stated base, one at a time, since they concern few repositories.
"""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Literal

from pipeline.base.errors import ParamsError

Distills = Literal["as_declared", "to_base", "both"]
"""Whom the descendants of a distilled release count for."""

MIRRORS = {"as_declared": (), "to_original": ("same_weights",), "quantized_to_original": ("same_weights", "quantized")}
"""Which classes of mirrors hand what is built on them to their original, by choice."""

WORDS = {
    "declared": "as declared",
    "declared_or_inferred": "as declared or inferred",
    "shape": "by shape",
    "name": "by name",
    "without_adapters": "without adapters",
    "without_quantized": "without quantizations",
    "finetune": "fine-tunes only",
    "adapter": "adapters only",
    "quantized": "quantizations only",
    "merge": "merges only",
    "by_roots": "shared over roots",
    "by_paths": "shared along paths",
    "to_base": "distills count for their base",
    "both": "distills count for teacher and base",
    "to_original": "mirrors resolved",
    "quantized_to_original": "mirrors and quantized copies resolved",
}
RELATIONS = ("all", "without_adapters", "without_quantized", "finetune", "adapter", "quantized", "merge")
WITHOUT = {"without_adapters": "adapter", "without_quantized": "quantized"}
"""Choices of relations that leave one out, and which."""
CORRECTABLE = ("without_quantized", "finetune", "quantized")
"""Relations whose count changes when formats correct what is tagged."""

MIN_DOWNLOADS = (0, 1, 6, 10, 200)
"""Thresholds of downloads, any number of them; each makes the grid a fifth larger."""


@dataclass(frozen=True)
class Definition:
    """One way to count; fields are the axes of the table `definitions`, None where one does not apply."""

    evidence: str
    grouping: str = "family"
    reach: str | None = None
    relations: str | None = None
    relation_basis: str | None = None
    own_releases: str = "left_out"
    min_downloads: int = 0
    unit: str = "repositories"
    credit: str | None = None
    distills: Distills | None = None
    mirrors: str | None = None
    series: str | None = None
    key: str = field(init=False)
    label: str = field(init=False)

    def __post_init__(self) -> None:
        """Key and words follow from the choices."""
        object.__setattr__(self, "key", ".".join(self._key_parts()))
        object.__setattr__(self, "label", ", ".join(self._label_parts()))

    def _key_parts(self) -> list[str]:
        """Choices in the order of the axes; the usual one of an axis goes without saying."""
        parts = [self.grouping, self.evidence, *filter(None, [self.reach, self.relations])]
        parts += ["corrected"] if self.relation_basis == "corrected" else []
        parts += ["own_counted"] if self.own_releases == "counted" else []
        parts += [f"min_{self.min_downloads}"] if self.min_downloads else []
        parts += [self.credit] if self.credit not in (None, "full") else []
        parts += [f"distills_{self.distills}"] if self.distills not in (None, "as_declared") else []
        parts += [f"mirrors_{self.mirrors}"] if self.mirrors not in (None, "as_declared") else []
        parts += ["series_as_one"] if self.series == "as_one" else []
        return parts + (["uploaders"] if self.unit == "uploaders" else [])

    def _label_parts(self) -> list[str]:
        parts = [WORDS[self.evidence], *filter(None, [self.reach])]
        if self.relations and self.relations != "all":
            corrected = " (relations corrected)" if self.relation_basis == "corrected" else ""
            parts.append(WORDS[self.relations] + corrected)
        parts += ["own releases counted"] if self.own_releases == "counted" else []
        downloads = "download" if self.min_downloads == 1 else "downloads"
        parts += [f"at least {self.min_downloads} {downloads}"] if self.min_downloads else []
        parts += [WORDS[self.credit]] if self.credit not in (None, "full") else []
        parts += [WORDS[self.distills]] if self.distills not in (None, "as_declared") else []
        parts += [WORDS[self.mirrors]] if self.mirrors not in (None, "as_declared") else []
        parts += ["each series as one"] if self.series == "as_one" else []
        parts += ["uploaders"] if self.unit == "uploaders" else []
        return parts + (["by organisation"] if self.grouping == "organisation" else [])

    @property
    def source(self) -> "Source":
        """What its pairs are made from: definitions that share it share the pairs."""
        return Source(self.grouping, self.evidence, self.reach, self.credit, self.distills, self.mirrors)


@dataclass(frozen=True, order=True)
class Source:
    """The choices that decide which repository is paired with which group, and with what weight."""

    grouping: str
    evidence: str
    reach: str | None = None
    credit: str | None = None
    distills: Distills | None = None
    mirrors: str | None = None


def definitions() -> list[Definition]:
    """The whole grid, for both groupings. Raises ParamsError for thresholds out of order or without zero."""
    if list(MIN_DOWNLOADS) != sorted({0, *MIN_DOWNLOADS}):
        raise ParamsError(
            f"cannot count at {len(MIN_DOWNLOADS)} thresholds {MIN_DOWNLOADS}",
            where="MIN_DOWNLOADS of pipeline/counting/definitions.py",
            next_step="begin with 0 and let each be larger than the one before",
        )
    return [d for grouping in ("family", "organisation") for d in _of(grouping)]


def definition_of(key: str) -> Definition:
    """The definition with this key, such as `family.declared.transitive.all`. Raises ParamsError where none has it."""
    known = {definition.key: definition for definition in definitions()}
    if key not in known:
        nearest = "".join(f" (nearest: {name})" for name in difflib.get_close_matches(key, known, n=1))
        raise ParamsError(
            f"no definition {key!r}{nearest}",
            where="the grid of pipeline/counting/definitions.py",
            next_step="choose one of the keys that the table `definitions` lists",
        )
    return known[key]


def _of(grouping: str) -> Iterator[Definition]:
    for evidence in ("declared", "declared_or_inferred"):
        base = Definition(
            evidence,
            grouping,
            reach="direct",
            relations="all",
            relation_basis="as_tagged",
            credit="full",
            distills="as_declared",
            mirrors="as_declared",
            series="each",
        )
        for reach, relations, own, least in product(
            ("direct", "transitive"), RELATIONS, ("left_out", "counted"), MIN_DOWNLOADS
        ):
            chosen = replace(base, reach=reach, relations=relations, own_releases=own, min_downloads=least)
            yield chosen
            yield replace(chosen, unit="uploaders")
            if reach == "transitive":
                yield replace(chosen, credit="by_roots")
                yield replace(chosen, credit="by_paths")
        for reach in ("direct", "transitive"):
            there = replace(base, reach=reach)
            yield from (replace(there, relations=name, relation_basis="corrected") for name in CORRECTABLE)
            yield from (replace(there, mirrors=name) for name, classes in MIRRORS.items() if classes)
            yield replace(there, series="as_one")
            yield from (replace(there, distills=rule) for rule in ("to_base", "both"))
    for evidence, least, unit in product(("shape", "name"), MIN_DOWNLOADS, ("repositories", "uploaders")):
        yield Definition(evidence, grouping, min_downloads=least, unit=unit)
