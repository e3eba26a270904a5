"""Read which base models repositories name: in tags, in `baseModels` and in the card's metadata.

1. A tag `base_model:<relation>:<id>` names a parent with that relation, a tag `base_model:<id>` one without
   (`unspecified`).
2. `baseModels`, which the Hub makes of the card, names one relation for all parents.
3. `base_model` in the card (`cardData`, read as JSON, a text or a list of texts) is read only where a repository has
   neither of these; its relation is `base_model_relation` if the card has it.

Texts are taken as they stand: `parents` says which repository each means, `links` which statement counts. Each
distinct text is listed once, so that it is looked up once.

Known drawbacks: cards are edited, so this is what is stated today; a repository may name a parent that it does not
use; what nobody states is missing here (see `inferred`).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from pipeline.base import tables
from pipeline.base.vocabulary import PARENT_TAG, RELATIONS
from pipeline.hub.checks import Checks
from pipeline.hub.names import in_any_order, interned

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


def read(raw: pl.LazyFrame, links: pl.DataFrame, rows: int) -> tuple[Stated, Checks]:
    """Every statement of a parent, by tag, by baseModels, and by the cards of those who have neither.

    raw: `baseModels, cardData`, of so many rows. links: their tags that name a parent, from `tags`. Each distinct text
    is looked at once: a parent is stated several times, without and with its relation in the tags, then in baseModels.
    """
    indexed = raw.with_row_index("child")
    others = _from_base_models(indexed).collect(engine="streaming")
    declares = np.zeros(rows, dtype=bool)
    for child in (links["row"], others["child"]):
        declares[child.to_numpy()] = True
    cards, n_cards, unreadable = _from_cards(indexed, pl.Series("child", np.flatnonzero(declares), dtype=pl.UInt32))
    tags, of_tags = in_any_order(links["tag"])
    from_tags = _from_tags(tags)
    distinct, place = interned(pl.concat([from_tags["value"], others["value"], cards["value"]]))
    tagged = pl.DataFrame({"child": links["row"], "relation": from_tags["relation"].gather(of_tags)})
    of_others, of_cards = np.split(place[tags.len() :], [others.height])
    places = (place[of_tags], of_others, of_cards)
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


def _from_tags(tags: pl.Series) -> pl.DataFrame:
    """`value, relation` of `base_model:` tags."""
    tag = pl.col("tag")
    relation, length = pl.lit("unspecified", RELATION), pl.lit(len(PARENT_TAG), pl.UInt8)
    for name in TAGGED:
        has_prefix = tag.str.starts_with(f"{PARENT_TAG}{name}:")
        relation = pl.when(has_prefix).then(pl.lit(name, RELATION)).otherwise(relation)
        length = pl.when(has_prefix).then(pl.lit(len(f"{PARENT_TAG}{name}:"), pl.UInt8)).otherwise(length)
    # Cut by bytes, since to count characters takes longer; what is cut off is ASCII.
    return tags.to_frame("tag").select(value=tag.cast(pl.Binary).bin.slice(length).cast(pl.String), relation=relation)


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
