"""What repositories state: which base models they name, in tags, in `baseModels` and in the card's metadata.

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
from numpy.typing import NDArray

from pipeline.base import tables
from pipeline.base.vocabulary import RELATIONS
from pipeline.hub.checks import Checks
from pipeline.hub.graph import Ints

TAG = "base_model:"
TAGGED = RELATIONS[:4]
UNSPECIFIED = RELATIONS.index("unspecified")
RULES = ("tag", "baseModels", "cardData")
"""Where a parent is stated; a repository's links are those of the first rule that gives it any."""
BY_TAG, BY_BASE_MODELS, BY_CARD = range(len(RULES))


@dataclass(frozen=True)
class Stated:
    """Parents as they are stated, one row each time, by tag, then by baseModels, then by card."""

    values: pl.Series  # distinct texts that stand for a parent, sorted
    child: NDArray[np.uint32]  # row in raw
    value: Ints  # place in values
    relation: NDArray[np.uint8]  # index into vocabulary.RELATIONS
    starts: Ints  # where the statements of each rule begin, and the last ends

    def of(self, rule: int) -> slice:
        """The statements of one rule."""
        return slice(self.starts[rule], self.starts[rule + 1])


def read(raw: pl.LazyFrame, rows: int) -> tuple[Stated, Checks]:
    """Every statement of a parent, by tag, by baseModels, and by the cards of those who have neither.

    A parent is stated several times: without and with its relation in the tags, then in baseModels.
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
