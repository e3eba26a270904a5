"""What counting reads: repositories with their groups, edges, and the register's mirrors and distillations."""

from collections.abc import Collection
from dataclasses import dataclass, field
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
from pipeline.hub.nodes import NODE, Nodes

RELATION = pl.Enum(RELATIONS)


@dataclass(frozen=True, eq=False)
class Repositories:
    """Core tables and register, with repositories as nodes (`pipeline.hub.nodes`); columns are read when asked for.

    Every frame but the register's has nodes for ids; `family` and `organisation` are Enums of all that the register
    and the snapshot know, in order.
    """

    nodes: Nodes
    mirrors: pl.DataFrame
    """`mirror, original, mirror_class`: copies of the register, what they are copies of, and whether in fewer bits."""
    distillations: pl.DataFrame
    """The register's distilled releases, `release` as node."""
    families: pl.DataFrame
    """`family, organisation` of the register."""
    directory: Path
    """The register."""
    _columns: dict[str, pl.Series] = field(default_factory=dict)

    @cached_property
    def edges(self) -> pl.DataFrame:
        """`child, parent, relation, relation_corrected, is_declared`, each child and parent once."""
        relations = (pl.col(name).cast(RELATION) for name in ("relation", "relation_corrected"))
        return self.nodes.edges(columns=(*relations, (pl.col("evidence") == "declared").alias("is_declared")))

    @cached_property
    def shapes(self) -> pl.DataFrame:
        """`id` and the columns `evidence.SHAPE` of the repositories in the snapshot."""
        return self.nodes.models(*evidence.SHAPE)

    @cached_property
    def families_by_name(self) -> pl.DataFrame:
        """`child, group`: each family that a repository's name bears. It takes a second on a census, so it is kept."""
        return evidence.name_pairs(self.nodes, self.directory)

    @cached_property
    def ancestry(self) -> Ancestry:
        """Repositories that declare a parent, with all their ancestors."""
        return Ancestry.of(self.edges_of("declared").drop("is_declared"))

    @cached_property
    def threshold(self) -> NDArray[np.int32]:
        """By node, the place of the highest of `MIN_DOWNLOADS` that its downloads reach; the first where not known."""
        downloads = self.column("downloads").fill_null(0).to_numpy()
        return (np.searchsorted(MIN_DOWNLOADS, downloads, side="right") - 1).astype(np.int32)

    def column(self, name: str) -> pl.Series:
        """`author, downloads, month, series, family` or `organisation` of every node, in order; null where not known.

        A repository that the snapshot does not list has no author, downloads or month. author: a number. series: the
        node that stands for the repository's series, its own where it is in none.
        """
        if name not in self._columns:
            self._columns[name] = self._read(name).alias(name)
        return self._columns[name]

    def _read(self, name: str) -> pl.Series:
        if name == "series":
            return _series(self.nodes)
        if name in ("family", "organisation"):
            return _as_enum(self.nodes.identity(self.directory, name)[name], self.families[name])
        listed = self.nodes.models("created_month" if name == "month" else name).to_series(1)
        return self.nodes.of_every_node((_numbered(listed) if name == "author" else listed).to_frame()).to_series()

    def number(self, name: str) -> NDArray[np.int32]:
        """A column as numbers, with -1 for null: of `author`, `series`, `family` or `organisation`."""
        number = f"number of {name}"
        if number not in self._columns:
            self._columns[number] = self.column(name).to_physical().cast(pl.Int32).fill_null(-1)
        return self._columns[number].to_numpy()

    def groups(self, grouping: str) -> pl.DataFrame:
        """`id, group` of every node, in order; null where the register knows none."""
        group = self.column(grouping)
        return pl.DataFrame({"id": pl.int_range(group.len(), dtype=NODE, eager=True), "group": group})

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
        names = ("author", "downloads", "month", "series")
        known = pairs.with_columns(self.column(name).gather(pairs["child"]) for name in names)
        own = self.column(grouping).gather(pairs["child"])
        return known.with_columns(is_own=own.eq_missing(pairs["group"]))

    def group_names(self, grouping: str) -> pl.Series:
        """The name of every group that the register or the snapshot knows, in order."""
        dtype = self.column(grouping).dtype
        assert isinstance(dtype, pl.Enum)
        return dtype.categories


def registered_names(directory: Path) -> list[pl.Series]:
    """Names of the register that are counted on, used by anybody or not: `Nodes.load` needs them to number them."""
    mirrors, distillations = register.load("mirrors", directory), register.load("distillations", directory)
    return [*evidence.registered(directory), mirrors["original"], distillations["release"]]


def repositories_of(nodes: Nodes, directory: Path) -> Repositories:
    """Core tables and register. nodes: those of `registered_names` among them; directory: the register."""
    mirrors = register.load("mirrors", directory).select("mirror", "original", "mirror_class")
    return Repositories(
        nodes=nodes,
        mirrors=nodes.with_nodes(mirrors, "mirror", "original").drop_nulls(),
        distillations=nodes.with_nodes(register.load("distillations", directory), "release"),
        families=register.load("families", directory).select("family", "organisation"),
        directory=directory,
    )


def _numbered(authors: pl.Series) -> pl.Series:
    """A number for each author. Rows are in the order of ids, so that most authors come in one run, looked up once."""
    runs = authors.rle().struct.unnest()
    numbers = runs["value"].cast(pl.Categorical).to_physical()
    return numbers.gather(np.repeat(np.arange(runs.height), runs["len"].to_numpy()))


def _series(nodes: Nodes) -> pl.Series:
    """By node, the node that stands for its series, or its own. Of several series the first by id counts."""
    in_series = nodes.edges(columns=("series_node",)).drop_nulls("series_node")
    of_child = in_series.group_by("child").agg(pl.col("series_node").min())
    series = np.arange(nodes.ids.len(), dtype=np.uint32)
    series[of_child["child"].to_numpy()] = of_child["series_node"].to_numpy()
    return pl.Series("series", series)


def _as_enum(groups: pl.Series, registered: pl.Series) -> pl.Series:
    """Groups as numbers of the names that occur or are registered."""
    return groups.cast(pl.Enum(pl.concat([groups, registered]).drop_nulls().unique().sort()))
