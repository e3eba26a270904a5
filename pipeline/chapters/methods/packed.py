"""Packed formats: stored elements of 4-bit repositories are no parameters.

`packed` has each packed repository with its original, the nearest unpacked model up its line of single parents,
declared or inferred (adapters and merges are no copies). Where it stores less than `PACKED_BELOW` of the original's
parameters, the original's count stands beside its own. Between that and all of them, a part may have been left out (a
vision tower, the copy of a tied table): nothing is corrected.

Known drawback: a packed copy of a packed copy is followed `STEPS` parents up at most.
"""

from collections.abc import Iterable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipeline.base import words
from pipeline.chapters.methods.comparison import SHOWN, Row, absent, counted, none_expected, row
from pipeline.chapters.methods.schema import Packed
from pipeline.hub import models
from pipeline.hub.arrays import Ints
from pipeline.hub.nodes import Nodes

PACKED_BELOW = 0.7
"""Share of the original's parameters; two 4-bit values an element and their scales come to some 0.6."""
STEPS = 4
NONE = -1
"""No node, or no size."""
WHOLE = ("gguf", "ggml")
"""Formats whose files are not what safetensors counts: the total beside them is of unpacked files."""


def pack(nodes: Nodes, releases: pl.DataFrame, formats: pl.DataFrame) -> pl.DataFrame:
    """Rows of `schema.Packed`: each packed repository with a stored count, and its original by lineage.

    nodes: the registered `releases` among them.
    """
    is_packed = (pl.col("is_quantized_format") & pl.col("format").is_in(WHOLE).not_()).fill_null(False)
    core = nodes.models("format", "parameters_total", packed=is_packed).drop_nulls("parameters_total")
    stored = core.filter("packed")
    sizes = np.full(nodes.ids.len(), NONE)
    unpacked = core.filter(pl.col("packed").not_()).select("parameters_total", at="id")
    for sized in (unpacked, nodes.with_nodes(_registered(releases, formats), "at")):
        sizes[sized["at"].to_numpy()] = sized["parameters_total"].to_numpy()
    original, is_declared = _originals(stored["id"].to_numpy(), _single_parents(nodes), sizes)
    has_one = pl.col("original") != NONE
    stores_less = pl.col("parameters_total") < PACKED_BELOW * pl.col("parameters_original")
    found = stored.with_columns(
        original=pl.Series(original), is_declared=pl.Series(is_declared), parameters_original=pl.Series(sizes[original])
    ).with_columns(pl.when(has_one).then(pl.col("original", "is_declared", "parameters_original")))
    return found.select(
        nodes.names(found["id"]),
        "format",
        nodes.names(found["original"]).alias("original"),
        "parameters_original",
        parameters_stored="parameters_total",
        evidence=pl.when("is_declared").then(pl.lit("declared")).when(~pl.col("is_declared")).then(pl.lit("inferred")),
        parameters_corrected=pl.when(stores_less).then("parameters_original"),
        outcome=pl.when(stores_less)
        .then(pl.lit("corrected"))
        .when(stores_less.is_not_null())
        .then(pl.lit("as_original"))
        .otherwise(pl.lit("not_known")),
    ).select(Packed.column_names())


def _registered(releases: pl.DataFrame, formats: pl.DataFrame) -> pl.DataFrame:
    """`at, parameters_total` of registered releases whose name says no packed format."""
    sized = releases.drop_nulls("parameters_total").select("parameters_total", at="model")
    names = sized.select(pl.col("at").str.split("/").list.last().str.to_lowercase())["at"]
    tagged = pl.DataFrame(schema={"row": pl.UInt32, "kind": pl.String, "value": pl.String})
    return sized.filter(models.format_of(names, tagged, formats).is_null())


def _single_parents(nodes: Nodes) -> tuple[Ints, NDArray[np.bool_]]:
    """The one parent of each node that may be a copy of it, `NONE` without one; and whether the node declares it."""
    may_be_copied = pl.col("relation").is_in(["adapter", "merge"]).not_()
    edges = nodes.edges(columns=("relation", "evidence")).filter(may_be_copied)
    child, parent = edges["child"].to_numpy(), edges["parent"].to_numpy()
    parents, is_declared = np.full(nodes.ids.len(), NONE), np.zeros(nodes.ids.len(), dtype=bool)
    parents[child] = parent
    parents[child[parents[child] != parent]] = NONE  # it has others too
    is_declared[child[(edges["evidence"] == "declared").to_numpy()]] = True
    return parents, is_declared


def _originals(stored: Ints, copied: tuple[Ints, NDArray[np.bool_]], sizes: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """The nearest parent with a size of each node, `NONE` without one; and whether all steps there are declared."""
    parents, is_declared = copied
    original, all_declared = np.full(stored.size, NONE), np.ones(stored.size, dtype=bool)
    looking, at = np.arange(stored.size), stored
    for _ in range(STEPS):
        all_declared[looking] &= is_declared[at]
        above = parents[at]
        looking, at = looking[above != NONE], above[above != NONE]
        has_size = sizes[at] != NONE
        original[looking[has_size]] = at[has_size]
        looking, at = looking[~has_size], at[~has_size]
    return original, all_declared


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
