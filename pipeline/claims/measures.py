"""What measures a claim, as `claims.yaml` lists it: names of things, the first of which says what kind it is.

`[count, family.shape, Qwen]` are the derivatives of Qwen under the definition `family.shape`. A measure that is one
text is the key of a fact of a chapter. The column `measure` of the table `claims` joins the names by dots.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pipeline.base import words
from pipeline.base.errors import RegisterError
from pipeline.claims.evidence import Evidence, Row, filled, unknown

Measure = str | list[Any]


@dataclass(frozen=True)
class Number:
    """A number with its words."""

    value: float
    text: str


@dataclass(frozen=True)
class Kind:
    """A kind of measure: what its names are, and the question of Evidence that they ask. Its answer may be missing.

    names: None where a rule works out the measure itself, by words of its own.
    """

    names: tuple[str, ...] | None
    ask: Callable[..., object]


def written(measure: Measure) -> str:
    """A measure as the table `claims` has it."""
    return measure if isinstance(measure, str) else ".".join(str(name) for name in measure)


def check(measure: Measure, evidence: Evidence) -> object:
    """Ask for a measure; a kind, a thing or a fact that does not exist is an error."""
    if isinstance(measure, str):
        return evidence.fact(measure)
    kind, *names = measure
    if kind not in KINDS:
        raise unknown("kind of measure", f"{kind} (known are {', '.join(KINDS)})")
    wanted = KINDS[kind].names
    if wanted is not None and len(names) != len(wanted):
        raise RegisterError(
            f"the measure {written(measure)} has not the names {', '.join(wanted)}", where="claims.yaml"
        )
    return KINDS[kind].ask(evidence, *names)


def number(measure: Measure, evidence: Evidence) -> Number:
    """A measure that is a number here; any other is an error."""
    found = check(measure, evidence)
    if not isinstance(found, Number):
        raise RegisterError(f"the measure {written(measure)} is no number", where="claims.yaml")
    return found


def _at(evidence: Evidence, day: date | str, measure: str, rule: str, group: str) -> float | None:
    if measure == "derivatives":
        evidence.wording(rule)
    return evidence.counted_at(measure, group, day if isinstance(day, date) else evidence.today).get(rule)


def _count(evidence: Evidence, definition: str, group: str) -> float | None:
    evidence.wording(definition)
    return evidence.count(definition, group)


def _model(evidence: Evidence, model: str, column: str) -> Number | str:
    row = evidence.model(model)
    column = column.replace("weights_", "weights_bytes_")
    _has(row, column)
    if column == "mixture":
        return row[column]
    value = filled(row, column)
    return Number(value, words.gigabytes(value) if column.startswith("weights_bytes_") else words.billions(value))


def _score(evidence: Evidence, benchmark: str, metric: str, model: str) -> Number:
    value = evidence.score(benchmark, metric, model)
    return Number(value, words.number(value))


def _cost(evidence: Evidence, run: str, basis: str, column: str) -> float | None:
    return _has(evidence.cost(run, basis), "accelerator_hours" if column == "hours" else column)


def _ratio(evidence: Evidence, basis: str, column: str) -> float | None:
    row = evidence.cost_ratio(basis)
    if row is None:
        raise unknown("basis of costs", basis)
    return _has(row, column)


def _has(row: Row, column: str) -> Any:
    if column not in row:
        raise unknown("column", column)
    return row[column]


KINDS: Mapping[str, Kind] = {
    "at": Kind(("day", "measure", "rule", "group"), _at),
    "count": Kind(("definition", "group"), _count),
    "published": Kind(("subject", "kind", "day"), Evidence.published),
    "release": Kind(("model", "column"), lambda evidence, model, column: _has(evidence.release(model), column)),
    "built_on": Kind(("model",), lambda evidence, model: evidence.release(model)["built_on"]),
    "event": Kind(("event",), Evidence.event),
    "benchmark": Kind(("benchmark", "metric", "model"), _score),
    "moe": Kind(("model", "column"), _model),
    "machine": Kind(("machine", "column"), lambda evidence, machine, _: evidence.machine(machine)),
    "machines": Kind(("which", "kind"), lambda evidence, _, kind: evidence.largest_machine(kind)),
    "cost": Kind(("run", "basis", "column"), _cost),
    "cost_ratio": Kind(("basis", "column"), _ratio),
    "ledger": Kind(None, lambda evidence, *names: None),
}
