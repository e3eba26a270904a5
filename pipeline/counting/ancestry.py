"""Groups of repositories as frames `id, group`, for questions to `pipeline.hub.groups_above.Ancestry`."""

from pathlib import Path

import polars as pl

from pipeline.counting.credit import parents
from pipeline.hub.nodes import Nodes

GROUP = pl.Categorical()
"""Names of groups, as numbers: pairs of millions of repositories with a group hold few names."""


def families(nodes: Nodes, directory: Path, grouping: str = "family") -> pl.DataFrame:
    """`id, group`: the family (or organisation) of every node, in order; null where the register knows none."""
    return nodes.identity(directory).select("id", group=pl.col(grouping).cast(GROUP))


def holders(ledger: pl.DataFrame) -> pl.DataFrame:
    """`parents` of the ledger, with groups as in `families`."""
    return parents(ledger).with_columns(pl.col("teacher_group", "base_group").cast(GROUP))


def without_own(pairs: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Pairs without those of a family's own releases with their family."""
    own = groups.drop_nulls().rename({"id": "child"})
    return pairs.join(own, on=["child", "group"], how="anti")
