"""Whom the descendants of a distilled release count for: its own family, the base's, or teacher and base both.

A distilled release has two parents: the teacher, whose answers it was trained on, and the base, whose
weights it started from. Namespaces and declared edges show its maker's family alone. The register
(`distillations.csv`) names both parents, and every count follows from the groups that a release is
taken to stand for.
"""

from typing import get_args

import polars as pl

from pipeline.counting.definitions import Distills


def redirect(groups: pl.DataFrame, distillations: pl.DataFrame, distills: Distills) -> pl.DataFrame:
    """`id, group` without nulls: the groups that each repository stands for when its descendants are credited.

    groups: `id, group`, one row per repository, null where unknown. distillations: `release, teacher_group,
    base_group` (see `parents`), whose releases stand for their base's group (`to_base`) or for their own, the
    teacher's and the base's (`both`, up to three rows). All others stand for their own. `groups` itself still says
    what a group's own releases are. Raises ValueError for another rule.
    """
    if distills not in get_args(Distills):
        raise ValueError(f"no credit rule {distills!r}")
    known = groups.select("id", "group").drop_nulls("group")
    releases = distillations.rename({"release": "id"})
    listed = releases.join(groups.join(releases, on="id", how="semi"), on="id", how="semi")
    base = listed.select("id", group="base_group")
    if distills == "as_declared":
        return known
    others = known.join(listed, on="id", how="anti")
    if distills == "to_base":
        return pl.concat([others, base]).drop_nulls()
    own = known.join(listed, on="id", how="semi")
    both = pl.concat([own, listed.select("id", group="teacher_group"), base]).unique(maintain_order=True)
    return pl.concat([others, both]).drop_nulls()


def parents(distillations: pl.DataFrame, organisations: dict[str, str] | None = None) -> pl.DataFrame:
    """`release, teacher_group, base_group` of the register's rows: families, or what `organisations` maps them to."""
    owner = organisations or {}
    return distillations.select(
        "release",
        teacher_group=pl.col("teacher_family").replace(owner),
        base_group=pl.col("base_family").replace(owner),
    )
