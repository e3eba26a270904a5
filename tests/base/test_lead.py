"""A comparison of two groups says what their numbers say, whichever groups and whatever the numbers."""

import re
from collections.abc import Sequence
from datetime import date

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.base import words
from pipeline.base.completeness import Completeness
from pipeline.base.lead import FEW, Lead, Leads
from pipeline.base.words import leads
from pipeline.chapters.derivatives import facts_bases, facts_undeclared
from pipeline.chapters.derivatives.facts import grid_facts, headline_facts, too_few
from pipeline.chapters.lineage.facts_uploaders import without_ten_facts
from pipeline.chapters.surface import facts as surface_facts
from pipeline.charts.kit.axes import MANY_TICKS, ratio_ticks
from pipeline.counting.results import with_results
from pipeline.hub.facts import lineage_facts

SUBJECT, REFERENCE = "Qwen", "Llama"
COUNTS = st.one_of(st.integers(0, 12), st.integers(0, 10**7), st.floats(0, 1e6).map(lambda value: round(value, 1)))
SOME = COUNTS.filter(lambda count: count > 0)
NAMES = st.lists(
    st.sampled_from(["Qwen", "Llama", "gpt-oss", "Phi", "StarCoder", "01.AI", "LG AI Research", "R1", "K2"]),
    min_size=2,
    max_size=2,
    unique=True,
)
TIMES = re.compile(r"(?P<more>.+?) has (?P<ratio>[\d.,]+) times as many(?: \w+)? as (?P<less>.+)")


def reads(number: str) -> float:
    return float(number.replace(",", ""))


def agrees(clause: str, counts: dict[str, float]) -> bool:
    """Whether a clause on two groups is true of their counts."""
    (first, count), (second, other) = counts.items()
    if found := TIMES.fullmatch(clause):
        ratio = counts[found["more"]] / counts[found["less"]]
        return reads(found["ratio"]) > 1 and found["ratio"] == words.times(ratio) and min(count, other) >= FEW
    if clause.startswith("neither "):
        return count == other == 0
    if found := re.fullmatch(r"(.+) has ([\d.,]+)(?: derivatives)?, (.+) ([\d.,]+)", clause):
        counted = {found[1]: found[2], found[3]: found[4]}
        is_few = 0 < min(count, other) < FEW
        return is_few and counted == {name: words.number(value) for name, value in counts.items()}
    if found := re.fullmatch(r"(.+) has (?:some|derivatives), (.+) none", clause):
        return counts[found[1]] > 0 and counts[found[2]] == 0
    if re.fullmatch(
        rf"({re.escape(first)} and {re.escape(second)}|{re.escape(second)} and {re.escape(first)}) have .+", clause
    ):
        if "about" not in clause:
            return count == other
        return count != other and max(count, other) <= min(count, other) * (1 + words.EVEN)
    return False


@given(NAMES, COUNTS, COUNTS)
def test_a_comparison_is_true_of_its_counts(names: list[str], count: float, other: float) -> None:
    counts = dict(zip(names, (count, other), strict=True))
    lead = Lead.of(names[0], count, names[1], other)
    assert agrees(lead.clause("derivatives"), counts), lead.clause("derivatives")
    assert agrees(lead.clause(), counts), lead.clause()


@given(NAMES, COUNTS, COUNTS)
def test_counts_stand_in_the_order_of_the_names(names: list[str], count: float, other: float) -> None:
    lead, counts = Lead.of(names[0], count, names[1], other), dict(zip(names, (count, other), strict=True))
    assert lead.counts == f"{words.number(counts[lead.more])} against {words.number(counts[lead.less])}"
    assert lead.clause().index(lead.more) < lead.clause().index(lead.less)


@given(NAMES, COUNTS, COUNTS)
def test_a_comparison_says_the_same_whichever_comes_first(names: list[str], count: float, other: float) -> None:
    assume(count != other)
    assert Lead.of(names[0], count, names[1], other) == Lead.of(names[1], other, names[0], count)


RATIOS = st.lists(st.one_of(st.just(1.0), st.floats(1e-4, 1e4)), min_size=1, max_size=30)


@given(NAMES, RATIOS)
def test_the_group_that_more_rules_put_ahead_comes_first(names: list[str], ratios: list[float]) -> None:
    every = Leads.of(names[0], names[1], ratios)
    ahead, behind = sum(ratio > 1 for ratio in ratios), sum(ratio < 1 for ratio in ratios)
    assert (every.ahead, every.behind) == (max(ahead, behind), min(ahead, behind))
    assert every.leader == (None if ahead == behind else names[0] if ahead > behind else names[1])
    title = every.title("derivatives")
    assert title.index(every.more) < title.index(every.less)
    assert ("every rule" in title or "one rule" in title) == (len(ratios) in (ahead, behind, every.level))


@given(NAMES, RATIOS)
def test_no_ratio_of_a_range_is_below_one(names: list[str], ratios: list[float]) -> None:
    every = Leads.of(names[0], names[1], ratios)
    for text in (every.title("derivatives"), every.clause("derivatives"), every.reach("derivatives")):
        numbers = re.findall(r"([\d.,]+)(?: to ([\d.,]+))? times", text)
        assert all(reads(end) > 1 for ends in numbers for end in ends if end), text


@given(NAMES, RATIOS)
def test_a_range_reaches_as_far_as_the_rules(names: list[str], ratios: list[float]) -> None:
    every = Leads.of(names[0], names[1], ratios)
    most = words.times(max(*ratios, *(1 / ratio for ratio in ratios)))
    assert most == words.times(1) or most in every.reach("derivatives")


def compared(counts: Sequence[tuple[float, float]], headline: int = 0) -> pl.DataFrame:
    """Rows of `ratios` from counts of both under some rules."""
    rows = pl.DataFrame(
        [
            {
                "definition": f"rule.{number}",
                "label": f"by rule {number}",
                "evidence": "declared",
                "subject_derivatives": float(count),
                "reference_derivatives": float(other),
                "ratio": count / other,
                "is_headline": number == headline,
                "is_plain": True,
            }
            for number, (count, other) in enumerate(counts)
        ]
    )
    return with_results(rows)


def definitions(n: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "definition": [f"rule.{number}" for number in range(n)],
            "grouping": "family",
            "evidence": "declared",
            "reach": "direct",
            "relations": "all",
            "min_downloads": 0,
            "unit": "repositories",
        }
    )


@given(st.lists(st.tuples(SOME, SOME), min_size=1, max_size=12))
def test_headline_and_range_never_contradict_each_other(counts: Sequence[tuple[float, float]]) -> None:
    ratios = compared(counts)
    headline = headline_facts(ratios, definitions(len(counts)), SUBJECT, REFERENCE, "why")
    grid = grid_facts(ratios, SUBJECT, REFERENCE, "why")
    lead, every = (
        Lead.of(SUBJECT, counts[0][0], REFERENCE, counts[0][1]),
        Leads.of(SUBJECT, REFERENCE, [count / other for count, other in set(counts)]),
    )
    results = len(set(counts))
    title = headline["derivatives.headline.title"]["text"]
    if lead.leader and every.leader and lead.leader != every.leader:
        assert f"by this page’s rule, fewer by {every.ahead} of {results} result" in title
    else:
        assert agrees(
            title[0].lower() + title[1:] if title.startswith("Neither") else title,
            {SUBJECT: counts[0][0], REFERENCE: counts[0][1]},
        )
    whole = headline["derivatives.headline.sentence"]["text"]
    if not every.all_agree and results > 1:
        assert re.search(rf"of (the )?{results} results|every rule", whole), whole
    assert grid["derivatives.grid.share"]["value"] == pytest.approx(
        sum(count > other for count, other in set(counts)) / results
    )


def test_a_headline_that_most_rules_turn_round_says_so() -> None:
    counts = [(30, 20), *((20, 30 + more) for more in range(4))]
    facts = headline_facts(compared(counts), definitions(5), "Gemma", "Mistral", "why")
    assert facts["derivatives.headline.title"]["text"] == (
        "Gemma has 1.5 times as many derivatives as Mistral by this page’s rule, fewer by 4 of 5 results"
    )
    assert facts["derivatives.headline.sentence"]["text"].endswith("Gemma is ahead by 1 of 5 results in all.")
    grid = grid_facts(compared(counts), "Gemma", "Mistral", "why")
    assert grid["derivatives.grid.title"]["text"] == "Mistral is ahead of Gemma by 4 of 5 results, Gemma by one"


def test_ratios_below_one_are_read_from_the_other_side() -> None:
    grid = grid_facts(compared([(1, 1000), (19, 1000)]), "Marin", "Llama", "why")
    assert grid["derivatives.grid.title"]["text"] == (
        "By every rule of declared links, Llama has 53 to 1,000 times as many derivatives as Marin"
    )


def test_too_few_to_compare_says_how_many_there_are() -> None:
    asked = pl.DataFrame({"definition": ["a", "b"], "label": ["by name", "by shape"], "in_grid": [True, True]})
    counts = pl.DataFrame(
        {"definition": ["a", "a", "b"], "group": ["OLMo", "Phi", "Phi"], "derivatives": [18.0, 74.0, 72.0]}
    )

    class Params:
        class report:  # noqa: N801
            subject, reference = "OLMo", "Phi"

        class derivatives:  # noqa: N801
            minimum_derivatives = 100

    assert too_few(asked, counts, Params).endswith("(by name) finds 18 of OLMo and 74 of Phi.")  # type: ignore[arg-type]
    assert too_few(asked, counts.clear(), Params).endswith("no rule finds any here.")  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------ surface

SHARES = st.sampled_from([0.0, 0.02, 0.05, 0.18, 0.2, 0.201, 0.36, 1.0])


def index(now: tuple[float, float], loose: tuple[float, float]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "month": [date(2026, 4, 1)] * 2,
            "family": ["Marin", "Llama"],
            "index": list(now),
            "index_loose": list(loose),
        }
    )


@given(st.tuples(SHARES, SHARES), st.tuples(SHARES, SHARES))
def test_a_looser_rule_that_turns_the_order_says_so(now: tuple[float, float], loose: tuple[float, float]) -> None:
    text = surface_facts.index_facts(index(now, loose), "Marin", "Llama", {}, 12)["surface.loosely"]["text"]
    strict, second = (Lead.of("Marin", count, "Llama", other).leader for count, other in (now, loose))
    if not any(loose):
        assert "neither covers any" in text
    elif strict == second:
        assert "stay" in text
    else:
        assert (f"by this rule {second} is ahead" if second else "by this rule they are about even") in text


def test_two_families_without_a_current_release_cover_nothing_together() -> None:
    facts = surface_facts.index_facts(index((0.0, 0.0), (0.0, 0.0)), "Marin", "Llama", {}, 12)
    assert facts["surface.title"]["text"] == "Neither Marin nor Llama has a current release on the grid"
    assert facts["surface.sentence"]["text"].startswith("In April 2026, neither Marin nor Llama has a current release")
    only = surface_facts.index_facts(index((0.0, 0.08), (0.0, 0.1)), "Marin", "Llama", {}, 12)
    assert only["surface.title"]["text"] == "Llama covers 8% of sizes and modalities, Marin none"


def test_one_that_released_nothing_for_long_is_named_with_its_last_release() -> None:
    last = {"Marin": date(2026, 2, 1), "Llama": date(2025, 4, 28)}
    facts = surface_facts.index_facts(index((0.27, 0.0), (0.3, 0.1)), "Marin", "Llama", last, 12)
    assert facts["surface.title"]["text"] == "Marin kept releasing; Llama’s last release is of April 2025"
    assert facts["surface.sentence"]["text"].endswith("of April 2025, and a release is current for 12 months.")
    turned = surface_facts.index_facts(index((0.0, 0.27), (0.3, 0.1)), "Marin", "Llama", last, 12)
    assert turned["surface.title"]["text"] == "Llama covers 27% of sizes and modalities, Marin none"


@given(*[st.integers(0, 30), st.integers(1, 30)] * 2)
def test_releases_of_a_year_are_counted_in_words_that_fit(count: int, days: int, other: int, other_days: int) -> None:
    cadence = pl.DataFrame(
        {
            "family": ["Yi", "Falcon"],
            "quarter": [date(2026, 1, 1)] * 2,
            "is_partial": False,
            "releases": [count, other],
            "release_days": [days, other_days],
        }
    )
    facts = surface_facts.cadence_facts(cadence, "Yi", "Falcon")
    for each in facts.values():
        assert not re.search(r"\b1 (models|days|dated releases)\b|\b0 ", each["text"]), each["text"]
    title = facts["surface.cadence.title"]["text"]
    if count > other * 1.05:
        assert title.startswith("Yi released")
    if count == other == 0:
        assert title.startswith("Neither Yi nor Falcon")


def test_one_release_is_no_plural() -> None:
    row = {"family": "Gemma", "releases": 1, "smallest": 1e9, "largest": 1e9, "modalities": ["text"], "unsized": 0}
    catalogue = pl.DataFrame([row | {"undated": 1, "timed": 1, "median_days_to_tenth": 219.0}])
    facts = surface_facts.catalogue_facts(catalogue, "Gemma", "Mistral", Completeness({"createdAt": 1.0}))
    assert facts["surface.speed"]["text"].endswith("Gemma 219 days over 1 release.")
    assert facts["surface.catalogue.sentence"]["text"] == (
        "Gemma has 1 release on the register, from 1.0B to 1.0B, for text; one lacks a date, so the grid leaves it "
        "out. The register has no release of Mistral."
    )


# ------------------------------------------------------------------------------- other comparisons


@given(*[st.integers(0, 500)] * 4)
def test_with_and_without_mass_uploaders_each_in_its_own_order(
    count: int, other: int, count_without: int, other_without: int
) -> None:
    groups = pl.DataFrame(
        {
            "group": ["Gemma", "Mistral"],
            "repositories": [count, other],
            "repositories_without_ten": [count_without, other_without],
        }
    )
    text = without_ten_facts(groups, "Gemma", "Mistral")["anatomy.without_ten.sentence"]["text"]
    parts = re.findall(r"(?:uploader,|families,) (.+?) \(([\d,]+) against ([\d,]+)\)", text)
    for (clause, first, second), (first_count, second_count) in zip(
        parts, ((count, other), (count_without, other_without)), strict=True
    ):
        assert agrees(clause, {"Gemma": first_count, "Mistral": second_count})
        named = {"Gemma": first_count, "Mistral": second_count}
        order = sorted(named, key=clause.index)
        assert [reads(first), reads(second)] == [named[name] for name in order]


@given(st.dictionaries(st.sampled_from(["as declared", "by shape", "by name"]), st.tuples(*[st.integers(0, 99)] * 2)))
def test_who_is_ahead_under_which_evidence(evidence: dict[str, tuple[int, int]]) -> None:
    title = facts_undeclared.ahead(evidence, SUBJECT, REFERENCE)
    leaders = {Lead.of(SUBJECT, count, REFERENCE, other).leader for count, other in evidence.values()}
    assert (SUBJECT + " is ahead" in title or f", {SUBJECT} " in title) == (SUBJECT in leaders)
    assert (REFERENCE + " is ahead" in title or f", {REFERENCE} " in title) == (REFERENCE in leaders)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=4, max_size=4))
def test_the_gap_names_who_has_more(rows: list[tuple[int, int]]) -> None:
    assume(any(count or other for count, other in rows))
    net = sum(count - other for count, other in rows)
    kinds = list(facts_bases.KIND_WORDS)
    gap = pl.DataFrame(
        {
            "is_shown": True,
            "definition": "family.shape",
            "label": "by shape",
            "kind": kinds,
            "subject_derivatives": [float(count) for count, _ in rows],
            "reference_derivatives": [float(other) for _, other in rows],
            "gap": [float(count - other) for count, other in rows],
        }
    )
    title = facts_bases.gap_facts(gap, SUBJECT, REFERENCE)["gap.title"]["text"]
    if net:
        assert f"{SUBJECT if net > 0 else REFERENCE}’s lead over {REFERENCE if net > 0 else SUBJECT}" in title
    else:
        assert "are even" in title
        assert "by 0" not in title


# --------------------------------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0%"), (0.0009, "0.09%"), (0.163, "16%"), (0.994, "99%"), (0.997, "99.7%"), (0.99996, "99.996%"), (1, "100%")],
)
def test_all_but_a_few_is_not_all(share: float, text: str) -> None:
    assert words.percent(share) == text


@given(st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_a_share_reads_as_none_or_all_only_where_it_is(share: float) -> None:
    assume(1e-7 < share < 1 - 1e-7)
    assert words.percent(share) not in ("0%", "100%")


@given(st.floats(1e-6, 1e3), st.floats(1.01, 1e6))
def test_an_axis_of_ratios_has_few_ticks_wherever_it_lies(low: float, factor: float) -> None:
    ticks = ratio_ticks(low, low * factor)
    assert len(ticks) <= MANY_TICKS
    assert ticks == sorted(set(ticks))
    assert ticks or factor < 1.6


def test_a_relation_that_no_tag_states_is_not_counted_as_none() -> None:
    base = {"is_out": True, "evidence": "declared", "months_since_release": 1, "own_releases": 0, "merge": 0}
    unstated = {"finetune_corrected": 0, "adapter": 0, "quantized_corrected": 240, "all_relations": 500}
    bases = pl.DataFrame([base | unstated | {"mixture": "moe"}, base | unstated | {"mixture": "dense"}])
    facts = facts_bases.base_facts(bases, "census")
    assert facts["bases.title"]["text"] == "Most derivatives of registered bases do not say how they were made"
    assert (
        "500 derivatives of 1 registered dense bases: 240 by quantizing, 260 in a way" in facts["bases.answer"]["text"]
    )
    assert " 0 by" not in facts["bases.answer"]["text"]


def test_a_ratio_to_one_derivative_is_not_given() -> None:
    facts = headline_facts(compared([(1, 987)]), definitions(1), "Marin", "Llama", "why")
    assert facts["derivatives.headline.title"]["text"] == "Llama has 987 derivatives, Marin 1"
    assert facts["derivatives.headline.sentence"]["text"] == (
        "Counted by rule 0, Marin has 1 derivative in this snapshot and Llama 987: too few of Marin for a ratio."
    )


def test_rules_that_find_about_as_many_have_no_range() -> None:
    grid = grid_facts(compared([(1010, 1000), (1020, 1000)]), SUBJECT, REFERENCE, "why")
    assert grid["derivatives.grid.title"]["text"] == (
        "By every rule of declared links, Qwen has about as many derivatives as Llama"
    )


def test_where_only_the_headlines_rules_fail_the_others_are_not_denied() -> None:
    facts = headline_facts(
        compared([(300, 200)], headline=9), definitions(1), SUBJECT, REFERENCE, "A comparison takes more."
    )
    assert facts["derivatives.headline.title"]["text"] == "No rule of this page compares Qwen with Llama"
    assert "Other rules do" in facts["derivatives.headline.sentence"]["text"]
    assert "takes more" not in facts["derivatives.headline.sentence"]["text"]


def test_no_one_leads_in_years_without_any() -> None:
    assert leads([(2023, SUBJECT), (2025, SUBJECT)]) == "Qwen led in every year from 2023 to 2025 that has any"
    assert leads([(2023, SUBJECT), (2024, SUBJECT)]) == "Qwen led in every year from 2023 to 2024"


@pytest.mark.parametrize(
    ("models", "title"),
    [
        ({"unspecified": 60, "merge": 40}, "Most declared derivatives do not say how they were made"),
        ({"unspecified": 40, "merge": 35, "adapter": 25}, "More than of any kind, declared derivatives do not say how"),
        ({"merge": 40, "adapter": 35, "finetune": 25}, "The largest group: merges"),
        ({"merge": 60, "adapter": 40}, "Most declared derivatives are merges"),
    ],
)
def test_the_largest_relation_is_most_only_where_it_is(models: dict[str, int], title: str) -> None:
    relations = pl.DataFrame({"relation": list(models), "models": list(models.values())}).with_columns(
        links=pl.col("models"), self_links=0
    )
    assert lineage_facts(relations)["relations.title"]["text"].startswith(title)


def test_the_one_repository_of_a_snapshot_is_no_plural() -> None:
    assert words.counted(1, "repository") == "1 repository"
    assert words.counted(2, "repository") == "2 repositories"
    assert words.counted(0, "day") == "no days"
