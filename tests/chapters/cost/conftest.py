"""The chapter on frames in memory: an altered rent, hour or assumption gives its tables and sentences at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import polars as pl
import pytest

from pipeline import register
from pipeline.base import params as parameters
from pipeline.base import tables
from pipeline.base.facts import PageFacts
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.base.results import Tables
from pipeline.chapters.cost import facts, training
from pipeline.chapters.moe import tables as moe
from pipeline.register.lookup.identity import identify

Change = Callable[[pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True)
class Chapter:
    """What the chapter reads, by name (register tables, and `moe`), and what follows from it."""

    frames: Mapping[str, pl.DataFrame]
    params: Params

    def edit(self, name: str, change: Change) -> "Chapter":
        """The chapter with one table that it reads altered."""
        return replace(self, frames={**self.frames, name: change(self.frames[name])})

    def comparing(self, run: str) -> "Chapter":
        """The chapter about another run."""
        return replace(self, params=self.params.model_copy(update={"cost": self._cost(run)}))

    def _cost(self, run: str) -> Any:
        return self.params.cost.model_copy(update={"compared_run": run})

    @cached_property
    def tables(self) -> dict[str, pl.DataFrame]:
        made = training.compute(self.frames, self.frames["moe"], self.params)
        return {name: tables.conform(frame, training.CONTRACTS[name], name) for name, frame in made.items()}

    @cached_property
    def facts(self) -> PageFacts:
        known = {f"register/{name}": self.frames[name] for name in ("assumptions", "serving_reports")}
        return PageFacts(facts.facts(Tables(self.tables | known), self.params))

    def fact(self, key: str) -> Any:
        return self.facts[key]["value"]

    def text(self, key: str) -> str:
        return self.facts[key]["text"]


@pytest.fixture(scope="session")
def chapter() -> Chapter:
    """The chapter on the register as it stands; edit gives another, so tests can share this one."""
    paths = Paths()
    known = {name: register.load(name, paths.register) for name in (*training.REGISTER, "serving_reports")}
    shapes = [register.load(name, paths.register) for name in ("configurations", "releases", "formats")]
    return Chapter({**known, "moe": counted(*shapes, paths=paths)}, parameters.load(paths.params))


def counted(configurations: pl.DataFrame, releases: pl.DataFrame, formats: pl.DataFrame, paths: Paths) -> pl.DataFrame:
    """The table `moe` of registered configurations and releases."""
    ids = pl.concat([configurations.select(id="model"), releases.select(id="model")]).unique()
    identity = identify(ids, paths.register).collect()
    return tables.conform(moe.build(configurations, releases, identity, formats), moe.Moe, "moe")
