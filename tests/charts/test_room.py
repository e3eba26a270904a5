"""Text is measured without being drawn, never too narrow, and every pair's names have room."""

import json
import math
import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import altair as alt
import polars as pl
import pytest
import vl_convert
from hypothesis import given
from hypothesis import strategies as st

from pipeline import register
from pipeline.base.paths import Paths
from pipeline.charts.kit import ends, legends, room, theme
from tests.charts.drawn import figures

FAMILIES = register.load("families", Paths().register).sort("rank")
LARGEST = FAMILIES["family"].head(16).to_list()
ORGANISATIONS = sorted(
    register.load("organisations", Paths().register)["organisation"].unique(), key=lambda name: (-len(name), name)
)
ABSURD = "A Family of Open Language Models That Has Sixty Letters, Wow"
WORDS = [
    *LARGEST,
    *ORGANISATIONS[:12],
    ABSURD,
    "Modèles Français Ωmega",
    "阿里巴巴集团",
    "WWWWWWWWWW",
    "1,234 (number 14)",
    "—…→🤗",
]


def pairs() -> list[tuple[str, str]]:
    """All of the sixteen largest families, and organisations: the usual two and the longest names."""
    longest = [(ORGANISATIONS[0], name) for name in (*ORGANISATIONS[1:6], "Meta")]
    return [*combinations(LARGEST, 2), ("Alibaba", "Meta"), ("Alibaba", "Allen Institute for AI"), *longest]


def svg_width(chart: alt.TopLevelMixin) -> float:
    spec = chart.to_dict() | {"autosize": "pad"}
    spec["config"] = theme.config() | {"padding": 0, "autosize": "pad"}
    found = re.match(r'<svg [^>]*?width="([\d.]+)"', vl_convert.vegalite_to_svg(spec))
    assert found
    return float(found[1])


@pytest.mark.parametrize("bold", [False, True])
def test_words_are_not_drawn_wider_than_measured(bold: bool) -> None:
    for text in WORDS:
        mark = alt.Chart(pl.DataFrame({"text": [text]})).mark_text(
            align="left", fontSize=100, fontWeight="bold" if bold else "normal"
        )
        chart = mark.encode(text="text:N", x=alt.value(0), y=alt.value(0)).properties(width=1, height=1)
        drawn, measured = svg_width(chart), room.width(text, 100, bold=bold)
        assert drawn <= measured + 2
        if text.isascii():
            assert drawn > measured * 0.95, "measured, not guessed"


@pytest.mark.parametrize("columns", [1, 2, 3])
@pytest.mark.parametrize("size", [60, 100, 300])
def test_legends_are_not_drawn_wider_than_measured(columns: int, size: int) -> None:
    for names in (LARGEST[:3], LARGEST[-3:], ORGANISATIONS[:3]):
        rows = pl.DataFrame({"name": names, "at": [1, 1, 1]})
        look = alt.Legend(columns=columns, symbolSize=size)
        scale = alt.Scale(domain=names)
        color, shape = alt.Color("name:N", scale=scale, legend=look), alt.Shape("name:N", scale=scale, legend=look)
        points = alt.Chart(rows).mark_point().encode(x=alt.X("at:Q", axis=None), color=color, shape=shape)
        chart = points.properties(width=1, height=1)
        (legend,) = legends.legends_of(chart.to_dict()).values()
        assert (
            legend.width(columns) * 0.93 < svg_width(chart) <= math.ceil(legend.width(columns))
        )  # drawings are whole px wide


@pytest.fixture(scope="module")
def specs(sample: Any) -> list[tuple[str, int, str]]:
    """Every view of the sample's figures that names who is compared: figure, column in px, what Vega-Lite gets."""
    with pytest.MonkeyPatch.context() as patch:
        drawn = list(figures(sample, patch))
    views = [(figure, view, json.dumps(named(figure.specs[view]))) for figure in drawn for view in figure.specs]
    return [
        (figure.key, figure.columns[view], text) for figure, view, text in views if "Qwen" in text or "Llama" in text
    ]


def named(spec: dict[str, Any]) -> dict[str, Any]:
    """A specification without the numbers of its rows, and rows with the same words once."""
    words_of = {
        name: {json.dumps({key: value for key, value in row.items() if isinstance(value, str)}) for row in rows}
        for name, rows in spec["datasets"].items()
    }
    return {**spec, "datasets": {name: [json.loads(row) for row in sorted(rows)] for name, rows in words_of.items()}}


def taken(spec: dict[str, Any], chart: int) -> float:
    """Px that the legends of a chart take with its axis, or the longest of its titles."""
    grids = [legend.width(legend.most) for legend in legends.legends_of(spec).values()]
    across = max(grids, default=0.0) if "layout" in spec["config"]["legend"] else sum(grids)
    return max(across + legends.axis_width(spec, chart), *titles(spec), 0.0)


def titles(spec: dict[str, Any]) -> Iterator[float]:
    """What each title of a chart takes, px."""
    title = spec.get("title")
    look: dict[str, Any] = title if isinstance(title, dict) else {"text": title}
    text = look.get("text")
    if text:
        size, bold = look.get("fontSize", 15), look.get("fontWeight", "bold") == "bold"
        yield room.widest([text] if isinstance(text, str) else text, size, bold=bold)
    for part in ("layer", "hconcat", "vconcat", "concat"):
        for child in spec.get(part, []):
            yield from titles(child)


def test_legends_and_titles_of_every_pair_fit_into_their_column(specs: list[tuple[str, int, str]]) -> None:
    assert len({key for key, *_ in specs}) > 10
    for key, chart, text in specs:
        for subject, reference in [*pairs(), (ABSURD, "Qwen")]:
            spec = json.loads(reference.join(part.replace("Qwen", subject) for part in text.split("Llama")))
            assert taken(legends.fitted(spec, chart), chart) <= chart, (key, subject, reference)


@pytest.mark.parametrize("chart", [theme.PHONE, theme.BODY])
def test_names_of_rows_leave_the_larger_part_to_what_is_drawn(chart: int) -> None:
    for name in WORDS:
        assert room.plot([name], chart) > chart / 2
        assert theme.config(chart)["axis"]["labelLimit"] < chart / 2


def test_two_short_names_stay_in_one_line_and_long_ones_stand_below_each_other() -> None:
    def with_legends(*names: str) -> Any:
        color = {"field": "group", "type": "nominal", "scale": {"domain": [*names, "other families"]}}
        shape = {"field": "kind", "type": "nominal", "scale": {"domain": ["dense", "mixture of experts"]}}
        spec = {"mark": "point", "encoding": {"color": color, "shape": shape}, "config": {"legend": {}}}
        return legends.fitted(spec, 460)

    assert "layout" not in with_legends("Qwen", "Llama")["config"]["legend"]
    stacked = with_legends("Technology Innovation Institute", "Beijing Academy of Artificial Intelligence")
    assert stacked["config"]["legend"]["layout"] == {"direction": "vertical"}
    assert stacked["encoding"]["color"]["legend"]["columns"] == 1


@given(st.text(max_size=60), st.floats(20, 400), st.booleans())
def test_what_is_cut_or_wrapped_fits(text: str, wide: float, bold: bool) -> None:
    assert room.width(room.cut(text, wide, bold=bold), bold=bold) <= wide
    lines = room.lines(text, wide, bold=bold)
    assert all(room.width(line, bold=bold) <= wide for line in lines)
    if not any(line.endswith("…") for line in lines):
        assert " ".join(lines) == " ".join(text.split())


def test_a_word_that_was_cut_ends_its_line() -> None:
    assert room.lines("0<@ I", 21) == ["0…", "I"]


def test_an_axis_without_bars_ends_somewhere() -> None:
    assert room.axis_end([], [], 400, 1.1) > 0


def test_three_ends_are_refused_rather_than_left_where_they_touch() -> None:
    with pytest.raises(AssertionError, match="more than two ends"):
        room.beside_ends([10, 12, 14], [False] * 3, 300)


@given(st.lists(st.floats(0, 300), min_size=2, max_size=2), st.lists(st.booleans(), min_size=2, max_size=2))
def test_labels_of_two_lines_ends_do_not_touch(places: list[float], falls: list[bool]) -> None:
    falls = [
        fall and place < 280 for fall, place in zip(falls, places, strict=True)
    ]  # below none that ends at the foot
    one, two = (place + down for place, down in zip(places, room.beside_ends(places, falls, 300), strict=True))
    assert abs(one - two) >= 16
    assert max(one, two) <= 300
    assert (one < two) == (places[0] < places[1]) or places[0] == places[1]


@given(st.lists(st.tuples(st.floats(0.1, 1e6), st.sampled_from(WORDS)), min_size=1), st.floats(60, 600))
def test_bars_leave_room_for_the_label_at_their_end(rows: list[tuple[float, str]], plot: float) -> None:
    values, labels = [value for value, _ in rows], [label for _, label in rows]
    end = room.axis_end(values, labels, plot, 1.1)
    for value, label in rows:
        assert value / end * plot + min(room.width(label) + 8, 0.8 * plot) <= plot * 1.0001


def test_a_line_s_end_bears_name_and_value_and_the_name_is_cut_first() -> None:
    rows = pl.DataFrame({"year": [2026] * 2, "n": [1, 1], "group": [ABSURD, "Llama"]}).with_columns(
        name="group", amount=pl.lit("1,234"), falls=False
    )
    x, y, color = alt.X("year:O"), alt.Y("n:Q"), alt.Color("group:N")
    texts = ends.named(rows, "n", 10, (theme.PHONE, 320), x=x, y=y, color=color)
    labels = {row["label"] for text in texts for data in text.to_dict()["datasets"].values() for row in data}
    assert "Llama 1,234" in labels
    (cut,) = labels - {"Llama 1,234"}
    assert re.fullmatch(r"A Family of .*… 1,234", cut)
