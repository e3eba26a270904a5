"""Declared links: child, parent and relation, each once, from what repositories state.

1. Tags come first (`stated`): a parent that is tagged with and without a relation has that relation.
2. `baseModels` is a cross-check on tags: links that both name, or only one of the two, are counted. It gives links
   alone where a repository has no `base_model:` tag, and the card where it has neither.
3. A name without an owner in a card counts only if it is a repository of the snapshot or of the register.
4. Parents that the snapshot does not list (ghosts) stay, and so do links from a repository to itself, which `trace`
   counts and no edge has.
5. The corrected relation: a child whose own format is quantized is a quantization, even when tagged as a fine-tune or
   not at all (MLX and EXL2 conversions often are).

Repositories are numbers in the order of their ids, ghosts among them, since millions of links are sorted, joined and
made distinct as integers several times faster than as texts; names come back when the tables are written.

Known drawbacks: those of what is stated (`stated`) and of how names are matched (`parents`); `baseModels` has one
relation for all parents, so that a second one is lost where it is the only source.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.base.errors import TableError
from pipeline.hub import stated
from pipeline.hub.arrays import Ints
from pipeline.hub.checks import Checks
from pipeline.hub.parents import resolve
from pipeline.hub.stated import RELATION, RULE, Stated

PAIR = ["child", "parent"]
LINK = [*PAIR, "relation"]


@dataclass(frozen=True)
class Links:
    """Links between numbered repositories.

    names: the snapshot's ids and the ghosts in one order; a repository's number is its place here.
    is_ghost: for each name whether the snapshot lacks it.
    table: `child, parent` as numbers, `relation, relation_corrected, rule`; each link once, sorted.
    Links from a repository to itself are among them.
    """

    names: pl.Series
    is_ghost: pl.Series
    table: pl.DataFrame


def declared_links(raw: pl.LazyFrame, core: pl.DataFrame, renames: pl.DataFrame) -> tuple[Links, Checks]:
    """Every declared link, and what was repaired, in counts.

    raw: `id, tags, baseModels, cardData`. core: `id, is_quantized_format` of the same repositories; both sorted by id.
    renames: the register's table. Raises `TableError` where raw and core differ in length.
    """
    if raw.select(pl.len()).collect().item() != core.height:
        raise TableError("core and raw hold different repositories", where="models", next_step="run `make site`")
    statements, checks = stated.read(raw, core.height)
    stated_texts = pl.concat(part["text"] for part in statements.by_rule.values())
    uses = np.bincount(stated_texts.to_numpy(), minlength=statements.texts.len())
    texts = pl.DataFrame({"value": statements.texts, "uses": uses})
    texts, text_checks = resolve(texts, core["id"], renames)
    numbers = _numbered(core["id"], texts)
    by_rule, card_checks = _by_rule(statements, texts, numbers)
    del statements, texts, stated_texts, uses
    in_format = np.zeros(numbers.names.len(), dtype=bool)
    in_format[numbers.of_row] = core["is_quantized_format"].to_numpy()
    table = _of_first_rule(by_rule).with_columns(relation_corrected=_corrected(pl.Series(in_format)))
    checks |= text_checks | card_checks | _cross_checks(by_rule["tag"], by_rule["baseModels"])
    for rule, meaning in (("baseModels", "of models without a base_model tag"), ("cardData", "of models with neither")):
        of_rule = table.filter(pl.col("rule") == rule)
        checks[f"links from {rule}"] = (of_rule.height, meaning)
        checks[f"models with links from {rule}"] = (of_rule["child"].n_unique(), meaning)
    return Links(numbers.names, numbers.is_ghost, table), checks


def first_of_pair() -> pl.Expr:
    """Whether a row is the first of its child and parent, in links that are sorted."""
    return pl.any_horizontal(pl.col(side).ne_missing(pl.col(side).shift(1)) for side in PAIR)


@dataclass(frozen=True)
class Numbered:
    """The snapshot's ids and the ghosts in one order.

    of_row: the number of each row of the snapshot. ghosts: `name, ghost`: the number of each ghost.
    """

    names: pl.Series
    is_ghost: pl.Series
    of_row: Ints
    ghosts: pl.DataFrame


def _numbered(ids: pl.Series, texts: pl.DataFrame) -> Numbered:
    """Merge the absent parents into the snapshot's sorted ids."""
    rows = ids.len()
    ghosts = texts.filter(pl.col("place").is_null()).get_column("name").drop_nulls().unique().sort()
    ids_before = ids.search_sorted(ghosts).to_numpy().astype(np.int64)
    of_row = np.arange(rows) + np.cumsum(np.bincount(ids_before, minlength=rows + 1))[:rows]
    of_ghost = ids_before + np.arange(ghosts.len())
    source = np.empty(rows + ghosts.len(), dtype=np.int64)
    source[of_row] = np.arange(rows)
    source[of_ghost] = rows + np.arange(ghosts.len())
    names = pl.concat([ids.alias("id"), ghosts.alias("id")]).gather(pl.Series(source))
    return Numbered(names, pl.Series(source >= rows), of_row, pl.DataFrame({"name": ghosts, "ghost": of_ghost}))


def _by_rule(statements: Stated, texts: pl.DataFrame, numbers: Numbered) -> tuple[dict[str, pl.DataFrame], Checks]:
    """The links that each rule states, `child, parent, relation`, and how many names of cards are no repository."""
    meant = texts.join(numbers.ghosts, on="name", how="left", maintain_order="left").select(
        parent=pl.coalesce(pl.Series(numbers.of_row).gather(texts["place"]), "ghost").cast(pl.UInt32),
        has_no_owner=pl.col("ghost").is_not_null() & ~pl.col("name").str.contains("/", literal=True),
    )
    of_row = pl.Series(numbers.of_row, dtype=pl.UInt32)
    links = {}
    dropped = 0
    for rule, rows in statements.by_rule.items():
        if rule == "cardData":
            is_dropped = meant["has_no_owner"].gather(rows["text"])
            dropped = int(is_dropped.sum())
            rows = rows.filter(~is_dropped.fill_null(False))
        links[rule] = _distinct(
            rows.select(
                child=of_row.gather(rows["child"]), parent=meant["parent"].gather(rows["text"]), relation="relation"
            ).drop_nulls("parent")
        )
    meaning = "names without an owner in cards, that neither snapshot nor register knows"
    return links, {"card names dropped as no repository": (dropped, meaning)}


def _distinct(links: pl.DataFrame) -> pl.DataFrame:
    """Links each once, sorted; `unspecified` only where the child states no other relation to the parent.

    Rows are sorted and then compared with the row before, where `unspecified` comes last in its pair. On the 6 million
    statements of `make bench` this takes 0.3 CPU s, `unique(LINK)` and an anti-join for `unspecified` 1.9 s.
    """
    is_repeated = pl.col("relation") == pl.col("relation").shift(1)
    is_unspecified = pl.col("relation") == "unspecified"
    return links.sort(LINK).filter(first_of_pair() | ~(is_repeated | is_unspecified))


def _of_first_rule(by_rule: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Each child's links from the first rule that gives it any, with that rule, sorted."""
    parts = [links.with_columns(rule=pl.lit(rule, RULE)) for rule, links in by_rule.items()]
    table = parts[0]
    for links in parts[1:]:
        new = links.filter(~pl.col("child").is_in(table["child"].unique().implode()))
        table = table.merge_sorted(new, key="child")
    return table


def _corrected(in_format: pl.Series) -> pl.Expr:
    """The relation, where the child's format (`in_format`, by number) does not show that it is a quantization."""
    is_quantized = pl.lit(in_format).gather(pl.col("child"))
    is_loose = pl.col("relation").is_in(["finetune", "unspecified"])
    return pl.when(is_quantized & is_loose).then(pl.lit("quantized", RELATION)).otherwise("relation")


def _cross_checks(tags: pl.DataFrame, base_models: pl.DataFrame) -> Checks:
    """How far the two machine-readable declarations agree, in pairs of child and parent."""
    n_tags, n_others = (links.select(first_of_pair().sum()).item() for links in (tags, base_models))
    named_by_both = tags.join(base_models, on=PAIR, suffix="_other", maintain_order="left")
    both = named_by_both.select(first_of_pair().sum()).item()
    agreed = named_by_both.filter(pl.col("relation") == pl.col("relation_other")).select(first_of_pair().sum()).item()
    return {
        "edges that tags and baseModels name": (both, "self-references included"),
        "edges that tags alone name": (n_tags - both, "all of them where the source has no baseModels"),
        "edges that baseModels alone name": (n_others - both, "used where the model has no base_model tag"),
        "edges with another relation in baseModels": (
            both - agreed,
            "the tag's relation is used, since baseModels has one for all parents",
        ),
    }
