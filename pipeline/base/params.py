"""Typed mirror of params.yaml: every slip is reported with its key, its value and the nearest right name.

Types and ranges are always checked. What values name (families, runs, pages, files) is checked where `load` gets a
`Project`, which `pipeline.report.names` makes from the register and the book.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from pipeline.base import strict_yaml
from pipeline.base.errors import ParamsError
from pipeline.base.param_slips import slip
from pipeline.base.param_types import Address, Day, File, Project, Text, known, named, shown

SAMPLE = "pipeline/snapshot/sample/models.parquet"
"""The embedded sample, as `snapshot.path` names it."""

MANY = 1_000_000_000
"""More than the Hub has of anything: a larger number is a slip."""


Count = Annotated[int, Field(ge=1, le=MANY)]
Coverage = Literal["census", "slice", "sample"]
StockOrFlow = Literal["stock", "flow"]
Family = Annotated[str, named("family")]
Definition = Annotated[str, named("definition")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Vintage(_Section):
    """An older snapshot: a file, and what it shows."""

    date: Day
    path: File
    coverage: Coverage


class Filters(_Section):
    """Which models the source hub-api lists; none: all of them."""

    organisations: list[Annotated[str, named("organisation or namespace")]] = []
    families: list[Family] = []
    base_models: list[Text] = []


NEEDED = {
    "sample": (),
    "file": ("coverage", "date"),
    "listing": ("coverage", "date"),
    "hub-stats": (),
    "hub-weekly": ("date",),
    "hub-api": (),
}
"""Keys of the section `snapshot` that a source cannot do without."""

LOCAL = ("file", "listing")
"""Sources that read what the user has: what they hold and where it is from, the user says."""


class Snapshot(_Section):
    """Which snapshot of the Hub the report is built from."""

    source: Literal["sample", "file", "listing", "hub-stats", "hub-weekly", "hub-api"]
    date: Day | None = None
    revision: Annotated[str | None, Field(pattern=r"^[0-9a-f]{40}$")] = None
    filters: Filters = Filters()
    path: File = SAMPLE
    coverage: Coverage | None = None
    kind: StockOrFlow = "stock"
    origin: Text | None = None
    licence: Text | None = None
    label: Text | None = None
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
        embedded = PurePath(self.path) == PurePath(SAMPLE)
        if self.source in LOCAL and embedded:
            raise ValueError("snapshot.path names the embedded sample: name a file, or set snapshot.source to sample")
        if self.source == "sample" and not embedded:
            raise ValueError(
                f"snapshot.path names {shown(self.path)}, which snapshot.source sample does not read: "
                f"set snapshot.source to file or listing, or snapshot.path to {SAMPLE}"
            )
        if self.source == "hub-stats" and (self.date is None) == (self.revision is None):
            raise ValueError("set one of snapshot.date and snapshot.revision when snapshot.source is hub-stats")
        if self.revision and self.source in ("sample", "hub-api"):
            raise ValueError(f"snapshot.revision does not apply to the source {self.source}")
        for key in ("origin", "licence"):
            if getattr(self, key) and self.source not in LOCAL:
                raise ValueError(f"snapshot.{key} applies to the sources file and listing: others know their own")
        if self.kind == "flow" and self.source not in LOCAL:
            raise ValueError("snapshot.kind flow applies to the sources file and listing")
        if self.filters != Filters() and self.source != "hub-api":
            raise ValueError("snapshot.filters applies to the source hub-api alone")
        return self


class Report(_Section):
    """Whom the report is about."""

    grouping: Literal["family", "organisation"] = "family"
    subject: str
    reference: str

    @field_validator("subject", "reference")
    @classmethod
    def _is_registered(cls, value: str, info: ValidationInfo) -> str:
        grouping = info.data.get("grouping")
        return known(value, grouping, info.context) if grouping else value

    @model_validator(mode="after")
    def _two_groups(self) -> "Report":
        if self.subject == self.reference:
            raise ValueError("report.subject and report.reference must differ")
        return self


class Derivatives(_Section):
    """How derivatives are counted for the headline."""

    headline: list[Definition] = Field(min_length=1)
    minimum_derivatives: Count
    monthly: list[Definition] = []


class Series(_Section):
    """How many repositories of one uploader on one base, named alike but for digits, make a series."""

    minimum: int = Field(ge=2, le=MANY)


class Anatomy(_Section):
    """Which bases are old and large enough for a half-life."""

    half_life_derivatives: int = Field(ge=2, le=MANY)
    half_life_age_months: int = Field(ge=1, le=1200)


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

    minimum_releases: int = Field(ge=20, le=MANY)
    minimum_families: int = Field(ge=4, le=MANY)
    minimum_derivatives: Count
    minimum_scored: int = Field(ge=20, le=MANY)
    minimum_age_days: int = Field(ge=1, le=36_500)
    releases_per_family: Count
    significance: float = Field(gt=0, lt=1)
    benchmark: Annotated[str, named("benchmark")]
    metric: str

    @field_validator("metric")
    @classmethod
    def _is_of_the_benchmark(cls, value: str, info: ValidationInfo) -> str:
        benchmark = info.data.get("benchmark")
        return known(value, f"metric of {benchmark}", info.context) if benchmark else value


class Moe(_Section):
    """Which model the page on MoE models works out, and at which precision and context."""

    model: Annotated[str, named("configuration")]
    bits: int = Field(ge=1, le=32)
    context_length: int = Field(ge=1, le=100_000_000)


class Cost(_Section):
    """How training runs are priced."""

    price_window_months: int = Field(ge=1, le=120)
    hardware_window_months: int = Field(ge=1, le=120)
    compared_run: Annotated[str, named("training run")]
    serving_accelerator: Annotated[str, named("accelerator")]


class Explorer(_Section):
    """What the site's explorer lists, and how large its files get."""

    listed: int = Field(ge=1, le=50)
    below: int = Field(ge=0, le=10)
    found: int = Field(ge=1, le=100)
    most_models: int = Field(ge=100, le=1_000_000)
    most_uploaders: int = Field(ge=10, le=1_000_000)
    file_kilobytes: int = Field(ge=20, le=100)


class Site(_Section):
    """Where readers find the report and its source, if that is known."""

    address: Address | None = None
    repository: Address | None = None


def _unlike_the_book(sections: Mapping[str, Mapping[str, int]], project: Project) -> Iterator[str]:
    """Sections of no page, parameters that their page does not take, pages without a section."""
    pages = project.names["page"].names
    for page, parameters in sections.items():
        kind = f"parameter of {page}"
        for name, of in [(page, "page")] if page not in pages else [(name, kind) for name in parameters]:
            try:
                known(name, of, project)
            except ValueError as error:
                yield f"notebooks.{page}: {error}"
    yield from (f"notebooks.{page} is missing" for page in pages if page not in sections)


class Params(_Section):
    """All of params.yaml."""

    snapshot: Snapshot
    editions: list[Annotated[str, named("edition")]] = []
    report: Report
    derivatives: Derivatives
    series: Series
    anatomy: Anatomy
    surface: Surface
    vendors: Vendors
    thesis: Thesis
    moe: Moe
    cost: Cost
    explorer: Explorer
    site: Site = Site()
    notebooks: dict[str, dict[str, Count]]

    @field_validator("editions")
    @classmethod
    def _each_edition_once(cls, value: list[str]) -> list[str]:
        twice = next((name for name in value if value.count(name) > 1), None)
        if twice:
            raise ValueError(f"editions holds {twice} twice")
        return value

    @field_validator("notebooks")
    @classmethod
    def _are_pages(cls, value: dict[str, dict[str, int]], info: ValidationInfo) -> dict[str, dict[str, int]]:
        slips = list(_unlike_the_book(value, info.context)) if info.context else []
        if slips:
            raise ValueError("; ".join(slips))
        return value


def by_grouping(definitions: list[str], grouping: str) -> list[str]:
    """The definitions with another grouping: `family.shape` becomes `organisation.shape`.

    So a fork that groups by organisation changes `report.grouping` alone.
    """
    return [".".join([grouping, *definition.split(".")[1:]]) for definition in definitions]


def load(path: Path, project: Project | None = None) -> Params:
    """Read and check params.yaml; where a project is given, also whether it has what the values name.

    Raises ParamsError of one line that lists every unknown or missing key and every wrong value, with the reason.
    """
    document, slips = strict_yaml.read(path)
    if not isinstance(document, dict):
        raise ParamsError("no sections", where=path.name, next_step="restore it from the repository")
    slips += [f"{key} is missing" for key in (project.keys if project else ()) if not _has(document, key)]
    try:
        params = Params.model_validate(document, context=project)
    except ValidationError as error:
        raise _bad(path, [*slips, *(slip(each, Params) for each in error.errors())]) from error
    if slips:
        raise _bad(path, slips)
    return params


def _has(document: Any, key: str) -> bool:
    """Whether a document has a key, such as `snapshot.path`. A missing section is reported by its own check."""
    section, _, name = key.partition(".")
    within = document.get(section)
    return not isinstance(within, dict) or not name or name in within


MOST_SHOWN = 8
"""Slips that an error lists: one line in the wrong section can make dozens."""


def _bad(path: Path, slips: list[str]) -> ParamsError:
    listed = slips[:MOST_SHOWN] + [f"and {len(slips) - MOST_SHOWN} more"] * (len(slips) > MOST_SHOWN)
    return ParamsError("bad parameters", where=path.name, next_step="; ".join(listed))
