"""What a refresh writes for its readers: the text of a pull request, or that of an issue, in Markdown.

Names of columns and labels come from files of strangers, so they are escaped.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pipeline.base import words
from pipeline.report.editions import PICTURE, Edition
from pipeline.report.markdown import safe
from pipeline.report.refresh_checks import Trouble

LONGEST = 60_000
"""Letters of a pull request's text; GitHub takes 65,536."""

PUBLISHED = "../published"
"""Where the editions lie, seen from the folder with these texts. The workflow writes their address there instead."""


@dataclass(frozen=True)
class Where:
    """What was looked at. day: of the snapshot. What was not reached is None."""

    dataset: str
    day: date | None = None
    file: str | None = None
    commit: str | None = None


def title(edition: Edition) -> str:
    """The title of a pull request."""
    return one_line(f"Refresh: {edition.snapshot.label}")


def one_line(text: str, longest: int = 200) -> str:
    """A title: GitHub takes 256 letters."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def issue(troubles: Sequence[Trouble], where: Where, last: Edition | None) -> str:
    """What is wrong, where, and what to do about it."""
    first = f"# {safe(one_line(troubles[0].title))}"
    quoted = [f"> {safe(text)}" for trouble in troubles for text in trouble.quoted]
    what = [f"- {safe(trouble.what)}" for trouble in troubles]
    todo = dict.fromkeys(step for trouble in troubles for step in trouble.todo)
    sections = [
        first,
        "The refresh made no edition: `params.yaml`, `published/` and the site are as they were.",
        "## What",
        "\n".join(what),
        "\n>\n".join(quoted),
        "## Where",
        "\n".join(_places(where, last)),
        "## What to do",
        "\n".join(f"- {step}" for step in todo),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _places(where: Where, last: Edition | None) -> list[str]:
    file = f", file `{where.file}` at commit `{where.commit}`" if where.file else ""
    day = f"; snapshot of {words.day(where.day)}" if where.day else ""
    places = [f"- Dataset `{where.dataset}`{file}{day}."]
    if last is not None and last.recorded is not None:
        places.append(f"- The last edition of it: `published/{last.recorded.name}`, {safe(last.snapshot.label)}.")
    else:
        places.append("- No edition of it is published yet.")
    return places


def pull_request(
    new: Edition, last: Edition | None, moved: str | None, pictures: Sequence[Edition], troubles: Sequence[Trouble] = ()
) -> str:
    """What the newest snapshot is, the key figure before and after, and what moved.

    moved: the comparison as Markdown; None where nothing comparable is published. pictures: which of the two editions
    have one. troubles: what was found and accepted.
    """
    assert new.recorded is not None, "a recorded edition says its name"
    opening = [
        f"The newest snapshot of `{new.recorded.origin}` is of {_day(new)} and lists "
        f"{words.counted(new.snapshot.rows, 'repository')}.",
        f"It is recorded as the edition `{new.recorded.name}`, which `params.yaml` now names. Merging publishes it.",
    ]
    if last is not None and last.recorded is not None:
        opening.append(f"The edition before it, `{last.recorded.name}`, is of {_day(last)}.")
    sections = [
        f"# {safe(title(new))}",
        " ".join(opening),
        *_accepted(troubles),
        *_pictures(new, pictures),
        _one_level_down(moved) if moved else "The first published edition of its origin: nothing to compare it with.",
    ]
    return _cut("\n\n".join(sections).rstrip() + "\n")


def _day(edition: Edition) -> str:
    return words.day(date.fromisoformat(edition.snapshot.date))


def _accepted(troubles: Sequence[Trouble]) -> list[str]:
    if not troubles:
        return []
    lines = [f"- {safe(text)}" for trouble in troubles for text in (trouble.what, *trouble.quoted)]
    return ["> **Made with `--anyway`.** The checks found:\n>\n" + "\n".join(f"> {line}" for line in lines)]


def _pictures(new: Edition, pictures: Sequence[Edition]) -> list[str]:
    """The key figure of the edition before, where it has a picture, and of the new one."""
    if not pictures:
        return []
    when = ["Now" if edition.recorded == new.recorded else "Before" for edition in pictures]
    heads = [f"{word}: {safe(edition.snapshot.label)}" for word, edition in zip(when, pictures, strict=True)]
    shown = [
        f"![Key figure of {edition.recorded.name}]({PUBLISHED}/{edition.recorded.name}/{PICTURE})"
        for edition in pictures
        if edition.recorded
    ]
    rows = [heads, ["---"] * len(heads), shown]
    measure = f"Derivatives of {safe(new.subject)} for each one of {safe(new.reference)}, by date; log scale."
    return ["## The key figure", measure, "\n".join(f"| {' | '.join(cells)} |" for cells in rows)]


def _one_level_down(document: str) -> str:
    """A document as a part of another: its headings one level lower."""
    return re.sub(r"^(#+ )", r"#\1", document, flags=re.MULTILINE)


def _cut(text: str) -> str:
    """A text that GitHub takes: whole lines, and a word on what is left out."""
    if len(text) <= LONGEST:
        return text
    whole = text[:LONGEST].rpartition("\n")[0]
    return f"{whole}\n\nThe rest is too long for a pull request: the page “Changes” has all of it.\n"
