"""Stage `lineage`: who names whom as base model, and what follows from it.

Edges
1. A tag `base_model:<relation>:<id>` gives an edge with that relation.
2. A tag `base_model:<id>` without a relation for the same parent gives `unspecified`.
3. `baseModels` names one relation for all parents; it is a cross-check (edges that both, or only one
   of the two, name are counted) and is used alone only where a repository has no `base_model:` tag.
4. `base_model` in the card's metadata (`cardData`, read as JSON, a text or a list of texts) is used
   where a repository has neither; its relation is `base_model_relation` if the card has it. A name
   without an owner counts only if it is a repository of the snapshot or of the register.
5. Values are cleaned: list artefacts (`- `), quotes, addresses (`https://huggingface.co/`),
   `/tree/<branch>` endings. What is left must look like an id, or it is dropped. Each repair is counted.
6. Ids do not depend on letter case: one that differs from a repository of the snapshot only by case is
   that repository; absent ones that differ only by case are one, in the spelling that most links use.
7. Renames of the register are followed to the end, unless the snapshot still lists the old name and
   not the new one: it shows the Hub before the move.
8. Self-references are dropped and counted. Parents that are absent from the snapshot (ghosts) stay.
9. `relation_corrected`: a child whose own format is quantized is a quantization, even when tagged
   as a fine-tune or not at all (MLX and EXL2 conversions often are).

Inferred edges stand apart (`evidence: inferred`) and never mix with declared ones: those a source
found itself, and rows of registered repackagers whose name, format tokens stripped, equals exactly
one other model of the snapshot. A copy of the same name without a format token is a mirror, not a
derivative, and gives no edge.

Lineage (declared edges only): depth, roots, ancestors, descendants, from `pipeline.hub.graph`. Cycles
are condensed; the smallest id stands for them.

How it stays fast: tags are streamed, only those with the prefix are kept, and each distinct value is
cleaned and looked up once. From there on repositories are numbers in the order of their ids, ghosts
among them, and names come back when the tables are written. The numbers (rows of the lineage table) are
written beside the names, so that later stages never look a name up again (`pipeline.hub.nodes`).

Known drawbacks: cards are edited, so the graph is what is declared today; a repository may name a
parent that it does not use; what is not declared is missing here.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipeline.base import tables
from pipeline.base.errors import TableError
from pipeline.base.vocabulary import RELATIONS
from pipeline.hub import graph
from pipeline.hub.graph import Ints
from pipeline.hub.names import _among, places, searched

TAG = "base_model:"
TAGGED = RELATIONS[:4]
UNSPECIFIED = RELATIONS.index("unspecified")
RELATION_BITS = (len(RELATIONS) - 1).bit_length()
RULES = ("tag", "baseModels", "cardData")
BY_TAG, BY_BASE_MODELS, BY_CARD = range(3)
LONGEST_RENAME = 8

Checks = dict[str, tuple[int, str]]


@dataclass(frozen=True)
class Links:
    """Child, parent and relation as declared, each once, sorted; self-references still in it.

    Repositories are places in `names`, which holds the snapshot's ids and the ghosts in one order.
    """

    names: pl.Series
    is_ghost: np.ndarray
    child: Ints
    parent: Ints
    relation: np.ndarray  # index into schemas.RELATIONS
    corrected: np.ndarray
    rule: np.ndarray  # index into RULES

    def select(self, keep: np.ndarray) -> "Links":
        """Some of the links, under the same names."""
        columns = (self.child, self.parent, self.relation, self.corrected, self.rule)
        return Links(self.names, self.is_ghost, *(column[keep] for column in columns))


# ------------------------------------------------------------------------------- declared edges


def declared_links(raw: pl.LazyFrame, core: pl.DataFrame, renames: pl.DataFrame) -> tuple[Links, Checks]:
    """Every declared link, and what was repaired, in counts.

    `raw` and `core` hold the same repositories, sorted by id.
    """
    if raw.select(pl.len()).collect().item() != core.height:
        raise TableError("core and raw hold different repositories", where="models", next_step="run `make site`")
    stated, checks = _stated(raw, core.height)
    uses = np.bincount(stated.value, minlength=stated.values.len())
    values = pl.DataFrame({"value": stated.values, "uses": uses})
    values, value_checks = resolve(values, core["id"], renames)
    universe = _universe(core["id"], values)
    by_rule, card_checks = _by_rule(stated, values, universe)
    del stated, values, uses
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
class Stated:
    """Parents as they are stated, one row each time, by tag, then by baseModels, then by card."""

    values: pl.Series  # distinct texts that stand for a parent, sorted
    child: NDArray[np.uint32]  # row in raw
    value: Ints  # place in values
    relation: NDArray[np.uint8]  # index into schemas.RELATIONS
    starts: Ints  # where the statements of each rule begin, and the last ends

    def of(self, rule: int) -> slice:
        """The statements of one rule."""
        return slice(self.starts[rule], self.starts[rule + 1])


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


def _by_rule(stated: Stated, values: pl.DataFrame, universe: Universe) -> tuple[list[Ints], Checks]:
    """Sorted keys of the distinct links that each rule states."""
    placed = values.join(universe.ghosts, on="name", how="left", maintain_order="left").select(
        parent=pl.coalesce(pl.Series(universe.of_row).gather(values["place"]), "ghost"),
        ownerless=pl.col("ghost").is_not_null() & ~pl.col("name").str.contains("/", literal=True),
    )
    place, ownerless = placed["parent"].fill_null(-1).to_numpy(), placed["ownerless"].to_numpy()
    dropped = int(ownerless[stated.value[stated.of(BY_CARD)]].sum())
    keys = []
    for rule in range(len(RULES)):
        part = stated.of(rule)
        value = stated.value[part]
        kept = place[value] >= 0
        if rule == BY_CARD:
            kept &= ~ownerless[value]
        child = universe.of_row[stated.child[part][kept]]
        keys.append(_distinct_links(child, place[value[kept]], stated.relation[part][kept]))
    meaning = "names without an owner in cards, that neither snapshot nor register knows"
    return keys, {"card names dropped as no repository": (dropped, meaning)}


def _stated(raw: pl.LazyFrame, rows: int) -> tuple[Stated, Checks]:
    """Every statement of a parent, by tag, by baseModels, and by the cards of those who have neither.

    A parent is told again and again: without and with its relation in the tags, then in baseModels.
    Texts that repeat the one before, or the tag in the same place, are not looked up a second time.
    """
    indexed = raw.with_row_index("child")
    tagged, others = (part.collect(engine="streaming") for part in (_from_tags(indexed), _from_base_models(indexed)))
    declares = np.zeros(rows, dtype=bool)
    for part in (tagged, others):
        declares[part["child"].to_numpy()] = True
    cards, read, unreadable = _from_cards(indexed, pl.Series("child", np.flatnonzero(declares), dtype=pl.UInt32))
    parts = (tagged, others, cards)
    again = tagged.select(pl.all_horizontal(pl.col("child", "value") == pl.col("child", "value").shift(1)))
    is_new = ~again.to_series().fill_null(False).to_numpy()
    new = tagged.select("child", "value").filter(pl.Series(is_new))
    same = _same_place(others, new)
    unmatched = np.flatnonzero(same < 0)
    texts = pl.concat([new["value"], others["value"].gather(unmatched), cards["value"]])
    values, place = _interned(texts)
    same[unmatched] = new.height + np.arange(unmatched.size)
    cards_place = place[new.height + unmatched.size :]
    stated = Stated(
        values,
        np.concatenate([part["child"].to_numpy() for part in parts]),
        np.concatenate([place[np.cumsum(is_new) - 1], place[same], cards_place]),
        np.concatenate([part["relation"].to_numpy() for part in parts]),
        np.cumsum([0, *(part.height for part in parts)]),
    )
    return stated, {
        "declared links read": (
            stated.value.size,
            "child and parent as tags, baseModels or cards state them, repetitions included",
        ),
        "cards read": (read, "with the key base_model, of models that no tag and no baseModels gives a parent"),
        "cards that are no JSON": (unreadable, "of those"),
    }


def _same_place(others: pl.DataFrame, tagged: pl.DataFrame) -> Ints:
    """For each row of `child, value` the row of `tagged` with the same child, value and place in its list; else -1."""
    if not tagged.height or not others.height:
        return np.full(others.height, -1, dtype=np.int64)
    ours, theirs = tagged["child"].to_numpy(), others["child"].to_numpy()
    first = np.zeros(int(max(ours.max(), theirs.max())) + 1, dtype=np.int64)
    starts = np.flatnonzero(np.concatenate([[True], ours[1:] != ours[:-1]]))
    first[ours[starts]] = starts
    begins = np.concatenate([[True], theirs[1:] != theirs[:-1]])
    at = np.arange(theirs.size)
    place = first[theirs] + at - np.maximum.accumulate(np.where(begins, at, 0))
    place = np.minimum(place, ours.size - 1)
    alike = (tagged["value"].gather(place) == others["value"]).to_numpy() & (ours[place] == theirs)
    return np.where(alike, place, -1)


def _interned(texts: pl.Series) -> tuple[pl.Series, Ints]:
    """The distinct texts, sorted, and the place of each text among them."""
    codes = texts.cast(pl.Categorical(pl.Categories.random()))
    distinct = codes.unique()
    numbered = pl.DataFrame({"text": distinct.cast(pl.String), "code": distinct.to_physical()}).sort("text")
    code = numbered["code"].to_numpy()
    place = np.zeros(int(code.max(initial=0)) + 1, dtype=np.int64)
    place[code] = np.arange(code.size)
    return numbered["text"], place[codes.to_physical().to_numpy()]


def _from_tags(raw: pl.LazyFrame) -> pl.LazyFrame:
    """`child, value, relation` from `base_model:` tags."""
    tag = pl.col("tags")
    relation, length = pl.lit(UNSPECIFIED, pl.UInt8), pl.lit(len(TAG), pl.UInt8)
    for number, name in enumerate(TAGGED):
        starts = tag.str.starts_with(f"{TAG}{name}:")
        relation = pl.when(starts).then(pl.lit(number, pl.UInt8)).otherwise(relation)
        length = pl.when(starts).then(pl.lit(len(f"{TAG}{name}:"), pl.UInt8)).otherwise(length)
    return (
        raw.select("child", "tags")
        .explode("tags")
        .filter(tag.str.starts_with(TAG))
        # Cut by bytes, since to count characters takes longer; what is cut off is ASCII.
        .select("child", value=tag.cast(pl.Binary).bin.slice(length).cast(pl.String), relation=relation)
    )


def _from_base_models(raw: pl.LazyFrame) -> pl.LazyFrame:
    """`child, value, relation` from the detail route's `baseModels`."""
    named = pl.col("baseModels").struct.field("relation")
    relation = named.replace_strict(dict(zip(TAGGED, range(4), strict=True)), default=UNSPECIFIED)
    return (
        raw.filter(pl.col("baseModels").is_not_null())
        .select("child", value=pl.col("baseModels").struct.field("models"), relation=relation.cast(pl.UInt8))
        .explode("value")
        .drop_nulls("value")
    )


def _from_cards(raw: pl.LazyFrame, declared: pl.Series) -> tuple[pl.DataFrame, int, int]:
    """`child, value, relation` from cards of repositories that declare nothing else.

    Returns the rows, the number of cards with the key, and of those that are no JSON.
    """
    cards = (
        raw.select("child", "cardData")
        .filter(pl.col("cardData").str.contains('"base_model"', literal=True))
        .join(declared.to_frame("child").lazy(), on="child", how="anti")
        .collect(engine="streaming")
    )
    rows: list[tuple[int, str, int]] = []
    unreadable = 0
    for child, text in cards.iter_rows():
        try:
            card = tables.parsed_json(text)
        except ValueError:
            unreadable += 1
            continue
        rows += [(child, *stated) for stated in stated_in_card(card)]
    frame = pl.DataFrame(rows, schema={"child": pl.UInt32, "value": pl.String, "relation": pl.UInt8}, orient="row")
    return frame, cards.height, unreadable


def stated_in_card(card: Any) -> list[tuple[str, int]]:
    """Parents that a card's metadata names, with the index of their relation."""
    if not isinstance(card, dict):
        return []
    named = card.get("base_model")
    listed = named if isinstance(named, list) else [named]
    relation = card.get("base_model_relation")
    kind = TAGGED.index(relation) if isinstance(relation, str) and relation in TAGGED else UNSPECIFIED
    return [(value, kind) for value in listed if isinstance(value, str) and value.strip()]


# ------------------------------------------------------------------------- values to repositories


def resolve(values: pl.DataFrame, ids: pl.Series, renames: pl.DataFrame) -> tuple[pl.DataFrame, Checks]:
    """The repository that each distinct value means, and what was repaired, in links.

    `values` has `value` and `uses` (links that state it); `ids` are sorted. Returns `name` (null:
    no id) and `place` in `ids` (null: absent), row by row.
    """
    cleaned = values.with_columns(parent=_clean(pl.col("value")))
    is_id = pl.col("parent").str.contains(r"^[\w.\-]+(/[\w.\-]+)?$")
    valid = cleaned.with_columns(parent=pl.when(is_id).then("parent"))
    cased = match_case(valid, ids)
    moved = _moved(cased, ids, renames)
    spelled = _one_spelling(moved)

    def uses(frame: pl.DataFrame, changed: pl.Series) -> int:
        return int(frame["uses"].filter(changed).sum())

    return spelled.select(name="parent", place="place"), {
        "links cleaned": (
            uses(cleaned, cleaned["parent"] != cleaned["value"]),
            "list marks, quotes, addresses or branch endings taken off",
        ),
        "links dropped as no repository id": (
            uses(valid, valid["parent"].is_null()),
            "what is left has not the form owner/name",
        ),
        "links matched by case": (
            uses(cased, (cased["parent"] != valid["parent"]).fill_null(False)),
            "the same id in other letter case is in the snapshot",
        ),
        "links renamed": (
            uses(moved, (moved["parent"] != cased["parent"]).fill_null(False)),
            "the parent moved; the register knows where to",
        ),
        "links to a ghost under one spelling": (
            uses(spelled, (spelled["parent"] != moved["parent"]).fill_null(False)),
            "absent parents that differ only by letter case are one",
        ),
    }


def _clean(value: pl.Expr) -> pl.Expr:
    """A parent's id without what people wrote around it."""
    return (
        value.str.strip_chars(" \t\r\n\"'`[]")
        .str.replace(r"^-\s+", "")
        .str.replace(r"^https?://(www\.)?(huggingface\.co|hf\.co)/", "")
        .str.replace(r"/(tree|blob|resolve)/.*$", "")
        .str.strip_chars(" /\"'")
    )


def match_case(values: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    """`parent` in the snapshot's letter case where that is the only difference, with its `place`."""
    exact = searched(values["parent"], ids)
    unknown = values.select("parent").filter(pl.col("parent").is_not_null() & exact.is_null()).unique()
    lower = unknown.with_columns(lower=pl.col("parent").str.to_lowercase())
    others = (
        _among(ids.str.to_lowercase(), lower["lower"])
        .rename({"name": "lower"})
        .with_columns(real=pl.lit(ids).gather("place"))
        .filter(pl.len().over("lower") == 1)
    )
    found = lower.join(others, on="lower").select("parent", "real", pl.col("place").cast(pl.Int64))
    return (
        values.with_columns(exact=exact)
        .join(found, on="parent", how="left", maintain_order="left")
        .with_columns(parent=pl.coalesce("real", "parent"), place=pl.coalesce("exact", "place"))
        .drop("exact", "real")
    )


def _moved(values: pl.DataFrame, ids: pl.Series, renames: pl.DataFrame) -> pl.DataFrame:
    """Values under their newest name, unless the snapshot lists the old one alone."""
    target = follow_renames(values.select("parent"), renames)["parent"]
    named_anew = (target != values["parent"]).fill_null(False)
    if not named_anew.any():
        return values
    place = places(target.set(~named_anew, None), ids)
    moves = named_anew & (values["place"].is_null() | place.is_not_null())
    return values.with_columns(
        parent=target.zip_with(moves, values["parent"]), place=place.zip_with(moves, values["place"])
    )


def follow_renames(links: pl.DataFrame, renames: pl.DataFrame) -> pl.DataFrame:
    """Parents under their newest name; `old/*` moves a whole namespace. Stops after eight moves."""
    is_space = pl.col("old").str.ends_with("/*")
    spaces = renames.filter(is_space).select(
        space=pl.col("old").str.strip_suffix("/*"), moved=pl.col("new").str.strip_suffix("/*")
    )
    single = renames.filter(~is_space).select(parent="old", target="new")
    for _ in range(LONGEST_RENAME):
        before = links["parent"]
        links = (
            links.join(single, on="parent", how="left", maintain_order="left")
            .with_columns(parent=pl.coalesce("target", "parent"))
            .with_columns(space=pl.col("parent").str.extract("^([^/]+)/"))
            .join(spaces, on="space", how="left", maintain_order="left")
            .with_columns(
                parent=pl.when(pl.col("moved").is_not_null())
                .then(pl.col("moved") + pl.col("parent").str.extract("(/.*)$"))
                .otherwise("parent")
            )
            .drop("target", "space", "moved")
        )
        if before.equals(links["parent"]):
            break
    return links


def _one_spelling(values: pl.DataFrame) -> pl.DataFrame:
    """Absent parents that differ only by case under the spelling that most links use."""
    absent = values.filter(pl.col("place").is_null() & pl.col("parent").is_not_null())
    spelling = (
        absent.group_by("parent")
        .agg(pl.col("uses").sum())
        .with_columns(lower=pl.col("parent").str.to_lowercase())
        .filter(pl.len().over("lower") > 1)
        .sort("lower", -pl.col("uses").cast(pl.Int64), "parent")
        .with_columns(chosen=pl.col("parent").first().over("lower"))
        .select("parent", "chosen")
    )
    if spelling.is_empty():
        return values
    return (
        values.join(spelling, on="parent", how="left", maintain_order="left")
        .with_columns(parent=pl.coalesce("chosen", "parent"))
        .drop("chosen")
    )


# ------------------------------------------------------------------------------------ links, edges


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


def _words(words: tuple[str, ...], places: np.ndarray) -> pl.Series:
    return pl.Series(words, dtype=pl.String).gather(pl.Series(places))


# ------------------------------------------------------------------------------- inferred edges


# --------------------------------------------------------------------------------------- lineage


def number(ids: pl.Series, links: pl.DataFrame) -> tuple[pl.Series, Ints, Ints]:
    """Nodes sorted by id (so that the smallest id has the smallest number), and edges in their numbers."""
    nodes = pl.concat([ids.alias("id"), links["child"].alias("id"), links["parent"].alias("id")]).unique().sort()
    numbers = pl.DataFrame({"id": nodes, "number": np.arange(nodes.len())})
    child = links.select(id="child").join(numbers, on="id", how="left", maintain_order="left")["number"]
    parent = links.select(id="parent").join(numbers, on="id", how="left", maintain_order="left")["number"]
    return nodes, child.to_numpy(), parent.to_numpy()
