"""The figure of memory against activated parameters.

Frames are `moe`, and the register's `machines` and `families`. Every word is made from
the rows, so other rows turn it.
"""

import math
from typing import Any

import polars as pl

from pipeline.architectures import memory
from pipeline.base import words
from pipeline.charts.kit import room
from pipeline.charts.kit.axes import log_ticks, ticks_at
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.kit.theme import is_phone
from pipeline.charts.moe.points import EXAMPLE, family_points, short

DESK_KINDS = memory.DESK_KINDS

NAMES, NAMES_ON_PHONE = 12, 6
"""Points that bear a name."""

_MEMORY = "memory-activated"


# ------------------------------------------------------------------ memory and activated parameters


def memory_activated(moe: pl.DataFrame, machines: pl.DataFrame, families: pl.DataFrame) -> Figure | Absent:
    """Bytes of the weights at 4 bits against activated parameters, with what machines hold."""
    counted = moe.filter(pl.col("count_method") == "config").drop_nulls(["weights_bytes_4bit", "parameters_active"])
    mixtures = counted.filter(pl.col("mixture") == "moe")
    if mixtures.is_empty():
        return Absent(_MEMORY, "Memory and activated parameters", "No mixture has its parameters counted.")
    table = counted.select(
        "model",
        "family",
        "mixture",
        "released",
        "parameters_total",
        "parameters_text",
        "parameters_active",
        memory_gb=pl.col("weights_bytes_4bit") / 1e9,
        active_billions=pl.col("parameters_active") / 1e9,
    ).sort("memory_gb", "model", descending=[True, False])
    capacity = machines.select(
        "machine",
        "kind",
        memory_gb=pl.col("memory_bytes") / 1e9,
    ).sort("memory_gb", "machine")
    example = _example(table)
    name, needs = short(example["model"]), example["memory_gb"]
    desk = capacity.filter(pl.col("kind").is_in(DESK_KINDS))
    holding = desk.filter(pl.col("memory_gb") >= needs)
    hold = "holds" if holding.height == 1 else "hold"
    count = words.word(holding.height) if holding.height else "none"
    title = f"At 4 bits {name} needs {_gb(needs)}: {count} of {words.word(desk.height)} desk machines {hold} it"
    sparsest = table.filter(pl.col("mixture") == "moe").sort(pl.col("active_billions") / pl.col("memory_gb"))[0]
    dense = table.filter(pl.col("mixture") == "dense")
    largest = table.row(0, named=True)
    names = ", ".join(holding["machine"]) or "none"
    return Figure(
        key=_MEMORY,
        title=title,
        subtitle=(
            f"Bytes of the weights at 4 bits, in GB of 10⁹ bytes, and activated parameters per token, in billions, "
            f"of {table.height} releases with a counted configuration; vertical lines: the largest machine of each "
            "kind; dashed: dense; grey: other families; both axes log"
        ),
        draw=lambda width: _scatter(table, capacity, families, width),
        description=(
            f"Scatter plot of memory in GB against activated parameters in billions for {table.height} releases, "
            f"{mixtures.height} MoE models and {dense.height} dense, both axes logarithmic. {title}.\n\n"
            f"Memory runs from {_gb(table.row(-1, named=True)['memory_gb'])} to {_gb(largest['memory_gb'])} "
            f"({short(largest['model'])}). {name} activates {words.billions(example['parameters_active'])} parameters "
            f"per token, embeddings counted; desk machines that hold it at 4 bits: {names}.\n\n"
            f"Dense models lie on the diagonal, MoE models below it: furthest is {short(sparsest['model'][0])}, which "
            f"activates {words.percent(_active_share(sparsest.row(0, named=True)))} of its parameters. Total "
            "parameters set the memory, activated ones the work per token."
        ),
        table=table,
        column_labels={
            "model": "Release",
            "family": "Family",
            "mixture": "Kind",
            "parameters_total": "Parameters",
            "parameters_active": "Activated per token",
            "memory_gb": "GB at 4 bits",
        },
        source=source_line(
            "config.json of each release, vendors' pages for machines (register of this report)",
            f"{table.height} releases · weights counted, half a byte each",
        ),
        note=(
            f"Desk machines, smallest first: {', '.join(desk['machine'])}. Vendors name memory in units of 1,024³ "
            "bytes. Weights alone: the cache of a long context, scales of the 4-bit format and the system need more. "
            "Holding a model is not fine-tuning it, which takes several times the memory."
        ),
        kind="Scatter plot",
    )


def _example(table: pl.DataFrame) -> dict:
    """The row of the essay's example; the largest mixture stands in where it is absent."""
    mixtures = table.filter(pl.col("mixture") == "moe")
    named = mixtures.filter(pl.col("model") == EXAMPLE)
    return (named if named.height else mixtures).row(0, named=True)


def _active_share(row: dict) -> float:
    return row["parameters_active"] / (row["parameters_text"] or row["parameters_total"])


def _gb(value: float) -> str:
    return words.gigabytes(value * 1e9)


def _scatter(
    table: pl.DataFrame,
    capacity: pl.DataFrame,
    families: pl.DataFrame,
    width: int,
) -> alt.TopLevelMixin:
    phone = is_phone(width)
    height = 330 if phone else 520
    memory = (
        _bound(table["memory_gb"], capacity["memory_gb"], low=True),
        _bound(capacity["memory_gb"], table["memory_gb"]),
    )
    active = (_bound(table["active_billions"], low=True), _bound(table["active_billions"]))
    plot = width - 52, height - 90  # what the axes and the legend leave, near enough to place names
    rules = _capacities(capacity, active, plot[1], desk_only=phone)
    above = ROW * (rules.height + 1)
    named_above = active[0], active[1] * _up(active, plot[1], above)
    x_scale, y_scale = (alt.Scale(type="log", domain=list(ends), nice=False) for ends in (memory, named_above))
    thousands = "format(datum.value, ',')"
    x_axis = alt.Axis(title="GB at 4 bits, log scale", **ticks_at(log_ticks(*memory)), labelExpr=thousands)
    y_axis = alt.Axis(title=None, **ticks_at(log_ticks(*active)), labelExpr=thousands)
    x, y = alt.X("memory_gb:Q", scale=x_scale, axis=x_axis), alt.Y("active_billions:Q", scale=y_scale, axis=y_axis)
    tooltip = [
        alt.Tooltip("model:N", title="Release"),
        alt.Tooltip("active_billions:Q", title="Activated, billions", format=".3~r"),
        alt.Tooltip("memory_gb:Q", title="GB at 4 bits", format=".3~r"),
    ]
    points = family_points(table, families, width, size=70, legend="bottom", tooltip=tooltip).encode(x=x, y=y)
    ends = [max(memory[0], active[0] / 2), min(memory[1], active[1] / 2)]
    diagonal = alt.Chart(pl.DataFrame({"memory_gb": ends, "active_billions": [2 * end for end in ends]}))
    dense = diagonal.mark_line(strokeDash=[5, 4], strokeWidth=1.5, color="var(--muted)").encode(x=x, y=y)
    ends_at = alt.Y("row:Q", scale=y_scale, axis=y_axis)
    stands = alt.Chart(rules).encode(x=x)
    names = _placed(table, memory, active, plot, NAMES_ON_PHONE if phone else NAMES)
    layers = [
        stands.mark_rule(strokeWidth=1, color="var(--muted)", opacity=0.7).encode(y=ends_at, y2="foot:Q"),
        stands.mark_point(size=18, color="var(--muted)").encode(y=ends_at),
        stands.mark_text(align="right", dx=-6, fontSize=12, color="var(--muted)").encode(y=ends_at, text="machine:N"),
        dense,
        points,
    ]
    named_at = alt.Y("named_at:Q", scale=y_scale, axis=y_axis)
    layers += [
        alt.Chart(names.filter(pl.col("side") == _BY_LINE))
        .mark_rule(strokeWidth=1, color="var(--ink)")
        .encode(x=x, y=y, y2="named_at:Q")
    ]
    layers += [
        alt.Chart(names.filter(pl.col("side") == side))
        .mark_text(**offset, **halo, fontSize=12)
        .encode(x=x, y=named_at, text="name:N")
        for side, offset in _SIDES.items()
        for halo in (_HALO, {})
        if side in names["side"]
    ]
    heading = alt.TitleParams(
        "Billion parameters activated per token, log scale", fontSize=13, fontWeight="normal", color="var(--muted)"
    )
    return alt.layer(*layers).properties(width=width, height=height + above, title=heading)


_BY_LINE = "by line"
"""A name at the end of a line below its point."""

_HALO: dict[str, Any] = {"stroke": "var(--surface)", "strokeWidth": 4, "strokeJoin": "round"}
_SIDES: dict[str, dict[str, Any]] = {
    "right": {"align": "left", "dx": 8},
    "left": {"align": "right", "dx": -8},
    "below": {"align": "center", "dy": 15},
    "above": {"align": "center", "dy": -13},
    "below left": {"align": "right", "dx": 5, "dy": 15},
    "below right": {"align": "left", "dx": -5, "dy": 15},
    "above left": {"align": "right", "dx": 5, "dy": -13},
    "above right": {"align": "left", "dx": -5, "dy": -13},
    _BY_LINE: {"align": "center", "dy": 7},
}
"""Where a name may stand beside its point, first choice first."""


def _bound(values: pl.Series, *others: pl.Series, low: bool = False) -> float:
    ends = [float(series.min() if low else series.max()) for series in (values, *others)]  # pyright: ignore[reportArgumentType]
    return min(ends) / 1.4 if low else max(ends) * 1.4


ROW = 16
"""Height of a row of names of machines, px."""


def _up(ends: tuple[float, float], pixels: int, by: float) -> float:
    """The factor that is so many px higher on a log axis on which the two ends are `pixels` apart."""
    return (ends[1] / ends[0]) ** (by / pixels)


def _capacities(capacity: pl.DataFrame, active: tuple[float, float], pixels: int, *, desk_only: bool) -> pl.DataFrame:
    """The largest machine of each kind, and where its line ends above the points: a larger one a row higher.

    So its name stands left of the end of its line, clear of the lines of smaller ones.
    """
    shown = capacity.filter(pl.col("kind").is_in(DESK_KINDS)) if desk_only else capacity
    largest = shown.sort("memory_gb", "machine").unique("kind", keep="last", maintain_order=True)
    rows = [active[1] * _up(active, pixels, ROW * (place + 0.5)) for place in range(largest.height)]
    return largest.with_columns(row=pl.Series(rows, dtype=pl.Float64), foot=pl.lit(active[0]))


def _placed(
    table: pl.DataFrame,
    memory: tuple[float, float],
    active: tuple[float, float],
    plot: tuple[int, int],
    limit: int,
) -> pl.DataFrame:
    """Names that fit beside their points without touching another name or point, largest first."""

    def place(value: float, ends: tuple[float, float], pixels: int) -> float:
        return (math.log(value) - math.log(ends[0])) / (math.log(ends[1]) - math.log(ends[0])) * pixels

    spots = [
        (place(row["memory_gb"], memory, plot[0]), plot[1] - place(row["active_billions"], active, plot[1]), row)
        for row in table.iter_rows(named=True)
    ]
    taken: list[tuple[float, float, float, float]] = [(x - 4, y - 4, x + 4, y + 4) for x, y, _ in spots]
    found: list[dict] = []
    for x, y, row in sorted(spots, key=lambda spot: _priority(spot[2], table)):
        label = short(row["model"])
        crowded = any(abs(x - other["x"]) < 9 and abs(y - other["y"]) < 9 for other in found)
        if len(found) == limit or crowded:
            continue
        wide = 6.7 * len(label)
        boxes = {
            "right": (x + 7, y - 7, x + 9 + wide, y + 7),
            "left": (x - 9 - wide, y - 7, x - 7, y + 7),
            "below": (x - wide / 2, y + 8, x + wide / 2, y + 22),
            "above": (x - wide / 2, y - 20, x + wide / 2, y - 6),
            "below left": (x + 5 - wide, y + 8, x + 5, y + 22),
            "below right": (x - 5, y + 8, x - 5 + wide, y + 22),
            "above left": (x + 5 - wide, y - 20, x + 5, y - 6),
            "above right": (x - 5, y - 20, x - 5 + wide, y - 6),
        }
        lengths = range(24, 120, 8) if row["model"] == EXAMPLE else ()
        places = [(side, 0, box) for side, box in boxes.items()]
        places += [(_BY_LINE, down, (x - wide / 2, y + down, x + wide / 2, y + down + 14)) for down in lengths]
        for side, down, box in places:
            inside = box[0] >= 0 and box[2] <= plot[0] and box[1] >= 0 and box[3] <= plot[1]
            if inside and not any(room.touch(box, other) for other in taken):
                taken.append(box)
                named_at = row["active_billions"] * (active[0] / active[1]) ** (down / plot[1])
                found.append({**row, "name": label, "side": side, "named_at": named_at, "x": x, "y": y})
                break
    columns = {"name": pl.String, "side": pl.String, "named_at": pl.Float64}
    return pl.DataFrame(found, schema={**table.schema, **columns})


def _priority(row: dict, table: pl.DataFrame) -> tuple:
    """Names go to the example, the largest dense release, then MoE models by size, then the rest."""
    dense = table.filter(pl.col("mixture") == "dense")["model"].head(1)
    rank = 0 if row["model"] == EXAMPLE else 1 if row["model"] in dense else 2 if row["mixture"] == "moe" else 3
    return rank, -float(f"{row['memory_gb']:.1e}"), len(row["model"]), row["model"]
