"""Organisation, family and country of a repository id, by the register's rules.

1. The namespace gives the organisation and its country.
2. The rules of a namespace are tried in order: the first whose pattern matches the name gives the family.
3. Elsewhere the families of a repository are those whose pattern its name matches (`named_families`).

Known drawbacks: a name may contain a family's name for another reason; namespaces without a row on the register have no
organisation.
"""

import re
from pathlib import Path

import polars as pl

from pipeline import register

FORMAT_TOKENS = 4
"""A name has at most this many format tokens at its end (`-MLX-4bit`, `-unsloth-bnb-4bit`)."""


def identify(ids: pl.DataFrame | pl.LazyFrame, directory: Path) -> pl.LazyFrame:
    """Organisation, country and family of repository ids, present in the snapshot or not.

    `ids` has a column `id`; returns `id, organisation, country, family`, one row per distinct id.
    """
    distinct = ids.lazy().select("id").unique().collect()
    return distinct.with_columns(known_of(distinct["id"], directory)).lazy()


def known_of(ids: pl.Series, directory: Path) -> list[pl.Series]:
    """The columns organisation, country and family of repository ids, in their order; null where not known.

    Few namespaces are on the register, so only ids in those are compared with the rules.
    """
    organisations = register.load("organisations", directory).select(
        "organisation", "country", space=pl.col("namespace").str.to_lowercase()
    )
    rules = register.load("family_rules", directory).select(
        "order", "family", "repository_pattern", space=pl.col("namespace").str.to_lowercase()
    )
    spaces = pl.concat([organisations["space"], rules["space"]]).unique().implode()
    rows = ids.to_frame("id").lazy().with_row_index("row")
    likely = (
        rows.with_columns(space=pl.col("id").str.splitn("/", 2).struct.field("field_0").str.to_lowercase())
        .filter(pl.col("space").is_in(spaces))
        .with_columns(name=pl.col("id").str.split("/").list.last().str.to_lowercase())
    )
    families = (
        likely.join(rules.lazy(), on="space")
        .filter(pl.col("name").str.contains(pl.col("repository_pattern")))
        .sort("row", "order")
        .unique("row", keep="first", maintain_order=True)
        .select("row", "family")
    )
    known = likely.join(organisations.lazy(), on="space", how="left").join(families, on="row", how="left")
    columns = ["organisation", "country", "family"]
    placed = rows.join(known.select("row", *columns), on="row", how="left", maintain_order="left")
    return placed.select(columns).collect().get_columns()


def named_families(named: pl.DataFrame, directory: Path) -> pl.DataFrame:
    """Families that a repository's own name bears: `id, family`, one row per pair, for rows of `id, name`.

    A name may bear several (`DeepSeek-R1-Distill-Qwen-7B`); each is credited. Names that bear none of the families
    still to come are left out at each step, and the families that most names bear come first, as one name in a thousand
    shows: of three million names that takes 0.8 CPU seconds, to look through all for each of 59 families 2.5.
    """
    rows = named.select("id", name=pl.col("name").str.split("/").list.last().str.to_lowercase())
    some = rows["name"].gather_every(1000)
    families = register.load("families", directory).select("family", "name_pattern").rows()
    families.sort(key=lambda family: some.str.contains(family[1]).sum(), reverse=True)
    found = []
    for place, (family, pattern) in enumerate(families):
        to_come = "|".join(f"(?:{each})" for _, each in families[place:])
        rows = rows.filter(pl.col("name").str.contains(to_come))
        found.append(rows.filter(pl.col("name").str.contains(pattern)).select("id", family=pl.lit(family)))
    return pl.concat(found)


def named_after(core: pl.DataFrame, releases: pl.DataFrame) -> pl.DataFrame:
    """`release, child`: other repositories (`id`) whose name bears the whole name of a `release`."""
    names = releases.select("release", name=pl.col("release").str.split("/").list.last().str.to_lowercase())
    lower = core.select(child="id", name=pl.col("id").str.split("/").list.last().str.to_lowercase())
    likely = lower.filter(pl.col("name").str.contains_any(names["name"].implode()))
    parts = [pl.DataFrame(schema={"release": pl.String, "child": pl.String})]
    for release, name in names.iter_rows():
        whole = f"(^|[^a-z0-9]){re.escape(name)}([^a-z0-9]|$)"
        bears = pl.col("name").str.contains(whole) & (pl.col("child") != release)
        parts.append(likely.filter(bears).select(pl.lit(release).alias("release"), "child"))
    return pl.concat(parts)


def without_format(name: pl.Expr, formats: pl.DataFrame) -> pl.Expr:
    """A lower-case repository name without the format tokens at its end."""
    token = "|".join(f"(?:{pattern.removesuffix('$')})" for _, pattern in format_patterns(formats))
    for _ in range(FORMAT_TOKENS):
        name = name.str.replace(f"(?:{token})$", "")
    return name


def format_patterns(formats: pl.DataFrame) -> list[tuple[str, str]]:
    """Format and the pattern of its token at the end of a name, in the order in which they are tried."""
    return list(formats.sort("order").select("format", "name_pattern").iter_rows())
