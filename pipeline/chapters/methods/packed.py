"""Packed formats: stored elements of 4-bit repositories are no parameters.

`packed` has each packed repository with its original, the nearest unpacked model up its line of single parents,
declared or inferred (adapters and merges are no copies). Where it stores less than `PACKED_BELOW` of the original's
parameters, the original's count stands beside its own. Between that and all of them, a part may have been left out (a
vision tower, the copy of a tied table): nothing is corrected.

Known drawback: a packed copy of a packed copy is followed `STEPS` parents up at most.
"""

from collections.abc import Iterable

import polars as pl

from pipeline.base import words
from pipeline.chapters.methods.comparison import SHOWN, Row, absent, counted, none_expected, row
from pipeline.hub import models

PACKED_BELOW = 0.7
"""Share of the original's parameters; two 4-bit values an element and their scales come to some 0.6."""
STEPS = 4
WHOLE = ("gguf", "ggml")
"""Formats whose files are not what safetensors counts: the total beside them is of unpacked files."""


def pack(core: pl.LazyFrame, edges: pl.LazyFrame, releases: pl.DataFrame, formats: pl.DataFrame) -> pl.DataFrame:
    """Rows of `schema.Packed`: each packed repository with a stored count, and its original by lineage."""
    is_packed = pl.col("is_quantized_format") & pl.col("format").is_in(WHOLE).not_()
    sized = core.select("id", "format", "parameters_total", packed=is_packed.fill_null(False)).drop_nulls(
        "parameters_total"
    )
    stored = sized.filter("packed").collect(engine="streaming")
    unpacked = sized.filter(pl.col("packed").not_()).select(at="id", parameters_original="parameters_total")
    sizes = pl.concat([_registered(releases, formats), unpacked.collect(engine="streaming")]).unique(
        "at", keep="first", maintain_order=True
    )
    found = _originals(stored, _single_parents(edges), sizes)
    stores_less = pl.col("parameters_total") < PACKED_BELOW * pl.col("parameters_original")
    return (
        stored.join(found, on="id", how="left")
        .select(
            "id",
            "format",
            "evidence",
            "original",
            "parameters_original",
            parameters_stored="parameters_total",
            parameters_corrected=pl.when(stores_less).then("parameters_original"),
            outcome=pl.when(stores_less)
            .then(pl.lit("corrected"))
            .when(stores_less.is_not_null())
            .then(pl.lit("as_original"))
            .otherwise(pl.lit("not_known")),
        )
        .sort("id")
    )


def _registered(releases: pl.DataFrame, formats: pl.DataFrame) -> pl.DataFrame:
    """`at, parameters_original` of registered releases whose name says no packed format."""
    sized = releases.drop_nulls("parameters_total").select(at="model", parameters_original="parameters_total")
    names = sized.select(pl.col("at").str.split("/").list.last().str.to_lowercase())["at"]
    tagged = pl.DataFrame(schema={"row": pl.UInt32, "kind": pl.String, "value": pl.String})
    return sized.filter(models.format_of(names, tagged, formats).is_null())


def _single_parents(edges: pl.LazyFrame) -> pl.DataFrame:
    """`child, parent, is_declared`: edges of children with one parent that may be copies of it."""
    return (
        edges.filter(pl.col("relation").is_in(["adapter", "merge"]).not_())
        .group_by("child", "parent")
        .agg(is_declared=(pl.col("evidence") == "declared").any())
        .filter(pl.len().over("child") == 1)
        .collect(engine="streaming")
    )


def _originals(stored: pl.DataFrame, copies: pl.DataFrame, sizes: pl.DataFrame) -> pl.DataFrame:
    """`id, original, parameters_original, evidence`: the nearest parent with a size; `declared` if all steps are."""
    looking = stored.select("id", at="id", declared=pl.lit(True))
    found = []
    for _ in range(STEPS):
        step = looking.join(copies, left_on="at", right_on="child")
        looking = step.select("id", at="parent", declared=pl.col("declared") & pl.col("is_declared"))
        found.append(looking.join(sizes, on="at"))
        looking = looking.join(sizes, on="at", how="anti")
    return (
        pl.concat(found)
        .unique("id", keep="first", maintain_order=True)
        .select(
            "id",
            "parameters_original",
            original="at",
            evidence=pl.when("declared").then(pl.lit("declared")).otherwise(pl.lit("inferred")),
        )
    )


def packed_rows(packed: pl.DataFrame) -> Iterable[Row]:
    """How many packed repositories store far less than their original has, and of how many none is known."""
    about = ("packed formats", "all packed repositories")
    measure = f"elements under {PACKED_BELOW:.0%} of the original's parameters"
    by_outcome = dict(packed.group_by("outcome").len().iter_rows())
    wrong, right, unknown = (by_outcome.get(name, 0) for name in ("corrected", "as_original", "not_known"))
    if packed.is_empty():
        yield absent(*about, measure, "it has no packed repository with a stored count")
        return
    if not wrong + right:
        why = f"no parent with a count stands above its {counted(unknown, 'packed repository')}"
        yield absent(*about, measure, why)
        return
    finding = f"{counted(wrong, 'repository')} of {words.number(wrong + right)} whose original is known"
    if wrong:
        formats = packed.filter(pl.col("outcome") == "corrected").group_by("format").len()
        most = formats.sort("len", "format", descending=[True, False]).head(SHOWN)
        listed = words.listed([f"{words.number(number)} {name}" for name, number in most.iter_rows()])
        finding += f", by format {listed}; the original's count is given beside theirs"
    yield none_expected(*about, measure, f"{finding}.", wrong)
    finding = f"{words.number(unknown)} of {words.number(packed.height)}: their stored counts stand as they are."
    yield row(*about, "without an original that has a count", finding, found=unknown)
