"""Read which base models repositories name: in tags, in `baseModels` and in the card's metadata.

1. A tag `base_model:<relation>:<id>` names a parent with that relation, a tag `base_model:<id>` one without
   (`unspecified`).
2. `baseModels`, which the Hub makes of the card, names one relation for all parents.
3. `base_model` in the card (`cardData`, read as JSON, a text or a list of texts) is read only where a repository has
   neither of these; its relation is `base_model_relation` if the card has it.

Texts are taken as they stand: `parents` says which repository each means, `links` which statement counts. Tags are
streamed, only those with the prefix are kept, and each distinct text is listed once, so that it is looked up once.

Known drawbacks: cards are edited, so this is what is stated today; a repository may name a parent that it does not
use; what nobody states is missing here (see `inferred`).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from pipeline.base import tables
from pipeline.base.vocabulary import RELATIONS
from pipeline.hub.arrays import Ints
from pipeline.hub.checks import Checks

TAG = "base_model:"
TAGGED = RELATIONS[:4]
"""Relations that the Hub has words for."""
RULES = ("tag", "baseModels", "cardData")
"""Where a parent is stated; a repository's links are those of the first rule that gives it any."""
RELATION, RULE = pl.Enum(RELATIONS), pl.Enum(RULES)


@dataclass(frozen=True)
class Stated:
    """Parents as they are stated, one row each time.

    texts: the distinct texts that stand for a parent, sorted.
    by_rule: for each rule `child` (row in raw), `text` (place in texts) and `relation`, sorted by child.
    """

    texts: pl.Series
    by_rule: dict[str, pl.DataFrame]


def read(raw: pl.LazyFrame, rows: int) -> tuple[Stated, Checks]:
    """Every statement of a parent, by tag, by baseModels, and by the cards of those who have neither.

    raw: `id, tags, baseModels, cardData`, of so many rows. A parent is stated several times: without and with its
    relation in the tags, then in baseModels. Of millions of texts, those that repeat the row before, or the tag in the
    same place, are not looked up a second time, which halves the look-ups.
    """
    indexed = raw.with_row_index("child")
    tagged, others = (part.collect(engine="streaming") for part in (_from_tags(indexed), _from_base_models(indexed)))
    declares = np.zeros(rows, dtype=bool)
    for part in (tagged, others):
        declares[part["child"].to_numpy()] = True
    cards, n_cards, unreadable = _from_cards(indexed, pl.Series("child", np.flatnonzero(declares), dtype=pl.UInt32))
    repeats = pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift(1)) for name in ("child", "value"))
    is_new = tagged.select(~repeats).to_series()
    new = tagged.select("child", "value").filter(is_new)
    in_new = _same_place(others, new)
    is_untagged = in_new < 0
    texts = pl.concat([new["value"], others["value"].filter(pl.Series(is_untagged)), cards["value"]])
    distinct, place = _interned(texts)
    in_new[is_untagged] = new.height + np.arange(is_untagged.sum())
    places = (place[is_new.cum_sum().to_numpy() - 1], place[in_new], place[texts.len() - cards.height :])
    by_rule = {
        rule: part.select("child", "relation", text=pl.Series(text, dtype=pl.UInt32))
        for rule, part, text in zip(RULES, (tagged, others, cards), places, strict=True)
    }
    return Stated(distinct, by_rule), {
        "declared links read": (
            sum(part.height for part in by_rule.values()),
            "child and parent as tags, baseModels or cards state them, repetitions included",
        ),
        "cards read": (n_cards, "with the key base_model, of models that no tag and no baseModels gives a parent"),
        "cards that are no JSON": (unreadable, "of those"),
    }


def _same_place(others: pl.DataFrame, tagged: pl.DataFrame) -> Ints:
    """For each row of `child, value` the row of `tagged` with the same child, value and place in its list; else -1."""
    if not tagged.height or not others.height:
        return np.full(others.height, -1, dtype=np.int64)
    tagged_child, child = tagged["child"].to_numpy(), others["child"].to_numpy()
    first_tag = np.zeros(int(max(tagged_child.max(), child.max())) + 1, dtype=np.int64)
    starts = np.flatnonzero(np.concatenate([[True], tagged_child[1:] != tagged_child[:-1]]))
    first_tag[tagged_child[starts]] = starts
    is_first = np.concatenate([[True], child[1:] != child[:-1]])
    rows = np.arange(child.size)
    place_in_list = rows - np.maximum.accumulate(np.where(is_first, rows, 0))
    row = np.minimum(first_tag[child] + place_in_list, tagged_child.size - 1)
    is_same = (tagged["value"].gather(row) == others["value"]).to_numpy() & (tagged_child[row] == child)
    return np.where(is_same, row, -1)


def _interned(texts: pl.Series) -> tuple[pl.Series, Ints]:
    """The distinct texts, sorted, and the place of each text among them.

    A categorical is a hash table in the order of arrival: only the distinct texts are sorted.
    """
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
    relation, length = pl.lit("unspecified", RELATION), pl.lit(len(TAG), pl.UInt8)
    for name in TAGGED:
        has_prefix = tag.str.starts_with(f"{TAG}{name}:")
        relation = pl.when(has_prefix).then(pl.lit(name, RELATION)).otherwise(relation)
        length = pl.when(has_prefix).then(pl.lit(len(f"{TAG}{name}:"), pl.UInt8)).otherwise(length)
    return (
        raw.select("child", "tags")
        .explode("tags")
        .filter(tag.str.starts_with(TAG))
        # Cut by bytes, since to count characters takes longer; what is cut off is ASCII.
        .select("child", value=tag.cast(pl.Binary).bin.slice(length).cast(pl.String), relation=relation)
    )


def _from_base_models(raw: pl.LazyFrame) -> pl.LazyFrame:
    """`child, value, relation` from the detail route's `baseModels`."""
    named = pl.col("baseModels").struct.field("relation").cast(RELATION, strict=False)
    relation = named.fill_null(pl.lit("unspecified", RELATION))
    return (
        raw.filter(pl.col("baseModels").is_not_null())
        .select("child", value=pl.col("baseModels").struct.field("models"), relation=relation)
        .explode("value")
        .drop_nulls("value")
    )


def _from_cards(raw: pl.LazyFrame, declared: pl.Series) -> tuple[pl.DataFrame, int, int]:
    """`child, value, relation` from cards of repositories that declare nothing else.

    declared: their rows in raw. Returns the rows, the number of cards with the key, and of those that are no JSON.
    """
    cards = (
        raw.select("child", "cardData")
        .filter(pl.col("cardData").str.contains('"base_model"', literal=True))
        .join(declared.to_frame("child").lazy(), on="child", how="anti")
        .collect(engine="streaming")
    )
    rows: list[tuple[int, str, str]] = []
    unreadable = 0
    for child, text in cards.iter_rows():
        try:
            card = tables.parsed_json(text)
        except ValueError:
            unreadable += 1
            continue
        rows += [(child, *stated) for stated in stated_in_card(card)]
    frame = pl.DataFrame(rows, schema={"child": pl.UInt32, "value": pl.String, "relation": RELATION}, orient="row")
    return frame, cards.height, unreadable


def stated_in_card(card: Any) -> list[tuple[str, str]]:
    """Parents that a card's metadata names, with their relation."""
    if not isinstance(card, dict):
        return []
    named = card.get("base_model")
    listed = named if isinstance(named, list) else [named]
    relation = card.get("base_model_relation")
    kind = relation if isinstance(relation, str) and relation in TAGGED else "unspecified"
    return [(value, kind) for value in listed if isinstance(value, str) and value.strip()]
