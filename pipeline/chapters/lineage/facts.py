"""What the chapter on lineage may quote: numbers and sentences of its tables, one module a topic.

Every title and every direction word is computed here.
"""

import polars as pl

from pipeline.base import words
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
from pipeline.chapters.lineage.facts_downloads import download_facts
from pipeline.chapters.lineage.facts_growth import country_facts, growth_facts
from pipeline.chapters.lineage.facts_half_lives import half_life_facts
from pipeline.chapters.lineage.facts_licences import licence_facts
from pipeline.chapters.lineage.facts_series import series_facts
from pipeline.chapters.lineage.facts_uploaders import uploader_facts, without_ten_facts
from pipeline.chapters.lineage.schema import ALL

SECTIONS = {
    "growth": ("growth", "country"),
    "uploaders": ("uploaders", "largest", "without_ten"),
    "series": ("series", "series_months", "series_bases", "series_largest"),
    "intermediaries": ("chains", "intermediaries"),
    "depth": ("depth", "chain"),
}
"""Sections whose findings stand in one paragraph."""


def facts(out: Tables, params: Params) -> Facts:
    """Every fact of the chapter."""
    declared = out["growth_monthly"].height > 0 or out["longest_chain"].height > 0
    found = (
        declared_facts(out, declared=declared)
        | growth_facts(out["growth_monthly"], out.completeness)
        | country_facts(out["growth_country"])
        | uploader_facts(out["uploaders"], out["uploaders_largest"])
        | without_ten_facts(out["uploaders"], params.report.subject, params.report.reference)
        | series_facts(out, params)
        | chain_facts(out["chains"])
        | intermediary_facts(out["intermediaries"])
        | depth_facts(out["depths"])
        | longest_facts(out["longest_chain"])
        | half_life_facts(out["half_lives"], params, out.completeness)
        | licence_facts(out["licence_changes"])
        | download_facts(out["download_shares"])
    )
    return found | section_facts(found | {"anatomy.chain.sentence": longest_sentence(out["longest_chain"])})


def section_facts(facts: Facts) -> Facts:
    """The findings of each section as one paragraph; what the snapshot cannot show stands there once."""
    paragraphs: Facts = {}
    for section, parts in SECTIONS.items():
        found = [facts[f"anatomy.{part}.sentence"] for part in parts]
        text = " ".join(dict.fromkeys(part["text"] for part in found))
        paragraphs[f"anatomy.section.{section}"] = sentence(text, found[0]["source"])
    return paragraphs


def declared_facts(out: Tables, *, declared: bool) -> Facts:
    """The chapter's title, and what it can show on this snapshot."""
    source = "data/out/lineage/uploaders.parquet"
    if not declared:
        shown = "No repository of this snapshot declares a parent, so most of this chapter cannot be computed from it: "
        shown += "it gives the definitions that a snapshot with declared lineage would fill in."
        if out["licence_drift"].height:
            shown += " Only licences can be followed, along edges that were inferred from names."
        return {
            "anatomy.title": sentence("Lineage from the inside: what this snapshot cannot tell", source),
            "anatomy.sentence": sentence(shown, source),
            "anatomy.declared": fact(0, "no", source, "repositories"),
        }
    kinds = out["download_shares"].filter(pl.col("kind") != "none_declared")
    derivatives = int(kinds["repositories"].sum())
    wording = (
        "In this snapshot one repository declares a parent."
        if derivatives == 1
        else f"In this snapshot {words.number(derivatives)} repositories declare a parent."
    )
    everyone = out["uploaders"].filter(pl.col("group") == ALL)
    title = "How declared derivatives come about"
    if everyone.height:
        row = everyone.row(0, named=True)
        many = row["uploaders"]
        title = (
            f"Ten of {words.number(many)} uploaders made {words.percent(row['top_10'])} of all derivatives"
            if many > 10
            else f"{words.upper(words.word(many))} {words.plural('uploader', many)} made all derivatives"
        )
    return {
        "anatomy.title": sentence(title, source),
        "anatomy.sentence": sentence(wording, "data/out/lineage/download_shares.parquet"),
        "anatomy.declared": fact(derivatives, words.number(derivatives), source, "repositories"),
    }
