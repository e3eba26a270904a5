"""The key numbers on top of the page `index`."""

from collections.abc import Mapping
from html import escape

from pipeline.base import words
from pipeline.base.facts import PageFacts
from pipeline.charts.kit.html import Html


def key_numbers(numbers: Mapping[str, str]) -> Html:
    """Few large numbers, each with what it is: `{what: number}`."""
    rows = "".join(f"<div><dt>{escape(what)}</dt><dd>{escape(value)}</dd></div>" for what, value in numbers.items())
    return Html(f'<dl class="key-numbers">{rows}</dl>')


def headline_numbers(facts: PageFacts) -> Html:
    """The numbers that a busy reader takes along: the ratio's range, the share of mixtures, the cost."""
    run = facts.text("cost.run.name")
    key = f"cost.{facts.text('cost.compared_run')}.rental.usd_median"
    return key_numbers(
        {
            facts.text("derivatives.grid.key.what"): facts.text("derivatives.grid.key"),
            "of flagship releases of the last two whole half-years are mixtures of experts": facts.text(
                "moe.share.flagship.year"
            ),
            f"to rent the final run of {run} at the median price": facts.text(key) if key in facts else words.NOT_HERE,
        }
    )
