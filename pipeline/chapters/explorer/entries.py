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
from pipeline.chapters.explorer.store import json_rows
from pipeline.hub.series import names_of

NEAR = 3
"""Parents, roots and steps up that an entry lists."""


def least(counts: pl.Series, most: int) -> int:
    """The smallest number, at least 1, that no more than `most` of the counts reach."""
    from_one = counts.filter(counts >= 1).sort(descending=True)
    return 1 if from_one.len() <= most else int(from_one[most]) + 1


def model_entries(
    graph: Graph, chosen: Explorer, pairs: pl.DataFrame, before: Earlier | None
) -> tuple[pl.DataFrame, int]:
    """`address, id, family, is_ghost, is_release, descendants, text`: a row per model with an entry, as JSON text.

    pairs: as `beyond.registered` gives them. before: an edition's tree, if one is shown. The second value is the
    number of descendants from which on a model has an entry.
    """
    needed = least(graph.nodes["n_descendants"], chosen.most_models)
    enough = pl.col("n_descendants") >= needed
    models = graph.nodes.filter(enough | pl.col("is_release") | pl.col("is_named")).rechunk()
    links = graph.links.join(models, left_on="parent", right_on="node", how="semi", maintain_order="left")
    children = links.select("relation", "month", "series", group="parent", node="child")
    frame = _joined(
        models.with_columns(address=pl.format("model={}", "id"), group="node", is_ghost=~pl.col("in_snapshot")),
        tallies(children),
        listed(graph, children, chosen.listed, chosen.below),
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


def group_entries(graph: Graph, kind: str, chosen: Explorer, before: Earlier | None) -> tuple[pl.DataFrame, int]:
    """`address, name, children, built, text`: one row per family or uploader (`kind`) with an entry, by name.

    before: an edition's tree, if one is shown; families alone have a part of it.
    The second value is the number of repositories, built on its models or by it, from which on a group has an entry.
    """
    group = graph.nodes["family" if kind == "family" else "author"].cast(pl.Categorical)  # few names, millions of links
    models = graph.nodes.select("node", group.alias("group"), "n_children", "is_release").drop_nulls("group")
    models = models.filter((pl.col("n_children") > 0) | pl.col("is_release")).select("group", "node")
    children = graph.links.select(
        "relation", "month", node="child", group=group.gather(graph.links["parent"])
    ).drop_nulls("group")
    own = graph.links.select("child", "parent", group=group.gather(graph.links["child"])).drop_nulls("group")
    counts = _joined(
        group.drop_nulls().unique().to_frame("group"),
        children.unique(["group", "node"]).group_by("group").agg(children=pl.len()),
        own.unique(["group", "child"]).group_by("group").agg(built=pl.len()),
        models.group_by("group").agg(models=pl.len()),
    ).with_columns(pl.col("children", "built", "models").cast(pl.Int64).fill_null(0))
    repositories = pl.col("children") + pl.col("built")
    if kind == "family":
        needed, with_entry = 1, counts.filter(pl.col("models") > 0)
    else:
        needed = least(counts.select(repositories).to_series(), chosen.most_uploaders)
        with_entry = counts.filter(repositories >= needed)
    children, models, own = (part.join(with_entry, on="group", how="semi") for part in (children, models, own))
    frame = _joined(
        with_entry,
        tallies(children),
        listed(graph, models, chosen.listed, chosen.below),
        _bases(graph, own, chosen),
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


def tallies(children: pl.DataFrame) -> pl.DataFrame:
    """`group, relations, months` as lists of structs, from rows of `group, node, relation, month`."""
    by_relation, by_month = (_tally(children, column) for column in ("relation", "month"))
    return by_relation.join(by_month, on="group", how="left")


def _tally(children: pl.DataFrame, column: str) -> pl.DataFrame:
    """`group, <column>s`: how many children of a group have each value of the column, in order of the values."""
    return (
        children.drop_nulls(column)
        .group_by("group", column)
        .agg(children=pl.col("node").n_unique())
        .sort("group", column)
        .group_by("group", maintain_order=True)
        .agg(pl.struct(column, "children").alias(f"{column}s"))
    )


def first_of(graph: Graph, rows: pl.DataFrame, most: int) -> pl.DataFrame:
    """The first `most` rows of each group, by group and the order of nodes, from `group, node, ...`, with `id`."""
    about = graph.nodes.select("order")[rows["node"]]
    first = rows.hstack(about).sort("group", "order").group_by("group", maintain_order=True).head(most).drop("order")
    return first.with_columns(id=graph.nodes["id"].gather(first["node"]))


def listed(graph: Graph, rows: pl.DataFrame, most: int, below: int = 0) -> pl.DataFrame:
    """`group, listed`: the first `most` nodes of each group as structs, from rows of `group, node`.

    Where rows have a `relation`, nodes have it too; where they have a `series`, those of one are one node. below: how
    many children of each node are listed in turn, without theirs; members of a series are listed there too.
    """
    named = "relation" in rows.columns
    first = first_of_series(graph, rows, most) if "series" in rows.columns else first_of(graph, rows, most)
    first = first.hstack(graph.nodes.select(children="n_children", descendants="n_descendants")[first["node"]])
    fields = ["id", *(["relation"] if named else []), "children", "descendants"]
    if "series" in rows.columns:
        first = first.with_columns(pl.when(pl.col("series").is_null()).then(pl.col("children", "descendants")))
        fields.append("series")
        if below:
            inside = _members(graph, rows, first, most)
            first = first.join(inside, on=["group", "first"], how="left", maintain_order="left")
            fields.append("members")
    if below:
        single = first.filter(pl.col("series").is_null()) if "series" in rows.columns else first
        links = graph.links.join(single, left_on="parent", right_on="node", how="semi")
        inner = listed(graph, links.select("relation", "series", group="parent", node="child"), below)
        inner = inner.rename({"group": "node", "listed": "below"})
        first = first.join(inner, on="node", how="left", maintain_order="left")
        if "series" in rows.columns:
            first = first.with_columns(pl.when(pl.col("series").is_null()).then("below"))
        fields.append("below")
    return (
        first.with_columns(pl.col("children", "descendants").replace(0, None))
        .group_by("group", maintain_order=True)
        .agg(listed=pl.struct(fields))
    )


def first_of_series(graph: Graph, rows: pl.DataFrame, most: int) -> pl.DataFrame:
    """`group, node, relation, id, series, first`: the first `most` children of each group, those of a series as one.

    rows: `group, node, relation, series`. Of a series, `series` says how many it has, `first` is what stands for it
    in rows, `node` is its first by order, and `id` is its name (`names_of`); the first two are null for other children.
    """
    about = graph.nodes.select("order", weight=pl.col("n_descendants").cast(pl.Int64))[rows["node"]]
    ordered = rows.select("group", "node", "relation", first="series").hstack(about).sort("group", "order")
    # most children are in no series, and their order is that of their weight: the first of them are enough
    alone = ordered.filter(pl.col("first").is_null()).group_by("group", maintain_order=True).head(most)
    in_series = (
        ordered.drop_nulls("first")
        .group_by("group", "first", maintain_order=True)
        .agg(
            pl.col("node", "relation", "order").first(),
            weight=pl.col("weight").sum() + pl.len(),
            series=pl.len().cast(pl.Int64),
        )
    )
    together = (
        pl.concat([alone, in_series], how="diagonal")
        .sort("group", "weight", "order", descending=[False, True, False])
        .group_by("group", maintain_order=True)
        .head(most)
        .select("group", "node", "relation", "series", "first")
    )
    shown = together.drop_nulls("first").select("group", "first").with_row_index("place")
    inside = rows.select("group", "node", first="series").join(shown, on=["group", "first"])
    named = names_of(inside.select(series="place", id=graph.nodes["id"].gather(inside["node"])))
    names = shown.join(named, left_on="place", right_on="series").drop("place")
    found = together.join(names, on=["group", "first"], how="left", maintain_order="left")
    return found.with_columns(id=pl.coalesce("name", graph.nodes["id"].gather(found["node"]))).drop("name")


def _members(graph: Graph, rows: pl.DataFrame, shown: pl.DataFrame, most: int) -> pl.DataFrame:
    """`group, first, members`: the first `most` repositories of each series that is shown, as nodes."""
    series = shown.filter(pl.col("series").is_not_null()).select("group", "first").with_row_index("place")
    inside = rows.rename({"series": "first"}).join(series, on=["group", "first"])
    found = listed(graph, inside.select("relation", "node", group="place"), most)
    return found.join(series, left_on="group", right_on="place").select(
        group="group_right", first="first", members="listed"
    )


def _parents(graph: Graph, models: pl.DataFrame) -> pl.DataFrame:
    """`group, parents_listed, way_up`: each model's first parents, and the ids above the first of them.

    The way up takes the first parent each time. It ends after `NEAR` steps, at a root, or where it would come back.
    """
    rows = graph.links.select("relation", group="child", node="parent")
    first = first_of(graph, rows, NEAR)
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


def _bases(graph: Graph, own: pl.DataFrame, chosen: Explorer) -> pl.DataFrame:
    """`group, bases, bases_listed`: how many bases a group's repositories name, and those that most of them name."""
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
