"""Derivatives under one definition, from the core tables: what the page computes and the stage writes.

repositories = load_repositories(Paths())
counted = count_under(repositories, "family.declared.transitive.all")
print(compare(counted, "Qwen", "Llama").clause("derivatives"))
"""

import polars as pl

from pipeline.base.lead import Lead
from pipeline.base.paths import Paths
from pipeline.counting.count import count
from pipeline.counting.definitions import definition_of
from pipeline.counting.pairs import PairsBySource, by_source
from pipeline.counting.repositories import Repositories, registered_names, repositories_of
from pipeline.hub.nodes import Nodes


def load_repositories(paths: Paths) -> Repositories:
    """Repositories, edges and groups of the core tables below a root, as the stage `hub` left them."""
    return repositories_of(Nodes.load(paths, registered_names(paths.register)), paths.register)


def count_under(repositories: Repositories, key: str) -> pl.DataFrame:
    """`group, derivatives`: what each group has under the definition of this key, most first, ties by name.

    Groups are families or organisations, as the key begins; a group without derivatives has no row. Derivatives are
    repositories, or uploaders where the definition counts those; a definition that splits credit gives fractions.
    Raises ParamsError for a key that the grid does not have.
    """
    (source,) = by_source([definition_of(key)], repositories)
    counted = count(PairsBySource(repositories).of(source), [definition_of(key)], repositories)
    return counted.select("group", "derivatives").sort("derivatives", "group", descending=[True, False])


def compare(counted: pl.DataFrame, subject: str, reference: str) -> Lead:
    """Who of two groups has more in `group, derivatives`; a group without a row has none."""
    derivatives = dict(counted.select("group", "derivatives").iter_rows())
    return Lead.of(subject, derivatives.get(subject, 0.0), reference, derivatives.get(reference, 0.0))
