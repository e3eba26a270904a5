"""The figure on what people build on: how many bases of each size have several derivatives, and which have most.

Most bases have none or one derivative, so a dot for each draws rows of dots. What can be read is the share of bases
that have several, MoE models beside dense ones of the same size, and the few that stand out, by name.
"""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.base.vocabulary import RELATIONS
from pipeline.charts.kit import room
from pipeline.charts.kit.axes import row_texts, rows_for, ticks_at
from pipeline.charts.kit.drawing import alt
from pipeline.charts.kit.families import compared, ranks
from pipeline.charts.kit.figure import Absent, Figure, source_line
from pipeline.charts.kit.scales import family_style
from pipeline.charts.kit.theme import is_phone
from pipeline.hub.sizes import LARGEST, SIZE_CLASSES

PANELS = {
    "finetune": ("Fine-tunes", "finetune_corrected"),
    "adapter": ("Adapters", "adapter"),
    "quantized": ("Quantizations", "quantized_corrected"),
    "merge": ("Merges", "merge"),
}
"""Relation, its name in the reader's words, its column in `bases`."""

SEVERAL = 3
"""A base with so many derivatives has several."""
CLASSES = [*(name for _, name in SIZE_CLASSES), LARGEST]
NAMED = 8
"""Bases with most derivatives that are named."""
_KEY = "derivatives-per-base"
_KINDS = {"dense": ("var(--ink)", "circle"), "moe": ("var(--accent)", "diamond")}


def per_base(bases: pl.DataFrame, families: pl.DataFrame, facts: PageFacts) -> Figure | Absent:
    """Shares of bases with several derivatives by size and kind, a panel per relation; the bases with most, by name.

    bases: the table `bases`.
    """
    title, evidence = facts.text("bases.title"), facts.value("bases.evidence")
    if evidence is None:
        return Absent(_KEY, title, facts.text("bases.answer"))
    rows = bases.filter("is_out", evidence=evidence)
    sized = rows.filter(pl.col("size_class").is_in(CLASSES)).drop_nulls("mixture")
    if sized.is_empty():
        return Absent(_KEY, title, "No base that was out by then has a known size.")
    relations = shown(sized, facts)
    shares, named = by_class(sized, relations), most(rows, relations)
    unseen = [PANELS[name][0].lower() for name in PANELS if name not in relations]
    found = int(sum(sized[PANELS[name][1]].sum() for name in relations))
    what = "direct derivatives that others declare" if evidence == "declared" else "conversions found by name"
    return Figure(
        key=_KEY,
        title=finding(sized, relations),
        subtitle=(
            f"Share of registered bases with {words.word(SEVERAL)} or more {what}, by total parameters, and the bases "
            f"with most; {facts.text('snapshot.named')}"
        ),
        draw=lambda width: _chart(shares, named, families, compared(facts), width),
        description=(
            f"Dot plots of the share of bases with {words.word(SEVERAL)} or more of "
            f"{words.listed([PANELS[name][0].lower() for name in relations])}, dense beside MoE models, in "
            f"{words.word(shares['size_class'].n_unique())} classes of size, and a bar chart of the "
            f"{words.word(named.height)} bases with most. {title}.\n\n{facts.text('bases.answer')}\n\n"
            f"{in_words(shares)} {facts.text('bases.caveat')}"
        ),
        table=_table(sized),
        column_labels={
            "model": "Base",
            "family": "Family",
            "mixture": "Kind",
            "parameters_total": "Parameters",
            "months_since_release": "Months out",
            **{PANELS[name][1]: PANELS[name][0] for name in relations},
        },
        source=source_line(
            f"{facts.text('snapshot.source_line')}; releases register of this report",
            f"n = {words.number(sized.height)} bases, {words.number(found)} derivatives · relations corrected by "
            "format, own releases left out",
        ),
        note=(
            "Filled: dense bases; hollow diamond: MoE models. Values: dense · MoE models. Not placed: "
            f"{words.number(rows.height - sized.height)} bases of unknown size."
            + (f" No panel for {words.listed(unseen)}: not zero: this snapshot cannot show them." if unseen else "")
        ),
        kind="Dot plots and a bar chart",
    )


def finding(sized: pl.DataFrame, relations: list[str]) -> str:
    """How many MoE models and dense bases have several derivatives of the relation with most: what the panels show."""
    label, column = max((PANELS[name] for name in relations), key=lambda panel: int(sized[panel[1]].sum()))
    parts = [
        f"{words.percent(rows.select((pl.col(column) >= SEVERAL).mean()).item())} of {name}"
        for kind, name in (("moe", "MoE models"), ("dense", "dense bases"))
        if (rows := sized.filter(mixture=kind)).height
    ]
    return words.upper(f"{words.listed(parts)} have {words.word(SEVERAL)} or more {label.lower()}")


def shown(sized: pl.DataFrame, facts: PageFacts) -> list[str]:
    """Relations with a panel: all where the snapshot states relations, else those that are found."""
    stated = any(facts.value(f"relations.{name}.models") for name in ("finetune", "adapter", "merge"))
    return [name for name in PANELS if stated or sized[PANELS[name][1]].sum()]


def by_class(sized: pl.DataFrame, relations: list[str]) -> pl.DataFrame:
    """Rows of `relation, size_class, mixture, bases, several, share`: of how many bases how many have several."""
    counted = sized.select("size_class", "mixture", **{name: pl.col(PANELS[name][1]) for name in relations})
    long = counted.unpivot(index=["size_class", "mixture"], variable_name="relation", value_name="derivatives")
    return (
        long.group_by("relation", "size_class", "mixture")
        .agg(bases=pl.len(), several=(pl.col("derivatives") >= SEVERAL).sum())
        .with_columns(share=pl.col("several") / pl.col("bases"))
        .sort(pl.col("relation").cast(pl.Enum(list(PANELS))), pl.col("size_class").cast(pl.Enum(CLASSES)), "mixture")
    )


def most(rows: pl.DataFrame, relations: list[str]) -> pl.DataFrame:
    """The bases with most derivatives of the shown relations: `model, family, organisation, derivatives`."""
    every = pl.sum_horizontal([PANELS[name][1] for name in relations])
    return (
        rows.select("model", "family", "organisation", derivatives=every)
        .filter(pl.col("derivatives") > 0)
        .sort("derivatives", "model", descending=[True, False])
        .head(NAMED)
    )


def in_words(shares: pl.DataFrame) -> str:
    """Where the share of each kind is highest."""
    parts = []
    for kind, name in (("dense", "dense bases"), ("moe", "MoE models")):
        rows = shares.filter(mixture=kind).sort("share", "bases", descending=True, maintain_order=True)
        if rows.height and rows["share"][0]:
            top = rows.row(0, named=True)
            parts.append(
                f"Of {name} the share is highest at {top['size_class']}: {words.percent(top['share'])} of "
                f"{words.number(top['bases'])} have {words.word(SEVERAL)} or more {PANELS[top['relation']][0].lower()}."
            )
    return " ".join(parts) or f"No base has {words.word(SEVERAL)} or more."


def _table(sized: pl.DataFrame) -> pl.DataFrame:
    columns = ["model", "family", "organisation", "mixture", "size_class", "parameters_total", "parameters_active"]
    more = ["released", "months_since_release", "gated", "licence", *RELATIONS, "finetune_corrected"]
    counted = ["quantized_corrected", "all_relations", "own_releases", "derivatives_per_month"]
    listed = sized.select(*columns, *more, *counted, "mirrors", "derivatives_of_mirrors", "evidence")
    return listed.sort("all_relations", "model", descending=[True, False])


# ----------------------------------------------------------------------------------------- drawing


def _chart(
    shares: pl.DataFrame, named: pl.DataFrame, families: pl.DataFrame, pair: list[str], width: int
) -> alt.TopLevelMixin:
    top = float(shares["share"].max() or 0)  # type: ignore[arg-type]
    of_names = 14 if is_phone(width) else round(room.widest(CLASSES, 13)) + 24
    panels = [
        _panel(rows, top, width, of_names).properties(title=PANELS[str(name)][0])
        for (name,), rows in shares.group_by("relation", maintain_order=True)
    ]
    return alt.vconcat(*panels, *([_bars(named, families, pair, width, of_names)] if named.height else []), spacing=14)


def _panel(rows: pl.DataFrame, top: float, width: int, left: int) -> alt.LayerChart | alt.FacetChart:
    """A row for each size class: the share of dense bases and of MoE models, both in words at the right.

    left: room in px beside the plot, of the names.
    """
    phone = is_phone(width)
    value = pl.format(
        "{} of {}",
        pl.col("share").map_elements(words.percent, return_dtype=pl.String),
        pl.col("bases").map_elements(words.number, return_dtype=pl.String),
    )
    kinds = {
        kind: rows.filter(mixture=kind).select("size_class", pl.col("share").alias(kind), value.alias(f"{kind}_value"))
        for kind in _KINDS
    }
    wide = (
        rows.select("size_class")
        .unique(maintain_order=True)
        .join(kinds["dense"], on="size_class", how="left", maintain_order="left")
        .join(kinds["moe"], on="size_class", how="left", maintain_order="left")
        .with_columns(value=pl.format("{} · {}", *(pl.col(f"{kind}_value").fill_null("–") for kind in _KINDS)))
    )
    step = next(step for step in (0.02, 0.05, 0.1, 0.2, 0.25) if top / step <= 5 or step == 0.25)
    ticks = [step * n for n in range(int(top / step + 1e-9) + 1)]
    beyond = 1.08 if phone else 1.1 / (1 - (room.widest(wide["value"].to_list(), 13) + 12) / (width - left))
    scale = alt.Scale(domain=[-0.02 * (top or 1), (top or 1) * beyond], nice=False)
    axis = alt.Axis(**ticks_at(ticks), format=".0%", title=None, labelOverlap=False)
    y = rows_for(width, "size_class", wide["size_class"].to_list())
    marks = [
        alt.Chart(wide.drop_nulls(kind))
        .mark_point(strokeWidth=2, size=75, shape=shape, stroke=ink, fill=ink if kind == "dense" else "var(--surface)")
        .encode(x=alt.X(f"{kind}:Q", scale=scale, axis=axis), y=y)
        for kind, (ink, shape) in _KINDS.items()
    ]
    height = wide.height * (40 if phone else 25) + 8
    return alt.layer(*row_texts(wide, width, name="size_class"), *marks).properties(width=width - left, height=height)


def _bars(
    named: pl.DataFrame, families: pl.DataFrame, pair: list[str], width: int, left: int
) -> alt.LayerChart | alt.FacetChart:
    """The bases with most, in the colours of the two that are compared, grey for others.

    left: room in px beside the plots above, which this one shares.
    """
    phone, known = is_phone(width), ranks(families)
    size = 12 if phone else 13
    both = pl.coalesce(pl.when(pl.col(name).is_in(pair)).then(name) for name in ("family", "organisation"))
    rows = named.with_columns(
        group=both.fill_null(""),
        label=pl.col("derivatives").map_elements(words.number, return_dtype=pl.String),
        name=pl.col("model").map_elements(
            lambda name: room.cut(name, width - 60 if phone else width * 0.55, size), return_dtype=pl.String
        ),
    )
    groups = [*pair, ""]
    colors = [family_style(known.get(name)).mark for name in groups]
    color = alt.Color("group:N", legend=None, scale=alt.Scale(domain=groups, range=colors))
    y = alt.Y("model:N", sort=rows["model"].to_list(), title=None, axis=None)
    start = 0 if phone else max(round(room.widest(rows["name"].to_list(), size)) + 16 - left, 0)
    end = width - left - round(room.widest(rows["label"].to_list(), 13)) - 16
    x = alt.X(
        "derivatives:Q",
        axis=None,
        scale=alt.Scale(domain=[0, max(rows["derivatives"])], range=[start, end], nice=False),
    )
    base = alt.Chart(rows)
    names = base.mark_text(
        align="left" if phone else "right", fontSize=size, dy=-13 if phone else 0, color="var(--ink)"
    ).encode(y=y, x=alt.value(0 if phone else start - 8), text="name:N")
    return alt.layer(
        base.mark_bar(height=10 if phone else 16).encode(x=x, x2=alt.datum(0), y=y, color=color),
        base.mark_text(align="left", dx=5, fontSize=13, color="var(--ink)").encode(x=x, y=y, text="label:N"),
        names,
    ).properties(width=width - left, height=rows.height * (36 if phone else 24), title="Bases with most derivatives")
