"""Groups of repositories as frames `id, group`, for questions to `pipeline.hub.groups_above.Ancestry`."""

from pathlib import Path

import polars as pl

from pipeline.counting.credit import parents
from pipeline.hub.nodes import Nodes

GROUP = pl.Categorical()
"""Names of groups, as numbers: pairs of millions of repositories with a group hold few names."""


def groups_of(nodes: Nodes, directory: Path, grouping: str = "family") -> pl.DataFrame:
    """`id, group`: the family (or organisation) of every node, in order; null where the register knows none."""
    return nodes.identity(directory, grouping).select("id", group=pl.col(grouping).cast(GROUP))


def parent_groups(distillations: pl.DataFrame) -> pl.DataFrame:
    """`release, teacher_group, base_group` of the register, with groups as in `groups_of`."""
    return parents(distillations).with_columns(pl.col("teacher_group", "base_group").cast(GROUP))


def without_own(pairs: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Pairs without those of a group's own releases with that group. groups: `id, group` of every node."""
    own = groups.drop_nulls().rename({"id": "child"})
    return pairs.join(own, on=["child", "group"], how="anti")
