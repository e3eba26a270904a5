"""What people build on: whom a base's derivatives are, what its size and kind are, where a gap sits."""

from typing import Any

import polars as pl
import pytest

from pipeline import register
from pipeline.base import tables
from pipeline.base.facts import Facts, PageFacts
from pipeline.base.results import Tables
from pipeline.base.vocabulary import BASE_KINDS, RELATIONS
from pipeline.chapters.derivatives import facts_bases, gap
from pipeline.charts.derivatives import bases as charts
from pipeline.charts.derivatives import gap as gap_charts
from pipeline.charts.kit.figure import Absent, Figure
from pipeline.charts.kit.theme import BODY, PHONE
from tests.conftest import Report, hub_rows
from tests.counting.memory import REGISTER, altered_hub, hub, settings

SMALL, LARGE, MIXTURE = "Qwen/Qwen2.5-7B", "Qwen/Qwen2.5-72B", "mistralai/Mixtral-8x7B-v0.1"
LLAMA = "meta-llama/Llama-3.1-8B"
FAMILIES = register.load("families", REGISTER)
PARAMS = settings(derivatives={"minimum_derivatives": 1})


@pytest.fixture(scope="module")
def moe(sample: Report) -> pl.DataFrame:
    """Counted parameters of registered releases, whatever the snapshot."""
    return sample.table("moe")


def built_on(base: str, relation: str, n: int, uploader: str = "u") -> list[dict[str, Any]]:
    return [
        {"id": f"{uploader}{i}/{relation}-{base.split('/')[-1]}", "tags": [f"base_model:{relation}:{base}"]}
        for i in range(n)
    ]


def bases_of(moe: pl.DataFrame, *rows: dict[str, Any], day: str = "2026-10-01") -> dict[str, pl.DataFrame]:
    return hub(hub_rows(*rows), day=day).bases(moe)


def split(moe: pl.DataFrame, *rows: dict[str, Any]) -> Tables:
    """Every table of the chapter: where the gap is asks for definitions, too."""
    return hub(hub_rows(*rows)).derivatives(PARAMS, moe)


def base(found: dict[str, pl.DataFrame], model: str, evidence: str = "declared") -> dict[str, Any]:
    return found["bases"].row(by_predicate=(pl.col("model") == model) & (pl.col("evidence") == evidence), named=True)


def facts_of(found: dict[str, pl.DataFrame] | Tables, known: Facts) -> PageFacts:
    """Facts that the two figures quote; `known`: those on the snapshot, of some report."""
    quoted = facts_bases.base_facts(found["bases"], "census")
    return PageFacts(known | quoted | (facts_bases.gap_facts(found["gap"], "Qwen", "Llama") if "gap" in found else {}))


def per_base(found: dict[str, pl.DataFrame] | Tables, known: Facts) -> Figure | Absent:
    return charts.per_base(found["bases"], FAMILIES, facts_of(found, known))


def drawn(report: Report) -> Figure | Absent:
    return charts.per_base(report.table("bases"), FAMILIES, report.facts())


def where(found: Tables, known: Facts) -> Figure | Absent:
    return gap_charts.gap(found["gap"], FAMILIES, facts_of(found, known))


# ----------------------------------------------------------------------------------------- bases


def test_the_makers_own_releases_stand_apart(moe: pl.DataFrame) -> None:
    own = {"id": "Qwen/Qwen2.5-7B-Instruct", "tags": [f"base_model:finetune:{SMALL}"]}
    found = base(bases_of(moe, own, *built_on(SMALL, "finetune", 2)), SMALL)
    assert (found["finetune"], found["all_relations"], found["own_releases"]) == (2, 2, 1)
    assert found["descendants"] == 3, "descendants hold everybody's"


def test_a_base_without_derivatives_has_zero_not_nothing(moe: pl.DataFrame) -> None:
    built = bases_of(moe, *built_on(SMALL, "finetune", 1))
    assert base(built, LARGE)["finetune"] == base(built, LARGE)["descendants"] == 0
    rows = built["base_classes"].filter(relation="finetune", mixture="dense", size_class="4B to 10B")
    dense = rows.row(0, named=True)
    assert dense["bases"] > 200, "those with none count"
    assert (dense["with_any"], dense["derivatives"], dense["median"]) == (1, 1, 0)


def test_a_conversion_tagged_as_fine_tune_is_a_quantization(moe: pl.DataFrame) -> None:
    found = base(bases_of(moe, {"id": "u/Qwen2.5-7B-MLX-4bit", "tags": [f"base_model:finetune:{SMALL}"]}), SMALL)
    assert (found["finetune"], found["finetune_corrected"], found["quantized_corrected"]) == (1, 0, 1)


def test_what_is_built_on_a_mirror_counts_once_and_beside_the_base(moe: pl.DataFrame) -> None:
    copies = register.load("mirrors", REGISTER).filter(original=LLAMA, mirror_class="same_weights")
    mirrors = copies["mirror"].to_list()
    assert len(mirrors) > 1
    both = [f"base_model:merge:{name}" for name in mirrors]
    rows = {"id": "u/merged", "tags": both}, {"id": "u/all", "tags": [*both, f"base_model:merge:{LLAMA}"]}
    found = base(bases_of(moe, *rows), LLAMA)
    assert found["mirrors"] == len(mirrors)
    assert (found["merge"], found["derivatives_of_mirrors"]) == (1, 1)


def test_what_is_released_later_is_no_base_yet(moe: pl.DataFrame) -> None:
    built = bases_of(moe, *built_on(LLAMA, "finetune", 1), day="2024-08-01")
    assert base(built, LLAMA)["is_out"]
    assert not base(built, SMALL)["is_out"]
    assert base(built, SMALL)["months_since_release"] is None
    assert built["base_classes"]["bases"].sum() < 4 * built["bases"].height / 2


def test_derivatives_per_month_are_over_months_out(sample: Report) -> None:
    rows = sample.table("bases").filter(pl.col("months_since_release") > 0)
    apart = rows["derivatives_per_month"] * rows["months_since_release"] - rows["all_relations"]
    assert (apart.abs() < 1e-9).all()


def test_every_base_keeps_its_relations_whole(hub_slice: Report) -> None:
    rows = hub_slice.table("bases")
    assert rows.select(pl.sum_horizontal(RELATIONS) == pl.col("all_relations")).to_series().all()
    corrected = pl.sum_horizontal("finetune_corrected", "adapter", "quantized_corrected", "merge")
    assert rows.select(corrected <= pl.col("all_relations")).to_series().all()


def test_directs_of_the_register_are_those_of_the_definition(hub_slice: Report) -> None:
    """The slice's Qwen and Llama parents are all registered, so bases add up to the direct count plus merges of two."""
    edges = tables.read(hub_slice.paths.core / "edges.parquet").filter(pl.col("evidence") == "declared")
    releases = register.load("releases", REGISTER).select(parent="model")
    declared = hub_slice.table("bases").filter(evidence="declared")
    every = int(declared["all_relations"].sum()) + int(declared["own_releases"].sum())
    assert every == edges.join(releases, on="parent").height


# ------------------------------------------------------------------------------------ what it says


def test_what_mixtures_attract_is_said_in_the_title(moe: pl.DataFrame, sample: Report) -> None:
    rows = (
        *built_on(MIXTURE, "quantized", 30),
        *built_on(MIXTURE, "finetune", 10),
        *built_on(SMALL, "finetune", 6),
        *built_on(SMALL, "quantized", 2),
    )
    built = bases_of(moe, *rows)
    found = per_base(built, sample.facts())
    assert isinstance(found, Figure)
    expected = "MoE models attract mainly quantizations (75%), dense bases mainly fine-tunes (75%)"
    assert facts_of(built, sample.facts()).text("bases.title") == expected
    assert "of MoE models and" in found.title
    assert found.title.endswith("of dense bases have three or more quantizations")
    assert "role-mark" in found.html


def test_few_derivatives_of_mixtures_are_called_few(hub_slice: Report) -> None:
    assert hub_slice.text("bases.title") == (
        "MoE models have 11 derivatives, mainly fine-tunes (7); dense bases 1,067, mainly fine-tunes"
    )
    assert "carry no firm share" in hub_slice.text("bases.caveat")
    mixtures = facts_bases.by_kind(hub_slice.table("bases").filter("is_out", evidence="declared", mixture="moe"))
    assert mixtures["own_releases"] > 2 * mixtures["derivatives"]


def test_a_sample_without_declared_parents_shows_no_panel_of_fine_tunes(sample: Report) -> None:
    assert set(sample.table("base_classes")["relation"]) == {"quantized"}
    assert sample.text("bases.title").startswith("This snapshot shows quantizations alone")
    found = drawn(sample)
    assert isinstance(found, Figure)
    assert "No panel for fine-tunes, adapters and merges" in str(found.note)
    assert ">Fine-tunes<" not in found.html


def test_bases_with_three_or_more_are_counted_among_all_of_their_size(moe: pl.DataFrame) -> None:
    rows = (*built_on(SMALL, "finetune", 3), *built_on(LARGE, "finetune", 2))
    built = bases_of(moe, *rows)["bases"].filter("is_out", evidence="declared").drop_nulls("size_class")
    shares = charts.by_class(built, ["finetune"])
    small = base({"bases": built}, SMALL)
    row = shares.filter(size_class=small["size_class"], mixture="dense").row(0, named=True)
    alike = built.filter(size_class=small["size_class"], mixture="dense").height
    assert (row["several"], row["bases"]) == (1, alike), "two derivatives are not several"
    assert charts.most(built, ["finetune"])["model"].to_list() == [SMALL, LARGE]


def test_every_relation_has_its_panel_on_both_widths(hub_slice: Report) -> None:
    found = drawn(hub_slice)
    assert isinstance(found, Figure)
    for chart in (found.draw(BODY), found.draw(PHONE)):
        titles = [panel["title"] for panel in chart.to_dict()["vconcat"]]
        assert titles == [*(name for name, _ in charts.PANELS.values()), "Bases with most derivatives"]


def test_without_any_link_both_figures_give_the_reason(moe: pl.DataFrame, sample: Report) -> None:
    built = split(moe, {"id": "someone/thing"})
    for found in (per_base(built, sample.facts()), where(built, sample.facts())):
        assert isinstance(found, Absent)
        assert len(found.reason) > 40
    assert built["gap"].is_empty()


# ------------------------------------------------------------------------------------------- gap


@pytest.mark.parametrize("which", ["sample", "hub_slice"])
def test_the_kinds_add_up_to_the_definition(which: str, request: pytest.FixtureRequest) -> None:
    report = request.getfixturevalue(which)
    counts = report.table("derivatives")
    split = report.table("gap").group_by("definition").agg(pl.col("subject_derivatives", "reference_derivatives").sum())
    assert split.height >= 2
    for definition, subject, reference in split.iter_rows():
        of = dict(counts.filter(pl.col("definition") == definition).select("group", "derivatives").iter_rows())
        assert (subject, reference) == pytest.approx((of["Qwen"], of["Llama"]))


def test_the_shown_rule_is_declared_where_declared_else_shape(sample: Report, hub_slice: Report) -> None:
    shown = [report.table("gap").filter("is_shown")["definition"].unique().item() for report in (sample, hub_slice)]
    assert shown == ["family.shape", "family.declared.transitive.all"]
    assert hub_slice.table("gap").filter("is_shown").height == len(BASE_KINDS)


def test_names_alone_do_not_tell_the_base(moe: pl.DataFrame, sample: Report) -> None:
    rows = [{"id": f"u{i}/{name}-tuned"} for i in range(3) for name in ("qwen", "llama")]
    built = split(moe, *rows)
    assert built["ratios"].height
    found = where(built, sample.facts())
    assert isinstance(found, Absent)
    assert "A name alone does not say which size was built on" in found.reason


def test_a_merge_of_several_kinds_counts_in_equal_parts(moe: pl.DataFrame, sample: Report) -> None:
    both = [f"base_model:merge:{SMALL}", f"base_model:merge:{LARGE}"]
    built = split(moe, {"id": "u/merged", "tags": both}, *built_on(LLAMA, "finetune", 1))
    shown = dict(built["gap"].filter("is_shown").select("kind", "subject_derivatives").iter_rows())
    assert shown["dense under 10B"] == shown["dense 10B and more"] == 0.5
    assert isinstance(where(built, sample.facts()), Figure)


def test_a_gap_of_nothing_is_even(moe: pl.DataFrame, sample: Report) -> None:
    built = split(moe, *built_on(LARGE, "finetune", 3), *built_on(LLAMA, "finetune", 3, "v"))
    title = facts_of(built, {})["gap.title"]["text"]
    assert title == "Qwen and Llama are even; Qwen is ahead by 3 on dense bases of 10B and more"
    assert "Llama +3" in where(built, sample.facts()).html


def test_kinds_by_size_and_mixture() -> None:
    core = pl.DataFrame(
        {
            "id": ["a/small", "a/large", "a/experts", "a/packed", "a/unknown"],
            "mixture": ["dense", "dense", "moe", "dense", None],
            "parameters_total": [9_999_999_999, 10_000_000_000, None, 1, 5],
            "is_quantized_format": [False, False, False, True, False],
        }
    )
    releases = pl.DataFrame(schema={"model": pl.String, "mixture": pl.String, "parameters_total": pl.Int64})
    found = dict(gap.kinds_of(core, releases).iter_rows())
    assert found == {
        "a/small": "dense under 10B",
        "a/large": "dense 10B and more",
        "a/experts": "mixture of experts",
        "a/unknown": "size not known",
    }


# ------------------------------------------------------------------------------- as the snapshot moves


def totals(classes: pl.DataFrame) -> dict[tuple[str, str], int]:
    sums = classes.group_by("mixture", "relation").agg(pl.col("derivatives").sum())
    return {(mixture, relation): n for mixture, relation, n in sums.iter_rows()}


def by_kind(gap: pl.DataFrame, column: str = "gap") -> dict[str, float]:
    return dict(gap.filter("is_shown").select("kind", column).iter_rows())


def gap_title(gap: pl.DataFrame, subject: str = "Qwen", reference: str = "Llama") -> str:
    return facts_bases.gap_facts(gap, subject, reference)["gap.title"]["text"]


def test_fine_tunes_of_mixtures_relabelled_as_quantizations_turn_the_title(
    hub_slice: Report, moe: pl.DataFrame
) -> None:
    mixtures = register.load("releases", REGISTER).filter(mixture="moe")["model"].to_list()
    moved = {f"base_model:finetune:{model}": f"base_model:quantized:{model}" for model in mixtures}
    tags = pl.col("tags").list.eval(pl.element().replace(moved))
    made = altered_hub(hub_slice, lambda rows: rows.with_columns(tags))
    found = made.bases(moe)
    before, after = totals(hub_slice.table("base_classes")), totals(found["base_classes"])
    assert after["moe", "finetune"] == 0
    assert after["moe", "quantized"] == before["moe", "finetune"] + before["moe", "quantized"]
    assert {key: n for key, n in after.items() if key[0] == "dense"} == {
        key: n for key, n in before.items() if key[0] == "dense"
    }
    quoted = facts_bases.base_facts(found["bases"], "slice")
    assert "11 derivatives, mainly fine-tunes (7)" in hub_slice.text("bases.title")
    assert "11 derivatives, mainly quantizations (8)" in quoted["bases.title"]["text"]
    assert quoted["bases.answer"]["text"] != hub_slice.text("bases.answer")
    params = settings()
    gap = made.gap(made.counted(params), params, moe)
    assert gap_title(gap) == hub_slice.text("gap.title"), "relations do not move the gap"


def test_twice_the_conversions_of_mixtures_double_their_mean(sample: Report, moe: pl.DataFrame) -> None:
    mixtures = register.load("releases", REGISTER).filter(mixture="moe")["model"]
    again = pl.col("parent").is_in(mixtures.implode())
    twice = altered_hub(
        sample,
        inferred=lambda edges: pl.concat(
            [edges, edges.filter(again).with_columns(child=pl.lit("again/") + pl.col("child"))]
        ),
    ).bases(moe)
    before, after = totals(sample.table("base_classes")), totals(twice["base_classes"])
    assert after["moe", "quantized"] > 1.2 * before["moe", "quantized"]
    assert after["dense", "quantized"] == before["dense", "quantized"]
    assert facts_bases.base_facts(twice["bases"], "sample")["bases.title"]["text"] != sample.text("bases.title")


def test_a_lead_moved_to_small_bases_moves_the_title(hub_slice: Report, moe: pl.DataFrame) -> None:
    """All that build on a large dense Qwen build on a small one instead: the lead stays and moves."""
    large = register.load("releases", REGISTER).filter(
        pl.col("model").str.starts_with("Qwen/"), pl.col("parameters_total") >= 10e9, mixture="dense"
    )
    pattern = "^(base_model:(?:[a-z]+:)?)(?:" + "|".join(large["model"].str.escape_regex()) + ")$"
    tags = pl.col("tags").list.eval(pl.element().str.replace(pattern, "${1}Qwen/Qwen2.5-7B"))
    made, params = altered_hub(hub_slice, lambda rows: rows.with_columns(tags)), settings()
    gap = made.gap(made.counted(params), params, moe)
    assert hub_slice.text("gap.title").startswith("Qwen’s lead over Llama comes from dense bases of 10B and more")
    assert "dense bases under 10B" in gap_title(gap)
    assert by_kind(gap, "subject_derivatives")["dense 10B and more"] == 0


def test_subject_and_reference_exchanged_turn_the_bars_and_keep_the_title(hub_slice: Report, moe: pl.DataFrame) -> None:
    made, params = altered_hub(hub_slice), settings(report={"subject": "Llama", "reference": "Qwen"})
    gap = made.gap(made.counted(params), params, moe)
    before, after = (table.sort("definition", "kind") for table in (hub_slice.table("gap"), gap))
    assert after["gap"].to_list() == (-before["gap"]).to_list()
    assert gap_title(gap, "Llama", "Qwen") == hub_slice.text("gap.title")
    quoted = facts_bases.gap_facts(gap, "Llama", "Qwen")["gap.sentence"]["text"]
    assert quoted.startswith("Counted as declared, transitive, Llama has")


def test_without_the_subjects_large_repositories_the_title_turns(sample: Report, moe: pl.DataFrame) -> None:
    total = pl.col("safetensors").struct.field("total")
    made, params = altered_hub(sample, lambda rows: rows.filter((total < 10e9) | total.is_null())), settings()
    gap = made.gap(made.counted(params), params, moe)
    shown, before = by_kind(gap), by_kind(sample.table("gap"))
    assert shown["dense under 10B"] >= 0.9 * before["dense under 10B"]
    assert shown["dense 10B and more"] < 0.2 * before["dense 10B and more"]
    most = "of Qwen’s lead over Llama sits in dense bases under 10B"
    assert sample.text("gap.title").startswith(f"The largest part {most}")
    assert gap_title(gap).startswith(f"Most {most}")
