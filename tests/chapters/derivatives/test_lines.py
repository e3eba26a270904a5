"""Meta whole and apart: derivatives of an organisation, and of each of its namespaces."""

import polars as pl
import pytest

from pipeline import register
from pipeline.base.paths import Paths
from pipeline.chapters.derivatives.facts_lines import line_facts
from pipeline.chapters.derivatives.lines import WHOLE, lines_of
from tests.conftest import hub_rows
from tests.counting.memory import hub, settings

LLAMA, OPT, QWEN = "meta-llama/Llama-3.1-8B", "facebook/opt-125m", "Qwen/Qwen2.5-7B"
FAMILIES = register.load("families", Paths().register)
PARAMS = settings(derivatives={"minimum_derivatives": 1})


def built(*bases: str) -> pl.DataFrame:
    """The table of a Hub where one repository is built on each of some bases; `relation:id`."""
    rows = [{"id": f"a{n}/x", "tags": [f"base_model:{base}"]} for n, base in enumerate(bases)]
    return lines_of(hub(hub_rows(*rows)).repositories, PARAMS.report)


def spoken(lines: pl.DataFrame) -> str:
    return str(line_facts(lines, FAMILIES, PARAMS)["derivatives.lines.sentence"]["text"])


@pytest.fixture(scope="module")
def mixed() -> pl.DataFrame:
    return built(
        *[f"finetune:{QWEN}"] * 20, *[f"adapter:{QWEN}"] * 40, *[f"finetune:{LLAMA}"] * 12, *[f"finetune:{OPT}"] * 18
    )


def test_an_organisation_is_the_sum_of_its_namespaces(mixed: pl.DataFrame) -> None:
    declared = mixed.filter(evidence="declared", organisation="Meta", relations="all")
    assert dict(declared.select("line", "derivatives").iter_rows()) == {WHOLE: 30, "meta-llama": 12, "facebook": 18}
    fewer = mixed.filter(evidence="declared", organisation="Alibaba", relations="without_adapters", line=WHOLE)
    assert fewer["derivatives"].item() == 20


def test_both_lines_are_said_with_and_without_adapters(mixed: pl.DataFrame) -> None:
    text = spoken(mixed)
    assert text.startswith("By organisation and as declared, Alibaba has 2.0 times as many derivatives as Meta")
    assert (
        "Of Meta’s namespaces, meta-llama has 12 and facebook 18; what is built on two of them counts for each. With "
        "meta-llama alone in Meta’s place, Alibaba has" in text
    )
    assert "Without adapters, Meta has 1.5 times as many derivatives as Alibaba (30 against 20)" in text


def test_an_own_release_is_no_derivative_of_another_namespace_of_its_maker() -> None:
    rows = hub_rows(
        {"id": "facebook/y", "tags": [f"base_model:finetune:{LLAMA}"]},
        {"id": "a/x", "tags": [f"base_model:finetune:{LLAMA}"]},
    )
    found = lines_of(hub(rows).repositories, PARAMS.report).filter(evidence="declared", line=WHOLE, relations="all")
    assert found["derivatives"].to_list() == [1]


def test_where_no_link_says_adapter_nothing_is_said_to_leave_them_out() -> None:
    lines = built(*[f"finetune:{QWEN}"] * 3, *[f"finetune:{LLAMA}"] * 3)
    assert "Without adapters" not in spoken(lines)


def test_a_snapshot_with_one_of_the_two_compares_neither() -> None:
    assert spoken(built(f"finetune:{QWEN}")) == "This snapshot does not compare the two organisations."
