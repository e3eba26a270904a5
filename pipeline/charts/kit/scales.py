"""How a family looks in every figure: its colour, shape and dash follow from its rank in the register."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.families import ranks

_SHAPES = ("circle", "square", "diamond", "triangle-up", "triangle-down")
_COLOURED = 10


@dataclass(frozen=True)
class FamilyStyle:
    """How one family is drawn: the colours of its marks and of its name, its shape, the dash of its line."""

    mark: str
    text: str
    shape: str
    dash: tuple[int, int]


def family_style(rank: int | None) -> FamilyStyle:
    """The look of the family with this rank of the register; grey from 11 on and without a rank."""
    if rank is None or not 1 <= rank <= _COLOURED:
        return FamilyStyle("var(--family-grey)", "var(--family-grey-text)", "circle", (1, 0))
    return FamilyStyle(
        mark=f"var(--family-{rank})",
        text=f"var(--family-{rank}-text)",
        shape=_SHAPES[(rank - 1) % len(_SHAPES)],
        dash=(6, 3) if rank > len(_SHAPES) else (1, 0),
    )


@dataclass(frozen=True)
class FamilyScales:
    """Scales over the families of one figure, in the figure's order."""

    families: tuple[str, ...]
    styles: tuple[FamilyStyle, ...]

    def _scale(self, values: list[Any]) -> alt.Scale:
        return alt.Scale(domain=list(self.families), range=values)

    @property
    def color(self) -> alt.Scale:
        """For marks."""
        return self._scale([style.mark for style in self.styles])

    @property
    def text_color(self) -> alt.Scale:
        """For labels: darker where a mark's colour is too light for text."""
        return self._scale([style.text for style in self.styles])

    @property
    def shape(self) -> alt.Scale:
        """For points, so that families differ without colour."""
        return self._scale([style.shape for style in self.styles])

    @property
    def dash(self) -> alt.Scale:
        """For lines: dashed from rank 6 on."""
        return self._scale([list(style.dash) for style in self.styles])


def family_scales(
    ranks: Mapping[str, int | None],
    *,
    highlight: Collection[str] | None = None,
) -> FamilyScales:
    """Scales for the families of a figure, given in the figure's order with the register's rank.

    `highlight` keeps colour to these (at most five at once read well); the others turn grey.
    """
    shown = {
        family: rank if highlight is None or family in highlight else None  # keep the order given
        for family, rank in ranks.items()
    }
    return FamilyScales(tuple(shown), tuple(family_style(rank) for rank in shown.values()))


def scales_of(
    families: pl.DataFrame, names: Sequence[str], *, highlight: Collection[str] | None = None
) -> FamilyScales:
    """Scales for families or organisations in the figure's order. families: the register's table."""
    known = ranks(families)
    return family_scales({name: known.get(name) for name in names}, highlight=highlight)
