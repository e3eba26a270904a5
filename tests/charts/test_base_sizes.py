"""Sizes of what is built on: each class for both groups, whose counts stand there, and the title from the shares."""

from datetime import date

import polars as pl

from pipeline import register
from pipeline.base.editions import Kind
from pipeline.base.facts import PageFacts, sentence
from pipeline.base.paths import Paths
from pipeline.chapters.derivatives.base_sizes import CLASSES, UNKNOWN, Basis, by_size, chosen
from pipeline.chapters.derivatives.facts_base_sizes import base_size_facts, size_title
from pipeline.charts.derivatives.base_sizes import base_sizes

PAIR = ("Qwen", "Llama")


def basis(kind: Kind, day: date, *rows: tuple[str, str | None, int], evidence: str = "declared") -> Basis:
    bases = pl.DataFrame(rows, schema=["family", "size_class", "all_relations"], orient="row")
    bases = bases.with_columns(evidence=pl.lit(evidence), organisation=pl.lit("one"))
    return Basis(kind, day, f"{kind} of {day.year}", "Hub", bases)


STOCK = basis(
    "stock",
    date(2024, 7, 11),
    ("Qwen", "1B to 4B", 60),
    ("Qwen", None, 40),
    ("Llama", "4B to 10B", 90),
    ("Phi", None, 9),
)
FLOW = basis("flow", date(2026, 8, 22), ("Qwen", "1B to 4B", 1), ("Llama", "under 1B", 3), ("Llama", "1B to 4B", 1))


def test_every_class_stands_for_both_and_shares_are_of_the_group() -> None:
    rows = by_size(STOCK, "family", PAIR)
    assert rows.height == 2 * (len(CLASSES) + 1)
    assert rows.filter(group="Qwen", size_class="1B to 4B").select("share", "of_group", "bases").row(0) == (0.6, 100, 1)
    assert rows.filter(group="Qwen", size_class=UNKNOWN)["share"].item() == 0.4
    assert rows.filter(group="Llama", size_class="1B to 4B")["derivatives"].item() == 0


def test_a_snapshot_in_which_one_is_not_built_on_says_nothing_of_both() -> None:
    alone = basis("stock", date(2025, 1, 1), ("Qwen", "1B to 4B", 5), ("Llama", "1B to 4B", 0))
    assert chosen([alone, FLOW, STOCK], "family", PAIR) == [STOCK, FLOW]


def test_inferred_links_and_a_flow_before_the_stock_are_left_out() -> None:
    inferred = basis("stock", date(2025, 1, 1), ("Qwen", None, 5), ("Llama", None, 5), evidence="inferred")
    old = basis("flow", date(2024, 1, 1), ("Qwen", None, 5), ("Llama", None, 5))
    assert chosen([inferred, STOCK, old], "family", PAIR) == [STOCK]


def test_the_title_gives_the_day_and_both_shares() -> None:
    title = size_title(by_size(STOCK, "family", PAIR), *PAIR)
    assert title == "In July 2024, 60% of what was built on Qwen named a model below 4B, none of Llama’s"
    title = size_title(by_size(STOCK, "family", ("Llama", "Phi")), "Llama", "Phi")
    assert title == "In July 2024 nobody built on a model below 4B of Llama or Phi"


def test_the_figure_draws_both_in_their_colours_the_older_panel_first() -> None:
    sizes = pl.concat([by_size(one, "family", PAIR) for one in (FLOW, STOCK)])
    given = {"report.subject": "Qwen", "report.reference": "Llama"}
    facts = PageFacts({key: sentence(text, "x") for key, text in given.items()} | base_size_facts(sizes, *PAIR))
    families = register.load("families", Paths().register)
    figure = base_sizes(sizes, families, facts)
    assert figure is not None
    assert figure.table["label"].unique(maintain_order=True).to_list() == ["stock of 2024", "flow of 2026"]
    assert figure.table["size_class"][0] == CLASSES[0]
    for view, spec in figure.specs.items():
        drawing = figure.svg_of(view, spec)
        assert "var(--family-1)" in drawing
        assert "var(--family-2)" in drawing


def test_without_counts_there_is_no_figure() -> None:
    nothing = by_size(STOCK, "family", PAIR).clear()
    given = {"report.subject": "Qwen", "report.reference": "Llama"}
    facts = PageFacts({key: sentence(text, "x") for key, text in given.items()} | base_size_facts(nothing, *PAIR))
    assert base_sizes(nothing, register.load("families", Paths().register), facts) is None
