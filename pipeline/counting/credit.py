"""Whom the descendants of a distilled release count for: its own family, the base's, or teacher and base both.

A distilled release has two parents: the teacher, whose answers it was trained on, and the base, whose
weights it started from. Namespaces and declared edges tell its maker's family alone. The register's
ledger (`distillations.csv`) names both parents, and every count of ancestors follows from the groups
that a release is taken to stand for.
"""

from typing import get_args

import polars as pl

from pipeline.counting.definitions import Distills


def redirect(groups: pl.DataFrame, ledger: pl.DataFrame, distills: Distills) -> pl.DataFrame:
    """The groups that every repository stands for when its descendants are credited.

    `groups`: `id, group`, one row per repository (null where unknown). `ledger`: `release,
    teacher_group, base_group` (see `parents`). Returns `id, group` without nulls: unchanged for all
    but the ledger's releases, which stand for their base's group (`to_base`) or for their own, the
    teacher's and the base's (`both`, so several rows). Own releases are still told by `groups`.
    """
    if distills not in get_args(Distills):
        raise ValueError(f"no credit rule {distills!r}")
    known = groups.select("id", "group").drop_nulls("group")
    releases = ledger.rename({"release": "id"})
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


def parents(ledger: pl.DataFrame, organisations: dict[str, str] | None = None) -> pl.DataFrame:
    """`release, teacher_group, base_group` of the ledger: families, or what `organisations` maps them to."""
    owner = organisations or {}
    return ledger.select(
        "release",
        teacher_group=pl.col("teacher_family").replace(owner),
        base_group=pl.col("base_family").replace(owner),
    )
