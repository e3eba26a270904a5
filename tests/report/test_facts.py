"""A fact exists because a page, a figure, a claim, an edition or a template quotes it: this test finds the orphans."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from pipeline.base import params as parameters
from pipeline.base import tables
from pipeline.base.facts import PageFacts
from pipeline.base.paths import Paths
from pipeline.charts.kit import load
from pipeline.claims import essay, evidence, ledger
from pipeline.report import edition
from tests.charts.drawn import figures
from tests.conftest import Report

ROLE = re.compile(r"\{fact\}`([^`]+)`")
STAGES_WITH_FACTS = [
    "claims",
    "cost",
    "derivatives",
    "explorer",
    "hub",
    "lineage",
    "methods",
    "moe",
    "moment",
    "pollination",
    "surface",
    "vendors",
]


class Noting(dict[str, Any]):
    """Facts that note which of them are asked for."""

    asked: set[str]

    def __getitem__(self, key: str) -> Any:
        self.asked.add(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return super().get(key, default)

    def __contains__(self, key: object) -> bool:
        self.asked.add(str(key))
        return super().__contains__(key)


class NotingPage(Noting, PageFacts):
    """The same, of a page."""


def by_figures(report: Report, patch: pytest.MonkeyPatch) -> set[str]:
    """Keys that the cells of the book's pages ask for, on this report."""
    asked: set[str] = set()
    found = load.facts

    def noting(*chapters: str) -> NotingPage:
        facts = NotingPage(found(*chapters))
        facts.asked = asked
        return facts

    patch.setattr(load, "facts", noting)
    for figure in figures(report, patch):
        _ = figure.specs  # a chart may ask for facts that the figure's words do not
    return asked


def by_prose(paths: Paths) -> set[str]:
    """Keys in the roles of the book's pages, captions of their cells included."""
    return {key for page in paths.book.glob("*.md") for key in ROLE.findall(page.read_text(encoding="utf-8"))}


def by_claims(paths: Paths) -> Iterator[str]:
    """Every text of the ledger that may be a key."""
    for claim in essay.read(paths):
        yield from texts(claim)


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from texts(inner)


def by_rules(report: Report) -> set[str]:
    """Keys that the rules of the ledger ask for by themselves, on this report."""
    params = parameters.load(report.paths.params)
    known = evidence.read(report.paths, params, {"claim_counts": report.table("claim_counts")})
    facts = Noting(known.facts)
    facts.asked = set()
    ledger.judge(essay.read(report.paths), replace(known, facts=facts))
    return facts.asked


def by_editions(paths: Paths) -> set[str]:
    """Keys that an edition keeps, for whomever the report is about."""
    params = parameters.load(paths.params)
    words = {"subject": params.report.subject, "reference": params.report.reference, "run": params.cost.compared_run}
    return {key.format(**words) for key in edition.NUMBERS}


@pytest.fixture(scope="session")
def quoted(sample: Report, hub_slice: Report) -> set[str]:
    """On the sample and on the slice, since what one cannot show the other does."""
    keys = by_prose(sample.paths)
    for report in (sample, hub_slice):
        with pytest.MonkeyPatch.context() as patch:
            keys |= by_figures(report, patch) | by_editions(report.paths) | set(by_claims(report.paths))
            keys |= by_rules(report)
    return keys


@pytest.mark.parametrize("stage", STAGES_WITH_FACTS)
def test_every_fact_is_quoted(stage: str, sample: Report, quoted: set[str]) -> None:
    facts = tables.read_json(sample.paths.out / stage / "facts.json")
    orphans = sorted(facts.keys() - quoted)
    assert not orphans, f"{len(orphans)} facts of {stage} that nothing quotes: {', '.join(orphans[:20])}"


def test_every_stage_with_facts_is_tested(sample: Report) -> None:
    assert [path.parent.name for path in sample.paths.facts()] == STAGES_WITH_FACTS


def test_a_key_is_a_fact_of_one_stage_alone(sample: Report) -> None:
    keys = [key for path in sample.paths.facts() for key in tables.read_json(path)]
    assert len(keys) == len(set(keys))
