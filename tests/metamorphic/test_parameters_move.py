"""Each parameter moves a key number or a table, which `dvc metrics diff` and `make diff` show."""

from collections.abc import Callable, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.base import tables
from pipeline.base.paths import Paths
from pipeline.report import editions
from tests.conftest import Report, built_once
from tests.metamorphic import again

MOVES: dict[str, dict[str, tuple[Any, str]]] = {
    "derivatives": {
        "headline": (["family.name"], "headline.rule"),
        "minimum_derivatives": (2000, "derivatives.grid.rules"),
        "monthly": (["family.name.min_200"], "table derivatives_monthly"),
    },
    "surface": {"current_months": (24, "surface.Qwen.index")},
    "vendors": {
        "stopped_months": (24, "vendors.activity.stopped"),
        "started_months": (12, "vendors.activity.started"),
        "formats_days": (30, "vendors.formats.maker"),
    },
    "thesis": {
        "minimum_age_days": (300, "thesis.surface.releases"),
        "releases_per_family": (2, "thesis.surface.families"),
    },
    "cost": {
        "price_window_months": (6, "cost.deepseek-v3.rental.usd_median"),
        "hardware_window_months": (12, "cost.deepseek-v3.amortised.usd_low"),
        "compared_run": ("deepseek-r1", "cost_ratio.rental.ratio_high"),
        "serving_accelerator": ("H200", "cost.serving.middle"),
    },
    "explorer": {
        "most_models": (1000, "explorer.models"),
        "most_uploaders": (100, "explorer.uploaders"),
        "listed": (10, "explorer.bytes"),
        "below": (1, "explorer.bytes"),
        "found": (5, "explorer.bytes"),
        "file_kilobytes": (40, "explorer.bytes"),
    },
}
"""Section and parameter: another value, and the key number or table that it moves on the sample."""

ON_THE_SLICE = {
    "half_life_derivatives": (20, "anatomy.half_life.bases"),
    "half_life_age_months": (24, "anatomy.half_life.bases"),
}
"""Of the section anatomy: the sample declares no links, so no base has a half-life there."""

ELSEWHERE = {
    "snapshot": "which rows are read: everything may move, and the edition names the snapshot",
    "report": "whom the report is about: everything moves (test_another_pair.py)",
    "moe": "which model a cell of the page works out; its tables have every model (test_notebooks.py)",
    "series": "which repositories are one series (tests/hub/test_series.py)",
    "editions": "which editions a build quotes (tests/report/test_editions.py)",
    "notebooks": "how many rows a page shows of a table",
    "site": "where the report and its source are found (tests/site/test_sharing.py)",
    "thesis.minimum_releases": "from what on a census is tested; the sample and the slice never are",
    "thesis.minimum_families": "from what on a census is tested",
    "thesis.minimum_derivatives": "from what on a census is tested",
    "thesis.minimum_scored": "from what on a census is tested",
    "thesis.significance": "what is called clear where a census is tested",
    "thesis.benchmark": "which scores a census is tested with",
    "thesis.metric": "which scores a census is tested with",
}
"""Parameters that move nothing on the sample by themselves, and why."""

SECTIONS = {section: list(parameters) for section, parameters in MOVES.items()}
ROUNDS = [
    {section: name for section, name in zip(SECTIONS, names, strict=True) if name is not None}
    for names in zip_longest(*SECTIONS.values())
]
"""One parameter of each section a build: what a section's parameter moves, none of another does. Only the stages run
that depend on them."""


def leaves(document: dict[str, Any], above: str = "") -> Iterator[str]:
    """Every parameter as `section.name`."""
    for name, value in document.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, f"{above}{name}.")
        else:
            yield f"{above}{name}"


def numbers_and_tables(report: Report) -> dict[str, Any]:
    """Key numbers and tables as an edition records them."""
    metrics = tables.read_json(report.paths.metrics)
    hashes = {f"table {name}": table for name, table in editions.load(report.paths.edition).tables.items()}
    return metrics["numbers"] | hashes | {"headline.rule": metrics["headline"]["rule"]}


def test_every_parameter_moves_something_or_says_why_not() -> None:
    known = set(leaves(yaml.safe_load(Paths().params.read_text(encoding="utf-8"))))
    moving = {f"{section}.{name}" for section, parameters in MOVES.items() for name in parameters}
    moving |= {f"anatomy.{name}" for name in ON_THE_SLICE}
    excepted = {name for name in known if name in ELSEWHERE or name.partition(".")[0] in ELSEWHERE}
    assert moving | excepted == known
    assert not moving & excepted


def test_a_parameter_concerns_its_stage_and_those_that_read_it() -> None:
    assert again.after("explorer.below") == {"explorer", "report"}
    assert again.after("cost.compared_run") == {"cost", "claims", "report"}
    assert "hub" not in again.after("pipeline/register/prices")


@pytest.fixture(scope="module")
def rebuilt(sample: Report, tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Report]:
    """The sample's report with the parameters of a round, each built once."""

    def built(number: int) -> Report:
        altered = ROUNDS[number]

        def build(root: Path) -> None:
            report = again.copied(sample, root)
            for section, name in altered.items():
                report.set(**{section: {name: MOVES[section][name][0]}})
            again.build(report, *(f"{section}.{name}" for section, name in altered.items()))

        return built_once(tmp_path_factory, f"round {number}", build)

    return built


@pytest.mark.whole
@pytest.mark.parametrize("number", range(len(ROUNDS)), ids=lambda number: ", ".join(ROUNDS[number].values()))
def test_a_parameter_moves_a_key_number_or_table(number: int, sample: Report, rebuilt: Callable[[int], Report]) -> None:
    before, after = numbers_and_tables(sample), numbers_and_tables(rebuilt(number))
    keys = {f"{section}.{name}": MOVES[section][name][1] for section, name in ROUNDS[number].items()}
    assert [name for name, key in keys.items() if before[key] == after[key]] == []


@pytest.mark.whole
@pytest.mark.parametrize("name", ON_THE_SLICE)
def test_a_parameter_of_half_lives_moves_their_number(name: str, hub_slice: Report, tmp_path: Path) -> None:
    value, key = ON_THE_SLICE[name]
    report = again.copied(hub_slice, tmp_path / "report").set(anatomy={name: value})
    assert numbers_and_tables(again.build(report, f"anatomy.{name}"))[key] != numbers_and_tables(hub_slice)[key]


def test_metrics_are_few_enough_to_be_read(sample: Report) -> None:
    lines = sample.paths.metrics.read_text(encoding="utf-8").splitlines()
    assert len(lines) < 70


@pytest.mark.whole
def test_a_table_behind_no_key_number_moves_the_metrics_too(sample: Report, rebuilt: Callable[[int], Report]) -> None:
    monthly = next(number for number, altered in enumerate(ROUNDS) if altered.get("derivatives") == "monthly")
    before, after = (tables.read_json(one.paths.metrics)["tables"] for one in (sample, rebuilt(monthly)))
    assert before["sha256"] != after["sha256"]
    assert sample.table("derivatives_monthly").height < rebuilt(monthly).table("derivatives_monthly").height
