"""What the chapter on lineage may quote: numbers and sentences of its tables, one module a topic.

Every title and every direction word is computed here.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.completeness import PARENTS, Completeness
from pipeline.base.facts import Facts, fact, sentence
from pipeline.base.params import Params
from pipeline.base.results import Tables
from pipeline.chapters.lineage.facts_chains import (
    chain_facts,
    depth_facts,
    intermediary_facts,
    longest_facts,
    longest_sentence,
)
from pipeline.chapters.lineage.facts_converters import conversion_facts, converter_facts, tree_facts
from pipeline.chapters.lineage.facts_distilled import distilled_facts
from pipeline.chapters.lineage.facts_downloads import download_facts
from pipeline.chapters.lineage.facts_growth import country_facts, growth_facts
from pipeline.chapters.lineage.facts_half_lives import half_life_facts
from pipeline.chapters.lineage.facts_licences import licence_facts
from pipeline.chapters.lineage.facts_series import series_facts
from pipeline.chapters.lineage.facts_uploaders import uploader_facts, without_ten_facts
from pipeline.chapters.lineage.missing import is_missing
from pipeline.chapters.lineage.schema import ALL

SECTIONS = {
    "growth": ("growth", "country"),
    "uploaders": ("uploaders", "largest", "without_ten"),
    "series": ("series", "series_months", "series_bases"),
    "intermediaries": ("chains", "intermediaries"),
    "depth": ("depth", "chain"),
}
"""Sections whose findings stand in one paragraph."""


def facts(out: Tables, params: Params, complete: Mapping[str, Completeness]) -> Facts:
    """Every fact of the chapter. complete: how complete the snapshot is that fills a section, where an edition does."""
    basis = {row["section"]: row for row in out["lineage_basis"].iter_rows(named=True)}
    found = (
        growth_facts(out["growth_monthly"], complete.get("growth", out.completeness))
        | country_facts(out["growth_country"])
        | uploader_facts(out["uploaders"], out["uploaders_largest"])
        | without_ten_facts(out["uploaders"], params.report.subject, params.report.reference)
        | series_facts(out, params)
        | converter_facts(out["converters"], params.report.subject, params.report.reference)
        | conversion_facts(out["group_converters"], params.report.subject, params.report.reference)
        | chain_facts(out["chains"])
        | intermediary_facts(out["intermediaries"])
        | depth_facts(out["depths"])
        | longest_facts(out["longest_chain"])
        | tree_facts(out["tree"], params.report.subject, params.report.reference)
        | distilled_facts(out["distilled"], out["distilled_children"])
        | half_life_facts(out["half_lives"], params, complete.get("half_life", out.completeness))
        | licence_facts(out["licence_changes"])
        | download_facts(out["download_shares"])
    )
    found |= section_facts(found | {"anatomy.chain.sentence": longest_sentence(out["longest_chain"])})
    return basis_facts(basis) | dated(found, basis) | declared_facts(out, basis)


def section_facts(facts: Facts) -> Facts:
    """The findings of each section as one paragraph; what the snapshot cannot show stands there once."""
    paragraphs: Facts = {}
    for section, parts in SECTIONS.items():
        found = [facts[f"anatomy.{part}.sentence"] for part in parts]
        text = " ".join(dict.fromkeys(part["text"] for part in found))
        paragraphs[f"anatomy.section.{section}"] = sentence(text, found[0]["source"])
    return paragraphs


PARTS = {
    "growth": ("growth", "country", "section.growth"),
    "uploaders": ("uploaders", "largest", "without_ten", "section.uploaders"),
    "series": ("series", "series_months", "series_bases", "series_digits", "series_largest", "section.series"),
    "intermediaries": ("chains", "intermediaries", "section.intermediaries"),
    "depth": ("depth", "chain", "section.depth"),
    "converters": ("converters",),
    "tree": ("tree",),
    "half_life": ("half_life",),
    "licences": ("licences",),
    "downloads": ("downloads",),
}
"""Findings by the section whose tables they are made from."""

OF_THE_SNAPSHOT = ("anatomy.half_life.median", "anatomy.half_life.bases")
"""Numbers that editions record: they say nothing of this snapshot where an edition gives them."""

_BASIS = "data/out/lineage/lineage_basis.parquet"


def basis_facts(basis: Mapping[str, Mapping[str, Any]]) -> Facts:
    """For each section whose snapshot it shows, and how a figure names its source."""
    facts: Facts = {}
    for section, row in basis.items():
        facts[f"anatomy.basis.{section}"] = fact(row["label"], row["label"] or "", _BASIS)
        line = "no snapshot that this build knows"
        if row["label"] is not None:
            line = f"Hugging Face Hub, {row['label']} ({row['coverage']}), sha256 {row['sha256'][:8]}"
            if row["edition"] is not None:
                line = f"Hugging Face Hub, {row['label']}, edition {row['edition']}, sha256 {row['sha256'][:8]}"
        facts[f"anatomy.source.{section}"] = sentence(line, _BASIS)
    return facts


def dated(found: Facts, basis: Mapping[str, Mapping[str, Any]]) -> Facts:
    """Findings that an edition gives, with its month: `In July 2024: ...`, and behind a title `(July 2024)`."""
    changed = dict(found)
    for section, parts in PARTS.items():
        row = basis[section]
        if row["edition"] is None:
            continue
        when = words.month(row["date"])
        for key in (f"anatomy.{part}{ending}" for part in parts for ending in ("", ".sentence", ".title")):
            if key in found and not is_missing(found[key]):
                text, source = found[key]["text"], found[key]["source"]
                is_title = key.endswith(".title")
                changed[key] = sentence(f"{text} ({when})" if is_title else in_month(text, when), source)
        changed |= {
            key: fact(None, "", found[key]["source"], found[key]["unit"])
            for key in OF_THE_SNAPSHOT
            if key.startswith(f"anatomy.{section}.")
        }
    return changed


def in_month(text: str, when: str) -> str:
    """A sentence with its month before it: `In July 2024, of 109,448 parent links ...`; names stay as they are."""
    first = text.split()[0]
    if first in COMMON:
        return f"In {when}, {words.lower(text)}"
    return f"In {when}, {text}" if first[0].isdigit() else f"In {when}: {text}"


COMMON = ("At", "By", "Of", "One", "The", "With")
"""Words that a finding begins with and that are no names."""


def declared_facts(out: Tables, basis: Mapping[str, Mapping[str, Any]]) -> Facts:
    """The chapter's title, and what it can show on this snapshot and on editions."""
    source = "data/out/lineage/uploaders.parquet"
    if not out.completeness.has(PARENTS):
        others = {row["label"]: row for row in basis.values() if row["edition"] is not None}
        return {
            "anatomy.title": sentence(
                f"{uploaders_title(out)} ({words.month(basis['uploaders']['date'])})"
                if basis["uploaders"]["edition"]
                else "Lineage from the inside: what this snapshot cannot tell",
                source,
            ),
            "anatomy.sentence": sentence(undeclared_sentence(list(others)), source),
            "anatomy.declared": fact(0, "no", source, "repositories"),
        }
    kinds = out["download_shares"].filter(pl.col("kind") != "none_declared")
    derivatives = int(kinds["repositories"].sum())
    wording = (
        "In this snapshot one repository declares a parent."
        if derivatives == 1
        else f"In this snapshot {words.number(derivatives)} repositories declare a parent."
    )
    return {
        "anatomy.title": sentence(uploaders_title(out), source),
        "anatomy.sentence": sentence(wording, "data/out/lineage/download_shares.parquet"),
        "anatomy.declared": fact(derivatives, words.number(derivatives), source, "repositories"),
    }


def undeclared_sentence(others: list[str]) -> str:
    """What a snapshot without declared parents shows. others: the snapshots of editions that fill what it cannot."""
    shown = "No repository of this snapshot declares a parent"
    if not others:
        return f"{shown}, and no edition of a census fills what it cannot show, so this chapter is left out."
    return (
        f"{shown}. What follows is therefore what this project found in an edition, the {words.listed(others)}; each "
        "figure names it, and nothing here says what has happened since."
    )


def uploaders_title(out: Tables) -> str:
    """How much of all derivatives the largest uploaders made."""
    everyone = out["uploaders"].filter(pl.col("group") == ALL)
    if everyone.is_empty():
        return "How declared derivatives come about"
    row = everyone.row(0, named=True)
    many = row["uploaders"]
    if many > TEN:
        return (
            f"Ten of {words.number(many)} uploaders made {words.percent(row['top_10'])} of declared direct derivatives"
        )
    return f"{words.upper(words.word(many))} {words.plural('uploader', many)} made all derivatives"


TEN = 10
