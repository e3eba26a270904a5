"""The explorer's entries: what is built on a model, a family or an uploader, one struct each.

Which have one
    A model that another names as base, present or absent (a ghost), every registered release, what those were made
    from, and where an edition's tree is shown, those that it has children of. A family with such a model. An uploader
    if others build on its models or it builds on any. Where more than `most_models` or `most_uploaders` would have one,
    those with the fewest descendants (repositories built on theirs, or by them) have
    none, all that have the same number together.

Fields, by which the page's script (`book/theme/assets/entry.js`) and `pipeline.charts.explorer.entries` read an
entry; one that is 0, false, empty or unknown is left out
    address           `model=<id>`, `family=<name>` or `uploader=<name>`
    children          repositories that name the model, or one of the group's models, each once
    relations         of them by relation: `relation, children`; one of several relations counts in each
    months            of them by month of creation: `month` (year x 100 + month), `children`
    listed            nodes: children of the model, or models of the group
    a model's         `descendants, depth, ancestors, parents, roots` (counts), `month` of creation, `family`,
                      `absent` from the snapshot, `release` on the register, `parents_listed` (`id, relation`),
                      `roots_listed` (ids), `way_up` (ids above its first parent, from there upward), `made_of` (what
                      its maker made it from: `id, role`), `made_into` (what makers made from it, the first),
                      `made_into_all` (how many)
    of an edition     `then`: of a model `children, descendants, parents` (the first ids), `listed`; of a family
                      `models`, `listed`: nodes of the edition's tree (`pipeline.chapters.explorer.beyond`)
    a group's         `models` that are built on or releases, `built`: its own repositories that name a base, `bases`
                      that these name, `bases_listed` (`id, repositories`)
    a node            `id`, `relation` of a child, `children`, `descendants`, `below`: nodes of its first children;
                      in an edition's tree `entry` where it has one
    of a series       `id`, its name with # for the digits that differ, the `relation` of the first of them, `series`:
                      how many they are, `members`: nodes of the first

Children of a model that are in a series (`pipeline.hub.series`) are one node that opens. Lists end after a number of
parameters or `NEAR`; the whole length stands beside each. Order: most descendants first, then ids, and a series by its
members and their descendants together; bases by repositories.
"""

import polars as pl

from pipeline.base.params import Explorer
from pipeline.chapters.explorer.beyond import Earlier, branches, family_branches, made
from pipeline.chapters.explorer.graph import Graph
from pipeline.chapters.explorer.lists import Lists, first_of, listed_models
from pipeline.chapters.explorer.store import json_rows
from pipeline.chapters.explorer.tallies import Children, tallies

NEAR = 3
"""Parents, roots and steps up that an entry lists."""


def least(counts: pl.Series, most: int) -> int:
    """The smallest number, at least 1, that no more than `most` of the counts reach."""
    from_one = counts.filter(counts >= 1).sort(descending=True)
    return 1 if from_one.len() <= most else int(from_one[most]) + 1


def model_entries(
    graph: Graph, children: Children, lists: Lists, chosen: Explorer, pairs: pl.DataFrame, before: Earlier | None
) -> tuple[pl.DataFrame, int]:
    """`address, id, family, is_ghost, is_release, descendants, text`: a row per model with an entry, as JSON text.

    pairs: as `beyond.registered` gives them. before: an edition's tree, if one is shown. The second value is the
    number of descendants from which on a model has an entry.
    """
    needed = least(graph.nodes["n_descendants"], chosen.most_models)
    enough = pl.col("n_descendants") >= needed
    models = graph.nodes.filter(enough | pl.col("is_release") | pl.col("is_named")).rechunk()
    frame = _joined(
        models.with_columns(address=pl.format("model={}", "id"), group="node", is_ghost=~pl.col("in_snapshot")),
        tallies(children, graph.nodes["node"]),
        lists.listed,
        _parents(graph, models),
        _roots(graph, models),
        _by_node(models, made(pairs, chosen.listed)),
        _by_node(models, branches(before, models["id"], chosen.below, NEAR)),
    )
    entries = frame.select(
        "address",
        "relations",
        "months",
        "listed",
        "depth",
        "month",
        "family",
        "parents_listed",
        "roots_listed",
        "way_up",
        "made_of",
        "made_into",
        "made_into_all",
        "then",
        children="n_children",
        descendants="n_descendants",
        ancestors="n_ancestors",
        parents="n_parents",
        roots=pl.col("roots").list.len(),
        absent="is_ghost",
        release="is_release",
    )
    found = frame.select("address", "id", "family", "is_ghost", "is_release", descendants="n_descendants")
    return found.with_columns(text=json_rows(entries)), needed


def _by_node(models: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of `id, ...` with `group`, the node of the model, in the place of `id`."""
    return rows.join(models.select("id", group="node"), on="id", maintain_order="left").drop("id")


def group_entries(
    graph: Graph, children: Children, lists: Lists, kind: str, chosen: Explorer, before: Earlier | None
) -> tuple[pl.DataFrame, int]:
    """`address, name, children, built, text`: one row per family or uploader (`kind`) with an entry, by name.

    before: an edition's tree, if one is shown; families alone have a part of it.
    The second value is the number of repositories, built on its models or by it, from which on a group has an entry.
    """
    group = graph.nodes["family" if kind == "family" else "author"].cast(pl.Categorical).alias("group")
    models = graph.nodes.select("node", group, "n_children", "is_release").drop_nulls("group")
    models = models.filter((pl.col("n_children") > 0) | pl.col("is_release")).select("group", "node")
    building = group.gather(graph.links["child"].unique()).drop_nulls().to_frame()
    parts = (
        children.of_groups(group),
        building.with_columns(built=pl.lit(1, pl.UInt32)),
        models.select("group", models=pl.lit(1, pl.UInt32)),
    )
    numbers = pl.col("children", "built", "models").sum().cast(pl.Int64)
    counts = pl.concat(parts, how="diagonal").group_by("group").agg(numbers)
    repositories = pl.col("children") + pl.col("built")
    if kind == "family":
        needed, with_entry = 1, counts.filter(pl.col("models") > 0)
    else:
        needed = least(counts.select(repositories).to_series(), chosen.most_uploaders)
        with_entry = counts.filter(repositories >= needed)
    has_entry = pl.col("group").is_in(with_entry["group"].implode())
    shown = pl.select(pl.when(group.is_in(with_entry["group"].implode())).then(group)).to_series()
    frame = _joined(
        with_entry,
        tallies(children, shown),
        listed_models(graph, lists, models.filter(has_entry), chosen.listed, chosen.below),
        _bases(graph, shown, chosen),
    )
    frame = frame.with_columns(name=pl.col("group").cast(pl.String)).drop("group").sort("name")
    if kind == "family":
        then = family_branches(before, graph.nodes.select("id", "family"), chosen.listed, chosen.below)
        frame = frame.join(then, on="name", how="left", maintain_order="left")
    entries = frame.select(pl.format(f"{kind}={{}}", "name").alias("address"), pl.exclude("name"))
    found = frame.select("name", "children", "built").insert_column(0, entries["address"])
    return found.with_columns(text=json_rows(entries)), needed


def _joined(frame: pl.DataFrame, *parts: pl.DataFrame) -> pl.DataFrame:
    """The frame with the columns of the parts by `group`, null where a part lacks it."""
    for part in parts:
        frame = frame.join(part, on="group", how="left", maintain_order="left")
    return frame


# --------------------------------------------------------------------------------------------- parts


def _parents(graph: Graph, models: pl.DataFrame) -> pl.DataFrame:
    """`group, parents_listed, way_up`: each model's first parents, and the ids above the first of them.

    The way up takes the first parent each time. It ends after `NEAR` steps, at a root, or where it would come back.
    """
    leads_up = (graph.nodes["n_children"] > 0) | graph.nodes["node"].is_in(models["node"].implode())
    links = graph.links.filter(leads_up.gather(graph.links["child"]))
    first = first_of(graph, links.select("relation", group="child", node="parent"), NEAR)
    parents = first.group_by("group", maintain_order=True).agg(parents_listed=pl.struct("id", "relation"))
    up = first.group_by("group", maintain_order=True).first().select(at="group", above="node")
    way = models.select("node").join(up.rename({"above": "0"}), left_on="node", right_on="at", how="left")
    passed = ["node", "0"]
    for step in range(1, NEAR + 1):
        is_new = pl.all_horizontal(pl.col("above") != pl.col(before) for before in passed)
        way = (
            way.join(up, left_on=passed[-1], right_on="at", how="left")
            .with_columns(pl.when(is_new).then("above").alias(str(step)))
            .drop("above")
        )
        passed.append(str(step))
    ids = (
        way.unpivot(passed[2:], index="node", value_name="at")
        .drop_nulls("at")
        .sort("node", "variable")
        .with_columns(id=pl.col("at").map_batches(graph.nodes["id"].gather, return_dtype=pl.String))
        .group_by("node", maintain_order=True)
        .agg(way_up="id")
    )
    return parents.join(ids, left_on="group", right_on="node", how="left")


def _roots(graph: Graph, models: pl.DataFrame) -> pl.DataFrame:
    """`group, roots_listed`: the first roots of each model that is none itself."""
    rows = models.filter(pl.col("n_parents") > 0).select(group="node", node="roots").explode("node")
    return first_of(graph, rows, NEAR).group_by("group", maintain_order=True).agg(roots_listed="id")


def _bases(graph: Graph, group: pl.Series, chosen: Explorer) -> pl.DataFrame:
    """`group, bases, bases_listed`: how many bases a group's repositories name, and those that most of them name.

    group: of every node, null for one without.
    """
    own = graph.links.select("parent", group=group.gather(graph.links["child"])).drop_nulls("group")
    by_base = own.group_by("group", "parent").agg(repositories=pl.len())
    named = by_base.hstack(graph.nodes.select("id")[by_base["parent"]])
    first = (
        named.sort("group", "repositories", "parent", descending=[False, True, False])
        .group_by("group", maintain_order=True)
        .head(chosen.listed)
        .group_by("group", maintain_order=True)
        .agg(bases_listed=pl.struct("id", "repositories"))
    )
    return by_base.group_by("group").agg(bases=pl.len()).join(first, on="group", how="left")
