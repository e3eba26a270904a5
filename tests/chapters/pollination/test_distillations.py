"""Both parents of a distillation, and which family feeds which."""

import datetime as dt
from pathlib import Path
from typing import Any, get_args

import polars as pl
import pytest

from pipeline import register
from pipeline.base import words
from pipeline.base.results import Tables
from pipeline.chapters.pollination import facts
from pipeline.charts.kit.figure import Absent, Figure
from pipeline.charts.pollination import distillations as distillation_charts
from pipeline.charts.pollination import flows as flow_charts
from pipeline.counting import credit as parentage
from pipeline.counting.groups import groups_of
from pipeline.counting.pairs import transitive_pairs
from pipeline.hub.groups_above import Ancestry
from pipeline.hub.nodes import NODE, Nodes
from pipeline.register.lookup.identity import identify, named_after
from tests.conftest import Report, hub_rows
from tests.counting.memory import REGISTER, altered_hub, altered_register, hub, pollination_texts

LLAMA, QWEN = "meta-llama/Llama-3.1-8B", "Qwen/Qwen2.5-7B"
DISTILL = "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B"
OF_LLAMA = "deepseek-ai/DeepSeek-R1-Distill-Llama-8B"
HOSTILE = "a/<script>alert(1)</script>"
LEDGER = register.load("distillations", REGISTER)
FAMILIES = register.load("families", REGISTER)


def build(*rows: dict[str, Any], directory: Path = REGISTER) -> Tables:
    return hub(hub_rows(*rows), directory=directory).pollination()


def child(name: str, relation: str, *parents: str) -> dict[str, Any]:
    return {"id": name, "tags": [f"base_model:{relation}:{parent}" for parent in parents]}


def credited(found: Tables, rule: str, family: str) -> int:
    rows = found["distillation_credit"].filter(pl.col("credit") == rule, pl.col("family") == family)
    return int(rows["derivatives"].sum())


def flow(found: Tables, kind: str) -> dict[tuple[str, str], tuple[int, int | None]]:
    rows = found["family_flows"].filter(pl.col("kind") == kind)
    return {(a, b): (n, weights) for a, b, _, n, weights in rows.iter_rows()}


# ---------------------------------------------------------------------------------------- ledger


def test_the_six_r1_distills_are_on_the_ledger() -> None:
    rows = LEDGER.filter(pl.col("release").str.contains("DeepSeek-R1-Distill-"))
    assert rows.height == 6
    assert set(rows["teacher"]) == {"deepseek-ai/DeepSeek-R1"}
    assert sorted(rows["base_family"]) == ["Llama"] * 2 + ["Qwen"] * 4
    assert set(rows["date"]) == {dt.date(2025, 1, 20)}


def test_a_distillation_joins_two_families_that_the_register_knows() -> None:
    ids = pl.concat([LEDGER["teacher"], LEDGER["base"]]).unique().to_frame("id")
    known = dict(identify(ids, REGISTER).collect().select("id", "family").iter_rows())
    for row in LEDGER.iter_rows(named=True):
        assert known[row["teacher"]] == row["teacher_family"] != row["base_family"] == known[row["base"]], row[
            "release"
        ]


def test_bases_are_releases_and_agree_with_what_releases_are_built_on() -> None:
    releases = register.load("releases", REGISTER)
    assert set(LEDGER["base"]) | set(LEDGER["teacher"]) <= set(releases["model"])
    built = releases.drop_nulls("built_on").select(release="model", built_on="built_on")
    both = LEDGER.join(built, on="release")
    assert both.height >= 7
    assert both.filter(pl.col("base") != pl.col("built_on")).is_empty()


def test_every_row_has_a_primary_source() -> None:
    primary = r"https://(huggingface\.co|arxiv\.org|github\.com|open-thoughts\.ai|www\.bespokelabs\.ai)/"
    assert LEDGER["source"].str.contains(primary).all()
    assert LEDGER["date"].is_between(dt.date(2025, 1, 1), dt.date(2026, 12, 31)).all()


# ---------------------------------------------------------------------------------------- credit


def test_a_distill_counts_for_both_parents() -> None:
    distilled, tuned, packed, base = range(4)
    groups = pl.DataFrame(
        {"id": [distilled, tuned, packed, base], "group": ["DeepSeek", None, None, "Qwen"]},
        schema_overrides={"id": NODE},
    )
    ledger = parentage.parents(LEDGER.filter(pl.col("release") == DISTILL))
    ledger = ledger.with_columns(release=pl.lit(distilled, NODE))
    edges = pl.DataFrame({"child": [tuned, packed], "parent": [distilled, tuned]})
    expected = {"as_declared": {"DeepSeek"}, "to_base": {"Qwen"}, "both": {"DeepSeek", "Qwen"}}
    for rule in get_args(parentage.Distills):
        above = Ancestry.of(edges).groups_above(parentage.redirect(groups, ledger, rule))
        for child in (tuned, packed):
            assert set(above.filter(pl.col("child") == child)["group"]) == expected[rule]


def test_the_count_of_both_holds_every_count() -> None:
    built = build(child("a/x", "finetune", DISTILL), child("b/y", "quantized", "a/x"))
    assert [credited(built, rule, "DeepSeek") for rule in get_args(parentage.Distills)] == [2, 0, 2]
    assert [credited(built, rule, "Qwen") for rule in get_args(parentage.Distills)] == [0, 2, 2]
    row = built["distillations"].filter(pl.col("release") == DISTILL, pl.col("credit") == "both")
    assert row.select("direct", "derivatives").row(0) == (1, 2)
    assert row["credited"].to_list() == [["DeepSeek", "Qwen"]]


def test_redirect_leaves_everyone_else_alone_and_refuses_other_rules() -> None:
    groups = pl.DataFrame({"id": [QWEN, "a/x"], "group": ["Qwen", None]})
    for rule in get_args(parentage.Distills):
        assert parentage.redirect(groups, parentage.parents(LEDGER), rule).rows() == [(QWEN, "Qwen")]
    with pytest.raises(ValueError, match="no credit rule 'teacher'"):
        parentage.redirect(groups, parentage.parents(LEDGER), "teacher")  # type: ignore[arg-type]


def test_parents_by_organisation() -> None:
    rows = parentage.parents(LEDGER, {"DeepSeek": "DeepSeek", "Qwen": "Alibaba", "Llama": "Meta"})
    assert dict(rows.select("release", "base_group").iter_rows())[OF_LLAMA] == "Meta"
    assert set(rows["base_group"]) == {"Alibaba", "Meta"}


def test_everything_declared_is_what_the_definitions_count(hub_slice: Report) -> None:
    counts = hub_slice.table("derivatives").filter(pl.col("definition") == "family.declared.transitive.all")
    credit = hub_slice.table("distillation_credit").filter(pl.col("credit") == "as_declared")
    assert dict(credit.select("family", "derivatives").iter_rows()) == dict(
        counts.select("group", "derivatives").iter_rows()
    )


def test_nearly_all_of_deepseeks_derivatives_in_the_slice_come_through_distillations(hub_slice: Report) -> None:
    credit = hub_slice.table("distillation_credit").filter(pl.col("family") == "DeepSeek")
    of = {rule: (d, n) for rule, d, n in credit.select("credit", "distilled", "derivatives").iter_rows()}
    assert of["as_declared"][0] > 0.9 * of["as_declared"][1]
    assert of["to_base"] == (0, of["as_declared"][1] - of["as_declared"][0])


def test_names_are_whole_names() -> None:
    ids = ["x/DeepSeek-R1-Distill-Qwen-7B-GGUF", "x/DeepSeek-R1-Distill-Qwen-7Bx", "x/DeepSeek-R1-Distill-Qwen-1x5B"]
    found = named_after(pl.DataFrame({"id": [*ids, DISTILL, HOSTILE]}), LEDGER)
    assert found.rows() == [(DISTILL, ids[0])]


# --------------------------------------------------------------------------------------- ancestry


def test_ancestry_equals_the_pairs_of_the_definitions(hub_slice: Report) -> None:
    nodes = Nodes.load(hub_slice.paths)
    edges = nodes.edges(declared=True, columns=("relation", "relation_corrected"))
    groups = groups_of(nodes, hub_slice.paths.register)
    expected = transitive_pairs(edges, groups).select("child", "group").unique().sort("child", "group")
    assert Ancestry.of(edges).groups_above(groups).sort("child", "group").equals(expected)


# ----------------------------------------------------------------------------------------- flows


def test_a_merge_that_crosses_in_name_goes_to_the_weights() -> None:
    built = build(child("a/m", "merge", DISTILL, QWEN), child("a/n", "merge", DISTILL, OF_LLAMA))
    assert flow(built, "merge") == {("DeepSeek", "Qwen"): (1, 0)}
    assert "cross in name, not in weights" in pollination_texts(built)["flows.merges.sentence"]


def test_a_merge_of_two_families_without_a_known_shape_counts_in_both_directions() -> None:
    built = build(child("a/m", "merge", QWEN, LLAMA))
    assert flow(built, "merge") == {("Llama", "Qwen"): (1, 1), ("Qwen", "Llama"): (1, 1)}


def test_a_merge_of_two_families_goes_to_the_one_whose_shape_it_has() -> None:
    merge = child("a/m", "merge", QWEN, LLAMA)
    merge = {**merge, "tags": [*merge["tags"], "llama"], "total": 8030261248}
    assert flow(build(merge), "merge") == {("Qwen", "Llama"): (1, 1)}


def test_a_merge_inside_a_family_is_no_flow() -> None:
    assert flow(build(child("a/m", "merge", QWEN, "Qwen/Qwen2.5-7B-Instruct")), "merge") == {}


def test_another_makers_release_takes_from_the_family_of_its_base() -> None:
    before = flow(build({"id": "a/x"}), "finetune")
    after = flow(build(child("nvidia/Nemotron-New", "finetune", "google/gemma-7b")), "finetune")
    assert after.pop(("Gemma", "Nemotron"))[0] == before.pop(("Gemma", "Nemotron"))[0] + 1
    assert after == before


def test_a_registered_distillation_is_no_fine_tune_as_well() -> None:
    built = build({"id": DISTILL})
    assert ("Qwen", "DeepSeek") not in flow(built, "finetune")
    assert sum(n for n, _ in flow(built, "distillation").values()) == LEDGER.height


def test_every_cross_family_merge_of_the_slice_crosses_in_name_alone(hub_slice: Report) -> None:
    merges = hub_slice.table("family_flows").filter(pl.col("kind") == "merge")
    assert merges["models"].sum() == 69
    assert merges["by_weights"].sum() == 0
    assert set(merges["from_family"]) == {"DeepSeek"}


# ------------------------------------------------------------------------------- as its sources move


def silent(rows: pl.DataFrame) -> pl.DataFrame:
    """Nobody declares a parent, in any way."""
    tags = pl.col("tags").list.eval(pl.element().filter(~pl.element().str.starts_with("base_model:")))
    nothing = [pl.lit(None, rows.schema[name]).alias(name) for name in ("baseModels", "cardData")]
    return rows.with_columns(tags, *nothing)


def test_without_declarations_distillations_are_known_by_name_and_no_merge_flows(hub_slice: Report) -> None:
    found = altered_hub(hub_slice, silent).pollination()
    assert set(found["distillations"]["evidence"]) == {"name"}
    assert "merge" not in found["family_flows"]["kind"].to_list()
    quoted = pollination_texts(found)
    assert quoted["flows.merges.sentence"].startswith("This snapshot declares no merges")
    for title in ("distillations.title", "flows.sentence"):
        assert quoted[title] != hub_slice.text(title)


def test_fewer_declarations_are_fewer_derivatives_of_distillations(hub_slice: Report) -> None:
    half = pl.col("id").str.len_chars() % 2 == 0
    found = altered_hub(
        hub_slice, lambda rows: pl.concat([silent(rows.filter(half)), rows.filter(~half)])
    ).pollination()
    before, after = (table["derivatives"].sum() for table in (hub_slice.table("distillations"), found["distillations"]))
    assert 0 < after < before
    for title in ("distillations.title", "flows.sentence"):
        assert pollination_texts(found)[title] != hub_slice.text(title)


def test_another_base_moves_the_credit_and_the_flow(hub_slice: Report, tmp_path: Path) -> None:
    onto = pl.col("base_family").replace({"Llama": "Qwen"})
    directory = altered_register(tmp_path, distillations=lambda rows: rows.with_columns(onto))
    found = altered_hub(hub_slice, directory=directory).pollination()
    assert "Llama" not in pollination_texts(found)["distillations.title"]
    before, after = (
        table.filter(credit="to_base", family="Qwen")["distilled"].item()
        for table in (hub_slice.table("distillation_credit"), found["distillation_credit"])
    )
    assert after > before
    assert set(flow(found, "distillation")) == {("DeepSeek", "Qwen")}
    assert pollination_texts(found)["flows.title"] != hub_slice.text("flows.title")


def test_an_empty_ledger_leaves_no_distillation_and_merges_that_cross_by_weights(
    hub_slice: Report, tmp_path: Path
) -> None:
    directory = altered_register(tmp_path, distillations=lambda rows: rows.clear())
    found = altered_hub(hub_slice, directory=directory).pollination()
    quoted = pollination_texts(found)
    assert quoted["distillations.title"] == "No distillation has derivatives here"
    assert "Most often" in quoted["flows.title"], "without a teacher the most frequent flow speaks"
    assert hub_slice.text("flows.title").startswith("DeepSeek’s answers went into Qwen")
    merges = found["family_flows"].filter(kind="merge")
    assert merges["by_weights"].sum() == merges["models"].sum() > 0, "without the ledger, names pass for weights"
    assert "in name, not in weights" in hub_slice.text("flows.merges.sentence")
    assert "in name, not in weights" not in quoted["flows.merges.sentence"]


@pytest.mark.parametrize("which", ["hub_slice", "sample"])
def test_the_sentence_agrees_with_the_table(which: str, request: pytest.FixtureRequest) -> None:
    report = request.getfixturevalue(which)
    credit = report.table("distillation_credit").filter(pl.col("credit") == "to_base", pl.col("distilled") > 0)
    assert credit.height
    for family, distilled, derivatives in credit.select("family", "distilled", "derivatives").iter_rows():
        shown = distilled if derivatives is None else derivatives
        assert f"{shown:,}" in report.text("distillations.sentence"), family


# --------------------------------------------------------------------------------------- figures


DRAW = {"family_flows": flow_charts.flows, "distillations": distillation_charts.distillations}


def drawn(report: Report, name: str) -> Figure | Absent:
    return DRAW[name](report.table(name), FAMILIES, report.facts())


def drawn_of(built: Tables, known: Report) -> Figure | Absent:
    """The figure of distillations; `known`: whose facts on the snapshot stand below it."""
    quoted = known.facts() | facts.credit_facts(built["distillation_credit"])
    return distillation_charts.distillations(built["distillations"], FAMILIES, quoted)


def test_ribbons_keep_their_width_and_fill_their_nodes(hub_slice: Report) -> None:
    pairs = flow_charts.folded(hub_slice.table("family_flows"))
    bands, nodes = flow_charts.ribbons(pairs)
    assert bands.height == pairs.height * flow_charts.SAMPLES
    widths = bands.with_columns(width=pl.col("y2") - pl.col("y")).group_by("flow").agg(pl.col("width").std())
    assert widths["width"].max() == pytest.approx(0, abs=1e-5)
    for side, x in (("from_family", 0), ("to_family", 1)):
        at = bands.filter(pl.col("x") == x).sort("y")
        own = nodes.filter(pl.col("side") == side).sort("y")
        assert own.height <= flow_charts.NODES
        assert (at["y2"] - at["y"]).sum() == pytest.approx(1, abs=1e-4)
        assert (own["y2"] - own["y"]).sum() == pytest.approx(1)
        assert (own["y"].to_numpy()[1:] >= own["y2"].to_numpy()[:-1]).all(), "nodes do not overlap"
        assert (at["y2"].to_numpy()[:-1] <= at["y"].to_numpy()[1:] + 1e-5).all(), "nor do ribbons at a node"


def test_more_families_than_nodes_become_others_and_nothing_is_lost() -> None:
    rows = [(f"F{i}", f"T{j}", "merge", i + j + 1, 0) for i in range(12) for j in range(12)]
    table = pl.DataFrame(rows, schema=["from_family", "to_family", "kind", "models", "by_weights"], orient="row")
    pairs = flow_charts.folded(table)
    assert pairs["from_family"].n_unique() == pairs["to_family"].n_unique() == flow_charts.NODES
    assert pairs["models"].sum() == table["models"].sum()
    assert flow_charts.folded(table, givers=4)["from_family"].n_unique() == 4


@pytest.mark.parametrize("name", ["family_flows", "distillations"])
def test_figures_draw_the_same_bytes_on_both_snapshots(name: str, hub_slice: Report, sample: Report) -> None:
    for report in (hub_slice, sample):
        figure = drawn(report, name)
        assert isinstance(figure, Figure)
        assert figure.html == drawn(report, name).html
    assert drawn(hub_slice, name).html != drawn(sample, name).html


def test_a_hostile_release_is_text(sample: Report, tmp_path: Path) -> None:
    renamed = pl.when(pl.col("release") == DISTILL).then(pl.lit(HOSTILE)).otherwise("release").alias("release")
    directory = altered_register(tmp_path, distillations=lambda rows: rows.with_columns(renamed))
    rows = {"id": HOSTILE}, {"id": "b/x-<script>alert(1)</script>-gguf"}, {"id": "c/(x"}
    figure = drawn_of(build(*rows, directory=directory), sample)
    assert isinstance(figure, Figure)
    assert figure.table["release"].to_list() == [HOSTILE]
    assert "<script>alert" not in figure.html


def test_a_snapshot_without_any_distillation_says_so(sample: Report) -> None:
    absent = drawn_of(build({"id": "a/x"}), sample)
    assert isinstance(absent, Absent)
    assert "registered distillation" in absent.reason


def test_what_is_split_over_bases_adds_up_to_what_is_said_before(sample: Report) -> None:
    """68 of DeepSeek's and one of another maker's are 69, which the bases split into 49 and 20."""
    credit = sample.table("distillation_credit")
    every = credit["distilled_all"].unique().to_list()
    assert len(every) == 1, "the same repositories under each rule"
    text = sample.text("distillations.sentence")
    assert text.startswith(f"{every[0]} repositories bear the name")
    for rule in ("as_declared", "to_base"):
        counted = credit.filter(credit=rule)["distilled"].sum()
        assert counted == every[0] or f"{words.word(every[0] - counted)} count" in text
