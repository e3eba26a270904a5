"""Whose is this id? Organisation, family and country of a repository, by the register's rules.

1. The namespace names the organisation, and its country.
2. Rules of a namespace are tried in order: the first whose pattern the name bears gives the family.
3. Elsewhere a family is given only where a name bears exactly one family's pattern (`named_families`).

Known drawbacks: a name may bear a family's name for another reason; whom nobody registered stays unknown.
"""

import heapq
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipeline import register

FORMAT_TOKENS = 4
"""A name carries at most this many format tokens at its end (`-MLX-4bit`, `-unsloth-bnb-4bit`)."""
SAMPLED_NAMES = 1_000
"""Names from which is estimated how many bear each family's."""


def identify(ids: pl.DataFrame | pl.LazyFrame, directory: Path) -> pl.LazyFrame:
    """Organisation, country and family of repository ids, present in the snapshot or not.

    `ids` has a column `id`; returns `id, organisation, country, family`, one row per distinct id.
    """
    distinct = ids.lazy().select("id").unique().collect()
    return distinct.with_columns(known_of(distinct["id"], directory)).lazy()


def known_of(ids: pl.Series, directory: Path) -> list[pl.Series]:
    """Organisation, country and family of each repository id, in order.

    Few namespaces are on the register, so only ids in those are looked at any closer.
    """
    organisations = register.load("organisations", directory).select(
        "organisation", "country", space=pl.col("namespace").str.to_lowercase()
    )
    rules = register.load("family_rules", directory).select(
        "order", "family", "repository_pattern", space=pl.col("namespace").str.to_lowercase()
    )
    spaces = pl.concat([organisations["space"], rules["space"]]).unique().implode()
    likely = (
        ids.to_frame("id")
        .lazy()
        .with_row_index("row")
        .with_columns(space=pl.col("id").str.splitn("/", 2).struct.field("field_0").str.to_lowercase())
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
    told = (
        likely.join(organisations.lazy(), on="space", how="left")
        .join(families, on="row", how="left")
        .select("row", "organisation", "country", "family")
        .collect()
    )
    place = pl.select(pl.repeat(None, ids.len(), dtype=pl.UInt32)).to_series()
    place = place.scatter(told["row"], pl.int_range(told.height, dtype=pl.UInt32, eager=True))
    return told.drop("row").select(pl.all().gather(place)).get_columns()


def named_families(named: pl.DataFrame, directory: Path) -> pl.DataFrame:
    """Families that a repository's own name bears: `id, family`, one row per pair, for rows of `id, name`.

    A name may bear several (`DeepSeek-R1-Distill-Qwen-7B`); each is credited.
    """
    families = register.load("families", directory)
    lower = named.select("id", name=pl.col("name").str.split("/").list.last().str.to_lowercase())
    return pl.concat(_bearing(lower, _tree(lower["name"], families)))


@dataclass(frozen=True)
class Branch:
    """Families with one pattern for all of their names; a single family has no branches."""

    pattern: str
    families: tuple[str, ...]
    branches: tuple["Branch", ...] = ()


def _tree(names: pl.Series, families: pl.DataFrame) -> Branch:
    """Families as Huffman's tree: those that more names bear, by a sample of them, are fewer branches down."""
    sample = names.gather_every(max(1, names.len() // SAMPLED_NAMES))
    waiting = []
    for place, (family, pattern) in enumerate(families.select("family", "name_pattern").iter_rows()):
        waiting.append((int(sample.str.contains(pattern).sum()), place, Branch(f"(?:{pattern})", (family,))))
    heapq.heapify(waiting)
    while len(waiting) > 1:
        (few, place, one), (more, _, other) = heapq.heappop(waiting), heapq.heappop(waiting)
        both = Branch(f"{one.pattern}|{other.pattern}", one.families + other.families, (one, other))
        heapq.heappush(waiting, (few + more, place, both))
    return waiting[0][2]


def _bearing(names: pl.DataFrame, tree: Branch) -> list[pl.DataFrame]:
    """`id, family` of the names that match each family's pattern.

    Names that match none of a branch's patterns are not tried on any of them.
    """
    found = names.filter(pl.col("name").str.contains(tree.pattern))
    if not tree.branches:
        return [found.select("id", family=pl.lit(tree.families[0]))]
    return [frame for branch in tree.branches for frame in _bearing(found, branch)]


def without_format(name: pl.Expr, formats: pl.DataFrame) -> pl.Expr:
    """A lower-case repository name without the format tokens at its end."""
    token = "|".join(f"(?:{pattern.removesuffix('$')})" for _, pattern in format_patterns(formats))
    for _ in range(FORMAT_TOKENS):
        name = name.str.replace(f"(?:{token})$", "")
    return name


def format_patterns(formats: pl.DataFrame) -> list[tuple[str, str]]:
    """Format and the pattern of its token at the end of a name, in the order in which they are tried."""
    return list(formats.sort("order").select("format", "name_pattern").iter_rows())
