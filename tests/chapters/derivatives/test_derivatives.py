"""Who is counted for whom, on small made snapshots and on the sample."""

from typing import Any

import polars as pl
import pytest

from pipeline import register
from pipeline.base.params import Report as Compared
from pipeline.chapters.derivatives.counts import compare, count_under, load_repositories
from pipeline.chapters.derivatives.facts import leader_facts
from pipeline.chapters.derivatives.schema import Leaders
from pipeline.charts.derivatives import counts
from pipeline.charts.kit.figure import Figure
from tests.conftest import Report, hub_rows
from tests.counting.memory import Hub, hub, settings

LLAMA, QWEN = "meta-llama/Llama-3.1-8B", "Qwen/Qwen2.5-7B"


def made(*rows: dict[str, Any]) -> Hub:
    return hub(hub_rows(*rows))


def count(found: Hub, definition: str, group: str) -> float:
    return found.counts(definition).get(group, 0)


def test_a_derivative_of_a_derivative_counts_transitively_alone() -> None:
    found = made(
        {"id": QWEN},
        {"id": "a/tuned", "tags": [f"base_model:finetune:{QWEN}", f"base_model:{QWEN}"]},
        {"id": "b/packed", "tags": ["base_model:quantized:a/tuned", "base_model:a/tuned"]},
    )
    assert count(found, "family.declared.direct.all", "Qwen") == 1
    assert count(found, "family.declared.transitive.all", "Qwen") == 2
    assert count(found, "family.declared.transitive.without_quantized", "Qwen") == 1


def test_a_merge_of_two_families_counts_for_both_once() -> None:
    found = made(
        {"id": "a/x", "tags": [f"base_model:finetune:{QWEN}"]},
        {"id": "b/y", "tags": ["base_model:merge:a/x", f"base_model:merge:{QWEN}", f"base_model:merge:{LLAMA}"]},
    )
    assert count(found, "family.declared.transitive.all", "Qwen") == 2
    assert count(found, "family.declared.transitive.all", "Llama") == 1


def test_a_parent_that_is_absent_from_the_snapshot_still_has_a_family() -> None:
    found = made({"id": "a/x", "tags": ["base_model:adapter:Qwen/Qwen9-gone"]})
    assert count(found, "family.declared.direct.adapter", "Qwen") == 1


def test_own_releases_count_only_where_the_definition_says_so() -> None:
    found = made({"id": "Qwen/Qwen2.5-7B-Instruct", "tags": [f"base_model:finetune:{QWEN}"]})
    assert count(found, "family.declared.direct.all", "Qwen") == 0
    assert count(found, "family.declared.direct.all.own_counted", "Qwen") == 1


def test_uploaders_count_once_and_ghosts_never_as_uploaders() -> None:
    found = made(*({"id": f"a/x{i}", "tags": [f"base_model:finetune:{QWEN}"]} for i in range(3)))
    assert count(found, "family.declared.direct.all.uploaders", "Qwen") == 1


def test_a_repository_that_names_itself_is_no_derivative() -> None:
    found = made({"id": "a/x", "tags": ["base_model:finetune:a/x"]})
    assert found.checks["self-references dropped"] == 1
    for definition in ("family.declared.direct.all", "family.declared.transitive.all", "family.name"):
        assert found.counts(definition) == {}


def test_a_cycle_does_not_hang_and_both_have_the_root_outside() -> None:
    found = made(
        {"id": "a/x", "tags": ["base_model:finetune:b/y", f"base_model:finetune:{QWEN}"]},
        {"id": "b/y", "tags": ["base_model:finetune:a/x"]},
    )
    assert count(found, "family.declared.transitive.all", "Qwen") == 2
    assert found.checks["cycles condensed"] == 1


def test_downloads_leave_out_what_nobody_fetches() -> None:
    found = made(
        {"id": "a/x", "tags": [f"base_model:finetune:{QWEN}"], "downloads": 9},
        {"id": "a/y", "tags": [f"base_model:finetune:{QWEN}"], "downloads": 10},
    )
    assert count(found, "family.declared.direct.all.min_10", "Qwen") == 1


def test_a_shape_belongs_to_the_base_not_to_what_was_distilled_onto_it() -> None:
    """DeepSeek-R1-Distill-Llama-8B has Llama's shape: a copy of it speaks for Llama's shape, not DeepSeek's."""
    found = made({"id": "someone/copy", "tags": ["llama"], "total": 8030261248})
    assert count(found, "family.shape", "Llama") == 1
    assert count(found, "family.shape", "DeepSeek") == 0


def test_an_architecture_tag_alone_is_evidence_for_nobody() -> None:
    found = made({"id": "someone/new", "tags": ["llama"], "total": 123456789})
    for definition in ("family.shape", "family.name", "family.declared_or_inferred.direct.all"):
        assert found.counts(definition) == {}


def test_a_name_that_bears_two_families_counts_for_both() -> None:
    found = made({"id": "someone/DeepSeek-R1-Distill-Qwen-7B-tuned"})
    assert count(found, "family.name", "Qwen") == count(found, "family.name", "DeepSeek") == 1


@pytest.mark.parametrize("rule", ["family.declared.transitive.all", "organisation.shape", "family.name.uploaders"])
def test_one_definition_counted_from_the_core_tables_is_a_row_of_the_stages_table(rule: str, hub_slice: Report) -> None:
    counted = count_under(load_repositories(hub_slice.paths), rule)
    table = hub_slice.table("derivatives").filter(definition=rule).drop("definition")
    assert counted.sort("group").equals(table.sort("group"))
    first, second = counted["group"].head(2)
    lead = compare(counted, second, first)
    assert (lead.more, lead.most, lead.less) == (first, counted["derivatives"][0], second)
    assert compare(counted, first, "nobody").least == 0


def test_subject_and_reference_are_compared_under_supported_rules_alone(sample: Report) -> None:
    described = sample.table("definitions")
    compared = set(sample.table("ratios")["definition"])
    assert compared == set(described.filter("in_grid", "supported")["definition"])
    assert not [name for name in compared if name.startswith("family.declared.")], "the sample declares nothing"


def test_the_sample_has_two_rules_of_inference_and_no_declared_edge(sample: Report) -> None:
    assert sample.table("relations")["links"].sum() == 0
    found = dict(sample.table("inference_rules").select("rule", "edges").iter_rows())
    assert found["gguf_name"] > 2000
    assert 500 < found["repackager_name"] < 1500


def test_qwen_is_ahead_of_llama_under_every_like_for_like_rule_of_the_sample(sample: Report) -> None:
    assert (sample.table("ratios")["ratio"] > 1).all()
    assert sample.table("ratios").height >= 12
    assert sample.text("derivatives.quarters.title").startswith(
        "In this sample, Qwen has led Llama since the fourth quarter of 2024: "
    )


def test_where_no_rule_compares_the_two_no_sentence_says_that_one_has_none() -> None:
    facts = leader_facts(Leaders.create_empty(), Compared(subject="Qwen", reference="Llama", grouping="family"))
    assert facts["derivatives.leaders.sentence"]["text"].startswith("Ranks go by the rule of this page")


def test_groups_that_the_report_compares_stand_in_the_figure_however_far_down(sample: Report) -> None:
    families = register.load("families", sample.paths.register)
    names = ["Qwen", "Gemma", "Mistral", "Phi", "Llama"]
    ranked = pl.DataFrame({"group": names, "derivatives": [50.0, 40.0, 30.0, 20.0, 10.0], "uploaders": [1.0] * 5})
    figure = counts.leaders(ranked.with_row_index("rank", offset=1), families, sample.facts(), top=2)
    assert isinstance(figure, Figure)
    assert figure.table["group"].to_list() == ["Qwen", "Gemma", "Llama"]
    assert "the 2 families with the most, and Llama, sorted" in figure.description
    assert "Llama 10 (number 5)" in figure.description


def test_adapters_are_left_out_only_where_some_link_says_that_it_is_one() -> None:
    """Before September 2024 tags had no relation: a count without adapters would be the count of all."""
    bases = ("Qwen/Qwen2.5-7B", "meta-llama/Llama-3.1-8B")
    asked = settings(derivatives={"minimum_derivatives": 1})

    def supported(*tags: str) -> bool:
        rows = hub_rows(*({"id": f"a{n}/x", "tags": [tag]} for n, tag in enumerate(tags)))
        described = hub(rows).counted(asked)["definitions"]
        return described.filter(definition="family.declared.direct.without_adapters")["supported"].item()

    plain = [f"base_model:{base}" for base in bases]
    assert not supported(*plain)
    assert supported(*plain, f"base_model:adapter:{bases[0]}", *(f"base_model:finetune:{base}" for base in bases))
