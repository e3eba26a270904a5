"""Tables with a row for every family of the register, whatever was found of it.

A figure shows the largest; a reader who came for another family finds it here. Where nothing was found the
row stays, with 0 and the reason; where this snapshot cannot tell, with a dash.
"""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.charts.kit.html import Html
from pipeline.charts.kit.table import table_html

RELATION_NAMES = {
    "finetune": "Fine-tunes",
    "adapter": "Adapters",
    "quantized": "Quantizations",
    "merge": "Merges",
    "unspecified": "Not stated",
}


EVERYONE = {
    "family": "Derivatives of every family of the register",
    "organisation": "Derivatives of every organisation that has a family or is built on",
}


def recognised(families: pl.DataFrame, rules: pl.DataFrame, catalogue: pl.DataFrame) -> Html:
    """How each family is recognised: its maker, its namespaces, the pattern for names that others give.

    rules: the register's table `family_rules`.
    """
    spaces = rules.group_by("family").agg(pl.col("namespace").unique().sort())
    rows = (
        families.join(spaces, on="family", how="left")
        .join(catalogue.select("family", "releases"), on="family", how="left")
        .with_columns(pl.col("releases").fill_null(0))
        .sort("rank", "family")
    )
    labels = {
        "family": "Family",
        "organisation": "Maker",
        "namespace": "Own namespaces",
        "name_pattern": "In others’ names",
        "releases": "Releases",
    }
    return Html(table_html(rows, labels, caption="Families of the register, and how each is recognised", rows=None))


def given_and_taken(flows: pl.DataFrame, families: pl.DataFrame, catalogue: pl.DataFrame, facts: PageFacts) -> Html:
    """Models that went from each family into others, and from others into it. flows: the table `family_flows`."""
    rows = families.select("family")
    for name, side in (("gives", "from_family"), ("takes", "to_family")):
        rows = rows.join(flows.group_by(family=side).agg(pl.col("models").sum().alias(name)), on="family", how="left")
    rows = rows.join(catalogue.select("family", "releases"), on="family", how="left").with_columns(
        pl.col("gives", "takes", "releases").fill_null(0)
    )
    many = pl.col("releases").map_elements(words.number, return_dtype=pl.String)
    rows = rows.with_columns(
        why=pl.when(pl.col("gives") + pl.col("takes") > 0)
        .then(pl.lit(""))
        .when(pl.col("releases") == 0)
        .then(pl.lit("no release on the register"))
        .when(pl.col("releases") == 1)
        .then(pl.lit("its one release is tied to no other family"))
        .otherwise(pl.format("none of its {} releases is tied to another family", many))
    ).sort(pl.col("gives") + pl.col("takes"), "family", descending=[True, False])
    known = "registered or declared" if has_lineage(facts) else "registered, since none is declared here"
    return Html(
        table_html(
            rows,
            {"family": "Family", "gives": "Gives", "takes": "Takes", "why": "Why neither"},
            caption=f"Every family of the register: models that flow from it and into it, {known}",
            rows=None,
        )
    )


def lineages(
    bounds: pl.DataFrame, uploaders: pl.DataFrame, chains: pl.DataFrame, families: pl.DataFrame, facts: PageFacts
) -> Html:
    """Each group's derivatives: declared, by how many uploaders, how many through others; and with inference."""
    grouping, declared = facts.text("report.grouping"), has_lineage(facts)
    if facts.text("anatomy.basis.uploaders") != facts.text("snapshot.label"):
        uploaders = uploaders.clear()  # an edition's, which count on another day
    if facts.text("anatomy.basis.intermediaries") != facts.text("snapshot.label"):
        chains = chains.clear()
    counted = ["declared", "uploaders", "through_others"]
    rows = (
        pl.concat([families.select(group=grouping), bounds.select("group")])
        .unique()
        .join(
            bounds.group_by("group").agg(
                declared=pl.col("lower").max(), low=pl.col("estimate").min(), high=pl.col("estimate").max()
            ),
            on="group",
            how="left",
        )
        .join(uploaders.select("group", "uploaders"), on="group", how="left")
        .join(chains.select("group", "through_others"), on="group", how="left")
        .with_columns(pl.col(*counted, "low", "high").fill_null(0))
        .sort("declared", "high", "group", descending=[True, True, False])
    )
    nobody = "nobody declares to build on it, or is found to" if declared else "nobody is found to build on it"
    rows = rows.with_columns(
        inferred=_range(),
        why=pl.when(pl.col("high") == 0).then(pl.lit(nobody)).otherwise(pl.lit("")),
    )
    labels = {
        "group": grouping.capitalize(),
        "declared": "Declared",
        "uploaders": "Uploaders of direct ones",
        "through_others": "Through others",
        "inferred": "With inference",
        "why": "Why none",
    }
    if not declared:  # no 0: there is nothing to count from
        rows = rows.with_columns(declared=pl.lit(None, pl.Int64))
        labels = {name: label for name, label in labels.items() if name not in counted[1:]}
    gap = "" if declared else "; nothing is declared in this snapshot"
    return Html(table_html(rows, labels, caption=f"{EVERYONE[grouping]}{gap}", rows=None))


def counted_alike(counts: pl.DataFrame, essay: pl.DataFrame, definitions: pl.DataFrame, facts: PageFacts) -> Html:
    """What the essay counts of some families, counted of those that this report compares by the same readings.

    counts: the table `derivatives`. essay: the table `claim_counts`, whose rules are the readings of its words.
    """
    grouping, declared = facts.text("report.grouping"), has_lineage(facts)
    readings = (
        essay.filter(pl.col("measure") == "derivatives")
        .select("group", definition="rule")
        .unique()
        .join(definitions.filter(pl.col("grouping") == grouping), on="definition")
    )
    theirs = readings["group"].unique().to_list()
    rules = readings.select("definition", "evidence").unique()
    whole = pl.DataFrame({"group": sorted({*theirs, *compared(facts)})}).join(rules, how="cross")
    ends = (
        whole.join(counts, on=["definition", "group"], how="left")
        .with_columns(pl.col("derivatives").fill_null(0))
        .group_by("group", "evidence")
        .agg(low=pl.col("derivatives").min(), high=pl.col("derivatives").max(), readings=pl.len())
        .with_columns(found=_range())
        .pivot("evidence", index="group", values="found")
    )
    rule = facts.value("derivatives.headline.definition")
    headline = counts.filter(pl.col("definition") == (rule or "")).select("group", headline="derivatives")
    rows = ends.join(headline, on="group", how="left").with_columns(
        essay=pl.col("group").is_in(theirs), headline=pl.col("headline").fill_null(0).cast(pl.Int64)
    )
    if not declared:
        rows = rows.with_columns(declared=pl.lit(None, pl.String))
    labels = {
        "group": grouping.capitalize(),
        "essay": "Counted by the essay",
        "declared": "Declared",
        "declared_or_inferred": "Declared or inferred",
    }
    if rule is not None:
        labels["headline"] = f"This report: {facts.text('derivatives.headline.label')}"
    return Html(
        table_html(
            rows.sort("headline", "group", descending=[True, False]),
            labels,
            caption=f"Derivatives by the readings of the essay’s words; {facts.text('snapshot.named')}",
            rows=None,
        )
    )


def _range() -> pl.Expr:
    """`low to high`, or the one number that both are."""
    low, high = (pl.col(end).map_elements(words.number, return_dtype=pl.String) for end in ("low", "high"))
    return pl.when(pl.col("low") == pl.col("high")).then(high).otherwise(pl.format("{} to {}", low, high))


def total(table: pl.DataFrame, column: str) -> float:
    """Sum of a column of counts."""
    return float(sum(table[column]))


def ranks(families: pl.DataFrame) -> dict[str, int]:
    """Rank of each family in the register, which fixes its colour; an organisation has that of its first family."""
    makers = families.sort("rank").unique("organisation", keep="first").select("organisation", "rank")
    return dict(makers.iter_rows()) | dict(families.select("family", "rank").iter_rows())


def compared(facts: PageFacts) -> list[str]:
    """The two groups that the report compares: subject, reference."""
    return [facts.text("report.subject"), facts.text("report.reference")]


def leading(ranked: pl.DataFrame, facts: PageFacts, top: int) -> pl.DataFrame:
    """The first of some ranked groups, then those that the report compares, however far down they stand."""
    return pl.concat([ranked.head(top), ranked.slice(top).filter(pl.col("group").is_in(compared(facts)))])


def and_others(table: pl.DataFrame, top: int) -> str:
    """`, and Llama`: the groups of `leading` that are not among the first."""
    return f", and {words.listed(table['group'][top:].to_list())}" if table.height > top else ""


def has_lineage(facts: PageFacts) -> bool:
    """Whether any repository of the snapshot declares another as its base."""
    return bool(facts.value("relations.links") - facts.value("relations.self_links"))
