"""Sentences as templates, which a writer edits apart from the code that computes their values.

A chapter has its sentences in one file of YAML: the key is that of the fact, as a page quotes it (`cost.run.title`),
and the text is a Jinja template. The code beside it computes plain values, such as a number or a name, and renders the
sentence by its key.

- `{{ hours | large(4) }}` prints a value; the filters are `FILTERS`, most of them
  functions of `pipeline.base.words`.
- `{% if side == "above" %}` and `{% else %}` make a sentence turn with the numbers, `{% for %}` names several things.
- A template may span lines: blanks and line ends between two words become one space. A minus in a tag removes that
  space, as before a comma: `{%- if stated is not none %}, above`.
- A name that the code does not give, an unknown filter and a missing value are errors of one line, which names the file
  and the key.

Values are printed and never read as templates, so a name from the Hub may contain braces. Nothing is escaped here:
facts are text, and the page that prints them escapes them.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, Template, TemplateError, UndefinedError
from jinja2.runtime import LoopContext

from pipeline.base import strict_yaml, words
from pipeline.base.errors import FactError, ParamsError
from pipeline.base.facts import Facts, sentence

_BLANKS = re.compile(r"[ \t\n]+")
"""What becomes one space; a no-break space, which belongs to a name, stays."""


def decimals(value: float, digits: int) -> str:
    """2.5 with two digits after the point as `2.50`."""
    return f"{value:.{digits}f}"


def comma_or_and(loop: LoopContext) -> str:
    """What follows one of several things in a `{% for %}`: a comma, `and` before the last, nothing after it."""
    return "" if loop.last else " and " if loop.revindex == 2 else ", "


FILTERS: Mapping[str, Callable[..., Any]] = {
    # numbers
    "number": words.number,
    "word": words.word,
    "word_or_none": words.word_or_none,
    "out_of": words.out_of,
    "large": words.large,
    "scientific": words.scientific,
    "decimals": decimals,
    "percent": words.percent,
    "times": words.times,
    "span": words.span,
    # money
    "dollars": words.dollars,
    "dollar_range": words.dollar_range,
    "price": words.price,
    # time
    "month": words.month,
    # text
    "first_upper": words.upper,
    "counted": words.counted,
    # several things
    "length": len,
    "listed": words.listed,
    "either": words.either,
    "comma_or_and": comma_or_and,
}
"""Filters, which follow a `|` in a template."""


def _present(value: Any) -> Any:
    """A value to be printed. Raises TypeError for None, which is no word of a sentence."""
    if value is None:
        raise TypeError("a value is missing: ask whether it `is none` first")
    return value


def _environment() -> Environment:
    """Jinja with these filters and no names of its own."""
    made = Environment(undefined=StrictUndefined, autoescape=False, finalize=_present)
    made.filters = dict(FILTERS)
    made.globals = {}
    return made


@dataclass(frozen=True)
class Sentences:
    """The templates of one file, by the key of their fact."""

    file: str
    templates: Mapping[str, Template]

    def __iter__(self) -> Iterator[str]:
        return iter(self.templates)

    def text(self, key: str, values: Mapping[str, Any]) -> str:
        """One sentence on one line. Raises FactError where there is none, or where a value is missing."""
        if key not in self.templates:
            raise FactError(f"no sentence {key}", where=self.file, next_step="write one, or restore it")
        try:
            rendered = self.templates[key].render(values)
        except (TemplateError, TypeError, ValueError) as error:
            known = f"it knows {', '.join(sorted(values))}" if isinstance(error, UndefinedError) else None
            raise FactError(f"{key} cannot be written ({error})", where=self.file, next_step=known) from error
        return _BLANKS.sub(" ", rendered).strip(" ")

    def facts(self, source: str, values: Mapping[str, Any], *keys: str) -> Facts:
        """Sentences as facts; source: the table that the values are from."""
        return {key: sentence(self.text(key, values), source) for key in keys}


def read(path: Path) -> Sentences:
    """The sentences of a file. Raises FactError of one line where it is no YAML or has a broken template."""
    try:
        document, refused = strict_yaml.read(path)
    except ParamsError as error:
        raise FactError(str(error)) from error
    where = f"{path.parent.name}/{path.name}"
    if refused or not isinstance(document, dict) or not all(isinstance(text, str) for text in document.values()):
        raise FactError("sentences are not `key: text`", where=where, next_step="; ".join(refused) or "see its top")
    jinja = _environment()
    return Sentences(where, {key: _template(jinja, key, text, where) for key, text in document.items()})


def _template(jinja: Environment, key: str, text: str, file: str) -> Template:
    try:
        return jinja.from_string(text)
    except TemplateError as error:
        raise FactError(f"{key} is no template ({error})", where=file) from error
