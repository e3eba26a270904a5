"""Facts of the snapshot itself: what it is, what it declares, and what was repaired."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, fact, sentence
from pipeline.base.results import Tables
from pipeline.hub.inferred import REPACKAGER_RULE
from pipeline.snapshot.schema import HUB_FLOOR

RELATION_WORDS = {
    "finetune": "fine-tunes",
    "adapter": "adapters",
    "quantized": "quantizations",
    "merge": "merges",
}
QUOTED_RELATIONS = ("finetune", "adapter", "merge")
"""Relations whose number of models a page or figure quotes; a page that quotes another adds it here."""


def facts(tables: Tables) -> Facts:
    """Every fact of the stage; none depends on the subject and reference of the report."""
    return (
        snapshot_facts(tables.snapshot, tables["models"])
        | lineage_facts(tables["relations"])
        | inference_facts(tables["inference_rules"])
    )


_KINDS = {"census": "the census", "slice": "our slice of the Hub", "sample": "our sample"}
"""What a sentence calls a snapshot, by its coverage: `our sample of October 2026`."""


def snapshot_facts(provenance: Mapping[str, Any], core: pl.DataFrame) -> Facts:
    """What the snapshot is and how far it reaches."""
    source = "data/raw/provenance.json"
    day = date.fromisoformat(provenance["date"])
    coverage = provenance["coverage"]
    undated, uploaders = core["created_month"].null_count(), core["author"].n_unique()
    can = {
        "census": "It lists every public model of the Hub on that day, so counts, shares and ranks of the Hub can be "
        "read from it.",
        "slice": "It holds a part of the Hub that was chosen for another purpose, so its absolute counts and its "
        "shares of the Hub mean nothing; comparisons by one rule, and how lineage is declared, can be read from it.",
        "sample": "It holds the models that a crawler found popular or trending, so its absolute counts and its "
        "shares of the Hub mean nothing; comparisons by one rule can be read from it, for models that people notice.",
    }
    short = provenance["sha256"][:8]
    line = f"Hugging Face Hub, {provenance['label']} ({coverage}), sha256 {short}"
    return {
        "snapshot.label": sentence(provenance["label"], source),
        "snapshot.named": sentence(f"{_KINDS[coverage]} of {words.month(day)}", source),
        "snapshot.coverage": sentence(coverage, source),
        "snapshot.date": fact(day, words.day(day), source),
        "snapshot.rows": fact(provenance["rows"], words.number(provenance["rows"]), source, "repositories"),
        "snapshot.undated": fact(undated, words.number(undated), "data/core/models.parquet", "repositories"),
        "snapshot.dated": sentence(dated(core.height, undated), "data/core/models.parquet"),
        "snapshot.uploaders": fact(uploaders, words.number(uploaders), "data/core/models.parquet", "uploaders"),
        "snapshot.can_tell": sentence(can[coverage], source),
        "snapshot.biases": sentence(
            "; ".join(provenance["known_biases"]) if provenance["known_biases"] else "none stated", source
        ),
        "snapshot.licence": sentence(provenance["licence"], source),
        "snapshot.source_line": sentence(line, source),
        "snapshot.absent": sentence(", ".join(provenance["columns_absent"]) or "none", source),
        "snapshot.unread": sentence(
            ", ".join(f"{name} ({kind})" for name, kind in provenance["columns_unread"].items()) or "none", source
        ),
        "snapshot.outside": sentence(
            ", ".join(f"{words.number(n)} of {name}" for name, n in provenance["values_outside"].items()) or "none",
            source,
        ),
        "snapshot.floor": fact(HUB_FLOOR.date(), words.day(HUB_FLOOR), "pipeline/snapshot/schema.py"),
    }


def dated(repositories: int, undated: int) -> str:
    """How many repositories have a date of creation: `all but 6 of 16,849 repositories`."""
    every = words.counted(repositories, "repository")
    if undated == repositories:
        return f"none of {every}"
    return f"all but {words.number(undated)} of {every}" if undated else f"all {every}"


def declared_relations(relations: pl.DataFrame) -> pl.DataFrame:
    """Relations with `models` and `links` from every declaration; no repository is in two of their sources."""
    untagged = [name for name in ("models", "links") if f"{name}_untagged" in relations.columns]
    return relations.with_columns(pl.col(name) + pl.col(f"{name}_untagged") for name in untagged)


def lineage_facts(relations: pl.DataFrame) -> Facts:
    """What is declared, by relation: in tags or, where a repository has none, in `baseModels` or its card."""
    source = "data/out/hub/relations.parquet"
    relations = declared_relations(relations)
    models = dict(relations.select("relation", "models").iter_rows())
    links = int(relations["links"].sum())
    self_links = int(relations["self_links"].sum())
    facts = {
        f"relations.{name}.models": fact(models[name], words.number(models[name]), source)
        for name in QUOTED_RELATIONS
        if name in models
    }
    facts |= {
        "relations.links": fact(links, words.number(links), source, "links"),
        "relations.self_links": fact(self_links, words.number(self_links), source, "links"),
    }
    if not links:
        return facts | {
            "relations.title": sentence("Relations are not in this snapshot", source),
            "relations.sentence": sentence(
                "No model of this snapshot declares a parent: it carries no base_model tags.", source
            ),
        }
    ranked = relations.sort("models", descending=True)
    parts = [f"{name} {words.number(many)}" for name, many in ranked.select("relation", "models").iter_rows() if many]
    wording = (
        f"Models that declare a parent, by relation: {words.listed(parts)}. Together they hold "
        f"{words.number(links)} parent links, {words.number(self_links)} of which name the model itself."
    )
    first = ranked["relation"][0]
    most = ranked["models"][0] > ranked["models"].sum() / 2
    title = (
        f"{'Most' if most else 'More than of any kind,'} declared derivatives do not say how they were made"
        if first == "unspecified"
        else f"{'Most declared derivatives are' if most else 'The largest group:'} {RELATION_WORDS[first]}"
    )
    return facts | {"relations.title": sentence(title, source), "relations.sentence": sentence(wording, source)}


def inference_facts(rules: pl.DataFrame) -> Facts:
    """What the names of registered repackagers' repositories gave."""
    candidates, edges = rules.filter(rule=REPACKAGER_RULE).select("candidates", "edges").row(0)
    wording = (
        f"In this snapshot, {words.number(edges)} of {words.number(candidates)} "
        f"{words.plural('repository', candidates)} by registered repackagers "
        f"{'has' if edges == 1 else 'have'} such a source."
        if candidates
        else "This snapshot has no repository by a registered repackager."
    )
    return {"inference.repackager_name.sentence": sentence(wording, "data/out/hub/inference_rules.parquet")}
