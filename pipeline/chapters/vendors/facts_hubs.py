"""What the chapter on makers may quote of ModelScope: who publishes there under its own name."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, sentence
from pipeline.base.params import Report

_HUBS = "data/out/vendors/vendor_hubs.parquet"
COUNTRIES = 2
"""Countries with most models there that a sentence compares."""


def hub_facts(hubs: pl.DataFrame, pairs: pl.DataFrame, report: Report) -> Facts:
    """hubs: the table `vendor_hubs`. pairs: the register's table `modelscope`."""
    if hubs.is_empty():
        gap = "No pair of a ModelScope id and a Hub id is on the register"
        titles = {f"vendors.hubs.{key}": sentence(gap, _HUBS) for key in ("title", "source", "reason")}
        return titles | {f"vendors.hubs.{key}": sentence(f"{gap}.", _HUBS) for key in ("sentence", "countries")}
    packages = _packages(pairs)
    n, ids = pairs.select("modelscope_id", "hub_id").n_unique(), pairs["hub_id"].n_unique()
    groups = hubs.filter(group_kind=report.grouping)
    subject, reference = (_of(groups, name) for name in (report.subject, report.reference))
    return {
        "vendors.hubs.source": sentence(_source(pairs), "pipeline/register/vendors/modelscope.csv"),
        "vendors.hubs.title": sentence(_title(subject, reference), _HUBS),
        "vendors.hubs.reason": sentence(f"{_title(subject, reference)}, as {words.listed(packages)} list them", _HUBS),
        "vendors.hubs.sentence": sentence(
            f"{words.upper(words.word(len(packages)))} packages that load models from either hub "
            f"({words.listed(packages)}) know {words.number(ids)} models "
            f"of the Hub on ModelScope too, as {words.number(n)} pairs of ids. {_detail(subject)} {_detail(reference)}",
            _HUBS,
        ),
        "vendors.hubs.countries": sentence(_countries(hubs.filter(group_kind="country")), _HUBS),
    }


def _source(pairs: pl.DataFrame) -> str:
    """The packages and when they were read."""
    return f"{words.listed(_packages(pairs))}, read on {words.day(pairs['date'].max())}"  # type: ignore[arg-type]


def _packages(pairs: pl.DataFrame) -> list[str]:
    """Names and versions."""
    return [f"{name} {version}" for name, version in pairs.select("package", "version").unique().sort("package").rows()]


def _of(groups: pl.DataFrame, name: str) -> Mapping[str, Any]:
    """The row of a group; zeros where the packages have none of its models."""
    rows = groups.filter(group=name).to_dicts()
    return rows[0] if rows else dict.fromkeys(groups.columns, 0) | {"group": name}


def _own(row: Mapping[str, Any]) -> str:
    """`372 of 379 models of Qwen`, `none of 37 models of Llama`."""
    share = words.out_of(row["same_name"], row["models"])
    return f"{share} {words.plural('model', row['models'])} of {row['group']}"


def _title(subject: Mapping[str, Any], reference: Mapping[str, Any]) -> str:
    listed = [row for row in (subject, reference) if row["models"]]
    missing = [row["group"] for row in (subject, reference) if not row["models"]]
    if not listed:
        return f"Of {words.listed(missing)}, no package here finds a model on ModelScope"
    found = f"On ModelScope, {' and '.join(_own(row) for row in listed)} are under their maker’s name"
    return f"{found}; no package here finds {missing[0]} there" if missing else found


def _detail(row: Mapping[str, Any]) -> str:
    """Under whose name the models of a group are."""
    if not row["models"]:
        return f"They know no model of {row['group']}."
    parts = {
        "same_name": "under the name that the maker has on the Hub",
        "mostly_its_own": "under another name that has hardly any models but this maker’s",
        "among_others": "in namespaces that have other makers’ models too",
    }
    found = {where: row[name] for name, where in parts.items() if row[name]}
    models = f"{words.counted(row['models'], 'model')} of {row['group']}"
    if len(found) == 1:
        (where,) = found
        return f"All {models} are {where}." if row["models"] > 1 else f"The one model of {row['group']} is {where}."
    are = [f"{words.number(n)} {'is' if n == 1 else 'are'} {where}" for where, n in found.items()]
    return f"Of {models}, {words.listed(are)}."


def _countries(countries: pl.DataFrame) -> str:
    """The countries with most models there: shares under a name of the maker's own, and uploaded again by others."""
    first = countries.sort("models", "group", descending=[True, False]).head(COUNTRIES)
    parts = [
        f"{row['group']} {words.percent((row['same_name'] + row['mostly_its_own']) / row['models'])} of "
        f"{words.number(row['models'])}"
        for row in first.iter_rows(named=True)
    ]
    return f"In an account that is the maker’s or nearly so are, by country of the maker: {'; '.join(parts)} models."
