"""Whose a group is, and what else it is called: others count a family, or everything of its maker.

Known drawbacks: a family has one maker on the register, so a line that changed hands is all of its last one.
"""

import polars as pl


def maker_of(group: str, families: pl.DataFrame) -> str:
    """The organisation that makes a family, or the organisation itself. families: the register's."""
    makers = families.filter(pl.col("family") == group)["organisation"]
    return makers[0] if makers.len() else group


def names_of_group(group: str, families: pl.DataFrame) -> list[str]:
    """A family and its maker, or a maker and its families by rank; its own name first. families: the register's."""
    lines = families.filter(pl.col("organisation") == group).sort("rank")["family"].to_list()
    return list(dict.fromkeys([group, maker_of(group, families), *lines]))
