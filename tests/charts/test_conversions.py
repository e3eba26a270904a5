"""Who converts each group: makers by their own repositories, others by what they link to, panels on one scale."""

import polars as pl

from pipeline import register
from pipeline.base.facts import PageFacts, sentence
from pipeline.chapters.lineage.converters import conversions
from pipeline.chapters.lineage.facts_converters import conversion_facts
from pipeline.chapters.lineage.schema import GroupConverters
from pipeline.charts.lineage import conversions as charts
from tests.counting.memory import REGISTER

FAMILIES = register.load("families", REGISTER)
REPOSITORIES = pl.DataFrame(
    [
        ("Elm", "Elm Labs", "elm", False),  # the base
        ("Elm", "Elm Labs", "elm", True),  # its maker's own conversion
        (None, "fast", "fast", True),
        (None, "fast", "fast", True),
        (None, "slow", "slow", True),
        ("Oak", "Oak Inc", "oak", False),
    ],
    schema={"group": pl.String, "owner": pl.String, "space": pl.String, "in_format": pl.Boolean},
    orient="row",
).with_row_index("node")


def links(*rows: tuple[int, int, str, str]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=["child", "parent", "relation_corrected", "evidence"], orient="row").with_columns(
        pl.col("child", "parent").cast(pl.UInt32)
    )
    return frame.hstack(REPOSITORIES.select("group")[frame["parent"]]).hstack(
        REPOSITORIES.select(own_group="group")[frame["child"]]
    )


def made(*rows: tuple[int, int, str, str]) -> pl.DataFrame:
    found = conversions(links(*rows), REPOSITORIES, REPOSITORIES["in_format"], pl.Series(["Fast"]))
    return GroupConverters.validate(found).sort("group", "rank")


BOTH = made(
    (2, 0, "quantized", "declared"),
    (3, 0, "quantized", "declared"),
    (4, 0, "finetune", "declared"),
    (1, 0, "quantized", "declared"),
    (4, 5, "quantized", "declared"),
)


def test_makers_count_by_their_own_repositories_and_others_by_their_links() -> None:
    assert BOTH.select("group", "uploader", "is_maker", "repositories", "of_group").rows() == [
        ("Elm", "fast", False, 2, 3),
        ("Elm", "Elm Labs", True, 1, 3),
        ("Oak", "slow", False, 1, 1),
        ("Oak", "Oak Inc", True, 0, 1),
    ]
    assert BOTH.filter("is_repackager")["uploader"].to_list() == ["fast"]


def test_inferred_links_count_where_nothing_is_declared_alone() -> None:
    inferred = (4, 0, "quantized", "inferred")
    assert made(inferred)["uploader"].to_list() == ["Elm Labs", "slow"]
    assert set(made(inferred)["evidence"]) == {"inferred"}
    assert "slow" not in made(inferred, (2, 0, "quantized", "declared"))["uploader"]


def page(table: pl.DataFrame, subject: str = "Elm", reference: str = "Oak") -> PageFacts:
    given = {"report.subject": subject, "report.reference": reference}
    given |= {"snapshot.named": "sample of May", "snapshot.source_line": "the Hub in May"}
    noted = {key: sentence(text, "x") for key, text in given.items()}
    return PageFacts(noted | conversion_facts(table, subject, reference))


def test_the_title_sets_both_makers_beside_each_other() -> None:
    facts = page(BOTH)
    assert facts["anatomy.conversions.title"]["text"] == (
        "Elm Labs made 33% of Elm’s conversions itself, Oak Inc 0% of Oak’s"
    )
    assert (
        "Of 3 conversions of Elm, fast made 2 and Elm Labs itself 1." in facts["anatomy.conversions.sentence"]["text"]
    )
    assert "found by name" not in facts["anatomy.conversions.sentence"]["text"]
    by_name = page(made((2, 0, "quantized", "inferred")))
    assert by_name["anatomy.conversions.title"]["text"] == "Elm Labs made 50% of Elm’s conversions itself"
    assert "found by name" in by_name["anatomy.conversions.sentence"]["text"]
    assert "not in this snapshot" in page(BOTH.clear())["anatomy.conversions.title"]["text"]


def many() -> pl.DataFrame:
    """Eight groups; the pair is the smallest two."""
    rows = [
        {
            "group": group,
            "uploader": f"u{n}" if n else f"{group} Inc",
            "is_maker": not n,
            "rank": n + 1,
            "repositories": (20 - n) * (9 - size) if n else 0,
            "of_group": 200 * (9 - size),
            "uploaders": 8,
            "is_repackager": False,
            "evidence": "declared",
        }
        for size, group in enumerate(["A", "B", "C", "D", "E", "F", "Elm", "Oak"])
        for n in range(8)
    ]
    return pl.DataFrame(rows)


def test_six_panels_hold_the_pair_and_each_its_maker() -> None:
    rows = charts.shown(many(), page(BOTH))
    assert rows["group"].unique(maintain_order=True).to_list() == ["A", "B", "C", "D", "Elm", "Oak"]
    assert rows.filter("is_maker").height == charts.GROUPS
    assert set(rows.group_by("group").len()["len"]) == {charts.OTHERS + 1}


def test_one_px_stands_for_the_same_share_in_every_panel_and_panels_do_not_overlap() -> None:
    dots = charts.placed(charts.shown(many(), page(BOTH)), 280, 3)
    scale = dots.filter(pl.col("share") > 0).select(((pl.col("end") - pl.col("start")) / pl.col("share")).round(6))
    assert scale.unique().height == 1
    assert dots.select("left", "y").is_unique().all()
    assert max(dots["end"] - dots["left"]) < 280


def test_the_figure_is_drawn_in_both_widths_with_makers_in_colour() -> None:
    named = many().with_columns(pl.col("group").replace({"Elm": "Qwen", "Oak": "Llama"}))
    known = page(named, "Qwen", "Llama")
    figure = charts.conversions(named.with_columns(repositories=pl.max_horizontal("repositories", 1)), FAMILIES, known)
    assert figure is not None
    for view, spec in figure.specs.items():
        drawing = figure.svg_of(view, spec)
        assert "var(--family-1)" in drawing
        assert "var(--family-2)" in drawing
    assert charts.conversions(named.clear(), FAMILIES, known) is None
