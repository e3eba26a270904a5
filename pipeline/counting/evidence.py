"""Evidence that a repository is built on a group although nobody declares it: its shape, or its name.

A shape is the architecture tag with the parameter total, or with the dimensions (layers, width, vocabulary) where both
are known; it belongs to the earliest release that has it. A name bears a family's. How far either can be trusted is
measured in the chapter on derivatives.
"""

from pathlib import Path

import polars as pl

from pipeline import register
from pipeline.hub.nodes import Nodes
from pipeline.register.lookup.identity import named_families

TOTAL = ["architecture", "parameters_total"]
DIMENSIONS = ["architecture", "layers", "hidden_size", "vocab_size"]
"""What makes two models the same shape: either of the two."""

SHAPE = list(dict.fromkeys([*TOTAL, *DIMENSIONS]))


def registered(directory: Path) -> list[pl.Series]:
    """Names that evidence by shape needs, of releases and of what they are built on, used by anybody or not."""
    releases = register.load("releases", directory)
    return [releases["model"], releases["built_on"], register.load("configurations", directory)["model"]]


def shape_pairs(nodes: Nodes, core: pl.DataFrame, groups: pl.DataFrame, directory: Path) -> pl.DataFrame:
    """Child and group that owns its shape."""
    return shape_matches(nodes, core, groups, directory).select("group", "child").unique()


def shape_matches(nodes: Nodes, core: pl.DataFrame, groups: pl.DataFrame, directory: Path) -> pl.DataFrame:
    """Child, group and release that owns its shape: by parameter total, or by dimensions where both are known.

    Dimensions are needed for like to be compared with like: files may leave out prediction heads or
    pack weights, which changes the total and not the dimensions. Those of gated releases come from
    the register, since a crawler cannot open their files. core: `id, *SHAPE`, groups: `id, group`, with
    repositories as nodes.
    """
    owned = owned_releases(nodes, groups, directory)
    measured = (
        core.lazy()
        .filter(pl.col("id").is_in(owned["model"].implode()))
        .select(model="id", **{name: pl.col(name) for name in DIMENSIONS[1:]})
        .drop_nulls()
        .collect()
    )
    configured = register.load("configurations", directory).select("model", *DIMENSIONS[1:])
    known = pl.concat([nodes.with_nodes(configured, "model").drop_nulls(), measured])
    by_total = _owners(owned, TOTAL)
    by_dimensions = _owners(
        # Earliest first: a join may follow its right side's order.
        owned.join(known.unique("model", keep="first", maintain_order=True), on="model", maintain_order="left"),
        DIMENSIONS,
    )
    return pl.concat(
        _alike(core, owners, columns) for owners, columns in ((by_total, TOTAL), (by_dimensions, DIMENSIONS))
    ).unique()


def _alike(core: pl.DataFrame, owners: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """`group, model, child` of the rows of core that agree with an owner in all columns.

    Few rows have a number of some owner, and to see that costs less than to look for all columns at once.
    """
    number = columns[1]
    return (
        core.lazy()
        .filter(pl.col(number).is_in(owners[number].implode()))
        .join(owners.lazy(), on=columns)
        .select("group", "model", child="id")
        .collect()
    )


def owned_releases(nodes: Nodes, groups: pl.DataFrame, directory: Path) -> pl.DataFrame:
    """Registered releases with the group that their shape belongs to, earliest first; releases as nodes.

    A release that was built on another passes its shape on to that one's group, so that a distilled
    model never owns the shape of the base it was distilled onto.
    """
    releases = register.load("releases", directory)
    origin = dict(releases.drop_nulls("built_on").select("model", "built_on").iter_rows())
    roots = releases.select("model", root=pl.col("model").map_elements(lambda model: _root(model, origin), pl.String))
    built = nodes.with_nodes(releases.join(roots, on="model"), "root")
    is_root = pl.col("id").is_in(built["root"].drop_nulls().implode())  # a hundred of millions: a shorter join
    known = groups.filter(is_root)
    return (
        built.join(known.rename({"id": "root"}), on="root", how="left")
        .drop_nulls(["architecture", "group"])
        .sort(pl.col("built_on").is_not_null(), "released", "model", nulls_last=True)
        .pipe(nodes.with_nodes, "model")
        .select("model", "group", *TOTAL)
    )


def _root(model: str, origin: dict[str, str]) -> str:
    seen = {model}
    while model in origin and origin[model] not in seen:
        model = origin[model]
        seen.add(model)
    return model


def _owners(owned: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """Shape, its first release and that one's group."""
    return (
        owned.drop_nulls(columns).unique(columns, keep="first", maintain_order=True).select(*columns, "group", "model")
    )


def name_pairs(nodes: Nodes, directory: Path) -> pl.DataFrame:
    """Child and each family that its name bears, as `group`."""
    named = pl.DataFrame({"id": pl.Series(nodes.of_row, dtype=pl.UInt32), "name": nodes.ids.gather(nodes.of_row)})
    return named_families(named, directory).select(group="family", child="id")


def by_organisation(pairs: pl.DataFrame, grouping: str, directory: Path) -> pl.DataFrame:
    """Pairs by family, each once, as they are, or each once for its family's organisation.

    Only a child of several families can repeat, so only such are looked through.
    """
    if grouping == "organisation":
        families = register.load("families", directory)
        owner = dict(families.select("family", "organisation").rows())
        several = pairs["child"].is_duplicated()
        pairs = pairs.with_columns(pl.col("group").replace(owner))
        pairs = pl.concat([pairs.filter(~several), pairs.filter(several).unique(maintain_order=True)])
    return pairs
