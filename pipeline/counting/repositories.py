"""What counting reads: repositories with their groups, edges, and the register's mirrors and distillations."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipeline import register
from pipeline.base.vocabulary import RELATIONS
from pipeline.counting import evidence
from pipeline.counting.definitions import MIN_DOWNLOADS
from pipeline.hub.groups_above import Ancestry
from pipeline.hub.nodes import Nodes

RELATION = pl.Enum(RELATIONS)


@dataclass(frozen=True, eq=False)
class Repositories:
    """Core tables and register, with repositories as nodes (`pipeline.hub.nodes`).

    Every frame but the register's has nodes for ids; `family` and `organisation` are Enums of all that the register
    and the snapshot know, in order.
    """

    nodes: Nodes
    about: pl.DataFrame
    """`id, author, downloads, month, series, family, organisation`, one row per node, in order; null where not known.

    A repository that the snapshot does not list has no author, downloads or month. author: a number. series: the node
    that stands for the repository's series, its own where it is in none.
    """
    edges: pl.DataFrame
    """`child, parent, relation, relation_corrected, is_declared`, each child and parent once."""
    shapes: pl.DataFrame
    """`id` and the columns `evidence.SHAPE` of the repositories in the snapshot."""
    mirrors: pl.DataFrame
    """`mirror, original, mirror_class`: copies of the register, what they are copies of, and whether in fewer bits."""
    distillations: pl.DataFrame
    """The register's distilled releases, `release` as node."""
    families: pl.DataFrame
    """`family, organisation` of the register."""
    directory: Path
    """The register."""

    @cached_property
    def families_by_name(self) -> pl.DataFrame:
        """`child, group`: each family that a repository's name bears. It takes seconds on a census, so it is kept."""
        return evidence.name_pairs(self.nodes, self.directory)

    @cached_property
    def ancestry(self) -> Ancestry:
        """Repositories that declare a parent, with all their ancestors."""
        return Ancestry.of(self.edges_of("declared"))

    @cached_property
    def threshold(self) -> NDArray[np.int32]:
        """By node, the place of the highest of `MIN_DOWNLOADS` that its downloads reach; the first where not known."""
        downloads = self.about["downloads"].fill_null(0).to_numpy()
        return (np.searchsorted(MIN_DOWNLOADS, downloads, side="right") - 1).astype(np.int32)

    def number(self, column: str) -> NDArray[np.int32]:
        """By node, the number of its `author`, `series`, `family` or `organisation`; -1 where not known."""
        if column not in self._numbers:
            self._numbers[column] = self.about[column].to_physical().cast(pl.Int32).fill_null(-1).to_numpy()
        return self._numbers[column]

    @cached_property
    def _numbers(self) -> dict[str, NDArray[np.int32]]:
        """What `number` has given."""
        return {}

    def groups(self, grouping: str) -> pl.DataFrame:
        """`id, group` of every node, in order; null where the register knows none."""
        return self.about.select("id", group=grouping)

    def edges_of(self, kind: str) -> pl.DataFrame:
        """`edges` that are declared, or with those that are inferred (`declared_or_inferred`)."""
        return self.edges if kind == "declared_or_inferred" else self.edges.filter("is_declared")

    def mirrors_of(self, classes: Collection[str]) -> pl.DataFrame:
        """`mirror, original` of these classes."""
        return self.mirrors.filter(pl.col("mirror_class").is_in(classes)).drop("mirror_class")

    def with_attributes(self, pairs: pl.DataFrame, grouping: str) -> pl.DataFrame:
        """Pairs (`child, group`, any others) with the child's `author, downloads, month, series`, and `is_own`.

        is_own: the child belongs to the group itself.
        """
        about = self.about.select("author", "downloads", "month", "series", own_group=grouping)[pairs["child"]]
        together = pl.concat([pairs, about], how="horizontal")
        return together.with_columns(is_own=pl.col("own_group").eq_missing(pl.col("group"))).drop("own_group")

    def group_names(self, grouping: str) -> pl.Series:
        """The name of every group that the register or the snapshot knows, in order."""
        dtype = self.about.schema[grouping]
        assert isinstance(dtype, pl.Enum)
        return dtype.categories


def registered_names(directory: Path) -> list[pl.Series]:
    """Names of the register that are counted on, used by anybody or not: `Nodes.load` needs them to number them."""
    mirrors, distillations = register.load("mirrors", directory), register.load("distillations", directory)
    return [*evidence.registered(directory), mirrors["original"], distillations["release"]]


def repositories_of(nodes: Nodes, directory: Path) -> Repositories:
    """Read the core tables. nodes: those of `registered_names` among them; directory: the register."""
    families = register.load("families", directory).select("family", "organisation")
    mirrors = register.load("mirrors", directory).select("mirror", "original", "mirror_class")
    listed = nodes.models("author", "downloads", "created_month", *evidence.SHAPE)
    snapshot = listed.select(
        "downloads", author=pl.col("author").cast(pl.Categorical).to_physical(), month="created_month"
    )
    identity = nodes.identity(directory)
    groups = [_as_enum(identity[grouping], families[grouping]) for grouping in ("family", "organisation")]
    edges = nodes.edges(columns=("relation", "relation_corrected", "evidence", "series_node"))
    return Repositories(
        nodes=nodes,
        about=nodes.of_every_node(snapshot).with_columns(
            identity["id"], *groups, series=_series(edges, nodes.ids.len())
        ),
        edges=edges.select(
            "child",
            "parent",
            pl.col("relation", "relation_corrected").cast(RELATION),
            is_declared=pl.col("evidence") == "declared",
        ),
        shapes=listed.select("id", *evidence.SHAPE),
        mirrors=nodes.with_nodes(mirrors, "mirror", "original").drop_nulls(),
        distillations=nodes.with_nodes(register.load("distillations", directory), "release"),
        families=families,
        directory=directory,
    )


def _series(edges: pl.DataFrame, nodes: int) -> pl.Series:
    """By node, the node that stands for its series, or its own. Of several series the first by id counts."""
    of_child = edges.drop_nulls("series_node").group_by("child").agg(pl.col("series_node").min())
    series = np.arange(nodes, dtype=np.uint32)
    series[of_child["child"].to_numpy()] = of_child["series_node"].to_numpy()
    return pl.Series("series", series)


def _as_enum(groups: pl.Series, registered: pl.Series) -> pl.Series:
    """Groups as numbers of the names that occur or are registered."""
    return groups.cast(pl.Enum(pl.concat([groups, registered]).drop_nulls().unique().sort()))
