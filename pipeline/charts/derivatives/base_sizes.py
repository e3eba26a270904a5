"""The figure on sizes of what is built on: subject and reference over each other, a panel a snapshot."""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.chapters.derivatives.base_sizes import CLASSES, UNKNOWN
from pipeline.charts.kit import room
from pipeline.charts.kit.axes import rows_of
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.families import compared, ranks
from pipeline.charts.kit.figure import Figure, source_line
from pipeline.charts.kit.scales import family_style
from pipeline.charts.kit.theme import is_phone

ROW = 44
"""Height of a size class, px."""
_BAR, _GAP = 15, 28


def base_sizes(sizes: pl.DataFrame, families: pl.DataFrame, facts: PageFacts) -> Figure | None:
    """Share of derivatives by the size of the base that they name. sizes: the table `base_sizes`."""
    if sizes.is_empty():
        return None
    pair, order = compared(facts), [*CLASSES, UNKNOWN]
    sizes = sizes.sort("date", "kind", pl.col("group").cast(pl.Enum(pair)), pl.col("size_class").cast(pl.Enum(order)))
    share = pl.col("share").map_elements(words.percent, return_dtype=pl.String)
    drawn = sizes.with_columns(value=pl.when(pl.col("bases") > 0).then(share).otherwise(pl.lit("–")))
    drawn = drawn.filter(pl.col("derivatives").sum().over("size_class") > 0)
    counts = sizes.group_by("kind", "label", "group", "of_group", maintain_order=True).agg()
    listed = [f"{group} {words.number(many)} ({label})" for _, label, group, many in counts.iter_rows()]
    return Figure(
        key="derivatives-base-sizes",
        title=facts.text("base_sizes.title"),
        subtitle=(
            f"Direct declared derivatives of {pair[0]} and {pair[1]} by total parameters of the release they "
            f"name, share of each; {facts.text('base_sizes.label')}"
        ),
        draw=lambda width: _panels(drawn, families, pair, width),
        description=(
            f"Bar chart of shares of derivatives by size of the base, {pair[0]} over {pair[1]}, a panel for each of "
            f"{facts.text('base_sizes.label')}. {facts.text('base_sizes.sentence')}"
        ),
        table=drawn.select("label", "group", "size_class", "bases", "derivatives", "share"),
        column_labels={
            "label": "Counted in",
            "group": "Built on",
            "size_class": "Size of the base",
            "bases": "Releases",
            "derivatives": "Derivatives",
        },
        source=source_line(facts.text("base_sizes.source"), f"n = {words.listed(listed)} derivatives"),
        note="A dash: no release of that size. A flow says what was new in its days, not what stands.",
        kind="Bar chart",
        span="wide",
    )


def _panels(drawn: pl.DataFrame, families: pl.DataFrame, pair: list[str], width: int) -> alt.TopLevelMixin:
    phone, rank = is_phone(width), ranks(families)
    order = [name for name in [*CLASSES, UNKNOWN] if name in drawn["size_class"]]
    names = int(room.widest(order)) + 14
    kinds = drawn.select("kind", "label").unique(maintain_order=True).rows()
    columns = 1 if phone else len(kinds)
    plot = (width - columns * names - (columns - 1) * _GAP - 12) // columns
    looks = [family_style(rank.get(name)) for name in pair]
    top = max(drawn["share"]) * plot / (plot - room.widest(drawn["value"].to_list()) - 10)
    panels = []
    for kind, label in kinds:
        rows = drawn.filter(kind=kind)
        x = alt.X("share:Q", title=None, axis=None, scale=alt.Scale(domain=[0, top], nice=False))
        y = rows_of("size_class", order, minExtent=names, maxExtent=names, labelLimit=names)
        offsets = [-_BAR // 2 - 1, _BAR // 2 + 2]
        layers = []
        for name, look, offset in zip(pair, looks, offsets, strict=True):
            base = alt.Chart(rows.filter(group=name))
            layers += [
                base.mark_bar(color=look.mark, height=_BAR, yOffset=offset).encode(x=x, y=y),
                base.mark_text(align="left", dx=4, dy=offset, color=look.text).encode(x=x, y=y, text="value:N"),
            ]
        title = alt.Title(
            room.cut(_upper(label), plot + names, 14, bold=True), anchor="start", offset=6, frame="bounds"
        )
        panels.append(alt.layer(*layers).properties(width=plot, height=ROW * len(order), title=title))
    named = _legend(pair, [look.mark for look in looks], [look.text for look in looks], width - names - 12)
    return alt.vconcat(named, alt.concat(*panels, columns=columns, spacing=_GAP), spacing=8).configure(
        autosize=alt.AutoSizeParams(type="pad", contains="padding")
    )


def _legend(pair: list[str], marks: list[str], texts: list[str], width: int) -> alt.LayerChart | alt.FacetChart:
    """Names of the two on top, in their colours. width: of the plots below, px."""
    half = width / 2 - 24
    rows = pl.DataFrame(
        {
            "name": [room.cut(name, half, bold=True) for name in pair],
            "x": [8.0, 8.0 + min(half, room.width(pair[0], bold=True) + 40)],
        }
    )
    scale = alt.Scale(domain=[0, width], nice=False)
    layers = []
    for row, mark, text in zip(rows.iter_slices(1), marks, texts, strict=True):
        base = alt.Chart(row)
        x = alt.X("x:Q", axis=None, scale=scale)
        layers += [
            base.mark_point(shape="square", size=120, color=mark).encode(x=x),
            base.mark_text(align="left", dx=12, fontWeight="bold", color=text).encode(x=x, text="name:N"),
        ]
    return alt.layer(*layers).properties(width=width, height=20)


def _upper(label: str) -> str:
    return label[:1].upper() + label[1:]
