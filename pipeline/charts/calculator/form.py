"""The calculator's part of a page: a worked example for everyone, a form where scripts run."""

import json
from html import escape
from urllib.parse import urlencode

import polars as pl

from pipeline.architectures import memory
from pipeline.base import words
from pipeline.chapters.calculator.tables import Answer, answer
from pipeline.charts.kit.html import Html
from pipeline.charts.kit.table import table_html

DEFAULT = {
    "model": "deepseek-ai/DeepSeek-V3",
    "machine": "8x H200",
    "bits": 8,
    "context": "32k",
    "sequences": 1,
}
EXAMPLES = (
    {"model": "Qwen/Qwen3-32B", "machine": "RTX 5090", "bits": 4, "context": "8k", "sequences": 1},
    {"model": "openai/gpt-oss-120b", "machine": "H100", "bits": 4, "context": "8k", "sequences": 32},
    {
        "model": "deepseek-ai/DeepSeek-V3",
        "machine": "Mac Studio M3 Ultra 512 GB",
        "bits": 4,
        "context": "8k",
        "sequences": 1,
    },
)
"""Choices that open the calculator elsewhere; one whose model or machine is not on the register is left out."""


def calculator(models: pl.DataFrame, machines: pl.DataFrame) -> Html:
    """The form with its data, and the default choice worked out.

    models: the table `calculator_models`. machines: the table `calculator_machines`.
    """
    by_model = {row["model"]: row for row in models.iter_rows(named=True)}
    by_machine = {row["machine"]: row for row in machines.iter_rows(named=True)}
    known = [
        choice for choice in (DEFAULT, *EXAMPLES) if choice["model"] in by_model and choice["machine"] in by_machine
    ]
    first = known[0] if known else DEFAULT | {"model": next(iter(by_model)), "machine": next(iter(by_machine))}
    worked = tell(by_model, by_machine, first)
    data = {
        "models": by_model,
        "machines": by_machine,
        "contexts": memory.CONTEXTS,
        "default": first,
    }
    links = "; ".join(_link(choice) for choice in known[1:])
    others = "".join(f"<li>{escape(tell(by_model, by_machine, choice))}</li>" for choice in known[1:])
    still = f"<noscript><p>The form takes JavaScript. Other choices, worked out:</p><ul>{others}</ul></noscript>\n"
    return Html(
        f'<section class="calculator" aria-labelledby="calculator-title"><h2 id="calculator-title">Try it</h2>\n'
        f"{_form(by_model, by_machine, first)}\n"
        f'<p class="calculator-answer" role="status">{escape(worked)}</p>\n'
        f'<p class="calculator-examples" hidden>Examples: {links}</p>\n{still if others else ""}'
        f'<script type="application/json" class="calculator-data">{_json(data)}</script>\n</section>'
    )


def models(table: pl.DataFrame) -> Html:
    """What the formulas need of each model, for readers who work them out without a script.

    table: the table `calculator_models`.
    """
    caches = {f"cache_bytes_{name}": tokens for name, tokens in memory.CONTEXTS.items()}
    rows = (
        table.with_columns(
            pl.col("parameters_always", "parameters_routed") / 1e9,
            pl.col("weights_bytes_8bit", *caches) / 1e9,
            name=pl.col("model").str.split("/").list.last(),
            of=pl.when(pl.col("parameters_routed") > 0).then(pl.format("{} of {}", "experts_per_token", "experts")),
        )
        .with_columns(pl.when(pl.col("parameters_routed") > 0).then("parameters_routed"))
        .with_columns(pl.col("parameters_always", "parameters_routed", "weights_bytes_8bit", *caches).round_sig_figs(3))
        .sort("family", "name", nulls_last=True)
    )
    labels = {
        "name": "Model",
        "family": "Family",
        "parameters_always": "Always at work",
        "parameters_routed": "Routed",
        "of": "Experts",
        "weights_bytes_8bit": "Weights at 8 bits",
        **{column: f"Cache of {words.number(tokens)} tokens" for column, tokens in caches.items()},
    }
    return Html(
        table_html(rows, labels, caption="What the formulas need; parameters in billions, memory in GB", rows=None)
    )


def tell(models: dict[str, dict], machines: dict[str, dict], choice: dict) -> str:  # type: ignore[type-arg]
    """A choice and its answer in sentences: what the page shows, word for word."""
    found = answer(
        models[choice["model"]],
        machines[choice["machine"]],
        bits=choice["bits"],
        context=choice["context"],
        sequences=choice["sequences"],
    )
    return _answer_in_words(found, choice)


def _answer_in_words(found: Answer, choice: dict) -> str:  # type: ignore[type-arg]
    tokens = words.number(memory.CONTEXTS[choice["context"]])
    many = choice["sequences"]
    users = "one sequence" if many == 1 else f"{words.number(many)} sequences"
    opening = (
        f"{_name(choice['model'])} at {choice['bits']} bits, with {users} of {tokens} tokens, takes "
        f"{words.significant(found.needed_bytes / 1e9, 3)} GB. "
    )
    if found.machines is None or found.tokens_per_second is None:
        return opening + f"That does not fit: no number of {choice['machine']} that is joined in practice holds it."
    speed = words.significant(found.tokens_per_second, 2)
    each = f", {words.significant(found.tokens_per_second / many, 2)} for each" if many > 1 else ""
    count = "one" if found.machines == 1 else f"{words.number(found.machines)} ×"
    fits = f"It fits on {count} {choice['machine']}, which gives at most {speed} tokens per second{each}. "
    if found.usd_median is None or found.usd_low is None or found.usd_high is None:
        return opening + fits + "The register has no rental price of this machine."
    low, median, high = (words.significant(value, 2) for value in (found.usd_low, found.usd_median, found.usd_high))
    return (
        opening
        + fits
        + f"Rented, a million tokens cost at least ${median} at the median price, ${low} to ${high} over "
        "all dated prices."
    )


def _link(choice: dict) -> str:  # type: ignore[type-arg]
    """A choice under its name; the script gives it its own address, and shows it."""
    label = f"{_name(choice['model'])} on {choice['machine']}"
    return f'<a href="#calculator-title" data-choice="{escape(_address(choice))}">{escape(label)}</a>'


def _name(model: object) -> str:
    return str(model).rpartition("/")[2]


def _address(choice: dict) -> str:  # type: ignore[type-arg]
    return urlencode(choice)


def _form(models: dict[str, dict], machines: dict[str, dict], first: dict) -> str:  # type: ignore[type-arg]
    def options(names: list[tuple[str, str]], chosen: object) -> str:
        return "".join(
            f'<option value="{escape(value)}"{" selected" if value == str(chosen) else ""}>{escape(label)}</option>'
            for value, label in names
        )

    listed = sorted(models, key=lambda name: (_name(name).lower(), name))
    parts = {
        "model": ("Model", options([(name, _name(name)) for name in listed], first["model"])),
        "machine": ("Machine", options([(name, name) for name in machines], first["machine"])),
        "bits": ("Bits per weight", options([(str(bits), str(bits)) for bits in memory.BITS], first["bits"])),
        "context": (
            "Tokens of context",
            options([(name, words.number(tokens)) for name, tokens in memory.CONTEXTS.items()], first["context"]),
        ),
    }
    fields = "".join(
        f'<label>{label}<select name="{name}">{inner}</select></label>' for name, (label, inner) in parts.items()
    )
    number = (
        '<label>Sequences at once<input name="sequences" type="number" inputmode="numeric" min="1" max="1024" step="1" '
        f'value="{first["sequences"]}"></label>'
    )
    return f'<form class="calculator-form" hidden>{fields}{number}<button type="reset">Reset</button></form>'


def _json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).replace("<", "\\u003c")
