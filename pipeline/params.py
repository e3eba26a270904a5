"""Typed mirror of params.yaml: an unknown key or a bad value is an error that names the key."""

import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.errors import ParamsError


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Vintage(_Section):
    """An older snapshot: a file, and what it shows."""

    date: Annotated[datetime.date, Field(strict=False)]
    path: str
    coverage: Literal["census", "slice", "sample"]


class Filters(_Section):
    """Which models the source hub-api lists; none: all of them."""

    organisations: list[str] = []
    families: list[str] = []
    base_models: list[str] = []


Day = Annotated[datetime.date, Field(strict=False)]

NEEDED = {
    "sample": (),
    "file": ("path", "coverage", "date"),
    "hub-stats": (),
    "hub-weekly": ("date",),
    "hub-api": (),
}
"""Keys of the section `snapshot` that a source cannot do without."""


class Snapshot(_Section):
    """Which snapshot of the Hub the report is built from."""

    source: Literal["sample", "file", "hub-stats", "hub-weekly", "hub-api"]
    date: Day | None = None
    revision: Annotated[str | None, Field(pattern=r"^[0-9a-f]{40}$")] = None
    filters: Filters = Filters()
    path: str | None = None
    coverage: Literal["census", "slice", "sample"] | None = None
    label: str | None = None
    details: bool = False
    history: list[Day] = []
    history_source: Literal["hub-stats", "hub-weekly"] = "hub-stats"
    history_files: list[Vintage] = []

    @model_validator(mode="after")
    def _history_is_in_the_past(self) -> "Snapshot":
        dates = [*self.history, *(vintage.date for vintage in self.history_files)]
        twice = next((date for date in dates if dates.count(date) > 1), None)
        if twice:
            raise ValueError(f"snapshot.history and snapshot.history_files hold {twice} twice")
        if self.date and any(date >= self.date for date in dates):
            raise ValueError(f"snapshot.history must hold dates before snapshot.date, {self.date}")
        return self

    @model_validator(mode="after")
    def _source_is_described(self) -> "Snapshot":
        for key in NEEDED[self.source]:
            if getattr(self, key) is None:
                raise ValueError(f"snapshot.{key} must be set when snapshot.source is {self.source}")
        if self.source == "hub-stats" and (self.date is None) == (self.revision is None):
            raise ValueError("set one of snapshot.date and snapshot.revision when snapshot.source is hub-stats")
        if self.revision and self.source not in ("hub-stats", "hub-weekly"):
            raise ValueError("snapshot.revision applies to the sources hub-stats and hub-weekly alone")
        if self.filters != Filters() and self.source != "hub-api":
            raise ValueError("snapshot.filters applies to the source hub-api alone")
        return self


class Report(_Section):
    """Whom the report is about."""

    subject: str
    reference: str
    grouping: Literal["family", "organisation"] = "family"

    @model_validator(mode="after")
    def _two_groups(self) -> "Report":
        if self.subject == self.reference:
            raise ValueError("report.subject and report.reference must differ")
        return self


class Derivatives(_Section):
    """How derivatives are counted for the headline."""

    headline: list[str] = Field(min_length=1)
    minimum_derivatives: int = Field(ge=1)
    monthly: list[str] = []


class Anatomy(_Section):
    """Which bases are old and large enough for a half-life."""

    half_life_derivatives: int = Field(ge=2)
    half_life_age_months: int = Field(ge=1)


class Surface(_Section):
    """How long a release counts as current."""

    current_months: int = Field(ge=1, le=60)


class Vendors(_Section):
    """Who counts as stopped or started, and what as shipped with a release."""

    stopped_months: int = Field(ge=1, le=60)
    started_months: int = Field(ge=1, le=60)
    formats_days: int = Field(ge=0, le=365)


class Thesis(_Section):
    """From what on the thesis is tested, and on which scores."""

    minimum_releases: int = Field(ge=20)
    minimum_families: int = Field(ge=4)
    minimum_derivatives: int = Field(ge=1)
    minimum_scored: int = Field(ge=20)
    minimum_age_days: int = Field(ge=1)
    releases_per_family: int = Field(ge=1)
    significance: float = Field(gt=0, lt=1)
    benchmark: str
    metric: str


class Cost(_Section):
    """How training runs are priced."""

    price_window_months: int = Field(ge=1, le=120)
    hardware_window_months: int = Field(ge=1, le=120)
    compared_run: str
    serving_accelerator: str


class Explorer(_Section):
    """What the site's explorer lists, and how large its files get."""

    listed: int = Field(ge=1, le=50)
    below: int = Field(ge=0, le=10)
    found: int = Field(ge=1, le=100)
    most_models: int = Field(ge=100, le=1_000_000)
    most_uploaders: int = Field(ge=10, le=1_000_000)
    file_kilobytes: int = Field(ge=20, le=100)


class Params(_Section):
    """All of params.yaml."""

    snapshot: Snapshot
    report: Report
    derivatives: Derivatives
    anatomy: Anatomy
    surface: Surface
    vendors: Vendors

    thesis: Thesis
    cost: Cost
    explorer: Explorer
    notebooks: dict[str, dict[str, Any]]

    @property
    def headline(self) -> list[str]:
        """Definitions of the headline in their order, for the report's grouping."""
        return [_by(self.report.grouping, name) for name in self.derivatives.headline]

    @property
    def monthly(self) -> list[str]:
        """Definitions whose counts by month are kept, for the report's grouping."""
        return [_by(self.report.grouping, name) for name in self.derivatives.monthly]


def _by(grouping: str, definition: str) -> str:
    """The definition for a grouping: `organisation.shape` of `family.shape`. So a fork changes the grouping alone."""
    return ".".join([grouping, *definition.split(".")[1:]])


def load(path: Path) -> Params:
    """Read and check params.yaml.

    Raises ParamsError, one line: every key that is unknown, missing or out of range, and why.
    """
    if not path.exists():
        raise ParamsError(f"no {path.name}", next_step="restore it from the repository")
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ParamsError("not valid YAML", where=path.name, next_step=str(error)) from error
    if not isinstance(document, dict):
        raise ParamsError("no sections", where=path.name, next_step="restore it from the repository")
    try:
        return Params.model_validate(document)
    except ValidationError as error:
        raise ParamsError("bad parameters", where=path.name, next_step="; ".join(map(_line, error.errors()))) from error


def _line(error: Any) -> str:
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{key} is unknown"
    return f"{key}: {error['msg'].removeprefix('Value error, ')}"
