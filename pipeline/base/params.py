"""Typed mirror of params.yaml: every slip is reported with its key, its value and the nearest right name.

Types and ranges are checked always. What values name (families, runs, pages, files) is checked where the caller
hands over a `Project`, as `pipeline.report.names` makes it from the register and the book.
"""

import datetime
import difflib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from pipeline.base import strict_yaml
from pipeline.base.errors import ParamsError

SAMPLE = "pipeline/snapshot/sample/models.parquet"
"""The embedded sample, as `snapshot.path` names it."""

MANY = 1_000_000_000
"""More than the Hub has of anything; larger numbers are slips of the keyboard."""


@dataclass(frozen=True)
class Names:
    """The names of one kind, and the file or folder that holds them."""

    place: str
    names: Collection[str]


@dataclass(frozen=True)
class Project:
    """What params.yaml is checked against: files, from the root on, names by kind, such as `family`, and keys."""

    root: Path
    names: Mapping[str, Names]
    keys: Collection[str] = ()
    """Keys that dvc.yaml names, such as `snapshot.path`: DVC knows no defaults."""


def _known(value: str, kind: str, project: Project | None) -> str:
    """The value, if it is a name of its kind; without a project any value is."""
    known = project.names[kind] if project else None
    if known and value not in known.names:
        raise ValueError(f"no {kind} {_shown(value)} in {known.place}{_nearest(value, known.names)}")
    return value


def _named(kind: str) -> AfterValidator:
    return AfterValidator(lambda value, info: _known(value, kind, info.context))


def _nearest(value: str, names: Collection[str], alike: float = 0.6) -> str:
    """The name most like the value, in brackets; nothing where none is so much alike. Capitals make no difference."""
    by_lower = {name.lower(): name for name in names}
    found = difflib.get_close_matches(value.lower(), by_lower, n=1, cutoff=alike)
    return f" (nearest: {by_lower[found[0]]})" if found else ""


def _shown(value: Any) -> str:
    """A value as it would stand in YAML, in one line and not too long."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _day(value: Any) -> datetime.date:
    """A day. Text must have the one form that a stage and a folder are named by."""
    if isinstance(value, datetime.date):
        return value
    try:
        day = datetime.date.fromisoformat(value)
    except (TypeError, ValueError):
        day = None
    if day is None or str(day) != value:
        raise ValueError(f'{_shown(value)} is no day, write it like "2026-10-01"')
    return day


def _file(value: str, info: ValidationInfo) -> str:
    """The path of a file that is there. A stage depends on it, and DVC takes `~` for the name of a folder."""
    project: Project | None = info.context
    if project is None:
        return value
    if value.startswith("~"):
        raise ValueError(f"{_shown(value)} begins with ~, write the whole path of the file")
    path = project.root / value
    try:
        if path.is_file():
            return value
        if path.is_dir():
            raise ValueError(f"{_shown(value)} is a folder, name a Parquet file")
        beside = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
    except OSError as error:
        raise ValueError(f"{_shown(value)} cannot be read ({error.strerror})") from error
    raise ValueError(f"no file {_shown(value)}{_nearest(path.name, beside, alike=0.8)}")


Day = Annotated[datetime.date, BeforeValidator(_day)]
File = Annotated[str, AfterValidator(_file)]
Count = Annotated[int, Field(ge=1, le=MANY)]
Coverage = Literal["census", "slice", "sample"]
Family = Annotated[str, _named("family")]
Definition = Annotated[str, _named("definition")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Vintage(_Section):
    """An older snapshot: a file, and what it shows."""

    date: Day
    path: File
    coverage: Coverage


class Filters(_Section):
    """Which models the source hub-api lists; none: all of them."""

    organisations: list[Annotated[str, _named("organisation or namespace")]] = []
    families: list[Family] = []
    base_models: list[str] = []


NEEDED = {
    "sample": (),
    "file": ("coverage", "date"),
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
    path: File = SAMPLE
    coverage: Coverage | None = None
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
        embedded = PurePath(self.path) == PurePath(SAMPLE)
        if self.source == "file" and embedded:
            raise ValueError("snapshot.path names the embedded sample: name a file, or set snapshot.source to sample")
        if self.source == "sample" and not embedded:
            raise ValueError(
                f"snapshot.path names {_shown(self.path)}, which snapshot.source sample does not read: "
                f"set snapshot.source to file, or snapshot.path to {SAMPLE}"
            )
        if self.source == "hub-stats" and (self.date is None) == (self.revision is None):
            raise ValueError("set one of snapshot.date and snapshot.revision when snapshot.source is hub-stats")
        if self.revision and self.source not in ("hub-stats", "hub-weekly"):
            raise ValueError("snapshot.revision applies to the sources hub-stats and hub-weekly alone")
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
        return _known(value, grouping, info.context) if grouping else value

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
    benchmark: Annotated[str, _named("benchmark")]
    metric: str

    @field_validator("metric")
    @classmethod
    def _is_of_the_benchmark(cls, value: str, info: ValidationInfo) -> str:
        benchmark = info.data.get("benchmark")
        return _known(value, f"metric of {benchmark}", info.context) if benchmark else value


class Cost(_Section):
    """How training runs are priced."""

    price_window_months: int = Field(ge=1, le=120)
    hardware_window_months: int = Field(ge=1, le=120)
    compared_run: Annotated[str, _named("training run")]
    serving_accelerator: Annotated[str, _named("accelerator")]


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
    notebooks: dict[str, dict[str, Count]]

    @field_validator("notebooks")
    @classmethod
    def _are_pages(cls, value: dict[str, dict[str, int]], info: ValidationInfo) -> dict[str, dict[str, int]]:
        slips = list(_unlike_the_book(value, info.context)) if info.context else []
        if slips:
            raise ValueError("; ".join(slips))
        return value


def by_grouping(definitions: list[str], grouping: str) -> list[str]:
    """Definitions for a grouping: `organisation.shape` of `family.shape`. So a fork changes the grouping alone."""
    return [".".join([grouping, *definition.split(".")[1:]]) for definition in definitions]


def _unlike_the_book(sections: Mapping[str, Mapping[str, int]], project: Project) -> Iterator[str]:
    """Sections of no page, parameters that their page does not take, pages without a section."""
    pages = project.names["page"].names
    for page, parameters in sections.items():
        kind = f"parameter of {page}"
        for name, of in [(page, "page")] if page not in pages else [(name, kind) for name in parameters]:
            try:
                _known(name, of, project)
            except ValueError as error:
                yield f"notebooks.{page}: {error}"
    yield from (f"notebooks.{page} is missing" for page in pages if page not in sections)


def load(path: Path, project: Project | None = None) -> Params:
    """Read and check params.yaml; where a project is given, also whether it has what the values name.

    Raises ParamsError, one line: every key that is unknown or missing, every value that cannot be, and why.
    """
    document, slips = strict_yaml.read(path)
    if not isinstance(document, dict):
        raise ParamsError("no sections", where=path.name, next_step="restore it from the repository")
    slips += [f"{key} is missing" for key in (project.keys if project else ()) if not _has(document, key)]
    try:
        params = Params.model_validate(document, context=project)
    except ValidationError as error:
        raise _bad(path, [*slips, *map(_line, error.errors())]) from error
    if slips:
        raise _bad(path, slips)
    return params


def _has(document: Any, key: str) -> bool:
    """Whether a document has a key, such as `snapshot.path`. A missing section is reported by its own check."""
    section, _, name = key.partition(".")
    within = document.get(section)
    return not isinstance(within, dict) or not name or name in within


def _bad(path: Path, slips: list[str]) -> ParamsError:
    wording = slips[:MOST_SHOWN] + [f"and {len(slips) - MOST_SHOWN} more"] * (len(slips) > MOST_SHOWN)
    return ParamsError("bad parameters", where=path.name, next_step="; ".join(wording))


MOST_SHOWN = 8
"""One line that moves a section under another can put all of its keys in the wrong place."""

SAID = {
    "missing": " is missing",
    "int_type": ": {value} is no whole number",
    "int_from_float": ": {value} is no whole number",
    "float_type": ": {value} is no number",
    "string_type": ": {value} is no text",
    "bool_type": ": {value} is neither true nor false",
    "list_type": ": {value} is no list",
    "dict_type": ": {value} is no section",
    "model_type": ": {value} is no section",
    "greater_than_equal": ": {value} is less than {ge}",
    "less_than_equal": ": {value} is more than {le}",
    "greater_than": ": {value} is not more than {gt}",
    "less_than": ": {value} is not less than {lt}",
    "too_short": " is empty",
    "string_pattern_mismatch": ": {value} is no full commit hash of 40 hexadecimal digits",
}
"""What is said of a key, by the kind of error; other kinds keep pydantic's words."""


def _line(error: Any) -> str:
    """An error of pydantic's as `key: value, what is wrong with it`."""
    key, kind, value = ".".join(map(str, error["loc"])), error["type"], error["input"]
    if kind == "extra_forbidden":
        *section, name = error["loc"]
        return f"{key} is unknown{_nearest(str(name), _fields(section))}"
    if kind == "literal_error":
        words = re.findall(r"'([^']*)'", error["ctx"]["expected"])
        return f"{key}: {_shown(value)} is none of {', '.join(words)}{_nearest(str(value), words)}"
    if kind in SAID:
        return key + SAID[kind].format(value=_shown(value), **error.get("ctx", {}))
    said = error["msg"].removeprefix("Value error, ")
    whole_section = kind == "value_error" and len(error["loc"]) == 1
    return said if whole_section else f"{key}: {said}"


def _fields(section: list[Any]) -> Collection[str]:
    """The keys of a section, which is named by the keys that lead to it; numbers among them count a list."""
    model: Any = Params
    for name in section:
        if isinstance(name, str):
            kind = model.model_fields[name].annotation
            model = next(iter(get_args(kind)), kind)
    return model.model_fields
