"""Colours have a memory: blue and orange are families', and nothing that is no family bears a family's colour."""

import re
from colorsys import rgb_to_hls

import yaml

from pipeline.base.paths import PROJECT
from pipeline.charts.kit import theme

CHARTS = PROJECT / "pipeline" / "charts"
APART = 25
"""Degrees on the circle of hues between the accent's and each of the first two families', at least."""


def hue(colour: str) -> float:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return 360 * rgb_to_hls(red, green, blue)[0]


def test_no_chart_names_a_family_s_colour_by_its_rank() -> None:
    named = re.compile(r"var\(--family-\d+(?:-text)?\)")
    kit = CHARTS / "kit"
    found = [str(path) for path in CHARTS.rglob("*.py") if kit not in path.parents and named.search(path.read_text())]
    assert not found, "a family's colour follows from its rank: pipeline/charts/kit/scales.py"


def test_marks_without_a_colour_have_no_family_s() -> None:
    config = theme.config()
    assert {config[mark]["color"] for mark in ("line", "bar", "area", "point")} == {"var(--family-grey)"}
    assert not re.search(r"--family-\d", str(config)), "the theme names a family's colour"


def test_the_accent_is_neither_the_blue_nor_the_orange_of_families() -> None:
    colours = yaml.safe_load((CHARTS / "kit" / "colours.yaml").read_text(encoding="utf-8"))
    assert theme.LIGHT["accent"] == colours["accent"]["light"]
    for scheme in ("light", "dark"):
        for family in ("family-1", "family-2"):
            apart = abs(hue(colours["accent"][scheme]) - hue(colours[family][scheme]))
            assert min(apart, 360 - apart) > APART, (scheme, family)
