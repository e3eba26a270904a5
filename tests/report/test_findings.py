"""Three pages work out their central result anew: what their cell finds is what the stages wrote."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import polars as pl
import pytest

from pipeline.architectures import memory
from pipeline.base import words
from pipeline.base.errors import ParamsError, RegisterError
from pipeline.base.lead import Lead
from pipeline.base.paths import PROJECT
from pipeline.chapters.cost import stage as cost
from pipeline.chapters.derivatives import stage as derivatives
from pipeline.charts.kit import load
from pipeline.charts.kit.html import Finding
from pipeline.report import names, notebooks
from tests.charts.drawn import run_cell
from tests.conftest import Report, built_once
from tests.metamorphic import again

OTHERS = {
    "derivatives": {"subject": "Gemma", "reference": "Mistral"},
    "moe": {"model": "openai/gpt-oss-120b", "bits": 4, "context_length": 32_768},
    "cost": {"run": "llama-3", "price_window": 6},
}
"""Another pair, model and run, by page, as papermill takes them."""


def found(report: Report, page: str, patch: pytest.MonkeyPatch, **given: Any) -> str:
    """What the cell of a page finds under its parameters, or under those that are given; run in this process."""
    patch.setattr(load, "Paths", lambda: report.paths)
    known: dict[str, Any] = {}
    for cell in notebooks.read(report.paths.book / f"{page}.md").cells:
        tags = cell.metadata.get("tags", [])
        if "remove-cell" in tags:
            run_cell(cell.source, known)
        if "parameters" in tags:
            known.update(given)
        if "hide-input" in tags:
            finding = run_cell(cell.source, known)
            assert isinstance(finding, Finding)
            return str(finding)
    raise AssertionError(f"{page} finds nothing")


def derivatives_of(report: Report, subject: str, reference: str, definition: str) -> str:
    """The same sentence from the table `derivatives`."""
    rows = report.table("derivatives").filter(definition=definition)
    counts = [float(rows.filter(group=group)["derivatives"].sum()) for group in (subject, reference)]
    lead = Lead.of(subject, counts[0], reference, counts[1])
    label = report.table("definitions").filter(definition=definition)["label"].item()
    return f"Counted {label}, {lead.clause('derivatives')} ({lead.counts})."


def sizes_of(report: Report, model: str, bits: int, context_length: int) -> list[str]:
    """Words that the sentence on a model must have, from the tables `moe` and `moe_memory`."""
    counted = report.table("moe").filter(model=model).row(0, named=True)
    needed = report.table("moe_memory").filter(model=model, bits=bits, context=context_length).row(0, named=True)
    share = counted["parameters_active"] / counted["parameters_text"]
    return [
        f"{model} activates {words.billions(counted['parameters_active'])} of",
        f"of {words.billions(counted['parameters_text'])} parameters of the language model ({words.percent(share)})",
        f"{words.billions(counted['parameters_active_without_input_embedding'])} without the input table",
        f"At {bits} bits its weights take {words.gigabytes(needed['weights_bytes'])};",
        f"its cache takes {words.gigabytes(needed['cache_bytes'])} at {words.number(context_length)} tokens",
    ]


def costs_of(report: Report) -> str:
    """The facts of the report's run."""
    return f"{report.text('cost.run.sentence')} {report.text('cost.owner.title')}."


# ----------------------------------------------------------------------------------- in this process


def test_by_default_a_page_finds_what_its_stage_wrote(sample: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    definition = sample.fact("derivatives.headline.definition")
    assert found(sample, "derivatives", monkeypatch) == derivatives_of(sample, "Qwen", "Llama", definition)
    sizes = found(sample, "moe", monkeypatch)
    assert [part for part in sizes_of(sample, "deepseek-ai/DeepSeek-V3", 8, 131_072) if part not in sizes] == []
    assert found(sample, "cost", monkeypatch) == costs_of(sample)


@pytest.mark.parametrize(
    ("subject", "reference", "definition"),
    [
        ("Gemma", "Mistral", "family.declared.transitive.all"),
        ("Llama", "DeepSeek", "family.declared.direct.all"),
        ("Meta", "Alibaba", "organisation.shape"),
    ],
)
def test_another_pair_or_definition_gives_the_counts_of_its_rows(
    subject: str, reference: str, definition: str, hub_slice: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"subject": subject, "reference": reference, "definition": definition}
    assert found(hub_slice, "derivatives", monkeypatch, **given) == derivatives_of(hub_slice, **given)


def test_every_registered_model_gives_the_memory_of_its_rows(sample: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    models = sample.table("moe_memory").filter(bits=4, context=memory.CONTEXTS["32k"])["model"]
    for model in models.gather_every(7):
        given = {"model": model, "bits": 4, "context_length": memory.CONTEXTS["32k"]}
        sizes = found(sample, "moe", monkeypatch, **given)
        assert [part for part in sizes_of(sample, **given) if part not in sizes] == []


@pytest.mark.parametrize("run", ["llama-3", "minimax-m1", "dbrx"])
def test_another_run_gives_the_dollars_of_its_rows(run: str, sample: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    text = found(sample, "cost", monkeypatch, run=run)
    rows = sample.table("cost_training").filter(pl.col("evidence") == "computed", run=run)
    for row in rows.drop_nulls("usd_low").iter_rows(named=True):
        ends = [words.dollars(row[end]) for end in ("usd_low", "usd_median", "usd_high")]
        a_range = [words.dollar_range(row["usd_low"], row["usd_high"])]
        expected = ends if row["basis"] == "rental" else a_range
        assert [part for part in expected if part not in text] == [], row["basis"]
    assert ("cannot be computed" in text) == rows["usd_low"].is_null().all()


def test_a_longer_window_counts_more_prices(sample: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [found(sample, "cost", monkeypatch, price_window=months) for months in (6, 12, 24)]
    prices = [int(re.findall(r"the median of (\d+) dated market prices", text)[0]) for text in texts]
    assert prices == sorted(set(prices))


@pytest.mark.parametrize(
    ("page", "given", "error", "line"),
    [
        ("derivatives", {"definition": "family.nam"}, ParamsError, "no definition 'family.nam' (nearest: family.name)"),
        ("moe", {"model": "a/stranger"}, RegisterError, "no configuration of a/stranger in configurations.csv: name a"),
        ("cost", {"run": "gpt-9"}, RegisterError, "no training run gpt-9 in training_runs.csv: name a run"),
    ],
)
def test_an_unknown_name_is_one_line_that_says_what_to_do(
    page: str,
    given: dict[str, str],
    error: type[Exception],
    line: str,
    sample: Report,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(error) as caught:
        found(sample, page, monkeypatch, **given)
    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)


# -------------------------------------------------------------------------------------- by papermill


def commands() -> list[str]:
    """The lines of CONTRIBUTING.md that run an analysis in a notebook, without Make or DVC."""
    text = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.partition("## Run an analysis in a notebook\n")[2].partition("\n## ")[0]
    block = re.search(r"^```sh\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    assert block
    return block[1].splitlines()


@pytest.fixture(scope="module")
def rebuilt(sample: Report, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The sample's report with these questions in params.yaml."""

    def build(root: Path) -> None:
        report = again.copied(sample, root).set(
            report=OTHERS["derivatives"],
            moe=OTHERS["moe"],
            cost={"compared_run": OTHERS["cost"]["run"], "price_window_months": OTHERS["cost"]["price_window"]},
        )
        params = names.checked(report.paths)
        derivatives.run(report.paths, params)
        cost.run(report.paths, params)

    return built_once(tmp_path_factory, "other questions", build)


@pytest.mark.whole
def test_papermill_finds_what_a_build_under_these_parameters_does(
    sample: Report, rebuilt: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = Path(sys.executable).parent
    for line in commands():
        # the words first, since either folder may have a space; /tmp/ first, since the programs may lie below it
        words_of_line = [word.replace("/tmp/", f"{tmp_path}/") for word in line.split()]
        command = [word.replace(".venv/bin/", f"{programs}/") for word in words_of_line]
        subprocess.run(command, cwd=sample.paths.root, check=True, capture_output=True)
    asked = {"derivatives": "gemma", "moe": "gpt-oss", "cost": "llama-3"}
    by_papermill = {page: said_in(tmp_path / f"{name}.ipynb") for page, name in asked.items()}
    definition = rebuilt.fact("derivatives.headline.definition")
    assert by_papermill == {page: found(rebuilt, page, monkeypatch) for page in asked}
    assert by_papermill["derivatives"] == derivatives_of(rebuilt, "Gemma", "Mistral", definition)
    assert [part for part in sizes_of(rebuilt, **OTHERS["moe"]) if part not in by_papermill["moe"]] == []
    assert by_papermill["cost"] == costs_of(rebuilt)


def said_in(path: Path) -> str:
    """What the cell of an executed notebook found."""
    cells = nbformat.read(path, as_version=4).cells
    return next(cell.outputs[-1].data["text/plain"] for cell in cells if "hide-input" in cell.metadata.get("tags", []))
