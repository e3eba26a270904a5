"""Parts of pages that are no charts: key numbers, the ledger's cards, tables of the register.

Each is an object whose HTML a notebook shows. Every text is escaped: statements are quoted from the
essay, names and labels come from strangers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

import polars as pl

from pipeline import schemas, words
from pipeline.charts.figure import table_html
from pipeline.quotes import Facts

VERDICT_WORDS = {
    "holds": "Holds",
    "held_then": "Held then",
    "fails": "Fails",
    "depends_on_definition": "Depends on the definition",
    "misleading": "Misleading",
    "not_measurable_here": "Not measurable here",
}
DECIDED_BY = {
    "register": "published sources on the register",
    "any": "any snapshot",
    "census": "a census of the Hub",
}
_ICONS = {
    "holds": '<path d="M3 8.5l3.2 3.2L13 4.5"/>',
    "held_then": '<circle cx="8" cy="8" r="6"/><path d="M8 4.5V8l2.5 2"/>',
    "fails": '<path d="M4 4l8 8M12 4l-8 8"/>',
    "depends_on_definition": '<path d="M8 14V9M8 9L4 3M8 9l4-6"/>',
    "misleading": '<path d="M8 2.5L14.5 13.5H1.5zM8 7v3M8 11.8v.1"/>',
    "not_measurable_here": '<circle cx="8" cy="8" r="6" stroke-dasharray="2.5 2.5"/>',
}


@dataclass(frozen=True)
class Html:
    """A piece of a page."""

    html: str

    def _repr_html_(self) -> str:
        return self.html


def key_numbers(numbers: Mapping[str, str]) -> Html:
    """Few large numbers, each with what it is: `{what: number}`."""
    rows = "".join(f"<div><dt>{escape(what)}</dt><dd>{escape(value)}</dd></div>" for what, value in numbers.items())
    return Html(f'<dl class="key-numbers">{rows}</dl>')


def headline_numbers(facts: Facts) -> Html:
    """The numbers that a busy reader takes along: the ratio's range, the share of mixtures, the cost."""
    run = facts["cost.run.name"]["text"]
    key = f"cost.{facts['cost.compared_run']['text']}.rental.range"
    return key_numbers(
        {
            facts["derivatives.grid.key.what"]["text"]: facts["derivatives.grid.key"]["text"],
            "of flagship releases of the last four quarters are mixtures of experts": facts["moe.share.flagship.year"][
                "text"
            ],
            f"to rent the final run of {run}, at market prices": facts[key]["text"] if key in facts else words.NOT_HERE,
        }
    )


def badge(verdict: str) -> str:
    """Icon and word of a verdict."""
    return (
        f'<span class="verdict" data-verdict="{verdict}"><svg viewBox="0 0 16 16" aria-hidden="true">'
        f"{_ICONS[verdict]}</svg>{VERDICT_WORDS[verdict]}</span>"
    )


def ledger_totals(claims: pl.DataFrame) -> Html:
    """How many claims have which verdict."""
    counts = dict(claims["verdict"].value_counts().iter_rows())
    items = "".join(f"<li>{badge(name)} {counts[name]}</li>" for name in schemas.VERDICTS if name in counts)
    return Html(f'<ul class="ledger-totals">{items}</ul>')


def register_table(rows: pl.DataFrame, labels: Mapping[str, str], *, caption: str) -> Html:
    """A table of the register or of the pipeline, whole."""
    return Html(table_html(rows, labels, caption=caption, rows=None))


def timings(measured: pl.DataFrame) -> Html:
    """What the last benchmark measured, the largest snapshot first."""
    rows = measured.sort("rows", "snapshot", "cpu_seconds", descending=[True, False, False]).select(
        "snapshot",
        "rows",
        "candidate",
        pl.col("cpu_seconds", "wall_seconds").round(1),
        (pl.col("peak_bytes") / 1e9).round(2),
        pl.col("cpu_over_bare_read").round(1),
    )
    labels = {
        "snapshot": "Snapshot",
        "rows": "Repositories",
        "candidate": "What ran",
        "cpu_seconds": "Processor seconds",
        "wall_seconds": "Seconds by the clock",
        "peak_bytes": "Peak memory, GB",
        "cpu_over_bare_read": "Processor time over a bare read",
    }
    return register_table(rows, labels, caption="Benchmark on generated snapshots")


def rents(rows: pl.DataFrame) -> Html:
    """The dated prices behind a run's rental range, cheapest first, each with its source."""
    shown = rows.sort("usd_per_hour", "vendor", "date", "term").with_columns(
        usd=pl.col("usd").map_elements(words.dollars, return_dtype=pl.String),
        term=pl.col("term").str.replace_all("_", " "),
    )
    labels = {
        "vendor": "Vendor",
        "date": "Date",
        "accelerator": "Accelerator",
        "term": "Contract",
        "usd_per_hour": "USD an hour",
        "usd": "The run at that price",
        "source": "Source",
    }
    return register_table(shown, labels, caption="The prices that the range is made of")


def assumptions(rows: pl.DataFrame) -> Html:
    """Everything that cost accounting assumes, in the register's order, with its source."""
    shown = rows.with_columns(assumption=pl.col("assumption").str.replace_all("_", " "))
    labels = {
        "assumption": "Assumption",
        "low": "Low",
        "middle": "Middle",
        "high": "High",
        "unit": "Unit",
        "source": "Source",
    }
    return register_table(shown, labels, caption="Assumptions, low to high")


OUTCOME_WORDS = {"agrees": "Agrees. ", "differs": "Differs. ", "noted": ""}


def reconciliation(compared: pl.DataFrame) -> Html:
    """The snapshot beside other counts; then, by topic and reason, how many comparisons it cannot make."""
    topics = {name.replace("'", "’"): place for place, name in enumerate(schemas.RECONCILED)}
    order = pl.col("topic").replace_strict(topics, return_dtype=pl.Int64)
    absent = pl.col("outcome") == "not_in_this_snapshot"
    compared = compared.with_columns(pl.col("topic", "measure", "finding").str.replace_all("'", "’"))
    told = compared.filter(~absent).sort(order, maintain_order=True)
    beside = pl.when(pl.col("against") == "").then(pl.lit("")).otherwise(pl.format(" ({})", "against"))
    shown = told.select(
        "expected",
        "found",
        what=pl.format("{}: {}{}", "subject", "measure", beside),
        finding=pl.col("outcome").replace_strict(OUTCOME_WORDS, return_dtype=pl.String) + pl.col("finding"),
    )
    labels = {"what": "Compared", "expected": "There", "found": "Here", "finding": "Finding"}
    without = (
        compared.filter(absent)
        .group_by("topic", "finding")
        .agg(comparisons=pl.len())
        .sort(order, "finding")
        .with_columns(finding=pl.col("finding").str.strip_prefix("Not in this snapshot: ").str.strip_suffix("."))
    )
    parts = [
        table_html(shown, labels, caption="The snapshot beside other counts", rows=None),
        table_html(
            without,
            {"topic": "Topic", "comparisons": "Comparisons", "finding": "Why"},
            caption="What cannot be compared with this snapshot",
            rows=None,
        ),
    ]
    return Html("\n".join(part for part, rows in zip(parts, (shown, without), strict=True) if rows.height))


def mixtures(moe: pl.DataFrame, *, largest: int) -> Html:
    """Total and activated parameters of the largest mixtures with a counted configuration, in billions."""
    counted = ["parameters_text", *(name for name in moe.columns if name.startswith("parameters_active"))]
    rows = (
        moe.filter(mixture="moe", count_method="config")
        .sort("parameters_text", "model", descending=[True, False])
        .head(largest)
        .with_columns((pl.col(counted) / 1e9).round(1), of=pl.format("{} of {}", "experts_per_token", "experts"))
    )
    labels = {
        "model": "Model",
        "parameters_text": "Total",
        "parameters_active": "Activated",
        "parameters_active_without_input_embedding": "without input table",
        "parameters_active_without_embeddings": "without both tables",
        "parameters_active_published": "as published",
        "of": "Experts per token",
    }
    return register_table(
        rows, labels, caption="Language-model parameters in billions, counted from each model’s configuration"
    )
