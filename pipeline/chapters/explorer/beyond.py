"""What the explorer shows of a model beside the links of its snapshot.

- `registered`: what makers made a release from, and what they made from it: the weights that it started from (its
  base) and the model whose answers it was trained on (its teacher), from the register.
- `Earlier`: the family tree of an edition, where the snapshot declares no links. The newest census that has the table
  `tree` is read; it is shown apart from the snapshot's links, with its date and coverage.

Known drawbacks: the register has what makers state. The tree of an edition is pruned, as
`pipeline.chapters.lineage.tree` says: the counts beside its names are those of the whole.
"""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipeline import register
from pipeline.base import editions, words
from pipeline.base.paths import Paths


def registered(directory: Path) -> pl.DataFrame:
    """`release, source, role`: what a release was made from, as `base` or `teacher`; by release, role and source."""
    releases = register.load("releases", directory).select("built_on", release="model")
    taught = register.load("distillations", directory).select("release", "base", "teacher")
    pairs = [
        releases.select("release", source="built_on", role=pl.lit("base")),
        taught.select("release", source="base", role=pl.lit("base")),
        taught.select("release", source="teacher", role=pl.lit("teacher")),
    ]
    return pl.concat(pairs).drop_nulls().unique().sort("release", "role", "source")


def made(pairs: pl.DataFrame, most: int) -> pl.DataFrame:
    """`id, made_of, made_into, made_into_all`: sources of a model, the first `most` made from it, and how many are.

    pairs: as `registered` gives them. The lists hold structs of `id, role`.
    """
    above = pairs.group_by(id="release").agg(made_of=pl.struct(id="source", role="role"))
    below = pairs.group_by(id="source").agg(
        made_into=pl.struct(id="release", role="role").head(most), made_into_all=pl.len().cast(pl.Int64)
    )
    return above.join(below, on="id", how="full", coalesce=True).sort("id")


@dataclass(frozen=True)
class Earlier:
    """The tree of an edition.

    label: such as `census of July 2024`. text: what it is, in sentences. tree: rows of the table `tree`.
    """

    label: str
    text: str
    tree: pl.DataFrame

    @property
    def parents(self) -> pl.Series:
        """Ids of those that others are built on, each once."""
        return self.tree["parent"].unique().sort()


def earlier(paths: Paths) -> Earlier | None:
    """The tree of the newest census among the editions; None where none has one."""
    edition = editions.newest_with(editions.editions(paths), "tree")
    table = edition.table("tree") if edition else None
    if edition is None or table is None:
        return None
    tree = table.select(NO_TREE.columns).sort(
        "parent_descendants", "parent", "descendants", "child", descending=[True, False, True, False]
    )
    parents = tree["parent"].n_unique()
    each = words.word(int(tree.group_by("parent").len()["len"].max() or 0))  # type: ignore[arg-type]
    text = (
        f"This report’s own snapshot does not say who builds on whom. This tree is that of an earlier edition, the "
        f"{edition.label} (Hugging Face on {words.day(edition.date)}): the {words.number(parents)} repositories with "
        f"most descendants on that day, and at most {each} children of each."
    )
    return Earlier(edition.label, text, tree)


NO_TREE = pl.DataFrame(
    schema={
        **dict.fromkeys(("parent", "child", "relation"), pl.String),
        **dict.fromkeys(("parent_children", "parent_descendants", "children", "descendants"), pl.Int64),
    }
)


def branches(before: Earlier | None, entries: pl.Series, below: int, near: int) -> pl.DataFrame:
    """`id, then`: what the tree has of each of its names, a struct `children, descendants, parents, listed`.

    entries: ids that have an entry; a node of such a one says so. parents: the first `near` ids. listed: nodes of the
    children, each with the first `below` of its own.
    """
    tree = before.tree if before else NO_TREE
    nodes = _nodes(tree, entries)
    inner = nodes.group_by(child="parent", maintain_order=True).agg(below=pl.col("node").head(below))
    outer = nodes.join(inner, on="child", how="left", maintain_order="left")
    listed = outer.group_by(id="parent", maintain_order=True).agg(
        listed=pl.struct(pl.col("node").struct.unnest(), "below"),
    )
    above = tree.group_by(id="child", maintain_order=True).agg(parents=pl.col("parent").head(near))
    counts = pl.concat(
        [
            tree.select("children", "descendants", id="child"),
            tree.select(id="parent", children="parent_children", descendants="parent_descendants"),
        ],
        how="diagonal",
    ).unique("id", maintain_order=True)
    found = counts.join(listed, on="id", how="left").join(above, on="id", how="left").sort("id")
    return found.select("id", then=pl.struct("children", "descendants", "parents", "listed"))


def family_branches(before: Earlier | None, families: pl.DataFrame, most: int, below: int) -> pl.DataFrame:
    """`name, then`: the first `most` parents of a family in the tree, as nodes with their first children.

    families: `id, family`.
    """
    tree = before.tree if before else NO_TREE
    parents = (
        tree.unique("parent", maintain_order=True, keep="first")
        .select(id="parent", children="parent_children", descendants="parent_descendants", entry=pl.lit(True))
        .join(families.drop_nulls("family"), on="id", maintain_order="left")
    )
    nodes = _nodes(tree, tree["parent"].unique())
    inner = nodes.group_by(id="parent", maintain_order=True).agg(below=pl.col("node").head(below))
    listed = parents.join(inner, on="id", how="left", maintain_order="left").group_by(
        name="family", maintain_order=True
    )
    found = listed.agg(
        models=pl.len().cast(pl.Int64),
        listed=pl.struct("id", "children", "descendants", "entry", "below").head(most),
    )
    return found.sort("name").select("name", then=pl.struct("models", "listed"))


def _nodes(tree: pl.DataFrame, entries: pl.Series) -> pl.DataFrame:
    """`parent, child, node`: the child as a struct; what is 0 or false is null in it."""
    return tree.select(
        "parent",
        "child",
        node=pl.struct(
            pl.col("child").alias("id"),
            pl.when(pl.col("relation") != "unspecified").then("relation"),
            pl.col("children").replace(0, None),
            pl.col("descendants").replace(0, None),
            pl.when(pl.col("child").is_in(entries.implode())).then(True).alias("entry"),
        ),
    )
