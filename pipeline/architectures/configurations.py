"""Configurations of models, registered or asked for, counted: the same code for all of them."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipeline import architectures
from pipeline.architectures.counts import Counts
from pipeline.base import tables
from pipeline.base.errors import ArchitectureError, RegisterError


def count(configurations: pl.DataFrame) -> dict[str, Counts]:
    """The counts of every registered configuration.

    Raises RegisterError for a row whose config is no JSON, is not understood, or says something else
    than the row's own columns.
    """
    counts: dict[str, Counts] = {}
    for row in configurations.iter_rows(named=True):
        try:
            document = tables.parsed_json(row["config"])
        except ValueError as error:
            raise RegisterError(f"{row['model']}: config is no JSON", where="configurations.csv") from error
        try:
            counted = architectures.from_config(document, row["model"])
        except ArchitectureError as error:
            raise RegisterError(str(error), where="configurations.csv") from error
        for name in ("layers", "hidden_size", "vocab_size"):
            if getattr(counted, name) != row[name]:
                raise RegisterError(
                    f"{row['model']}: {name} is {row[name]}, its config says {getattr(counted, name)}",
                    where="configurations.csv",
                )
        counts[row["model"]] = counted
    return counts


def count_one(configurations: pl.DataFrame, model: str) -> Counts:
    """The counts of one registered configuration. Raises RegisterError where there is none of this model."""
    rows = configurations.filter(model=model)
    if rows.is_empty():
        raise RegisterError(
            f"no configuration of {model}",
            where="configurations.csv",
            next_step="name a model of its first column, or add a row",
        )
    return count(rows)[model]


def from_details(details: pl.DataFrame, configurations: pl.DataFrame) -> pl.DataFrame:
    """Configurations that the stage `details` brought of releases without a registered one, as far as understood.

    details: rows of `snapshot.schema.RawDetails`. Columns: those of the register's configurations that are read here.
    """
    rows = []
    for model, revision, text in (
        details.drop_nulls("config")
        .join(configurations, on="model", how="anti")
        .select("model", "revision", "config")
        .iter_rows()
    ):
        try:
            counted = architectures.from_config(tables.parsed_json(text), model)
        except ArchitectureError:
            continue
        source = f"https://huggingface.co/{model}/blob/{revision}/config.json"
        rows.append((model, counted.layers, counted.hidden_size, counted.vocab_size, text, None, None, source))
    names = ["model", "layers", "hidden_size", "vocab_size", "config"]
    published = ["parameters_total_published", "parameters_active_published"]
    schema = {name: configurations.schema[name] for name in [*names, *published, "source"]}
    return pl.DataFrame(rows, schema=schema, orient="row")


def compared(counts: Mapping[str, Counts], documents: Mapping[str, Any]) -> pl.DataFrame:
    """Registered counts beside those of config.json documents from the Hub, by the same code.

    documents: parsed config.json by model. Columns: `model, parameters_text, parameters_text_hub,
    difference, refusal`; a document that is not understood has its refusal in words.
    """
    rows = []
    for model in sorted(set(counts) & set(documents)):
        refusal, hub = None, None
        try:
            hub = architectures.from_config(documents[model], model).text
        except ArchitectureError as error:
            refusal = str(error)
        mine = counts[model].text
        rows.append((model, mine, hub, None if hub is None else hub - mine, refusal))
    schema = {
        "model": pl.String,
        "parameters_text": pl.Int64,
        "parameters_text_hub": pl.Int64,
        "difference": pl.Int64,
        "refusal": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")
