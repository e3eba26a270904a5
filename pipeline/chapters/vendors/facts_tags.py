"""What may be quoted of tags: who links papers, which languages makers name, and what a region is worth."""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, sentence
from pipeline.chapters.vendors.schema import ALL_COUNTRIES
from pipeline.chapters.vendors.wording import FEW, NAMED

_TAGS = "data/out/vendors/vendor_tags.parquet"
_LANGUAGES = "data/out/vendors/vendor_languages.parquet"
COMMON = 0.5
"""A language that at least so many of the repositories name is common."""


def _tagged(tags: pl.DataFrame, column: str) -> tuple[int, int] | None:
    """Repositories with a kind of tag, and all of them; None where the snapshot lacks the kind."""
    known = tags.drop_nulls(column)
    return None if known.is_empty() else (int(known[column].sum()), int(known["repositories"].sum()))


def paper_facts(tags: pl.DataFrame) -> Facts:
    """Who links papers."""
    counted = _tagged(tags, "with_paper")
    if counted is None:
        why = f"Links to papers are {words.NOT_HERE}: no registered maker’s repository has an arxiv tag in it."
        return {
            "vendors.papers.title": sentence("Who links papers is not known here", _TAGS),
            "vendors.papers.sentence": sentence(why, _TAGS),
        }
    linked, repositories = counted
    share = linked / repositories
    ranked = (
        tags.filter(pl.col("repositories") >= FEW)
        .with_columns(share=pl.col("with_paper") / pl.col("repositories"))
        .sort("share", "organisation", descending=[True, False])
    )
    most = [
        f"{row['organisation']} ({words.percent(row['share'])})" for row in ranked.head(NAMED).iter_rows(named=True)
    ]
    more = "half" if words.percent(share) == "50%" else "most" if share > 0.5 else "fewer than half"
    return {
        "vendors.papers.title": sentence(
            f"Makers link a paper on {more} of their repositories: {words.percent(share)}", _TAGS
        ),
        "vendors.papers.sentence": sentence(
            f"{words.number(linked)} of {words.number(repositories)} repositories of registered makers link a paper"
            + (f", most often those of {words.listed(most)}." if most else "."),
            _TAGS,
        ),
    }


def language_facts(languages: pl.DataFrame, tags: pl.DataFrame) -> Facts:
    """Which languages makers name, and by country."""
    counted = _tagged(tags, "with_language")
    if counted is None or languages.is_empty():
        why = f"Languages are {words.NOT_HERE}: no registered maker’s repository names one in its tags."
        return {
            "vendors.languages.title": sentence("Which languages makers name is not known here", _LANGUAGES),
            "vendors.languages.sentence": sentence(why, _LANGUAGES),
        }
    named, repositories = counted
    everywhere = languages.filter(pl.col("country") == ALL_COUNTRIES).sort(
        "share", "language", descending=[True, False]
    )
    first = everywhere.row(0, named=True)
    common = everywhere.filter(pl.col("share") >= COMMON)["name"].to_list()
    rest = everywhere.filter(~pl.col("name").is_in([first["name"]])).head(NAMED)
    parts = [f"{row['name']} {words.percent(row['share'])}" for row in rest.iter_rows(named=True)]
    wide = tags.sort("languages", "organisation", descending=[True, False], nulls_last=True).row(0, named=True)
    title = (
        f"Only {common[0]} is named by most repositories that name a language"
        if len(common) == 1
        else f"{words.listed(common)} are each named by most repositories that name a language"
        if common
        else "No language is named by most repositories that name any"
    )
    return {
        "vendors.languages.title": sentence(title, _LANGUAGES),
        "vendors.languages.sentence": sentence(
            f"{words.number(named)} of {words.number(repositories)} repositories of registered makers name a language: "
            f"{first['name']} {words.percent(first['share'])} of these"
            + (f", {words.listed(parts)}" if parts else "")
            + f". {wide['organisation']} names the most languages, {words.number(wide['languages'])}.",
            _LANGUAGES,
        ),
    }


def region_facts(tags: pl.DataFrame) -> Facts:
    """What the `region:` tag is worth."""
    counted = _tagged(tags, "with_region")
    if counted is None:
        return {"vendors.region": sentence(f"Tags of a storage region are {words.NOT_HERE}.", _TAGS)}
    with_region, us = int(tags["with_region"].sum()), int(tags["region_us"].sum())
    return {
        "vendors.region": sentence(
            f"The Hub’s region tag does not help: {words.percent(us / with_region)} of "
            f"{words.number(with_region)} tagged repositories of makers from everywhere say us, which is where the "
            "files are stored.",
            _TAGS,
        )
    }
