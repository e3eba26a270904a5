"""The headline speaks of whom params.yaml names, by the rule it names, in the direction that the counts give."""

import re
from typing import Any

import polars as pl
import pytest

TITLE = re.compile(r"^(?P<more>[\w-]+) has [\d.]+ times as many derivatives as (?P<less>[\w-]+)(?P<turned>.*)$")


def stands(report: Any) -> tuple[str, float, float]:
    """The headline's definition and both counts, out of the table of counts and not out of the facts."""
    key = report.table("ratios").filter("is_headline")["definition"][0]
    counts = report.table("derivatives").filter(pl.col("definition") == key)
    names = (report.text("report.subject"), report.text("report.reference"))
    subject, reference = (counts.filter(pl.col("group") == name)["derivatives"].sum() for name in names)
    return key, subject, reference


def assert_told(report: Any, subject: str, reference: str) -> None:
    key, a, b = stands(report)
    title, told = report.text("derivatives.headline.title"), report.text("derivatives.headline.sentence")
    more, less = (subject, reference) if a > b else (reference, subject)
    found = TITLE.match(title)
    assert found, title
    assert (found["more"], found["less"]) == (more, less)
    assert f"{subject} has {a:,.0f} derivatives in this snapshot and {reference} {b:,.0f}" in told
    assert f": {more} has" in told
    assert f"times as many as {less}." in told
    ratios = report.table("ratios")["ratio"]
    agree, turned = ((ratios > 1 if one > other else ratios < 1).sum() for one, other in ((a, b), (b, a)))
    said = f" by this page’s rule, fewer by {turned} of {ratios.len()} rules"
    assert found["turned"] == (said if turned > agree else "")
    if agree < ratios.len():
        assert told.endswith(f"{more} is ahead by {agree} of {ratios.len()} rules in all.")
    assert report.text("derivatives.headline.definition") == key


@pytest.mark.parametrize(
    "headline", ["family.name", "family.declared_or_inferred.direct.all", "family.shape.uploaders"]
)
def test_another_headline_definition_changes_numbers_and_words(headline: str, sample: Any, report: Any) -> None:
    report.set(derivatives={"headline": [headline]}).build()
    assert_told(report, "Qwen", "Llama")
    assert report.text("derivatives.headline.definition") == headline
    assert report.text("derivatives.headline.sentence") != sample.text("derivatives.headline.sentence")
    assert report.text("derivatives.headline.meaning") != sample.text("derivatives.headline.meaning") or (
        headline.startswith("family.shape")
    )
    assert report.table("ratios").drop("is_headline").equals(sample.table("ratios").drop("is_headline"))


@pytest.mark.parametrize(("subject", "reference"), [("Llama", "Qwen"), ("Gemma", "Llama"), ("Mistral", "Gemma")])
def test_another_pair_is_told_in_the_direction_of_its_counts(subject: str, reference: str, report: Any) -> None:
    report.set(report={"subject": subject, "reference": reference}).build()
    assert_told(report, subject, reference)


def test_by_name_the_verb_turns_round_on_the_real_slice(hub_slice: Any, report: Any, slice_path: Any) -> None:
    report.set(derivatives={"headline": ["family.name"]}).read_from(slice_path, "slice", "2026-04-22").build()
    assert_told(hub_slice, "Qwen", "Llama")
    assert_told(report, "Qwen", "Llama")
    assert hub_slice.text("derivatives.headline.title").startswith("Qwen has")
    assert report.text("derivatives.headline.title").startswith("Llama has")


def test_organisations_are_compared_by_their_own_names(report: Any) -> None:
    report.set(report={"subject": "Alibaba", "reference": "Meta", "grouping": "organisation"}).build()
    assert_told(report, "Alibaba", "Meta")
    assert report.text("derivatives.headline.definition") == "organisation.shape"  # the headline’s rules follow


def test_shared_credit_as_headline_is_not_split_over_bases(report: Any, slice_path: Any) -> None:
    shared = "family.declared.transitive.all.by_roots"
    report.set(derivatives={"headline": [shared]}).read_from(slice_path, "slice", "2026-04-22").build()
    assert report.text("derivatives.headline.definition") == shared
    gap = report.table("gap")
    assert shared not in gap["definition"].to_list()
    for definition, rows in gap.group_by("definition"):
        key = definition[0]
        counts = report.table("derivatives").filter(pl.col("definition") == key, pl.col("group") == "Qwen")
        assert rows["subject_derivatives"].sum() == pytest.approx(counts["derivatives"].sum()), key
