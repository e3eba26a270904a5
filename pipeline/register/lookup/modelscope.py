"""Which models of registered makers three packages find on ModelScope, and under whose name.

1. The table `modelscope` has pairs of a ModelScope id and a Hub id (scripts/modelscope.py reads them). A model is a Hub
   id in a registered namespace, letter case aside.
2. It is there under the `same_name` where a pair has the same namespace on both hubs; else under another that is
   `mostly_its_own`, where nine in ten models of the ModelScope namespace are this maker's (ZhipuAI for Z.ai); else
   `among_others`, where the namespace has other makers' models too, so that most were uploaded again by somebody else.
3. Uploaders who convert or copy other makers' models (table `repackagers`) are no makers here.

Known drawbacks: the packages list the models that they can run, so a model that they lack may be there all the same.
No pair is dated, and none says how often a model is downloaded or built on there. A namespace with few pairs may have
one maker's models by chance.
"""

from pathlib import Path

import polars as pl

from pipeline import register
from pipeline.register.lookup.identity import identify

NAMES = ("same_name", "mostly_its_own", "among_others")
"""Under whose name a model is on ModelScope, the nearest to the maker first."""
MOSTLY = 0.9
"""Share of a namespace's models from which it is mostly one maker's."""


def on_both_hubs(directory: Path) -> pl.DataFrame:
    """`model, organisation, country, family, name_there`, a row per model in lower case; directory: the register."""
    pairs = register.load("modelscope", directory).select(
        model=pl.col("hub_id").str.to_lowercase(), there=_namespace("modelscope_id"), here=_namespace("hub_id")
    )
    owners = identify(pairs.select(id="model"), directory).collect()
    owned = pairs.unique().join(owners.rename({"id": "model"}), on="model", how="left")
    maker = pl.coalesce("organisation", "here")
    share = pl.col("model").n_unique().over("there", maker) / pl.col("model").n_unique().over("there")
    place = pl.when(pl.col("there") == pl.col("here")).then(0).when(share >= MOSTLY).then(1).otherwise(2)
    copiers = register.load("repackagers", directory)["namespace"].str.to_lowercase()
    return (
        owned.with_columns(place=place)
        .filter(pl.col("organisation").is_not_null(), ~pl.col("here").is_in(copiers.implode()))
        .group_by("model", "organisation", "country", "family")
        .agg(name_there=pl.col("place").min().replace_strict(dict(enumerate(NAMES)), return_dtype=pl.String))
        .sort("model")
    )


def _namespace(column: str) -> pl.Expr:
    return pl.col(column).str.splitn("/", 2).struct.field("field_0").str.to_lowercase()
