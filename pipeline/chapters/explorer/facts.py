"""What the explorer's page may quote: how much it has, what it leaves out, and what its links rest on."""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, fact, sentence
from pipeline.base.params import Params
from pipeline.base.results import Tables

SOURCE = "data/out/explorer/explorer_summary.parquet"


def facts(tables: Tables, params: Params) -> Facts:
    """Every fact of the page."""
    del params
    return summary_facts(tables["explorer_summary"])


def summary_facts(summary: pl.DataFrame) -> Facts:
    """Counts and sentences from rows of `schema.ExplorerSummary`."""
    counts: dict[str, int] = dict(summary.select("measure", "value").iter_rows())
    return {
        **{
            f"explorer.{name}": fact(counts[name], words.number(counts[name]), SOURCE, name)
            for name in ("models", "families", "uploaders")
        },
        "explorer.least": fact(
            counts["least descendants"], words.number(counts["least descendants"]), SOURCE, "descendants"
        ),
        "explorer.listed": fact(counts["listed"], words.number(counts["listed"]), SOURCE),
        "explorer.files": fact(counts["files"], words.number(counts["files"]), SOURCE, "files"),
        "explorer.bytes": fact(counts["bytes"], f"{words.significant(counts['bytes'] / 1e6)} MB", SOURCE, "bytes"),
        "explorer.largest_file": fact(
            counts["largest file"], f"{words.significant(counts['largest file'] / 1e3)} KB", SOURCE, "bytes"
        ),
        "explorer.evidence": sentence(evidence(counts), SOURCE),
        "explorer.left_out": sentence(left_out(counts), SOURCE),
    }


def evidence(counts: dict[str, int]) -> str:
    """Whether the links are declared or inferred, as a sentence."""
    if not counts["links"]:
        return "This snapshot holds no link between a model and its base, declared or inferred, so nothing has a tree."
    if counts["declared"]:
        return f"All {words.number(counts['links'])} links are what repositories declare; inferred ones are left out."
    return (
        f"No repository in this snapshot declares its base. All {words.number(counts['links'])} links are inferred by "
        "the snapshot’s makers or by name, for conversions alone: fine-tunes, adapters and merges are missing."
    )


def left_out(counts: dict[str, int]) -> str:
    """Who has an entry and who has none, as a sentence."""
    descendants, repositories = counts["least descendants"], counts["least repositories"]
    from_descendants = "a descendant" if descendants == 1 else f"at least {words.number(descendants)} descendants"
    from_repositories = "one repository" if repositories == 1 else f"at least {words.number(repositories)} repositories"
    return (
        f"Models with {from_descendants} have an entry, and so do registered releases, families with such a model, and "
        f"uploaders with {from_repositories} built on their models or built by them; other models appear as children."
    )
