"""Declared links: child, parent and relation, each once, from what repositories state.

1. Tags come first (`stated`): a parent that is tagged with and without a relation has that relation.
2. `baseModels` is a cross-check on tags: links that both, or only one of the two, name are counted. It gives links
   alone where a repository has no `base_model:` tag, and the card where it has neither.
3. A name without an owner in a card counts only if it is a repository of the snapshot or of the register.
4. Parents that are absent from the snapshot (ghosts) stay, and so do self-references, which `trace` counts and no
   edge holds.
5. `corrected` relation: a child whose own format is quantized is a quantization, even when tagged as a fine-tune or
   not at all (MLX and EXL2 conversions often are).

How it stays fast: repositories are numbers in the order of their ids, ghosts among them, and a link is one number;
names come back when the tables are written.

Known drawbacks: those of what is stated (`stated`) and of how names are matched (`parents`); `baseModels` has one
relation for all parents, so that a second one is lost where it is the only source.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipeline.base.errors import TableError
from pipeline.base.vocabulary import RELATIONS
from pipeline.hub import graph, stated
from pipeline.hub.checks import Checks
from pipeline.hub.graph import Ints
from pipeline.hub.parents import resolve
from pipeline.hub.stated import BY_BASE_MODELS, BY_CARD, BY_TAG, RULES, UNSPECIFIED, Stated

RELATION_BITS = (len(RELATIONS) - 1).bit_length()


@dataclass(frozen=True)
class Links:
    """Child, parent and relation as declared, each once, sorted; self-references still in it.

    Repositories are places in `names`, which holds the snapshot's ids and the ghosts in one order.
    """

    names: pl.Series
    is_ghost: np.ndarray
    child: Ints
    parent: Ints
    relation: np.ndarray  # index into vocabulary.RELATIONS
    corrected: np.ndarray
    rule: np.ndarray  # index into RULES

    def select(self, keep: np.ndarray) -> "Links":
        """Some of the links, under the same names."""
        columns = (self.child, self.parent, self.relation, self.corrected, self.rule)
        return Links(self.names, self.is_ghost, *(column[keep] for column in columns))


def declared_links(raw: pl.LazyFrame, core: pl.DataFrame, renames: pl.DataFrame) -> tuple[Links, Checks]:
    """Every declared link, and what was repaired, in counts.

    `raw` and `core` hold the same repositories, sorted by id.
    """
    if raw.select(pl.len()).collect().item() != core.height:
        raise TableError("core and raw hold different repositories", where="models", next_step="run `make site`")
    said, checks = stated.read(raw, core.height)
    uses = np.bincount(said.value, minlength=said.values.len())
    values = pl.DataFrame({"value": said.values, "uses": uses})
    values, value_checks = resolve(values, core["id"], renames)
    universe = _universe(core["id"], values)
    by_rule, card_checks = _by_rule(said, values, universe)
    del said, values, uses
    in_format = np.zeros(len(universe.names), dtype=bool)
    in_format[universe.of_row] = core["is_quantized_format"].to_numpy()
    links = _first_rule(universe, by_rule, in_format)
    checks |= value_checks | card_checks | _cross_checks(by_rule[BY_TAG], by_rule[BY_BASE_MODELS])
    for rule, meaning in ((BY_BASE_MODELS, "of models without a base_model tag"), (BY_CARD, "of models with neither")):
        one = links.select(links.rule == rule)
        checks[f"links from {RULES[rule]}"] = (one.child.size, meaning)
        checks[f"models with links from {RULES[rule]}"] = (graph.unique(one.child).size, meaning)
    return links, checks


@dataclass(frozen=True)
class Universe:
    """The snapshot's ids and the ghosts in one order."""

    names: pl.Series
    is_ghost: np.ndarray
    of_row: Ints  # place in names of each row of the snapshot
    ghosts: pl.DataFrame  # `name, ghost`: the place of each ghost


def _universe(ids: pl.Series, values: pl.DataFrame) -> Universe:
    """Merge the absent parents into the snapshot's sorted ids."""
    rows = ids.len()
    ghosts = values.filter(pl.col("place").is_null()).get_column("name").drop_nulls().unique().sort()
    ghosts_before = ids.search_sorted(ghosts).to_numpy().astype(np.int64)
    of_row = np.arange(rows) + np.cumsum(np.bincount(ghosts_before, minlength=rows + 1))[:rows]
    of_ghost = ghosts_before + np.arange(ghosts.len())
    source = np.empty(rows + ghosts.len(), dtype=np.int64)
    source[of_row] = np.arange(rows)
    source[of_ghost] = rows + np.arange(ghosts.len())
    names = pl.concat([ids.alias("id"), ghosts.alias("id")]).gather(pl.Series(source))
    return Universe(names, source >= rows, of_row, pl.DataFrame({"name": ghosts, "ghost": of_ghost}))


def _by_rule(said: Stated, values: pl.DataFrame, universe: Universe) -> tuple[list[Ints], Checks]:
    """Sorted keys of the distinct links that each rule states."""
    placed = values.join(universe.ghosts, on="name", how="left", maintain_order="left").select(
        parent=pl.coalesce(pl.Series(universe.of_row).gather(values["place"]), "ghost"),
        ownerless=pl.col("ghost").is_not_null() & ~pl.col("name").str.contains("/", literal=True),
    )
    place, ownerless = placed["parent"].fill_null(-1).to_numpy(), placed["ownerless"].to_numpy()
    dropped = int(ownerless[said.value[said.of(BY_CARD)]].sum())
    keys = []
    for rule in range(len(RULES)):
        part = said.of(rule)
        value = said.value[part]
        kept = place[value] >= 0
        if rule == BY_CARD:
            kept &= ~ownerless[value]
        child = universe.of_row[said.child[part][kept]]
        keys.append(_distinct_links(child, place[value[kept]], said.relation[part][kept]))
    meaning = "names without an owner in cards, that neither snapshot nor register knows"
    return keys, {"card names dropped as no repository": (dropped, meaning)}


def _distinct_links(child: Ints, parent: Ints, relation: np.ndarray) -> Ints:
    """Links as sorted keys, each once; `unspecified` only where the pair has no other relation.

    A key holds the relation in its lowest bits, above them the pair: room for 2**(31 - RELATION_BITS) names.
    """
    keys = graph.unique(graph.packed(child, parent) << RELATION_BITS | relation)
    pairs = _pairs(keys)
    same_as_before = np.concatenate([[False], pairs[1:] == pairs[:-1]]) if keys.size else np.zeros(0, dtype=bool)
    return keys[~(same_as_before & (_relations(keys) == UNSPECIFIED))]


def _pairs(keys: Ints) -> Ints:
    """Child and parent of links, packed."""
    return keys >> RELATION_BITS


def _relations(keys: Ints) -> NDArray[np.int8]:
    """Relations of links."""
    return (keys & ((1 << RELATION_BITS) - 1)).astype(np.int8)


def _first_rule(universe: Universe, by_rule: list[Ints], in_format: np.ndarray) -> Links:
    """Each child's links from the first rule that gives it any, sorted."""
    served = np.zeros(len(universe.names), dtype=bool)
    kept = []
    for keys in by_rule:
        child, _ = graph.halves(_pairs(keys))
        kept.append(keys[~served[child]])
        served[child] = True
    keys = np.concatenate(kept)
    rule = np.repeat(np.arange(len(kept)), [part.size for part in kept])
    order = np.argsort(keys, kind="stable")
    keys, rule = keys[order], rule[order]
    (child, parent), relation, rule = graph.halves(_pairs(keys)), _relations(keys), rule.astype(np.int8)
    quantized = RELATIONS.index("quantized")
    loose = (relation == RELATIONS.index("finetune")) | (relation == UNSPECIFIED)
    corrected = np.where(in_format[child] & loose, quantized, relation).astype(np.int8)
    return Links(universe.names, universe.is_ghost, child, parent, relation, corrected, rule)


def _cross_checks(tags: Ints, base_models: Ints) -> Checks:
    """How far the two machine-readable declarations agree, in pairs of child and parent."""
    pairs, others = graph.unique(_pairs(tags)), graph.unique(_pairs(base_models))
    both = graph.contained(pairs, others).sum()
    agreed = graph.unique(_pairs(tags[graph.contained(tags, base_models)])).size
    return {
        "edges that tags and baseModels name": (int(both), "self-references included"),
        "edges that tags alone name": (int(pairs.size - both), "all of them where the source has no baseModels"),
        "edges that baseModels alone name": (int(others.size - both), "used where the model has no base_model tag"),
        "edges with another relation in baseModels": (
            int(both - agreed),
            "the tag's relation is used, since baseModels has one for all parents",
        ),
    }
