"""Declared edges with what is known of their two ends.

A repository's owner is the organisation that the register knows for its namespace, else the namespace. Its group is
its family or its organisation, whichever the report compares by. Repositories are nodes (`pipeline.hub.nodes`), and
`repositories` has one row per node, in order, so that the row of an edge's end is looked up by its number. Names of
owners and groups are Enums in the order of their texts: millions of rows are grouped, compared and sorted as numbers.

Known drawback: one person may have several namespaces.
"""

from pathlib import Path

import numpy as np
import polars as pl

from pipeline.chapters.lineage.schema import ALL
from pipeline.hub.nodes import Nodes

OF_MODELS = ("author", "created_month", "downloads", "downloads_all_time", "licence")


def repositories_of(nodes: Nodes, grouping: str, directory: Path) -> pl.DataFrame:
    """`node, in_snapshot`, `OF_MODELS` (null outside the snapshot), `group, country, owner, space`: one row per node.

    grouping: `family` or `organisation`. directory: of the register. space: the namespace.
    """
    models = nodes.of_every_node(nodes.models(*OF_MODELS))
    known = nodes.identity(directory)
    group = known[grouping]
    space = nodes.ids.str.splitn("/", 2).struct.field("field_0")
    runs = space.rle().struct.unnest()  # ids are in order, so those of a namespace stand together
    other_author = models.select(pl.when(pl.col("author") != space).then("author"))["author"]  # hardly ever
    names = pl.concat([part.alias("name") for part in (runs["value"], other_author, known["organisation"])])
    names = names.cast(_distinct(names))  # one cast for all three, since it begins with a table of all the names
    space = names.head(runs.height).gather(np.repeat(np.arange(runs.height), runs["len"]))
    other_author, organisation = names[runs.height : runs.height + space.len()], names.tail(space.len())
    return models.select(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("node"),
        pl.col("id").is_not_null().alias("in_snapshot"),
        *OF_MODELS,
    ).with_columns(
        author=pl.when("in_snapshot").then(pl.coalesce(other_author, space)),
        licence=pl.col("licence").cast(pl.Categorical),
        country=known["country"].cast(pl.Categorical),
        space=space,
        group=group.cast(_distinct(pl.concat([group, pl.Series([ALL])]))),
        owner=pl.coalesce(organisation, space),
    )


def _distinct(names: pl.Series) -> pl.Enum:
    """The distinct names, in the order of their texts."""
    return pl.Enum(names.drop_nulls().unique().sort())


def attach(declared: pl.DataFrame, repositories: pl.DataFrame) -> pl.DataFrame:
    """Rows of `child, parent` and of the relations that are read with them, with what the tables count by.

    Of the child: `author, month` of creation, `owner, own_group`. Of the parent: `group, country, maker`, its owner.
    """
    of_child = repositories.select("author", "owner", month="created_month", own_group="group")
    of_parent = repositories.select("group", "country", maker="owner")
    return declared.hstack(of_child[declared["child"]]).hstack(of_parent[declared["parent"]])
