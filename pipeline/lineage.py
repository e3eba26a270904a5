"""Stage `lineage`: who names whom as base model, and what follows from it.

Edges
1. A tag `base_model:<relation>:<id>` gives an edge with that relation.
2. A tag `base_model:<id>` without a relation for the same parent gives `unspecified`.
3. `baseModels` names one relation for all parents; it is a cross-check and is used alone only where
   a repository has no `base_model:` tag at all.
4. Values are cleaned: list artefacts (`- `), quotes, addresses (`https://huggingface.co/`),
   `/tree/<branch>` endings; an id that differs from a repository of the snapshot only by case is
   that repository. What is left must look like an id, or it is dropped. Each repair is counted.
5. Renames of the register are followed to the end.
6. Self-references are dropped and counted. Parents that are absent from the snapshot (ghosts) stay.
7. `relation_corrected`: a child whose own format is quantized is a quantization, even when tagged
   as a fine-tune or not at all (MLX and EXL2 conversions often are).

Inferred edges stand apart (`evidence: inferred`) and never mix with declared ones: those a source
found itself, and rows of registered repackagers whose name, format tokens stripped, equals exactly
one other model of the snapshot. A copy of the same name without a format token is a mirror, not a
derivative, and gives no edge.

Lineage (declared edges only): depth, roots, ancestors, descendants, from `pipeline.graph`. Cycles
are condensed; the smallest id stands for them.

Known drawbacks: cards are edited, so the graph is what is declared today; a repository may name a
parent that it does not use; what is not declared is missing here.
"""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from pipeline import graph, models, register, schemas, tables
from pipeline.params import Params
from pipeline.paths import Paths

TAG = "base_model:"
TAGGED = ("finetune", "adapter", "quantized", "merge")
LONGEST_RENAME = 8
REPACKAGER_RULE = "repackager_name"


def run(paths: Paths, params: Params) -> None:
    """Read raw and core tables; write edges, lineage, relations and what was met on the way."""
    del params
    raw = tables.scan(paths.raw / "models.parquet")
    core = tables.read(paths.core / "models.parquet")
    provenance = tables.read_json(paths.provenance)
    links, checks = declared_links(raw, core, register.load("renames", paths.register))
    inferred, rules = inferred_edges(
        core, links, tables.read(paths.raw / "inferred_edges.parquet"), paths.register, provenance
    )
    edges = pl.concat([edges_of(links), inferred])
    tables.write(edges, schemas.Edges, paths.core / "edges.parquet")
    lineage, graph_checks = trace(core["id"], links)
    tables.write(lineage, schemas.Lineage, paths.core / "lineage.parquet")
    tables.write(relations(links), schemas.Relations, paths.out / "relations.parquet")
    tables.write(_checks(checks | graph_checks), schemas.LineageChecks, paths.out / "lineage_checks.parquet")
    tables.write(rules, schemas.InferenceRules, paths.out / "inference_rules.parquet")


# ------------------------------------------------------------------------------- declared edges


def declared_links(
    raw: pl.LazyFrame, core: pl.DataFrame, renames: pl.DataFrame
) -> tuple[pl.DataFrame, dict[str, tuple[int, str]]]:
    """One row per child, parent and relation as declared, self-references still in it.

    Returns `child, parent, relation, relation_corrected, rule` and what was repaired, in counts.
    """
    tagged = _from_tags(raw)
    untagged = _from_base_models(raw).join(tagged.select("child").unique(), on="child", how="anti")
    stated = pl.concat([tagged, untagged]).collect()
    cleaned = stated.with_columns(parent=_clean(pl.col("parent")))
    valid = cleaned.filter(pl.col("parent").str.contains(r"^[\w.\-]+(/[\w.\-]+)?$"))
    cased = _match_case(valid, core["id"])
    renamed = follow_renames(cased, renames)
    checks = {
        "declared links read": (stated.height, "child, parent and relation as tags or baseModels state them"),
        "links cleaned": (
            cleaned.filter(pl.col("parent") != stated["parent"]).height,
            "list marks, quotes, addresses or branch endings taken off",
        ),
        "links dropped as no repository id": (cleaned.height - valid.height, "what is left is no `owner/name`"),
        "links matched by case": (
            cased.filter(pl.col("parent") != valid["parent"]).height,
            "the same id in other letter case is in the snapshot",
        ),
        "links renamed": (
            renamed.filter(pl.col("parent") != cased["parent"]).height,
            "the parent moved; the register knows where to",
        ),
    }
    formats = core.select(child="id", packed="is_quantized_format")
    links = (
        renamed.unique(["child", "parent", "relation"])
        .filter((pl.col("relation") != "unspecified") | (pl.len().over("child", "parent") == 1))
        .join(formats, on="child", how="left")
        .with_columns(
            relation_corrected=pl.when(pl.col("packed") & pl.col("relation").is_in(["finetune", "unspecified"]))
            .then(pl.lit("quantized"))
            .otherwise("relation")
        )
        .select("child", "parent", "relation", "relation_corrected", "rule")
    )
    return links, checks


def _from_tags(raw: pl.LazyFrame) -> pl.LazyFrame:
    """`child, parent, relation, rule` from `base_model:` tags."""
    relation = f"^{TAG}({'|'.join(TAGGED)}):"
    return (
        raw.select(child="id", tag=pl.col("tags").list.eval(pl.element().filter(pl.element().str.starts_with(TAG))))
        .filter(pl.col("tag").list.len() > 0)
        .explode("tag")
        .select(
            "child",
            parent=pl.col("tag").str.replace(relation, "").str.strip_prefix(TAG),
            relation=pl.col("tag").str.extract(relation, 1).fill_null("unspecified"),
            rule=pl.lit("tag"),
        )
    )


def _from_base_models(raw: pl.LazyFrame) -> pl.LazyFrame:
    """`child, parent, relation, rule` from the detail route's `baseModels`."""
    relation = pl.col("baseModels").struct.field("relation")
    return (
        raw.filter(pl.col("baseModels").is_not_null())
        .select(
            child="id",
            parent=pl.col("baseModels").struct.field("models"),
            relation=pl.when(relation.is_in(TAGGED)).then(relation).otherwise(pl.lit("unspecified")),
            rule=pl.lit("baseModels"),
        )
        .explode("parent")
        .drop_nulls("parent")
    )


def _clean(value: pl.Expr) -> pl.Expr:
    """A parent's id without what people wrote around it."""
    return (
        value.str.strip_chars(" \t\r\n\"'`[]")
        .str.replace(r"^-\s+", "")
        .str.replace(r"^https?://(www\.)?(huggingface\.co|hf\.co)/", "")
        .str.replace(r"/(tree|blob|resolve)/.*$", "")
        .str.strip_chars(" /\"'")
    )


def _match_case(links: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    """Parents that are in the snapshot under another letter case, under the snapshot's."""
    unknown = links.select("parent").unique().join(ids.to_frame("parent"), on="parent", how="anti")
    by_lower = (
        ids.to_frame("real").with_columns(lower=pl.col("real").str.to_lowercase()).filter(pl.len().over("lower") == 1)
    )
    found = unknown.with_columns(lower=pl.col("parent").str.to_lowercase()).join(by_lower, on="lower")
    return (
        links.join(found.select("parent", "real"), on="parent", how="left", maintain_order="left")
        .with_columns(parent=pl.coalesce("real", "parent"))
        .drop("real")
    )


def follow_renames(links: pl.DataFrame, renames: pl.DataFrame) -> pl.DataFrame:
    """Parents under their newest name; `old/*` moves a whole namespace. Stops after eight moves."""
    spaces = renames.filter(pl.col("old").str.ends_with("/*")).select(
        space=pl.col("old").str.strip_suffix("/*"), moved=pl.col("new").str.strip_suffix("/*")
    )
    single = renames.filter(~pl.col("old").str.ends_with("/*")).select(parent="old", target="new")
    for _ in range(LONGEST_RENAME):
        before = links["parent"]
        links = (
            links.join(single, on="parent", how="left", maintain_order="left")
            .with_columns(parent=pl.coalesce("target", "parent"))
            .with_columns(space=pl.col("parent").str.split("/").list.first())
            .join(spaces, on="space", how="left", maintain_order="left")
            .with_columns(
                parent=pl.when(pl.col("moved").is_not_null() & pl.col("parent").str.contains("/"))
                .then(pl.col("moved") + "/" + pl.col("parent").str.split("/").list.last())
                .otherwise("parent")
            )
            .drop("target", "space", "moved")
        )
        if before.equals(links["parent"]):
            break
    return links


def edges_of(links: pl.DataFrame) -> pl.DataFrame:
    """One declared edge per child and parent; where several relations are tagged, the first in the list."""
    rank = pl.col("relation").replace_strict({name: i for i, name in enumerate(schemas.RELATIONS)})
    return (
        links.filter(pl.col("child") != pl.col("parent"))
        .sort("child", "parent", rank)
        .unique(["child", "parent"], keep="first", maintain_order=True)
        .select("child", "parent", "relation", "relation_corrected", evidence=pl.lit("declared"), rule="rule")
    )


def relations(links: pl.DataFrame) -> pl.DataFrame:
    """Models and links by relation as tagged, and models by relation as corrected."""
    corrected = links.group_by(relation="relation_corrected").agg(models_corrected=pl.col("child").n_unique())
    tagged = links.group_by("relation").agg(
        models=pl.col("child").n_unique(),
        links=pl.len(),
        self_links=(pl.col("child") == pl.col("parent")).sum(),
    )
    return (
        pl.DataFrame({"relation": schemas.RELATIONS})
        .join(tagged, on="relation", how="left")
        .join(corrected, on="relation", how="left")
        .with_columns(pl.col(pl.UInt32, pl.UInt64, pl.Int64).fill_null(0).cast(pl.Int64))
    )


# ------------------------------------------------------------------------------- inferred edges


def inferred_edges(
    core: pl.DataFrame, links: pl.DataFrame, found: pl.DataFrame, directory: Path, provenance: dict[str, Any]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Edges that nobody declared, for children that declare none, and what each rule gave."""
    by_name, candidates = repackaged(core, directory)
    declared = links.select("child").unique()
    edges = (
        pl.concat([found, by_name])
        .join(declared, on="child", how="anti")
        .filter(pl.col("child") != pl.col("parent"))
        .unique(["child", "parent"], keep="first", maintain_order=True)
        .select("child", "parent", "relation", relation_corrected="relation", evidence=pl.lit("inferred"), rule="rule")
    )
    rules = [
        *provenance.get("inference", []),
        {
            "rule": REPACKAGER_RULE,
            "candidates": candidates,
            "edges": by_name.height,
            "why_dropped": "a plain copy, or no single other model of that name in the snapshot",
        },
    ]
    return edges, pl.DataFrame(
        rules,
        schema=dict.fromkeys(["rule"], pl.String)
        | {
            "candidates": pl.Int64,
            "edges": pl.Int64,
            "why_dropped": pl.String,
        },
    )


def repackaged(core: pl.DataFrame, directory: Path) -> tuple[pl.DataFrame, int]:
    """Rows of registered repackagers, each with the single other model that its bare name equals."""
    formats = register.load("formats", directory)
    spaces = register.load("repackagers", directory)["namespace"].str.to_lowercase().implode()
    named = core.select(
        "id",
        "is_quantized_format",
        repackaged=pl.col("author").str.to_lowercase().is_in(spaces),
        name=pl.col("id").str.split("/").list.last().str.to_lowercase(),
    ).with_columns(bare=models.without_format(pl.col("name"), formats))
    copies = named.filter("repackaged")
    originals = named.filter(~pl.col("repackaged")).filter(pl.len().over("name") == 1).select(parent="id", bare="name")
    edges = (
        copies.filter(pl.col("bare") != pl.col("name"))
        .join(originals, on="bare")
        .select(
            child="id",
            parent="parent",
            relation=pl.when("is_quantized_format").then(pl.lit("quantized")).otherwise(pl.lit("unspecified")),
            rule=pl.lit(REPACKAGER_RULE),
        )
    )
    return edges, copies.height


# --------------------------------------------------------------------------------------- lineage


def trace(ids: pl.Series, links: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, tuple[int, str]]]:
    """Depth, roots, ancestors and descendants of every model and ghost, from declared links."""
    nodes, child, parent = number(ids, links)
    walk = graph.walk(nodes.len(), child, parent)
    degree = np.bincount(graph.distinct(nodes.len(), child, parent)[0], minlength=nodes.len())
    children = np.bincount(graph.distinct(nodes.len(), child, parent)[1], minlength=nodes.len())
    sets = pl.DataFrame(
        {"root_set": np.arange(len(walk.root_sets)), "roots": [list(roots) for roots in walk.root_sets]},
        schema={"root_set": pl.Int64, "roots": pl.List(pl.Int64)},
    )
    named = (
        sets.explode("roots")
        .with_columns(roots=nodes.gather(sets.explode("roots")["roots"]))
        .group_by("root_set", maintain_order=True)
        .agg("roots")
    )
    table = pl.DataFrame(
        {
            "id": nodes,
            "depth": walk.depth,
            "n_parents": degree,
            "root_set": walk.root_set,
            "n_ancestors": walk.n_ancestors,
            "n_children": children,
            "n_descendants": walk.n_descendants,
            "in_snapshot": nodes.is_in(ids.implode()),
        }
    ).join(named, on="root_set", how="left")
    cyclic = int((np.bincount(walk.component, minlength=nodes.len()) > 1).sum())
    parents = links["parent"].unique()
    return table, {
        "self-references dropped": (
            links.filter(pl.col("child") == pl.col("parent")).height,
            "models that name themselves as base",
        ),
        "distinct parents": (parents.len(), "repositories that are named as base"),
        "ghost parents": (
            int((~parents.is_in(ids.implode())).sum()),
            "named as base, absent from the snapshot: deleted, renamed, private or out of its reach",
        ),
        "cycles condensed": (cyclic, "groups of models that name each other; the smallest id stands for them"),
        "longest chain": (int(walk.depth.max(initial=0)), "steps from a model to its furthest root"),
        "models with several parents": (int((degree > 1).sum()), "merges, and lists of bases"),
    }


def number(ids: pl.Series, links: pl.DataFrame) -> tuple[pl.Series, graph.Ints, graph.Ints]:
    """Nodes sorted by id (so that the smallest id has the smallest number), and edges in their numbers."""
    nodes = pl.concat([ids.alias("id"), links["child"].alias("id"), links["parent"].alias("id")]).unique().sort()
    numbers = pl.DataFrame({"id": nodes, "number": np.arange(nodes.len())})
    child = links.select(id="child").join(numbers, on="id", how="left", maintain_order="left")["number"]
    parent = links.select(id="parent").join(numbers, on="id", how="left", maintain_order="left")["number"]
    return nodes, child.to_numpy(), parent.to_numpy()


def _checks(checks: dict[str, tuple[int, str]]) -> pl.DataFrame:
    return pl.DataFrame(
        [(name, count, meaning) for name, (count, meaning) in checks.items()],
        schema={"check": pl.String, "count": pl.Int64, "meaning": pl.String},
        orient="row",
    )
