"""Every figure is drawn for every pair that a report may compare: in its column, no word cut, none over another.

The ten pairs of the sixteen largest families with the longest names on the embedded sample, organisations, an absurd
name, and pairs of the real slice. A view whose specification was drawn for another pair is not drawn again.
All of it takes two minutes. With the quick tests one page is drawn, for the two longest names.
"""

import json
from collections.abc import Callable
from itertools import combinations
from typing import Any, ClassVar

import polars as pl
import pytest

from pipeline import register
from pipeline.base.paths import Paths
from pipeline.charts.kit import room
from tests.charts.drawn import faults, figures
from tests.conftest import SLICE_DATE, Report

LARGEST = register.load("families", Paths().register).sort("rank")["family"].head(16).to_list()
LONGEST = sorted(combinations(LARGEST, 2), key=lambda pair: -sum(room.width(name) for name in pair))[:10]
ABSURD = "A Family of Open Language Models That Has Sixty Letters, Wow"


class Drawn:
    """Specifications that were drawn in this process."""

    seen: ClassVar[set[str]] = set()


def check(report: Report, least: int, *pages: str) -> None:
    """Draw what is new of a report's figures, of all pages or of some. least: how many figures it has at least."""
    with pytest.MonkeyPatch.context() as patch:
        made = list(figures(report, patch, *pages))
    assert len(made) >= least
    for figure in made:
        text = json.dumps(figure.specs, sort_keys=True)
        if text in Drawn.seen:
            continue
        Drawn.seen.add(text)
        assert figure.html.count("<svg ") == 2
        for view, spec in figure.specs.items():
            assert not faults(figure.svg_of(view, spec)), (figure.key, view)


def compare(report: Report, subject: str, reference: str, grouping: str = "family", *stages: str) -> Report:
    """The report built for a pair, all of it or up to some stages; headlines are those of the params, by grouping."""
    pair = {"subject": subject, "reference": reference, "grouping": grouping}
    headline = [f"{grouping}.declared.transitive.all", f"{grouping}.shape"]
    return report.set(report=pair, derivatives={"headline": headline}).build(*stages)


def test_the_figures_on_derivatives_are_drawn_for_the_two_longest_names(report: Report) -> None:
    check(compare(report, *LONGEST[0], "family", "derivatives"), 9, "derivatives")


@pytest.mark.whole
@pytest.mark.parametrize(("subject", "reference"), [("Qwen", "DeepSeek"), *LONGEST])
def test_every_figure_of_a_pair_is_drawn(subject: str, reference: str, report: Report) -> None:
    check(compare(report, subject, reference), 30)


@pytest.mark.whole
@pytest.mark.parametrize(
    ("subject", "reference"),
    [
        ("Alibaba", "Meta"),
        ("Technology Innovation Institute", "Allen Institute for AI"),
        ("Beijing Academy of Artificial Intelligence", "Alibaba"),
    ],
)
def test_every_figure_of_two_organisations_is_drawn(subject: str, reference: str, report: Report) -> None:
    check(compare(report, subject, reference, "organisation"), 25)


@pytest.mark.whole
@pytest.mark.parametrize(
    ("subject", "reference", "grouping"),
    [
        ("Gemma", "Mistral", "family"),
        ("Technology Innovation Institute", "Allen Institute for AI", "organisation"),
    ],
)
def test_every_figure_of_a_pair_of_the_slice_is_drawn(
    subject: str, reference: str, grouping: str, report: Report, slice_path: Any
) -> None:
    report.read_from(slice_path, "slice", SLICE_DATE)
    check(compare(report, subject, reference, grouping), 30)


@pytest.mark.whole
def test_a_family_of_sixty_letters_is_drawn(report: Report, slice_path: Any) -> None:
    def renamed(*columns: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
        return lambda table: table.with_columns(pl.col(*columns).replace("Nemotron", ABSURD))

    report.edit("families", renamed("family")).edit("family_rules", renamed("family"))
    report.read_from(slice_path, "slice", SLICE_DATE)
    check(compare(report, "Qwen", ABSURD), 35)
