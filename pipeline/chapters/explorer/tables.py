"""What is built on a model, a family or an uploader, as files that a page looks up in.

Method
- Links: declared ones (relation as tagged) where the snapshot has any, else those that sources
  inferred; never both, and the page says which. Self-references are left out.
- A model has an entry if another names it as base, or if it is a registered release; absent
  parents (ghosts) have one too. A family has one if it has a model that does. An uploader has one if
  others build on its models or it builds on any. Where more than `most_models` or `most_uploaders`
  would have one, those with the fewest descendants (repositories built on theirs, or by them) go, all
  that have the same number together, and the page says from which number on there is one.
- A model's entry: children by relation and by month of creation, descendants, parents, roots, the
  way up through its most important parents, and the children with the most descendants, each with its
  own. A family's or an uploader's entry: the repositories that name one of its models, each counted
  once (once a relation, where it has several), its models with the most descendants, each with
  children, and for an uploader what its own repositories build on.
- Lists end at `listed`; every list stands beside its whole length. Order: most descendants first, then ids.

Models that nothing is built on appear as children and have no entry; ids longer than LONGEST_ID
bytes are counted and not listed. Files, their sizes and their addresses: `pipeline.chapters.explorer.store`.

How it stays fast: repositories are numbers, one sort of all links gives every list, and JSON is put
together by columns. Known drawbacks: months are those of the repositories that still exist; a name is
found by its beginning, with or without its owner, and by nothing else.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from pipeline import register
from pipeline.base import vocabulary as base_vocabulary
from pipeline.base.params import Explorer, Params
from pipeline.base.paths import Paths
from pipeline.base.results import Results
from pipeline.chapters.explorer import store
from pipeline.chapters.explorer.schema import ExplorerSummary
from pipeline.hub.graph import Ints, unique
from pipeline.hub.links import Links
from pipeline.hub.nodes import Nodes
from pipeline.hub.trace import trace

LONGEST_ID = 200
NEAR = 3
"""Parents, roots and steps up that an entry lists."""
RELATIONS = len(base_vocabulary.RELATIONS)
MEMBER = -1
"""In the place of a relation: listed because it belongs to the group."""

NOTHING = pl.DataFrame(schema={"group": pl.UInt32, "listed": pl.String})


@dataclass(frozen=True)
class Graph:
    """Links in numbers, and what is known of every node.

    links: `child, parent, relation, month`; relation is a place in `vocabulary.RELATIONS`, month is
    year x 100 + month, null if unknown. nodes: one row per node, in order. text: each node's id as JSON.
    order: each node's place when those with the most descendants come first.
    """

    ids: pl.Series
    text: pl.Series
    links: pl.DataFrame
    nodes: pl.DataFrame
    order: Ints
    evidence: str


def make(paths: Paths, params: Params, results: Results, pages: Path) -> None:
    """Read core tables and the register; write the summary and the views of the page, and its files into `pages`."""
    graph = read(paths, register.load("releases", paths.register)["model"])
    chosen = params.explorer
    models, least_descendants = model_entries(graph, chosen)
    members = graph.nodes.select(has=pl.col("n_children") > 0, release="is_release", fits="fits")
    counted = pl.Series("node", np.flatnonzero(members.select((pl.col("has") | pl.col("release")) & pl.col("fits"))))
    counted = counted.cast(pl.UInt32)
    families, _ = group_entries(graph, counted, "family", chosen)
    uploaders, least_links = group_entries(graph, counted, "uploader", chosen)
    entries = pl.concat([part.select("address", "text") for part in (models, families, uploaders)])
    rows = pl.concat([_model_rows(models), _group_rows(families, 0), _group_rows(uploaders, 1)])
    written = write(entries, rows, chosen, pages)
    present = int(graph.nodes["in_snapshot"].sum())
    built_on = int((graph.nodes["n_children"] > 0).sum())
    summary = {
        "models": (models.height, "Models with an entry"),
        "models absent": (int(models["is_ghost"].sum()), "Of those, named as base and absent from the snapshot"),
        "models present": (present, "Models of the snapshot"),
        "models built on": (built_on, "Models that another names as base, in the snapshot or absent"),
        "least descendants": (least_descendants, "Descendants from which on a model has an entry; releases have one"),
        "families": (families.height, "Families with an entry"),
        "uploaders": (uploaders.height, "Uploaders with an entry"),
        "least repositories": (least_links, "Repositories built on or by an uploader from which on it has an entry"),
        "links": (graph.links.height, f"Links between a repository and its base, {graph.evidence}"),
        "declared": (int(graph.evidence == "declared"), "1 where links are declared, 0 where sources inferred them"),
        "listed": (chosen.listed, "Children, models or bases that an entry lists at most"),
        "files": (written.files, "Files"),
        "bytes": (written.bytes, "Bytes of all files, not compressed"),
        "largest file": (written.largest, "Bytes of the largest file"),
    }
    table = pl.DataFrame(
        [(name, value, meaning) for name, (value, meaning) in summary.items()],
        schema=ExplorerSummary.column_names(),
        orient="row",
    )
    results.write("explorer_summary", table, ExplorerSummary)
    results.write_document("explorer_views", views(models, families, uploaders, params, graph.evidence))


def least(counts: pl.Series, most: int) -> int:
    """The smallest number, at least 1, that no more than `most` of the counts reach."""
    reached = counts.filter(counts >= 1).sort(descending=True)
    return 1 if reached.len() <= most else int(reached[most]) + 1


# ------------------------------------------------------------------------------------------- reading


def read(paths: Paths, releases: pl.Series) -> Graph:
    """The links that the snapshot supports, and every node on them."""
    nodes = Nodes.load(paths, [releases])
    every = nodes.edges(columns=("relation", "evidence"))
    evidence = "declared" if (every["evidence"] == "declared").any() else "inferred"
    stated = every.filter(pl.col("evidence") == evidence)
    core = nodes.everywhere(nodes.models("created_month"))["created_month"]
    month = (core.dt.year().cast(pl.Int32) * 100 + core.dt.month().cast(pl.Int32)).alias("month")
    links = stated.select(
        "child",
        "parent",
        relation=pl.col("relation").cast(pl.Enum(base_vocabulary.RELATIONS)).to_physical().cast(pl.Int8),
        month=month.gather(stated["child"]),
    )
    present = np.zeros(nodes.ids.len(), dtype=bool)
    present[nodes.of_row] = True
    walked = _walked(nodes, links, present, declared=evidence == "declared")
    about = walked.with_columns(
        month,
        nodes.identity(paths.register)["family"],
        author=nodes.ids.str.extract(r"^([^/]+)/", 1),
        in_snapshot=pl.Series(present),
        is_release=nodes.ids.is_in(releases.implode()),
        fits=nodes.ids.str.len_bytes() <= LONGEST_ID,
    )
    return Graph(
        nodes.ids, store.quoted(nodes.ids), links, about, _in_order(nodes.ids, about["n_descendants"]), evidence
    )


def _in_order(ids: pl.Series, descendants: pl.Series) -> Ints:
    """Each node's place, most descendants first, then by id; nodes that only sources know stand after the others."""
    by_id = np.arange(ids.len()) if ids.is_sorted() else ids.arg_sort().to_numpy()
    order = np.empty(ids.len(), dtype=np.int64)
    order[by_id[np.argsort(-descendants.to_numpy()[by_id], kind="stable")]] = np.arange(ids.len())
    return order


def _walked(nodes: Nodes, links: pl.DataFrame, present: np.ndarray, *, declared: bool) -> pl.DataFrame:
    """Depth, counts and roots of every node: as the core tables have them, or from these links."""
    columns = ("depth", "n_parents", "roots", "n_ancestors", "n_children", "n_descendants")
    if not declared:
        none = np.zeros(links.height, dtype=np.int64)
        child, parent = (links[side].to_numpy().astype(np.int64) for side in ("child", "parent"))
        table, _ = trace(Links(nodes.ids, ~present, child, parent, none, none, none))
        return table.drop("roots").rename({"root_nodes": "roots"}).select(columns)
    walked = nodes.lineage(*columns).select(columns)
    beyond = nodes.ids.len() - walked.height  # releases of the register that no snapshot's model names
    if not beyond:
        return walked
    alone = pl.Series(np.arange(walked.height, nodes.ids.len()), dtype=pl.UInt32)
    rest = pl.DataFrame({name: pl.zeros(beyond, pl.Int64, eager=True) for name in columns}).with_columns(
        roots=pl.DataFrame({"roots": alone}).select(pl.concat_list("roots"))["roots"]
    )
    return pl.concat([walked, rest])


# --------------------------------------------------------------------------------------------- parts


def tallies(links: pl.DataFrame) -> pl.DataFrame:
    """`group, links, relations, months` as JSON, from `group, child, relation, month`.

    links: distinct children of the group; relations: distinct children by relation; months:
    `[month, children]` of those whose month is known.
    """
    children, by_relation = distinct(links, "group", "child"), distinct(links, "group", "child", "relation")
    groups = unique(children["group"].to_numpy())
    place = np.zeros(int(groups.max(initial=0)) + 1, dtype=np.int64)
    place[groups] = np.arange(groups.size)

    def counted(rows: pl.DataFrame) -> pl.Series:
        return pl.Series(np.bincount(place[rows["group"].to_numpy()], minlength=groups.size))

    each = [counted(by_relation.filter(pl.col("relation") == relation)) for relation in range(RELATIONS)]
    months = (
        children.drop_nulls("month")
        .group_by("group", "month")
        .len()
        .sort("group", "month")
        .select("group", text=pl.format("[{},{}]", "month", "len"))
    )
    return pl.DataFrame(
        {
            "group": groups,
            "links": counted(children),
            "relations": pl.select(pl.concat_str(each, separator=",")).to_series(),
        }
    ).join(strung(months, "months"), on="group", how="left", maintain_order="left")


def strung(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """`group, <name>`: the texts of each group in their order, with commas between; from rows of `group, text`.

    Lists are joined all at once, text by group one group after the other, which takes three times as long.
    """
    lists = rows.group_by("group", maintain_order=True).agg("text")
    return lists.select("group", pl.col("text").list.join(",").alias(name))


def distinct(links: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """Links that differ in these columns, `child` among them; only a child of several links can repeat anything."""
    several = links["child"].is_duplicated()
    return pl.concat([links.filter(~several), links.filter(several).unique(columns, keep="any")])


def ranked(rows: pl.DataFrame, order: Ints) -> pl.DataFrame:
    """Rows of `group, node` by group, the nodes that come first in `order` first, with their `rank` from 0."""
    place = pl.Series(order[rows["node"].to_numpy()]).cast(pl.UInt64)
    groups = rows["group"].cast(pl.UInt64).to_numpy()
    in_order = rows[np.argsort((groups << np.uint64(32)) | place.to_numpy(), kind="stable")]
    group = in_order["group"].to_numpy()
    starts = np.flatnonzero(np.concatenate([[True], group[1:] != group[:-1]])) if group.size else np.zeros(0, int)
    rank = np.arange(group.size) - np.repeat(starts, np.diff(np.append(starts, group.size)))
    return in_order.with_columns(rank=pl.Series(rank, dtype=pl.Int64))


def listed(graph: Graph, rows: pl.DataFrame, most: int, *below: int) -> pl.DataFrame:
    """`group, listed`: the first `most` nodes of each group as JSON, from `group, node, relation`.

    A node is `[id, relation, month]`, and where something is built on it
    `[id, relation, month, children, descendants, [node, ...]]`, with the first `below` of its children, without theirs.
    """
    fitting = rows.filter(graph.nodes["fits"].gather(rows["node"]))
    head = ranked(fitting, graph.order).filter(pl.col("rank") < most)
    about = graph.nodes.select("month", "n_children", "n_descendants")[head["node"]]
    own = listed(graph, children(_links_to(graph, head["node"])), *below) if below else NOTHING
    start = pl.format("[{},{},{}", graph.text.gather(head["node"]), "relation", pl.col("month").fill_null(0))
    return (
        pl.concat([head.select("group", "node", "relation"), about], how="horizontal")
        .join(own, left_on="node", right_on="group", how="left", maintain_order="left")
        .select(
            "group",
            text=pl.when(pl.col("n_children") > 0)
            .then(pl.format("{},{},{},[{}]]", start, "n_children", "n_descendants", pl.col("listed").fill_null("")))
            .otherwise(pl.format("{}]", start)),
        )
        .pipe(strung, "listed")
    )


def children(links: pl.DataFrame) -> pl.DataFrame:
    """`group, node, relation`: every child under its parent."""
    return links.select("relation", group="parent", node="child")


def _links_to(graph: Graph, parents: pl.Series) -> pl.DataFrame:
    asked = np.zeros(graph.ids.len(), dtype=bool)
    asked[parents.to_numpy()] = True
    return graph.links.filter(pl.Series(asked).gather(graph.links["parent"]))


# ----------------------------------------------------------------------------------------- entries


def model_entries(graph: Graph, chosen: Explorer) -> tuple[pl.DataFrame, int]:
    """`node, address, id, family, text, descendants, is_ghost`, one row per model with an entry, and from how many
    descendants on one has it.

    text: `[children, descendants, depth, ancestors, parents, month, family, absent, release, [relations],
    [months], [listed], [parents listed], roots, [roots listed], [way up]]`.
    """
    needed = least(graph.nodes["n_descendants"], chosen.most_models)
    has = ((graph.nodes["n_descendants"] >= needed) | graph.nodes["is_release"]) & graph.nodes["fits"]
    nodes = pl.Series("node", np.flatnonzero(has.to_numpy()), dtype=pl.UInt32)
    links = graph.links.filter(has.gather(graph.links["parent"]))
    counted = tallies(links.rename({"parent": "group"}))
    lists = listed(graph, children(links), chosen.listed, chosen.below)
    about = graph.nodes[nodes].insert_column(0, nodes).insert_column(1, graph.ids.gather(nodes).alias("id"))
    near = _parents(graph, about.select("node"))
    frame = (
        about.join(counted, left_on="node", right_on="group", how="left", maintain_order="left")
        .join(lists, left_on="node", right_on="group", how="left", maintain_order="left")
        .join(near, on="node", how="left", maintain_order="left")
        .join(_roots(graph, about), on="node", how="left", maintain_order="left")
        .with_columns(
            pl.col("relations").fill_null(",".join("0" * RELATIONS)),
            pl.col("months", "listed", "near", "way", "root_list").fill_null(""),
            family_text=store.quoted_column("family"),
        )
    )
    flat = ["n_children", "n_descendants", "depth", "n_ancestors", "n_parents"]
    entries = frame.select(
        "node",
        "id",
        "family",
        address=pl.format("model={}", "id"),
        descendants="n_descendants",
        is_ghost=~pl.col("in_snapshot"),
        text=pl.format(
            "[{},{},{},{},{},[{}],[{}],[{}],[{}],{},[{}],[{}]]",
            pl.concat_str(flat, separator=","),
            pl.col("month").fill_null(0),
            "family_text",
            (~pl.col("in_snapshot")).cast(pl.Int8),
            pl.col("is_release").cast(pl.Int8),
            "relations",
            "months",
            "listed",
            "near",
            pl.col("roots").list.len(),
            "root_list",
            "way",
        ),
    )
    return entries, needed


def _parents(graph: Graph, wanted: pl.DataFrame) -> pl.DataFrame:
    """`node, near, way`: each node's first parents as `[id, relation]`, and the ids above the first of them.

    The way up takes the parent with the most descendants each time, and ends after a few steps or
    where it would come back.
    """
    links = graph.links.select("relation", group="child", node="parent")
    links = ranked(links.filter(graph.nodes["fits"].gather(links["node"])), graph.order)
    main = np.full(graph.ids.len(), -1, dtype=np.int64)
    first = links.filter(pl.col("rank") == 0)
    main[first["group"].to_numpy()] = first["node"].to_numpy()
    near = (
        links.filter(pl.col("rank") < NEAR)
        .join(wanted, left_on="group", right_on="node", how="semi", maintain_order="left")
        .with_columns(text=pl.format("[{},{}]", _texts(graph, "node"), "relation"))
        .pipe(strung, "near")
        .rename({"group": "node"})
    )
    start = wanted["node"].to_numpy().astype(np.int64)
    seen, steps = [start], []
    at = np.where(main[start] >= 0, main[start], -1)
    for _ in range(NEAR):
        seen.append(at)
        above = np.where(at >= 0, main[at], -1)
        again = np.logical_or.reduce([above == before for before in seen])
        at = np.where(again, -1, above)
        steps.append(pl.Series(at))
    way = pl.DataFrame(
        {
            str(number): graph.text.gather(pl.select(pl.when(at >= 0).then(at)).to_series())
            for number, at in enumerate(steps)
        }
    ).select(way=pl.concat_str([str(number) for number in range(NEAR)], separator=",", ignore_nulls=True))
    return wanted.with_columns(way["way"]).join(near, on="node", how="left", maintain_order="left")


def _texts(graph: Graph, column: str) -> pl.Expr:
    """The ids of a column of nodes, as JSON."""
    return pl.col(column).map_batches(lambda nodes: graph.text.gather(nodes), return_dtype=pl.String)


def _roots(graph: Graph, about: pl.DataFrame) -> pl.DataFrame:
    """`node, root_list`: the roots of each node that is none itself, most descendants first."""
    inner = about.filter(pl.col("n_parents") > 0).select("node", "roots").explode("roots")
    rows = inner.select(group="node", node="roots")
    return (
        ranked(rows.filter(graph.nodes["fits"].gather(rows["node"])), graph.order)
        .filter(pl.col("rank") < NEAR)
        .with_columns(text=_texts(graph, "node"))
        .pipe(strung, "root_list")
        .rename({"group": "node"})
    )


def group_entries(graph: Graph, models: pl.Series, kind: str, chosen: Explorer) -> tuple[pl.DataFrame, int]:
    """`name, address, text, links, built`, one row per family or uploader with an entry, and from how many
    repositories on an uploader has one. models: nodes that are built on, and releases.

    text: `[repositories that name one of its models, its models that are built on or releases, [relations],
    [months], [listed], repositories of its own that name a base, [[base, repositories], ...], bases]`.
    """
    names = graph.nodes["family" if kind == "family" else "author"].rename("name")
    known = names.drop_nulls().unique().sort()
    groups = pl.DataFrame({"group": pl.Series(np.arange(known.len()), dtype=pl.UInt32), "name": known})
    number = names.to_frame().join(groups, on="name", how="left", maintain_order="left")["group"]
    members = pl.DataFrame({"group": number.gather(models), "node": models}).drop_nulls()
    links = graph.links.with_columns(group=number.gather(graph.links["parent"])).drop_nulls("group")
    own = graph.links.select("child", "parent", group=number.gather(graph.links["child"])).drop_nulls("group")
    counts = (
        groups.join(_distinct_children(links, "links"), on="group", how="left", maintain_order="left")
        .join(_distinct_children(own, "built"), on="group", how="left", maintain_order="left")
        .join(members.group_by("group").len("models"), on="group", how="left", maintain_order="left")
        .with_columns(pl.col("links", "built", "models").cast(pl.Int64).fill_null(0))
    )
    needed = 1
    if kind == "family":
        kept = counts.filter(pl.col("models") > 0)
    else:
        needed = least(counts["links"] + counts["built"], chosen.most_uploaders)
        kept = counts.filter(pl.col("links") + pl.col("built") >= needed)
    links, members, own = (part.join(kept, on="group", how="semi") for part in (links, members, own))
    members = members.with_columns(relation=pl.lit(MEMBER, pl.Int8))
    entries = (
        kept.join(tallies(links).drop("links"), on="group", how="left", maintain_order="left")
        .join(listed(graph, members, chosen.listed, chosen.below), on="group", how="left", maintain_order="left")
        .join(_bases(graph, own, chosen.listed), on="group", how="left", maintain_order="left")
        .with_columns(
            pl.col("relations").fill_null(",".join("0" * RELATIONS)),
            pl.col("months", "listed", "bases").fill_null(""),
        )
        .select(
            "name",
            "links",
            "built",
            address=pl.format(f"{kind}={{}}", "name"),
            text=pl.format(
                "[{},{},[{}],[{}],[{}],{},[{}],{}]",
                "links",
                "models",
                "relations",
                "months",
                "listed",
                "built",
                "bases",
                pl.col("n_bases").fill_null(0),
            ),
        )
    )
    return entries, needed


def _distinct_children(links: pl.DataFrame, name: str) -> pl.DataFrame:
    return distinct(links.select("group", "child"), "group", "child").group_by("group").len(name)


def _bases(graph: Graph, own: pl.DataFrame, most: int) -> pl.DataFrame:
    """`group, n_bases, bases`: the bases that repositories of each group name, those of most repositories as JSON."""
    by_base = own.group_by("group", "parent").agg(pl.len().alias("repositories"))
    number = by_base.group_by("group").len("n_bases")
    fitting = by_base.filter(graph.nodes["fits"].gather(by_base["parent"]))
    bases = (
        fitting.sort("group", "repositories", "parent", descending=[False, True, False])
        .group_by("group", maintain_order=True)
        .head(most)
        .with_columns(text=pl.format("[{},{}]", _texts(graph, "parent"), "repositories"))
        .pipe(strung, "bases")
    )
    return number.join(bases, on="group", how="left")


# -------------------------------------------------------------------------------------- search, files


def _model_rows(models: pl.DataFrame) -> pl.DataFrame:
    """Rows of the search for models: under their id, and under their name without its owner."""
    whole = models.select("address", key=pl.col("id").str.to_lowercase(), count="descendants", kind=pl.lit(2, pl.Int64))
    short = whole.filter(pl.col("key").str.contains("/", literal=True)).with_columns(
        key=pl.col("key").str.replace("^[^/]*/", "")
    )
    return _searchable(pl.concat([whole, short.filter(pl.col("key") != "")]))


def _group_rows(groups: pl.DataFrame, kind: int) -> pl.DataFrame:
    """Rows of the search for families or uploaders."""
    rows = groups.select("address", key=pl.col("name").str.to_lowercase(), count="links", kind=pl.lit(kind, pl.Int64))
    return _searchable(rows)


def _searchable(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(text=pl.format("[{},{}]", store.quoted_column("address"), "count"))


def write(entries: pl.DataFrame, rows: pl.DataFrame, chosen: Explorer, directory: Path) -> store.Written:
    """Write the files of entries and of the search, and the directory that leads to them."""
    in_order = rows.sort("kind", "count", "address", descending=[False, True, False])
    ranks = in_order.with_columns(rank=pl.col("address").rle_id())
    limit = chosen.file_kilobytes * 1000
    files = store.spread(entries, limit)
    found = store.search(ranks, limit // 2, chosen.found)
    leading = {
        "files": files.height,
        "rows": found.row_starts,
        "best": found.best_starts,
        "found": chosen.found,
    }
    documents = {"directory": store.script_json(leading)}
    documents |= {f"entries/{number:04}": text for number, text in files.iter_rows()}
    documents |= {f"rows/{number:04}": text for number, text in enumerate(found.rows)}
    documents |= {f"best/{number:04}": text for number, text in enumerate(found.best)}
    return store.write(documents, directory)


def views(
    models: pl.DataFrame, families: pl.DataFrame, uploaders: pl.DataFrame, params: Params, evidence: str
) -> dict[str, Any]:
    """What the page opens on with its entry, and the addresses of examples.

    The subject's family (without one, the family that most is built on), its model with the most descendants,
    the reference's family (or the next one), and the uploader that built most on others.
    """
    by_size = families.sort("links", "name", descending=[True, False])["name"].to_list()
    wanted = [name for name in (params.report.subject, params.report.reference) if name in by_size]
    first, *others = [*wanted, *(name for name in by_size if name not in wanted), None][:2]
    own = models.filter(pl.col("family") == first) if first else models
    model = own.sort("descendants", "id", descending=[True, False])["address"].to_list()
    builder = uploaders.filter(pl.col("built") > 0).sort("built", "name", descending=[True, False])["address"].to_list()
    named = [f"family={first}" if first else None, *model[:1], *(f"family={name}" for name in others if name)]
    listed = [address for address in (*named, *builder[:1]) if address]
    texts = pl.concat([part.select("address", "text") for part in (models, families, uploaders)])
    opened = texts.filter(pl.col("address") == listed[0])["text"].to_list() if listed else [None]
    return {"evidence": evidence, "opened": listed[0] if listed else None, "entry": opened[0], "examples": listed[1:]}
