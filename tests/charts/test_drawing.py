"""Altair, with what it does twice spared, draws what it would draw."""

import json
import subprocess
import sys
from typing import Any

import pytest
from altair.utils import core

from pipeline.charts.kit.drawing import alt

LAYERED = """
import json, sys
import polars as pl
{altair}
rows = pl.DataFrame({{"day": ["2025-01-01", "2025-02-01"], "n": [1, 2]}})
base = alt.Chart(rows).encode(x="day:T", y=alt.Y("n:Q"))
layered = alt.layer(base.mark_line(), base.mark_text().encode(text="n:Q", x=alt.value(3))).properties(width=300)
wide, late = alt.param("wide", value=3), alt.datum.n > 1
marked = base.mark_point().encode(
    tooltip=["day:T", alt.Tooltip("n:Q", format=",")],
    color=alt.condition(late, alt.value("red"), alt.value("blue")),
    opacity=alt.when(late).then(alt.value(1)).otherwise(alt.value(0.5)),
    shape=alt.when(late).then("n:O"),
    order={{"field": "n", "type": "quantitative"}},
    strokeWidth=alt.value(wide),
).add_params(wide)
both = alt.vconcat(layered, alt.hconcat(base.mark_point(), base.mark_bar().properties(name="named")))
print(json.dumps([chart.to_dict() for chart in (layered, both, marked)], sort_keys=True))
"""


def drawn(altair: str) -> str:
    """The specifications that a process of its own makes, which numbers views from one."""
    command = [sys.executable, "-c", LAYERED.format(altair=altair)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_charts_are_those_of_altair_alone() -> None:
    assert drawn("from pipeline.charts.kit.drawing import alt") == drawn("import altair as alt")


def test_altair_asks_for_a_channel_where_its_class_is_chosen_here(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    chosen = core._ChannelCache._wrap_in_channel

    def noted(known: Any, stated: Any, name: str) -> Any:
        asked.append(name)
        return chosen(known, stated, name)

    monkeypatch.setattr(core._ChannelCache, "_wrap_in_channel", noted)
    alt.Chart(alt.Data(name="rows")).mark_point().encode(x="x:Q", y=alt.value(1))
    assert asked == ["x", "y"]
    assert chosen.__module__ == "pipeline.charts.kit.drawing"


def test_a_parameter_is_lifted_out_of_the_part_that_has_it() -> None:
    base = alt.Chart(alt.Data(name="rows")).mark_point().encode(x="x:Q")
    chosen = base.add_params(alt.selection_point(name="chosen"))
    for chart in (alt.layer(base, chosen), alt.vconcat(base, alt.layer(chosen, base))):
        spec = chart.to_dict()
        assert [param["name"] for param in spec["params"]] == ["chosen"]
        assert '"params"' not in json.dumps(spec.get("layer", spec.get("vconcat")))
