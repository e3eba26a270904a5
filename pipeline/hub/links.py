"""Declared links: child, parent and relation, each once, from what repositories state.

1. Statements come from tags, from `baseModels` and from cards (`stated`); which repository each text means is the work
   of `parents`. A parent may be tagged twice, with a relation and without one: the relation counts.
2. A child's links are those of one source: its tags; where it has none, `baseModels`; where it has neither, its card.
   So `baseModels` mostly serves as a cross-check: how many pairs it shares with tags is reported.
3. A card often names its base without the owner (`gpt2`). Such a name counts only if the snapshot has it or the
   register's renames lead from it to one that is complete; else it may be anything, and is dropped.
4. Parents that the snapshot does not list (ghosts) stay, and so do links from a repository to itself, which `trace`
   counts and no edge has.
5. The corrected relation: a fine-tune, or a link without a relation, whose child has a quantized format is a
   quantization. MLX and EXL2 conversions are often tagged as fine-tunes, or not at all.

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
from pipeline.hub.arrays import Ints, packed
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
    table: `child, parent` as numbers, `relation, relation_corrected, rule`; each link once, sorted by child, parent
    and relation, where a relation counts by its place in `vocabulary.RELATIONS`. The first row of a pair is therefore
    the relation of its edge (`lineage`). Links from a repository to itself are among them.
    """

    names: pl.Series
    is_ghost: pl.Series
    table: pl.DataFrame


def declared_links(
    raw: pl.LazyFrame, tagged: pl.DataFrame, core: pl.DataFrame, renames: pl.DataFrame
) -> tuple[Links, Checks]:
    """Every declared link, and what was repaired, in counts.

    raw: `baseModels, cardData`. tagged: the tags that name a parent, from `tags`. core: `id, is_quantized_format`, in
    the same rows, sorted by id. renames: the register's table. Raises `TableError` where raw and core differ in length.
    """
    if raw.select(pl.len()).collect().item() != core.height:
        raise TableError("core and raw hold different repositories", where="models", next_step="run `make site`")
    statements, checks = stated.read(raw, tagged, core.height)
    text_places = pl.concat(part["text"] for part in statements.by_rule.values())
    uses = np.bincount(text_places.to_numpy(), minlength=statements.texts.len())  # the commonest spelling wins
    resolved, text_checks = resolve(pl.DataFrame({"value": statements.texts, "uses": uses}), core["id"], renames)
    numbering = _numbered(core["id"], resolved)
    by_rule, card_checks = _by_rule(statements, resolved, numbering)
    del statements, resolved, text_places, uses  # a gigabyte on a census, which the joins below need
    has_quantized_format = np.zeros(numbering.names.len(), dtype=bool)
    has_quantized_format[numbering.number_of_row] = core["is_quantized_format"].to_numpy()
    table = _of_first_rule(by_rule).with_columns(relation_corrected=_corrected(pl.Series(has_quantized_format)))
    checks |= text_checks | card_checks | _cross_checks(by_rule["tag"], by_rule["baseModels"])
    for rule, meaning in (("baseModels", "of models without a base_model tag"), ("cardData", "of models with neither")):
        of_rule = table.filter(pl.col("rule") == rule)
        checks[f"links from {rule}"] = (of_rule.height, meaning)
        checks[f"models with links from {rule}"] = (of_rule["child"].n_unique(), meaning)
    return Links(numbering.names, numbering.is_ghost, table), checks


def first_of_pair() -> pl.Expr:
    """Whether a row is the first of its child and parent, in links that are sorted."""
    return pl.any_horizontal(pl.col(side).ne_missing(pl.col(side).shift(1)) for side in PAIR)


@dataclass(frozen=True)
class _Numbering:
    """The snapshot's ids and the ghosts in one order.

    number_of_row: the number of each row of the snapshot. ghosts: `name, ghost`: the number of each ghost.
    """

    names: pl.Series
    is_ghost: pl.Series
    number_of_row: Ints
    ghosts: pl.DataFrame


def _numbered(ids: pl.Series, resolved: pl.DataFrame) -> _Numbering:
    """Merge the absent parents into the snapshot's sorted ids. resolved: `name, place`, as `parents.resolve` gives."""
    rows = ids.len()
    ghosts = resolved.filter(pl.col("place").is_null()).get_column("name").drop_nulls().unique().sort()
    ids_before = ids.search_sorted(ghosts).to_numpy().astype(np.int64)
    number_of_row = np.arange(rows) + np.cumsum(np.bincount(ids_before, minlength=rows + 1))[:rows]
    of_ghost = ids_before + np.arange(ghosts.len())
    source = np.empty(rows + ghosts.len(), dtype=np.int64)
    source[number_of_row] = np.arange(rows)
    source[of_ghost] = rows + np.arange(ghosts.len())
    names = pl.concat([ids.alias("id"), ghosts.alias("id")]).gather(pl.Series(source))
    return _Numbering(
        names, pl.Series(source >= rows), number_of_row, pl.DataFrame({"name": ghosts, "ghost": of_ghost})
    )


def _by_rule(
    statements: Stated, resolved: pl.DataFrame, numbering: _Numbering
) -> tuple[dict[str, pl.DataFrame], Checks]:
    """The links that each rule states, `child, parent, relation`, and how many statements of cards were dropped."""
    meant = resolved.join(numbering.ghosts, on="name", how="left", maintain_order="left").select(
        parent=pl.coalesce(pl.Series(numbering.number_of_row).gather(resolved["place"]), "ghost").cast(pl.UInt32),
        has_no_owner=pl.col("ghost").is_not_null() & ~pl.col("name").str.contains("/", literal=True),
    )
    number_of_row = pl.Series(numbering.number_of_row, dtype=pl.UInt32)
    links = {}
    dropped = 0
    for rule, rows in statements.by_rule.items():
        if rule == "cardData":
            is_dropped = meant["has_no_owner"].gather(rows["text"])
            dropped = int(is_dropped.sum())
            rows = rows.filter(~is_dropped.fill_null(False))
        links[rule] = _distinct(
            rows.select(
                child=number_of_row.gather(rows["child"]),
                parent=meant["parent"].gather(rows["text"]),
                relation="relation",
            ).drop_nulls("parent")
        )
    meaning = "names without an owner in cards, that neither snapshot nor register knows"
    return links, {"card names dropped as no repository": (dropped, meaning)}


def _distinct(links: pl.DataFrame) -> pl.DataFrame:
    """Links each once, sorted; `unspecified` only where the child states no other relation to the parent.

    Rows are sorted and then compared with the row before. `unspecified` comes last in its pair, since it is the last
    of `vocabulary.RELATIONS`, by whose order the Enum sorts. On the 6 million statements of `make bench` this takes
    0.3 CPU s, `unique(LINK)` and an anti-join for `unspecified` 1.9 s.
    """
    is_repeated = pl.col("relation") == pl.col("relation").shift(1)
    is_unspecified = pl.col("relation") == "unspecified"
    return links.sort(LINK).filter(first_of_pair() | ~(is_repeated | is_unspecified))


def _of_first_rule(by_rule: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Each child's links from the first rule that gives it any, with that rule, sorted.

    by_rule: in the order in which rules are asked (`stated.RULES`), tags first.
    """
    parts = [links.with_columns(rule=pl.lit(rule, RULE)) for rule, links in by_rule.items()]
    table = parts[0]
    for links in parts[1:]:
        new = links.filter(~pl.col("child").is_in(table["child"].unique().implode()))
        table = table.merge_sorted(new, key="child")
    return table


def _corrected(has_quantized_format: pl.Series) -> pl.Expr:
    """`quantized` for a fine-tune or an unspecified relation whose child has a quantized format, else the relation.

    has_quantized_format: by the number of the repository.
    """
    is_quantized = pl.lit(has_quantized_format).gather(pl.col("child"))
    is_correctable = pl.col("relation").is_in(["finetune", "unspecified"])
    return pl.when(is_quantized & is_correctable).then(pl.lit("quantized", RELATION)).otherwise("relation")


def _cross_checks(tags: pl.DataFrame, base_models: pl.DataFrame) -> Checks:
    """How far the two machine-readable declarations agree, in pairs of child and parent, self-references included.

    A tag without a relation beside a relation of `baseModels` counts as another relation, and the reverse.
    """
    both = (tags, base_models)
    n_tags, n_base_models = (links.select(first_of_pair().sum()).item() for links in both)
    pairs, others = (packed(*(links[side].to_numpy().astype(np.int64) for side in PAIR)) for links in both)
    place = np.searchsorted(others, pairs)  # both are sorted, and others has each pair once
    is_in_both = np.append(others, -1)[place] == pairs
    named_by_both = tags.filter(pl.Series(is_in_both))
    n_both = named_by_both.select(first_of_pair().sum()).item()
    n_agreed = int((named_by_both["relation"] == base_models["relation"].gather(place[is_in_both])).sum())
    return {
        "edges that tags and baseModels name": (n_both, "self-references included"),
        "edges that tags alone name": (n_tags - n_both, "all of them where the source has no baseModels"),
        "edges that baseModels alone name": (n_base_models - n_both, "used where the model has no base_model tag"),
        "edges with another relation in baseModels": (
            n_both - n_agreed,
            "the tag's relation is used, since baseModels has one for all parents",
        ),
    }
