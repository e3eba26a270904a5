"""Whether a newer snapshot may become an edition: what is wrong with it, by the last edition of its origin.

- A gap: the dataset had nothing newer for some weeks.
- A repetition: the file of the last edition stands under a newer date.
- A counter that stands still: downloads, likes or the number of rows are to the unit what they were.
- A loss: a field that the report reads, or most of its values, or many rows, are gone. A column was renamed or is of
  another kind, or the file is not whole.

Any of these gives numbers that look right and are wrong, so a refresh stops before it builds.

Known drawbacks: an edition that was recorded before contents were (`editions.Content`) is compared by its file and its
number of rows alone; of two snapshots without an edition between them nothing is known.
"""

import difflib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pipeline.base import words
from pipeline.report.editions import Content, Edition
from pipeline.snapshot.columns import SLACK
from pipeline.snapshot.source import Resolved

FEW = 100
"""A field with fewer values in the last edition is not compared: they come and go."""

LOST = 0.5
"""A field is lost when less than this part of its share of rows is left."""

FEWEST = 0.9
"""Rows of a whole snapshot, as a part of the last edition's: the Hub grows, and loses few repositories in a month."""

NAMED = 12
"""How many unread columns of a file are named."""

WAIT = "Wait for the next snapshot: the refresh looks for it every week, and by hand with `make refresh`."
OTHER_SOURCE = (
    "If the publisher is gone, set `snapshot.source` in `params.yaml` to the other dataset (`hub-stats` or "
    "`hub-weekly`) and `snapshot.date` to one of its older days, then run `make refresh`."
)
ANYWAY = "If the snapshot is right, make the edition with `make refresh ARGS=--anyway`."


@dataclass(frozen=True)
class Trouble:
    """One thing that is wrong. title: of an issue, the same as long as it lasts; what, todo: sentences.

    quoted: words of strangers that belong to `what`, such as names of columns.
    """

    title: str
    what: str
    todo: tuple[str, ...]
    quoted: tuple[str, ...] = ()


def gap(newest: date, today: date, weeks: int, dataset: str) -> list[Trouble]:
    """Nothing newer than a known snapshot for more than so many weeks."""
    if today - newest <= timedelta(weeks=weeks):
        return []
    age = words.counted((today - newest).days // 7, "week")
    what = f"The newest snapshot is of {words.day(newest)}. At the Hub it is {words.day(today)}: {age} without another."
    return [Trouble(f"No snapshot in {dataset} after {newest}", what, (WAIT, OTHER_SOURCE))]


def gone(reason: str, dataset: str) -> list[Trouble]:
    """The Hub does not give the dataset. reason: the error's one line."""
    todo = ("If it is gated or private, let the refresh log in: a token that may read it, as `HF_TOKEN`.", OTHER_SOURCE)
    return [
        Trouble(f"{dataset} cannot be had", "The Hub does not give it, and will not until it changes.", todo, (reason,))
    ]


def to_come(newest: date, today: date, dataset: str) -> list[Trouble]:
    """A snapshot of a day to come: it would be the newest until that day, so none would follow it."""
    if newest - today <= SLACK:
        return []
    what = f"The newest snapshot is of {words.day(newest)}. At the Hub it is {words.day(today)}."
    return [Trouble(f"{dataset} has a snapshot of a day to come, {newest}", what, (WAIT, OTHER_SOURCE))]


def repeated(resolved: Resolved, last: Edition | None) -> list[Trouble]:
    """The file is that of the last edition, or an older one, byte for byte; asked before it is downloaded.

    hub-weekly dates a repeated file by its first week.
    """
    if last is None or (resolved.sha256 != last.snapshot.sha256 and resolved.date > last.snapshot.date):
        return []
    first = min(resolved.date, last.snapshot.date)
    what = f"The file has the sha256 of the one of {first}: the same rows under a newer date."
    return [Trouble(f"{resolved.repository} repeats its snapshot of {first}", what, (WAIT, OTHER_SOURCE))]


def compared(content: Content, last: Edition | None, dataset: str, unread: Collection[str] = ()) -> list[Trouble]:
    """What stands still or is lost since the last edition. unread: columns of the file that no chapter reads."""
    if last is None:
        return []
    return [
        *_standing(content, last, dataset),
        *_fewer_rows(content, last, dataset),
        *_lost(content, last, dataset, unread),
    ]


def _standing(content: Content, last: Edition, dataset: str) -> list[Trouble]:
    before = last.recorded.content if last.recorded else None
    sums = before.sums if before else {}
    still = [name for name, total in sums.items() if total and content.sums.get(name) == total]
    if content.rows == last.snapshot.rows:
        still.append("rows")
    if not still:
        return []
    what = (
        f"{words.upper(words.listed(still))} {'is' if len(still) == 1 else 'are'} to the unit what the snapshot of "
        f"{last.snapshot.date} had. On the Hub they change every day, so the publisher's counters stand still."
    )
    title = f"Counters of {dataset} stand still since {last.snapshot.date}: {', '.join(still)}"
    return [Trouble(title, what, (WAIT, OTHER_SOURCE, ANYWAY))]


def _fewer_rows(content: Content, last: Edition, dataset: str) -> list[Trouble]:
    if content.rows >= FEWEST * last.snapshot.rows:
        return []
    what = (
        f"The file has {words.number(content.rows)} rows, that of {last.snapshot.date} had "
        f"{words.number(last.snapshot.rows)}: it is not whole, or the publisher lists less than before."
    )
    return [Trouble(f"{dataset} lists far fewer models than on {last.snapshot.date}", what, (WAIT, ANYWAY))]


def _lost(content: Content, last: Edition, dataset: str, unread: Collection[str]) -> list[Trouble]:
    before = last.recorded.content if last.recorded else None
    if before is None or not content.rows:
        return []
    lost = [
        name
        for name, had in before.filled.items()
        if had >= FEW and content.filled.get(name, 0) / content.rows < LOST * had / before.rows
    ]
    if not lost:
        return []
    shares = [
        f"{name} (had a value in {words.percent(before.filled[name] / before.rows)} of the rows, now in "
        f"{words.percent(content.filled.get(name, 0) / content.rows)})"
        for name in lost
    ]
    what = f"Fields lost since {last.snapshot.date}: {'; '.join(shares)}."
    return [Trouble(f"{dataset} lost fields: {', '.join(lost)}", what, RENAMED, _near(lost, unread))]


RENAMED = (
    "If a column was renamed, read it under its new name in `pipeline/snapshot/columns.py`, with a test.",
    "If the publisher dropped it for good, make the edition without it: `make refresh ARGS=--anyway`. Pages then say "
    "that the snapshot does not have it.",
    "Else wait for the next snapshot.",
)


def unreadable(reason: str, dataset: str, unread: Collection[str] = ()) -> list[Trouble]:
    """A file that cannot be read into the report's schema. reason: the error's one line."""
    what = "The file cannot be read: a column that every report needs is missing or of another kind."
    todo = (RENAMED[0], OTHER_SOURCE)
    return [Trouble(f"{dataset} cannot be read any more", what, todo, (reason, *_near((), unread)))]


def _near(lost: Sequence[str], unread: Collection[str]) -> tuple[str, ...]:
    """Columns that may be the lost ones under another name: those named most alike, then others."""
    tops = {name.partition(".")[0] for name in lost}
    alike = [near for name in sorted(tops) for near in difflib.get_close_matches(name, sorted(unread), n=2)]
    listed = [*dict.fromkeys(alike), *sorted(set(unread) - set(alike))]
    if not listed:
        return ()
    more = f", and {len(listed) - NAMED} more" if len(listed) > NAMED else ""
    return (f"Columns of the file that the report does not read: {', '.join(listed[:NAMED])}{more}.",)
