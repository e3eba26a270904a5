"""The calculator's part of a page: a worked example for everyone, a form where scripts run.

The section is whole without JavaScript: one choice worked out, and further ones for readers without scripts. The
script `book/theme/assets/calculator.js` shows the form and the links, and works out every other choice with the same
arithmetic and the same sentences; `tests/site/browser/test_calculator.py` compares its words with `answer_sentence`.
So what changes here (bits, bounds, sentences) changes there.
"""

import json
from html import escape
from typing import Any, TypedDict
from urllib.parse import urlencode

import polars as pl

from pipeline.architectures import memory
from pipeline.base import words
from pipeline.chapters.calculator.tables import Answer, answer
from pipeline.charts.calculator.bars import bars
from pipeline.charts.calculator.bars import memory as needs
from pipeline.charts.kit.html import Html
from pipeline.charts.kit.table import table_html

Rows = dict[str, dict[str, Any]]
"""Rows of a table by the name of their model or machine."""


class Choice(TypedDict):
    """What the form asks: a model, a machine, bits per weight, a name of `memory.CONTEXTS`, sequences at once.

    other: a second machine, drawn and answered beside the first; empty for none.
    """

    model: str
    machine: str
    other: str
    bits: int
    context: str
    sequences: int


TOGETHER = 64
"""Sequences at once in the default choice, and beside one sequence alone: what a server has to do, not one reader."""

DEFAULT: Choice = {
    "model": "deepseek-ai/DeepSeek-V3",
    "machine": "8x H200",
    "other": "8x B200",
    "bits": 8,
    "context": "32k",
    "sequences": TOGETHER,
}
EXAMPLES: tuple[Choice, ...] = (
    {
        "model": "Qwen/Qwen3-32B",
        "machine": "RTX 5090",
        "other": "RTX 4090",
        "bits": 4,
        "context": "8k",
        "sequences": 1,
    },
    {
        "model": "openai/gpt-oss-120b",
        "machine": "H100",
        "other": "RTX PRO 6000",
        "bits": 4,
        "context": "8k",
        "sequences": 32,
    },
    {
        "model": "deepseek-ai/DeepSeek-V3",
        "machine": "Mac Studio M3 Ultra 512 GB",
        "other": "2x EPYC 9004, 768 GB DDR5",
        "bits": 4,
        "context": "8k",
        "sequences": 1,
    },
)
"""Choices other than the default; one whose model or machine has no row in the calculator's tables is left out."""


def calculator(models: pl.DataFrame, machines: pl.DataFrame) -> Html:
    """The form with its data, and the default choice worked out.

    models: the table `calculator_models`. machines: the table `calculator_machines`.
    """
    by_model = {row["model"]: row for row in models.iter_rows(named=True)}
    by_machine = {row["machine"]: row for row in machines.iter_rows(named=True)}
    usable = [
        choice
        for choice in (DEFAULT, *EXAMPLES)
        if choice["model"] in by_model and {choice["machine"], choice["other"]} <= set(by_machine)
    ]
    shown: Choice = (
        usable[0]
        if usable
        else {**DEFAULT, "model": next(iter(by_model)), "machine": next(iter(by_machine)), "other": ""}
    )
    data = {
        "models": by_model,
        "machines": by_machine,
        "contexts": memory.CONTEXTS,
        "default": shown,
        "together": TOGETHER,
    }
    links = "; ".join(_link(choice) for choice in usable[1:])
    others = "".join(f"<li>{escape(answer_sentence(by_model, by_machine, choice))}</li>" for choice in usable[1:])
    without_script = (
        f"<noscript><p>The form needs JavaScript. Other choices, worked out:</p><ul>{others}</ul></noscript>\n"
    )
    return Html(
        f'<section class="calculator" aria-labelledby="calculator-title"><h2 id="calculator-title">Try it</h2>\n'
        f"{_form(by_model, by_machine, shown)}\n"
        f'<p class="calculator-answer" role="status">{escape(answer_sentence(by_model, by_machine, shown))}</p>\n'
        f'<div class="calculator-memory">{memory_bars(by_model, by_machine, shown)}</div>\n'
        f'<p class="calculator-examples" hidden>Examples: {links}</p>\n{without_script if others else ""}'
        f'<script type="application/json" class="calculator-data">{_json(data)}</script>\n</section>'
    )


def models_table(table: pl.DataFrame) -> Html:
    """What memory and machines follow from, by model, for readers without a script; speed takes the arithmetic too.

    table: the table `calculator_models`.
    """
    caches = {f"cache_bytes_{name}": tokens for name, tokens in memory.CONTEXTS.items()}
    rows = (
        table.with_columns(
            pl.col("parameters_always", "parameters_routed") / 1e9,
            pl.col("weights_bytes_8bit", *caches) / 1e9,
            name=pl.col("model").str.split("/").list.last(),
            experts_label=pl.when(pl.col("parameters_routed") > 0).then(
                pl.format("{} of {}", "experts_per_token", "experts")
            ),
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
        "experts_label": "Experts",
        "weights_bytes_8bit": "Weights at 8 bits",
        **{column: f"Cache of {words.number(tokens)} tokens" for column, tokens in caches.items()},
    }
    return Html(
        table_html(rows, labels, caption="What the formulas need; parameters in billions, memory in GB", rows=None)
    )


def answer_sentence(by_model: Rows, by_machine: Rows, choice: Choice) -> str:
    """A choice and its answer in sentences, the same as the script's word for word.

    Then the same on the other machine, and for one sequence alone, or for many where the choice is one: cost and speed
    turn on it.
    """
    many = TOGETHER if choice["sequences"] == 1 else 1
    machines = [choice["machine"], choice["machine"], *_other(choice)]
    computed, beside, *others = (
        answer(
            by_model[choice["model"]],
            by_machine[machine],
            bits=choice["bits"],
            context=choice["context"],
            sequences=sequences,
        )
        for machine, sequences in zip(machines, (choice["sequences"], many, choice["sequences"]), strict=False)
    )
    instead = "".join(_instead_in_words(found, choice["other"]) for found in others)
    return _answer_in_words(computed, choice) + instead + _beside_in_words(beside, many, choice["machine"])


def memory_bars(by_model: Rows, by_machine: Rows, choice: Choice) -> str:
    """The memory of a choice against its machine, and against the other one."""
    return bars(
        [
            needs(
                by_model[choice["model"]],
                by_machine[machine],
                bits=choice["bits"],
                context=choice["context"],
                sequences=choice["sequences"],
            )
            for machine in (choice["machine"], *_other(choice))
        ]
    )


def _other(choice: Choice) -> list[str]:
    """The second machine, if it is another one."""
    return [choice["other"]] if choice["other"] not in ("", choice["machine"]) else []


def _instead_in_words(computed: Answer, machine: str) -> str:
    """The other machine in one sentence."""
    if computed.machines is None or computed.tokens_per_second is None:
        return f" {machine} does not hold it."
    count = "one" if computed.machines == 1 else f"{words.number(computed.machines)} ×"
    speed = words.significant(computed.tokens_per_second, 2)
    cost = f", a million for at least ${words.significant(computed.usd_median, 2)}" if computed.usd_median else ""
    return f" On {count} {machine} instead it is at most {speed} tokens per second{cost}."


def _beside_in_words(computed: Answer, sequences: int, machine: str) -> str:
    """The other number of sequences in one sentence; nothing where one alone does not fit either."""
    users = "One sequence alone gets" if sequences == 1 else f"With {words.number(sequences)} at once it is"
    if computed.machines is None or computed.tokens_per_second is None:
        return "" if sequences == 1 else f" {words.number(sequences)} at once do not fit."
    speed = words.significant(computed.tokens_per_second, 2)
    count = "one" if computed.machines == 1 else f"{words.number(computed.machines)} ×"
    cost = f", a million for at least ${words.significant(computed.usd_median, 2)}" if computed.usd_median else ""
    return f" {users} at most {speed} tokens per second on {count} {machine}{cost}."


def _answer_in_words(computed: Answer, choice: Choice) -> str:
    tokens = words.number(memory.CONTEXTS[choice["context"]])
    sequences = choice["sequences"]
    users = "one sequence" if sequences == 1 else f"{words.number(sequences)} sequences"
    opening = (
        f"{_name(choice['model'])} at {choice['bits']} bits, with {users} of {tokens} tokens, takes "
        f"{words.significant(computed.needed_bytes / 1e9, 3)} GB. "
    )
    if computed.machines is None or computed.tokens_per_second is None:
        return opening + f"That does not fit: no number of {choice['machine']} that is joined in practice holds it."
    speed = words.significant(computed.tokens_per_second, 2)
    speed_each = words.significant(computed.tokens_per_second / sequences, 2)
    each = f", {speed_each} for each" if sequences > 1 else ""
    count = "one" if computed.machines == 1 else f"{words.number(computed.machines)} ×"
    fits = f"It fits on {count} {choice['machine']}, which gives at most {speed} tokens per second{each}. "
    if computed.usd_median is None or computed.usd_low is None or computed.usd_high is None:
        return opening + fits + "The register has no rental price of this machine."
    low, median, high = (
        words.significant(value, 2) for value in (computed.usd_low, computed.usd_median, computed.usd_high)
    )
    return (
        opening
        + fits
        + f"Rented, a million tokens cost at least ${median} at the median price, ${low} to ${high} over "
        "all dated prices."
    )


def _link(choice: Choice) -> str:
    """A link that opens the calculator with a choice.

    Its address is that of the section, since the theme refuses links to what is not on the page; the script puts the
    choice into it, and shows the line of links.
    """
    label = f"{_name(choice['model'])} on {choice['machine']}"
    return f'<a href="#calculator-title" data-choice="{escape(urlencode(choice))}">{escape(label)}</a>'


def _name(model: str) -> str:
    """A model's id without its owner."""
    return model.rpartition("/")[2]


def _form(by_model: Rows, by_machine: Rows, shown: Choice) -> str:
    def options(names: list[tuple[str, str]], chosen: object) -> str:
        return "".join(
            f'<option value="{escape(value)}"{" selected" if value == str(chosen) else ""}>{escape(label)}</option>'
            for value, label in names
        )

    models = sorted(by_model, key=lambda model: (_name(model).lower(), model))
    parts = {
        "model": ("Model", options([(model, _name(model)) for model in models], shown["model"])),
        "machine": ("Machine", options([(name, name) for name in by_machine], shown["machine"])),
        "other": (
            "Beside it",
            options([("", "no other machine"), *((name, name) for name in by_machine)], shown["other"]),
        ),
        "bits": ("Bits per weight", options([(str(bits), str(bits)) for bits in memory.BITS], shown["bits"])),
        "context": (
            "Tokens of context",
            options([(name, words.number(tokens)) for name, tokens in memory.CONTEXTS.items()], shown["context"]),
        ),
    }
    fields = "".join(
        f'<label>{label}<select name="{name}">{inner}</select></label>' for name, (label, inner) in parts.items()
    )
    number = (
        '<label>Sequences at once<input name="sequences" type="number" inputmode="numeric" min="1" max="1024" step="1" '
        f'value="{shown["sequences"]}"></label>'
    )
    return f'<form class="calculator-form" hidden>{fields}{number}<button type="reset">Reset</button></form>'


def _json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).replace("<", "\\u003c")
