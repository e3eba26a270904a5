"""Names beside points: each where it touches nothing, above or below its point, to the right or to the left of it."""

from collections.abc import Sequence
from typing import Any

from pipeline.charts.kit import room
from pipeline.charts.kit.drawing import alt

SIZE = 12
"""Size of the names, px."""

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, px."""


def placed(
    points: Sequence[tuple[float, float, str | None]],
    width: float,
    height: float,
    most: int,
    lines: Sequence[Box] = (),
    *,
    bold: bool = False,
) -> list[str | None]:
    """Where each named point's label fits: `right-up`, `left-down`, ...; None where it would touch something.

    points: x and y in px of the plot, origin at its top left, and a name for those to be labelled, the most
    important first. At most `most` are labelled. lines: what no label may cross.
    """
    marks = [(x - 9, y - 5, x + 9, y + 5) for x, y, _ in points]
    labels: list[Box] = []
    spots: list[str | None] = []
    for place, (x, y, name) in enumerate(points):
        spots.append(None)
        if name is None or len(labels) >= most:
            continue
        long = room.width(name, SIZE, bold=bold)
        taken = [*marks[:place], *marks[place + 1 :], *labels, *lines]
        for spot, left, top in (
            ("right-up", x + 4, y - 18),
            ("left-up", x - 4 - long, y - 18),
            ("right-down", x + 4, y + 6),
            ("left-down", x - 4 - long, y + 6),
        ):
            box = (left, top, left + long, top + 12)
            inside = left >= 0 and top >= 0 and left + long <= width and top + 12 <= height
            if inside and not any(room.touch(box, other) for other in taken):
                spots[-1] = spot
                labels.append(box)
                break
    return spots


def labels(base: alt.Chart, x: alt.X, y: alt.Y, color: object, **look: Any) -> list[alt.Chart]:
    """One layer of text for each way in which a label stands at its point.

    base: rows with `name`, and `spot` as `placed` gives it. look: of the text.
    """
    ways = {"right-up": ("left", 5, -11), "left-up": ("right", -5, -11), "right-down": ("left", 5, 13)}
    ways["left-down"] = ("right", -5, 13)
    return [
        base.transform_filter(f"datum.spot === '{spot}'")
        .mark_text(align=align, dx=dx, dy=dy, fontSize=SIZE, **look)  # pyright: ignore[reportArgumentType]
        .encode(x=x, y=y, text="name:N", color=color)  # pyright: ignore[reportArgumentType]
        for spot, (align, dx, dy) in ways.items()
    ]
