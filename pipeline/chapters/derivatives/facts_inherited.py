"""What may be quoted of what derivatives keep of their base."""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, fact, sentence
from pipeline.base.lead import FEW
from pipeline.base.params import Params
from pipeline.base.results import Tables
from pipeline.chapters.derivatives.inherited import EVERY

_TABLE = "data/out/derivatives/inherited.parquet"


def facts(tables: Tables, params: Params) -> Facts:
    """How many derivatives keep the vocabulary and the shape of their base."""
    return inherited_facts(tables["inherited"], params.report.subject, tables.snapshot["coverage"])


def inherited_facts(compared: pl.DataFrame, subject: str, coverage: str) -> Facts:
    """Of all families, and of the subject where it has a few."""
    every = compared.filter(family=EVERY)
    if every.is_empty() or every["repositories"][0] < FEW:
        gap = "This snapshot has no configurations of derivatives beside those of their bases."
        return {"derivatives.inherited": sentence(gap, _TABLE), "derivatives.inherited.share": fact(None, "", _TABLE)}
    row = every.row(0, named=True)
    share = row["keep_vocabulary"] / row["repositories"]
    text = (
        f"Of {words.number(row['repositories'])} repositories in this {coverage} that are named after a release of "
        f"somebody else, or declare one, and whose configuration is known, {words.percent(share)} keep its vocabulary "
        f"and {words.percent(row['keep_shape'] / row['repositories'])} its layers and width"
    )
    own = compared.filter(family=subject)
    if own.height and own["repositories"][0] >= FEW:
        mine = own.row(0, named=True)
        text += (
            f"; of {words.number(mine['repositories'])} on {subject} it is "
            f"{words.percent(mine['keep_vocabulary'] / mine['repositories'])} and "
            f"{words.percent(mine['keep_shape'] / mine['repositories'])}"
        )
    return {
        "derivatives.inherited": sentence(f"{text}.", _TABLE),
        "derivatives.inherited.share": fact(share, words.percent(share), _TABLE, "share"),
    }
