"""The grid of definitions: each one distinct, all counted at once as if each were counted alone."""

import polars as pl
import pytest

from pipeline.base.errors import ParamsError
from pipeline.chapters.derivatives.counts import load_repositories
from pipeline.counting import definitions as grid
from pipeline.counting import repositories
from pipeline.counting.count import counted_pairs
from pipeline.counting.definitions import Definition, definition_of, definitions
from pipeline.counting.pairs import PairsBySource, by_source, to_originals
from pipeline.counting.repositories import Repositories
from tests.conftest import Report, hub_rows
from tests.counting.memory import hub


@pytest.fixture(scope="module")
def slice_repositories(hub_slice: Report) -> Repositories:
    return load_repositories(hub_slice.paths)


def counted_alone(pairs: pl.DataFrame, definition: Definition) -> dict[str, float]:
    unit = "author" if definition.unit == "uploaders" else "series" if definition.series == "as_one" else "child"
    counted = counted_pairs(pairs, definition).drop_nulls(unit).group_by(pl.col("group").cast(pl.String))
    return dict(counted.agg(pl.col(unit).n_unique().cast(pl.Float64)).iter_rows())


def test_each_count_equals_the_definition_counted_alone(hub_slice: Report, slice_repositories: Repositories) -> None:
    together = hub_slice.table("derivatives").partition_by("definition", as_dict=True, include_key=False)
    pairs_by_source = PairsBySource(slice_repositories)
    whole = [definition for definition in definitions() if definition.credit in (None, "full")]
    for source, same in by_source(whole, slice_repositories).items():
        pairs = slice_repositories.with_attributes(pairs_by_source.of(source), source.grouping)
        for definition in same:
            found = together.get((definition.key,))
            alone = counted_alone(pairs, definition)
            assert ({} if found is None else dict(found.iter_rows())) == alone, definition.key


def test_keys_and_labels_are_distinct() -> None:
    every = definitions()
    assert len({d.key for d in every}) == len({d.label for d in every}) == len(every) > 500


def test_a_key_that_no_definition_has_is_one_line_with_the_nearest() -> None:
    with pytest.raises(ParamsError, match=r"^no definition 'family.nam' \(nearest: family.name\) in [^\n]+ lists$"):
        definition_of("family.nam")


def test_uploaders_are_never_shared_over_roots() -> None:
    assert not [d.key for d in definitions() if d.unit == "uploaders" and d.credit not in (None, "full")]


def test_evidence_without_relations_has_no_relation_axis() -> None:
    for definition in definitions():
        assert (definition.relations is None) == (definition.evidence in ("shape", "name"))


def test_any_number_of_thresholds_is_counted_at(monkeypatch: pytest.MonkeyPatch) -> None:
    thresholds = (0, 1, 2, 3, 6, 10, 50, 200)
    for module in (grid, repositories):
        monkeypatch.setattr(module, "MIN_DOWNLOADS", thresholds)
    rows = [
        {"id": f"a{many}/x", "tags": ["base_model:finetune:Qwen/Qwen2.5-7B"], "downloads": many} for many in thresholds
    ]
    made = hub(hub_rows(*rows))
    for unit in ("", ".uploaders"):
        counted = [made.counts(f"family.declared.direct.all.min_{least}{unit}")["Qwen"] for least in thresholds[1:]]
        assert counted == [7, 6, 5, 4, 3, 2, 1]


def test_mirrors_lead_to_their_original() -> None:
    child, copy, maker = 0, 1, 2
    edges = pl.DataFrame({"child": [child, child, copy], "parent": [copy, maker, maker]})
    mirrors = pl.DataFrame({"mirror": [copy], "original": [maker]})
    assert to_originals(edges, mirrors).rows() == [(child, maker), (copy, maker)]


@pytest.mark.parametrize("reach", ["direct", "transitive"])
def test_quantized_copies_are_credited_only_where_they_are_asked_for(reach: str) -> None:
    unchanged, in_four_bits = "NousResearch/Meta-Llama-3-8B", "unsloth/llama-3-8b-bnb-4bit"
    found = hub(
        hub_rows(
            {"id": "a/x", "tags": [f"base_model:finetune:{unchanged}"]},
            {"id": "b/y", "tags": [f"base_model:adapter:{in_four_bits}"]},
            {
                "id": "c/z",
                "tags": ["base_model:finetune:meta-llama/Meta-Llama-3-8B", f"base_model:merge:{in_four_bits}"],
            },
        )
    )
    counted = [
        found.counts(f"family.declared.{reach}.all{choice}")["Llama"]
        for choice in ("", ".mirrors_to_original", ".mirrors_quantized_to_original")
    ]
    assert counted == [1, 2, 3]


def test_shared_credit_of_a_merge_of_two_families_is_one_half_each() -> None:
    rows = hub_rows(
        {"id": "a/x", "tags": ["base_model:merge:Qwen/Qwen2.5-7B", "base_model:merge:meta-llama/Llama-3.1-8B"]},
        {"id": "b/y", "tags": ["base_model:finetune:a/x"]},
    )
    assert hub(rows).counts("family.declared.transitive.all.by_roots") == {"Llama": 1, "Qwen": 1}


def test_shared_credit_never_exceeds_full_credit(hub_slice: Report) -> None:
    counts = hub_slice.table("derivatives")
    full = counts.filter(pl.col("definition") == "family.declared.transitive.all")
    for credit in ("by_roots", "by_paths"):
        part = counts.filter(pl.col("definition") == f"family.declared.transitive.all.{credit}")
        both = full.join(part, on="group", suffix="_part")
        assert (both["derivatives_part"] <= both["derivatives"] + 1e-9).all()
        assert both["derivatives_part"].sum() < both["derivatives"].sum()


def test_the_curve_of_the_real_slice_has_hundreds_of_definitions(hub_slice: Report) -> None:
    ratios = hub_slice.table("ratios")
    assert ratios.height > 200
    assert ratios.filter("is_headline").height == 1
    assert hub_slice.fact("derivatives.grid.rules") == ratios.height


@pytest.mark.parametrize("rule", ["to_base", "both"])
def test_credit_of_distillations_equals_the_ledgers_own_count(rule: str, hub_slice: Report) -> None:
    """The grid counts pairs edge by edge, the ledger asks which groups are above a child: two ways, one count."""
    ledger = hub_slice.table("distillation_credit").filter(credit=rule)
    counts = hub_slice.table("derivatives").filter(
        pl.col("definition") == f"family.declared.transitive.all.distills_{rule}"
    )
    assert dict(counts.select("group", "derivatives").iter_rows()) == dict(
        ledger.filter(pl.col("derivatives") > 0).select("family", pl.col("derivatives").cast(pl.Float64)).iter_rows()
    )


def test_a_distills_fine_tune_counts_for_maker_or_base_or_both() -> None:
    distill = "deepseek-ai/DeepSeek-R1-Distill-Llama-8B"
    found = hub(hub_rows({"id": "a/x", "tags": [f"base_model:finetune:{distill}"]}))
    for reach in ("direct", "transitive"):
        for grouping, maker, base in (("family", "DeepSeek", "Llama"), ("organisation", "DeepSeek", "Meta")):
            credited = {
                rule: set(found.counts(f"{grouping}.declared.{reach}.all{rule}"))
                for rule in ("", ".distills_to_base", ".distills_both")
            }
            assert credited == {"": {maker}, ".distills_to_base": {base}, ".distills_both": {maker, base}}
