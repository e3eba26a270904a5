"""The key numbers on top of the page `index`."""

from collections.abc import Mapping
from html import escape

from pipeline.base import words
from pipeline.base.facts import Facts
from pipeline.charts.kit.html import Html


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
