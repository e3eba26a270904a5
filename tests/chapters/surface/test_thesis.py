"""Whether derivatives follow surface area or quality: known answers come out, what cannot be measured is refused."""

import os
import subprocess
import sys
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest

from pipeline import register
from pipeline.base import params as parameters
from pipeline.base.facts import Facts, report_facts
from pipeline.base.params import Params
from pipeline.base.paths import PROJECT, Paths
from pipeline.base.results import Tables
from pipeline.chapters.surface import facts_thesis, regression, thesis
from pipeline.chapters.surface.regression import Design
from pipeline.charts.kit.figure import Absent, Figure
from pipeline.charts.kit.theme import BODY
from pipeline.charts.surface import thesis as charts
from tests.conftest import Report

TODAY = date(2026, 10, 1)
FAMILIES = [f"F{number:02}" for number in range(12)]
EACH = 25


@cache
def params() -> Params:
    return parameters.load(Paths().params)


# -------------------------------------------------------------------------------------- estimator


def simulated(seed: int, families: int, each: int, effects: tuple[float, ...], between: float = 0.0) -> Design:
    """Counts with a constant of 1, these effects of standard normal columns, alpha 1.5, and families that differ."""
    rng = np.random.default_rng(seed)
    n = families * each
    matrix = np.column_stack([np.ones(n), rng.normal(size=(n, len(effects)))])
    of = np.repeat(np.arange(families), each)
    offset = np.log(rng.uniform(3, 40, n)) - 2
    mean = np.exp(matrix @ np.array([1.0, *effects]) + offset + between * rng.normal(size=families)[of])
    counts = rng.poisson(mean * rng.gamma(1 / 1.5, 1.5, n)).astype(float)
    return Design(counts, offset, matrix, of)


def test_known_coefficients_come_out() -> None:
    design = simulated(1, 40, 50, (0.8, -0.4, 0.0))
    found = regression.fit(design)
    truth = np.array([1.0, 0.8, -0.4, 0.0])
    assert np.abs(found.coefficients - truth).max() < 0.1
    assert found.alpha == pytest.approx(1.5, abs=0.12)
    assert found.pearson == pytest.approx(1, abs=0.15)


def test_counts_without_dispersion_are_refused_not_fudged() -> None:
    design = simulated(3, 10, 20, (0.1,))
    even = Design(np.full(200, 4.0), np.zeros(200), design.matrix, design.families)
    with pytest.raises(regression.NotFittedError):
        regression.fit(even)


def test_a_coefficient_beyond_the_bound_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    design = simulated(1, 40, 50, (0.8, -0.4, 0.0))  # its constant is 1
    monkeypatch.setattr(regression, "RUN_OFF", 0.9)
    with pytest.raises(regression.NotFittedError):
        regression.fit(design)


def test_a_column_that_others_add_up_to_is_left_out() -> None:
    matrix = np.column_stack([np.ones(4), [1.0, 0, 1, 0], [0, 1.0, 0, 1], [0, 0, 0, 0], [1.0, 2, 3, 5]])
    assert regression.independent(matrix) == [0, 1, 4]


def test_leaving_out_the_family_that_carries_an_effect_takes_it_away() -> None:
    design = simulated(4, 10, 40, (0.0,))
    carried = design.counts.copy()
    first = design.families == 0
    carried[first] = np.round(carried[first] * np.exp(1.5 * design.matrix[first, 1]))
    altered = Design(carried, design.offset, design.matrix, design.families)
    without = regression.without_each(altered, regression.fit(altered))[:, 1]
    assert int(np.argmin(without)) == 0
    assert without[0] == pytest.approx(0, abs=0.12)


def test_without_any_family_the_likeliest_coefficients_are_reached() -> None:
    """Where nine releases of ten have nothing and a few have thousands, too, no term's score has anything left."""
    design = simulated(5, 12, 40, (0.5, 0.2))
    rng = np.random.default_rng(5)
    some = np.where(rng.uniform(size=design.counts.size) < 0.9, 0.0, design.counts)
    counts = np.round(some * np.exp(2 * rng.normal(size=some.size))).astype(np.float64)
    design = Design(counts, design.offset, design.matrix, design.families)
    fitted = regression.fit(design)
    for family, coefficients in enumerate(regression.without_each(design, fitted)):
        rows = design.families != family
        counts, matrix = design.counts[rows], design.matrix[rows]
        mean = np.exp(matrix @ coefficients + design.offset[rows])
        score = matrix.T @ ((counts - mean) / (1 + fitted.alpha * mean))
        assert score == pytest.approx(0, abs=1e-6)


# ---------------------------------------------------------------------------------- randomisation


def family_term(design: Design, seed: int) -> tuple[Design, Any]:
    """The design with a column that belongs to families as wholes, and its exchange."""
    of_family = np.random.default_rng(1000 + seed).normal(size=design.n_families)
    wide = np.column_stack([design.matrix, of_family[design.families]])
    return Design(design.counts, design.offset, wide, design.families), lambda order: of_family[order][design.families]


def test_p_values_are_uniform_where_nothing_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Families differ by more than chance, which a test that took releases for independent would call an effect."""
    monkeypatch.setattr(regression, "DRAWS", 199)
    p: dict[str, list[float]] = {"exchanged": [], "turned": []}
    for seed in range(120):
        design, values = family_term(simulated(seed, 11, 8, (0.0,), between=0.7), seed)
        p["exchanged"].append(regression.families_exchanged(design, 2, values).p)
        p["turned"].append(regression.signs_flipped(design, 1).p)
    for kind, found in p.items():
        ordered = np.sort(found)
        gap = np.abs(ordered - np.arange(1, 121) / 120).max()
        assert gap < 1.63 / np.sqrt(120), kind  # Kolmogorov and Smirnov at 1 %
        assert 0.01 < np.mean(ordered <= 0.1) < 0.2, kind


def test_an_effect_of_families_is_found_by_exchanging_them() -> None:
    base = simulated(5, 12, 20, (0.0,), between=0.3)
    design, values = family_term(base, 5)
    rng = np.random.default_rng(6)
    stronger = rng.poisson(np.exp(1 + design.offset + 0.8 * design.matrix[:, 2])).astype(float)
    assert regression.families_exchanged(Design(stronger, *list(vars(design).values())[1:]), 2, values).p < 0.01


def test_every_turn_is_taken_where_families_are_few() -> None:
    assert regression.signs_flipped(simulated(7, 8, 10, (0.0,)), 1).arrangements == 2**8
    assert regression.signs_flipped(simulated(7, 11, 10, (0.0,)), 1).arrangements == regression.DRAWS + 1


# ------------------------------------------------------------------------------- the study, altered


def world(seed: int = 11) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Twelve families that cover more or less of the grid, their releases and scores; derivatives are to be added."""
    rng = np.random.default_rng(seed)
    months = pl.date_range(date(2023, 1, 1), date(2026, 10, 1), "1mo", eager=True)
    level = rng.permutation(np.linspace(0.02, 0.5, len(FAMILIES)))
    index = pl.concat(
        pl.DataFrame(
            {
                "family": family,
                "month": months,
                "index": level[number] * np.clip(np.linspace(0.3, 1, months.len()) + rng.normal(0, 0.1), 0.1, 1),
            }
        )
        for number, family in enumerate(FAMILIES)
    )
    n = EACH * len(FAMILIES)
    days = rng.integers(date(2023, 2, 1).toordinal(), date(2026, 6, 1).toordinal(), n)
    classes = ["1B to 4B", "4B to 10B", "10B to 40B"]
    picked = rng.integers(0, 3, n)
    frame = pl.DataFrame(
        {
            "model": [f"{FAMILIES[row % 12]}/m{row:03}" for row in range(n)],
            "family": [FAMILIES[row % 12] for row in range(n)],
            "released": [date.fromordinal(day) for day in days],
            "age_days": TODAY.toordinal() - days,
            "total": np.array([2, 7, 20])[picked] * 10**9,
            "score": np.clip(rng.normal(60, 12, n), 20, 95),
            "size_class": np.array(classes)[picked],
            "modality": rng.choice(["text", "vision", "code"], n),
            "licence_class": rng.choice(["permissive", "restricted"], n),
            "gated": rng.choice(["open", "gated"], n),
            "mixture": rng.choice(["dense", "moe"], n),
        }
    )
    return frame.sort("model"), index


def following(surface: float, score: float, seed: int = 12) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The world in which derivatives follow surface and score as strongly as stated (log rate for ten points)."""
    frame, index = world()
    rng = np.random.default_rng(seed)
    joined = frame.with_columns(month=pl.col("released").dt.truncate("1mo")).join(
        index, on=["family", "month"], how="left", maintain_order="left"
    )
    of = joined["family"].rank("dense").to_numpy() - 1
    rate = surface * joined["index"].to_numpy() * 10 + score * (joined["score"].to_numpy() - 60) / 10
    mean = np.exp(0.3 + rate + np.log(joined["age_days"].to_numpy() / 30) + 0.2 * rng.normal(size=12)[of])
    counts = rng.poisson(mean * rng.gamma(1.0, 1.0, mean.size))
    return frame.with_columns(derivatives=pl.Series(counts, dtype=pl.Int64)), index


def quoted(found: thesis.Study) -> Facts:
    out = {"thesis": found.terms, "thesis_fit": found.fits, "thesis_expected": found.expected}
    return facts_thesis.facts(Tables(out), params())


def direction(found: thesis.Study, name: str) -> int:
    """1 where more of it clearly goes with more derivatives, -1 with fewer, 0 where neither is clear."""
    return facts_thesis.direction(facts_thesis.effect(found.terms, name), params().thesis.significance)


@cache
def studied(surface: float, score: float) -> thesis.Study:
    return thesis.study(*following(surface, score), params().thesis, "census")


@pytest.mark.parametrize(
    ("surface", "score", "verdict"),
    [(0.6, 0.0, "surface"), (0.0, 0.6, "quality"), (0.6, 0.6, "both"), (0.0, 0.0, "neither")],
)
def test_the_verdict_follows_what_derivatives_follow(surface: float, score: float, verdict: str) -> None:
    found = studied(surface, score)
    facts = quoted(found)
    assert facts["thesis.verdict"]["value"] == verdict
    assert not found.fits["refused"].any()
    assert facts["thesis.surface.effect"]["value"] == pytest.approx(np.exp(surface), rel=0.25)
    assert facts["thesis.quality.effect"]["value"] == pytest.approx(np.exp(score), rel=0.25)
    assert direction(found, "surface") == int(surface > 0)
    assert direction(found, "quality") == int(score > 0)


def test_title_and_sentence_turn_with_the_verdict() -> None:
    worlds = [quoted(studied(*effects)) for effects in ((0.6, 0.0), (0.0, 0.6), (0.6, 0.6), (0.0, 0.0))]
    for key in ("thesis.title", "thesis.sentence"):
        assert len({facts[key]["text"] for facts in worlds}) == 4
    assert "(clear, p = " in worlds[0]["thesis.sentence"]["text"]
    assert worlds[1]["thesis.sentence"]["text"].count("not clear") == 1


def test_derivatives_that_run_against_scores_are_not_called_quality() -> None:
    found = studied(0.0, -0.6)
    assert direction(found, "quality") == -1
    assert quoted(found)["thesis.verdict"]["value"] == "neither"


def test_the_order_of_the_rows_changes_nothing() -> None:
    frame, index = following(0.6, 0.0)
    again = thesis.study(
        frame.sample(fraction=1, shuffle=True, seed=1),
        index.sample(fraction=1, shuffle=True, seed=2),
        params().thesis,
        "census",
    )
    assert again.terms.equals(studied(0.6, 0.0).terms)
    assert again.fits.equals(studied(0.6, 0.0).fits)


def test_observed_and_expected_add_up() -> None:
    found = studied(0.6, 0.6)
    for model in ("surface", "quality"):
        parts = found.expected.filter(pl.col("model") == model)
        fit = found.fits.filter(pl.col("model") == model).row(0, named=True)
        assert parts.filter(kind="family")["observed"].sum() == fit["derivatives"]
        for column in ("observed", "expected"):
            assert parts.filter(kind="count")[column].sum() == pytest.approx(fit["releases"], rel=1e-3)
        assert fit["log_likelihood"] > fit["log_likelihood_constant"] > fit["log_likelihood_poisson"]


def test_twice_the_exposure_and_twice_the_count_is_the_same_rate() -> None:
    """Rate ratios of what does not hang on age stay when every release gathers for a quarter longer at its pace."""
    frame, index = following(0.6, 0.0)
    longer = frame.with_columns(pl.col("age_days") * 2, pl.col("derivatives") * 2)
    before = studied(0.6, 0.0).terms.filter(model="surface", term="surface")["rate_ratio"].item()
    after = thesis.study(longer, index, params().thesis, "census").terms.filter(model="surface", term="surface")
    assert after["rate_ratio"].item() == pytest.approx(before, rel=0.05)


# --------------------------------------------------------------------------------------- refusals


def refusal(frame: pl.DataFrame, coverage: str = "census") -> thesis.Study:
    return thesis.study(frame, world()[1], params().thesis, coverage)


def refused(frame: pl.DataFrame) -> Facts:
    return quoted(refusal(frame))


@pytest.mark.parametrize("coverage", ["sample", "slice"])
def test_anything_but_a_census_is_refused(coverage: str) -> None:
    found = refusal(following(0.6, 0.0)[0], coverage)
    facts = quoted(found)
    assert facts["thesis.verdict"]["value"] == "refused"
    assert f"The snapshot is a {coverage}" in facts["thesis.reason"]["text"]
    assert facts["thesis.surface.effect"]["value"] is None
    assert found.terms.is_empty()
    assert found.fits["refused"].all()


def test_too_few_releases_and_families_are_named_with_what_is_needed() -> None:
    facts = refused(following(0.6, 0.0)[0].filter(pl.col("family") < "F06"))
    assert "150 dated and sized releases where 200 are needed" in facts["thesis.reason"]["text"]
    assert "6 families with such releases where 8 are needed" in facts["thesis.reason"]["text"]
    assert facts["thesis.verdict"]["value"] == "refused"


def test_without_declared_derivatives_it_refuses() -> None:
    facts = refused(following(0.6, 0.0)[0].with_columns(derivatives=pl.lit(0, pl.Int64)))
    assert "No release has a declared derivative" in facts["thesis.reason"]["text"]


def test_a_class_that_nobody_builds_on_has_no_likeliest_rate_and_is_refused() -> None:
    none = pl.when(pl.col("gated") == "gated").then(0).otherwise(pl.col("derivatives"))
    facts = refused(following(0.6, 0.0)[0].with_columns(derivatives=none.cast(pl.Int64)))
    assert facts["thesis.verdict"]["value"] == "refused"
    assert "has no maximum that can be found" in facts["thesis.sentence"]["text"]


def test_one_release_that_has_all_leaves_a_singular_matrix_and_is_refused() -> None:
    first = pl.when(pl.int_range(pl.len()) == 0).then(2000).otherwise(0)
    facts = refused(following(0.6, 0.0)[0].with_columns(derivatives=first.cast(pl.Int64)))
    assert facts["thesis.verdict"]["value"] == "refused"
    assert "has no maximum that can be found" in facts["thesis.sentence"]["text"]


def test_without_scores_quality_is_not_measured_and_the_rest_is() -> None:
    facts = refused(following(0.6, 0.0)[0].with_columns(score=pl.lit(None, pl.Float64)))
    assert facts["thesis.verdict"]["value"] == "quality_not_measured"
    assert facts["thesis.title"]["text"] == "Derivatives follow surface area; quality is not measured here"
    assert "0 dated and sized releases with a score on MMLU where 40 are needed" in facts["thesis.sentence"]["text"]
    assert facts["thesis.quality.effect"]["value"] is None
    assert facts["thesis.surface.effect"]["value"] is not None


def test_young_undated_and_unsized_releases_and_small_families_are_left_out() -> None:
    frame = following(0.0, 0.0)[0].with_row_index()
    altered = frame.with_columns(
        age_days=pl.when(pl.col("index") == 0).then(10).otherwise("age_days"),
        total=pl.when(pl.col("index") != 1).then("total"),
        released=pl.when(pl.col("index") != 2).then("released"),
        family=pl.when(pl.col("index") == 3).then(pl.lit("alone")).otherwise("family"),
    ).drop("index")
    assert thesis.usable(altered, params().thesis).height == frame.height - 4


def test_rare_classes_are_pooled_and_the_reference_never() -> None:
    frame = following(0.0, 0.0)[0].with_row_index()
    altered = frame.with_columns(
        modality=pl.when(pl.col("index") < 3).then(pl.lit("audio")).otherwise("modality"),
        mixture=pl.when(pl.col("index") < 2).then(pl.lit("dense")).otherwise(pl.lit("moe")),
    )
    found = thesis.pooled(altered)
    assert found.filter(pl.col("index") < 3)["modality"].to_list() == ["other"] * 3
    assert set(found["mixture"]) == {"dense", "moe"}


# ------------------------------------------------------------------------------------- the report


@pytest.mark.parametrize("which", ["sample", "hub_slice"])
def test_sample_and_slice_say_in_the_figures_place_why_not(which: str, request: pytest.FixtureRequest) -> None:
    report: Report = request.getfixturevalue(which)
    assert report.table("thesis_fit")["refused"].all()
    assert report.fact("thesis.verdict") == "refused"
    facts = report.facts()
    found = charts.effects(report.table("thesis"), facts)
    assert isinstance(found, Absent)
    assert "The snapshot is a" in found.reason
    assert isinstance(charts.by_family(report.table("thesis_expected"), families(), facts), Absent)


def families() -> pl.DataFrame:
    return register.load("families", Paths().register)


def test_every_effect_is_drawn_with_its_range_and_no_interval_on_a_log_axis(sample: Report) -> None:
    found = studied(0.6, 0.6)
    facts = sample.facts() | report_facts(params()) | quoted(found)
    drawn = charts.effects(found.terms, facts)
    assert isinstance(drawn, Figure)
    assert "95%" not in drawn.subtitle + drawn.description + facts.text("thesis.sentence")
    assert "no interval" in drawn.subtitle
    assert drawn.title == "Derivatives follow both surface area and quality"
    assert '"type": "log"' in str(drawn.draw(BODY).to_json())
    assert "role-mark" in drawn.html
    assert {"surface", "score"} <= set(drawn.table["term"])
    assert isinstance(charts.by_family(found.expected, families(), facts), Figure)


THREADS = """
from tests.chapters.surface import test_thesis as t
found = t.studied(0.6, 0.6)
print(found.terms.hash_rows().to_list(), found.fits.to_dicts(), found.expected.to_dicts())
"""


def test_one_thread_and_two_give_the_same_numbers() -> None:
    printed = []
    for threads in ("1", "2"):
        names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "POLARS_MAX_THREADS")
        environment = os.environ | dict.fromkeys(names, threads)
        command = [sys.executable, "-c", THREADS]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=PROJECT, check=False)
        assert done.returncode == 0, done.stderr
        printed.append(done.stdout)
    assert printed[0] == printed[1]
