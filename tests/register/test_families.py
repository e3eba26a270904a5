"""Tables of all families: nobody is left out, and who has nothing has a reason."""

import re
from html import unescape
from typing import Any

import polars as pl

from pipeline import register
from pipeline.base import params as parameters
from pipeline.base.facts import PageFacts, fact, report_facts
from pipeline.charts.kit import families
from pipeline.charts.kit.html import Html

FAMILIES = pl.DataFrame({"family": ["Oak", "Elm", "Ash", "Fir"], "organisation": ["Trees", "Trees", "Woods", "Woods"]})
CATALOGUE = pl.DataFrame({"family": ["Oak", "Elm", "Ash"], "releases": [5, 1, 3]})
FLOWS = pl.DataFrame({"from_family": ["Oak", "Oak"], "to_family": ["Elm", "Elm"], "models": [2, 3]})


def facts(*, declared: bool, grouping: str = "family", subject: str = "Oak", reference: str = "Elm") -> Any:
    values = {
        "relations.links": int(declared),
        "relations.self_links": 0,
        "report.grouping": grouping,
        "report.subject": subject,
        "report.reference": reference,
        "snapshot.label": "a made snapshot",
        "snapshot.named": "a made snapshot",
        "anatomy.basis.uploaders": "a made snapshot",
        "anatomy.basis.intermediaries": "a made snapshot",
        "derivatives.headline.definition": "family.name",
        "derivatives.headline.label": "by name",
    }
    return PageFacts({key: fact(value, str(value), "made") for key, value in values.items()})


def rows(shown: Html) -> list[list[str]]:
    """The cells of a table's body."""
    found = re.findall(r"<tr>(.*?)</tr>", shown.html, flags=re.DOTALL)[1:]
    return [[unescape(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in found]


def test_every_family_gives_or_takes_or_has_a_reason() -> None:
    assert rows(families.given_and_taken(FLOWS, FAMILIES, CATALOGUE, facts(declared=True))) == [
        ["Elm", "0", "5", ""],
        ["Oak", "5", "0", ""],
        ["Ash", "0", "0", "none of its 3 releases is tied to another family"],
        ["Fir", "0", "0", "no release on the register"],
    ]


def test_as_many_models_are_given_as_taken(sample: Any) -> None:
    listed, flows = register.load("families", sample.paths.register), sample.table("family_flows")
    quoted = sample.facts() | report_facts(parameters.load(sample.paths.params))
    shown = rows(families.given_and_taken(flows, listed, sample.table("catalogue"), quoted))
    assert {row[0] for row in shown} == set(listed["family"])
    given, taken = (sum(int(row[column].replace(",", "")) for row in shown) for column in (1, 2))
    assert given == taken == flows["models"].sum()


BOUNDS = pl.DataFrame(
    {
        "group": ["Oak", "Oak", "Elm", "Elm"],
        "rule": ["shape", "name", "shape", "name"],
        "lower": [10, 10, 0, 0],
        "estimate": [10, 30, 0, 2],
    }
)
UPLOADERS = pl.DataFrame({"group": ["Oak"], "uploaders": [4]})
CHAINS = pl.DataFrame({"group": ["Oak"], "through_others": [3]})


def test_the_derivatives_of_every_family_are_declared_estimated_or_nobodys() -> None:
    nobody = "nobody declares to build on it, or is found to"
    assert rows(families.lineages(BOUNDS, UPLOADERS, CHAINS, FAMILIES, facts(declared=True))) == [
        ["Oak", "10", "4", "3", "10 to 30", ""],
        ["Elm", "0", "0", "0", "0 to 2", ""],
        ["Ash", "0", "0", "0", "0", nobody],
        ["Fir", "0", "0", "0", "0", nobody],
    ]


def test_where_nothing_is_declared_there_is_a_dash_and_no_zero() -> None:
    silent = BOUNDS.with_columns(lower=pl.lit(0), estimate=pl.col("estimate") - pl.col("lower"))
    shown = families.lineages(silent, UPLOADERS.clear(), CHAINS.clear(), FAMILIES, facts(declared=False))
    assert rows(shown)[0] == ["Oak", "–", "0 to 20", ""]
    assert "nothing is declared in this snapshot" in shown.html


def test_organisations_without_a_family_are_listed_too() -> None:
    bounds = BOUNDS.with_columns(pl.col("group").replace({"Oak": "Trees", "Elm": "Meadows"}))
    quoted = facts(declared=True, grouping="organisation")
    shown = rows(families.lineages(bounds, UPLOADERS, CHAINS, FAMILIES, quoted))
    assert [row[0] for row in shown] == ["Trees", "Meadows", "Woods"]


DEFINITIONS = pl.DataFrame(
    {
        "definition": ["family.declared", "family.inferred", "family.name", "organisation.declared"],
        "evidence": ["declared", "declared_or_inferred", "name", "declared"],
        "grouping": ["family", "family", "family", "organisation"],
    }
)
ESSAY = pl.DataFrame(
    {
        "measure": ["derivatives", "derivatives", "derivatives", "tagging"],
        "rule": ["family.declared", "family.inferred", "organisation.declared", "any tag"],
        "group": ["Elm", "Elm", "Trees", "Fir"],
    }
)
COUNTS = pl.DataFrame(
    {
        "definition": ["family.declared", "family.inferred", "family.name", "family.inferred", "family.name"],
        "group": ["Elm", "Elm", "Elm", "Ash", "Ash"],
        "derivatives": [7.0, 9.0, 11.0, 2.0, 3.0],
    }
)


def test_the_reports_families_are_counted_as_the_essays_are() -> None:
    quoted = facts(declared=True, subject="Ash", reference="Oak")
    assert rows(families.counted_alike(COUNTS, ESSAY, DEFINITIONS, quoted)) == [
        ["Elm", "yes", "7", "9", "11"],
        ["Ash", "no", "0", "2", "3"],
        ["Oak", "no", "0", "0", "0"],
    ]
    assert rows(families.counted_alike(COUNTS, ESSAY, DEFINITIONS, facts(declared=False)))[0][2] == "–"


def test_without_a_headline_there_is_no_column_for_it() -> None:
    quoted = facts(declared=True) | {"derivatives.headline.definition": {"value": None, "text": ""}}
    assert rows(families.counted_alike(COUNTS, ESSAY, DEFINITIONS, quoted))[0] == ["Elm", "yes", "7", "9"]


def test_every_family_of_the_register_is_recognised_by_something(sample: Any) -> None:
    listed, rules = (register.load(name, sample.paths.register) for name in ("families", "family_rules"))
    shown = rows(families.recognised(listed, rules, sample.table("catalogue")))
    assert {row[0] for row in shown} == set(listed["family"])
    assert all(spaces != "–" or pattern != "–" for _, _, spaces, pattern, _ in shown)
