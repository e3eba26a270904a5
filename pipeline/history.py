"""Stage `history`: one older day of the Hub, pulled once, for what was known then.

The same way as the newest snapshot: the source that `snapshot.history_source` names, resolved to a commit, checked,
normalised to one schema. Rows and provenance go to data/raw/history/<day>. A weekly file that its publisher repeated
keeps the date of its content, in its provenance.
"""

from datetime import date

from pipeline import snapshot
from pipeline.errors import ParamsError
from pipeline.params import Params, Snapshot
from pipeline.paths import Paths


def run(day: str, paths: Paths, params: Params) -> None:
    """Pull one day of `snapshot.history`.

    Raises ParamsError for what is no day, SnapshotError when the source has none of that day.
    """
    try:
        asked = date.fromisoformat(day)
    except ValueError as error:
        raise ParamsError(
            f"snapshot.history: {day} is no day", where="params.yaml", next_step='write it like "2025-10-01"'
        ) from error
    pulled = snapshot.read(Snapshot(source=params.snapshot.history_source, date=asked), paths)
    snapshot.write(pulled, paths.history / day)
