"""What the snapshots of several days knew, one beside the other."""

import dataframely as dy

from pipeline.base.vocabulary import COVERAGES, RELATIONS, choice, unit_of
from pipeline.counting.schema import GROUPINGS


class KnownDays(dy.Schema):
    """The older snapshots that stand beside the newest, one row for each day that params name."""

    asked = dy.Date(primary_key=True, description="Day as `snapshot.history` or `snapshot.history_files` names it")
    date = dy.Date(description="Day that the file shows: of a weekly file, the first week with its content")
    repositories = dy.Int64(min=0, metadata=unit_of("repositories"), description="That the file lists")
    coverage = choice(COVERAGES, description="Coverage of that snapshot")
    is_comparable = dy.Bool(description="It covers what the newest covers")
    is_repeated = dy.Bool(description="Its file is that of an earlier day or of the newest, byte for byte: left out")
    snapshot = dy.String(description="File and first digits of its sha256")


class CountsByDay(dy.Schema):
    """Declared derivatives as the snapshot of each day knew them, by relation; days of the newest one's coverage.

    Direct, full credit, own releases left out. Empty where no older snapshot stands beside the newest.
    """

    date = dy.Date(primary_key=True, description="Day of the snapshot")
    grouping = choice(GROUPINGS, primary_key=True, description="The whole Hub (`hub`), or how the report groups")
    group = dy.String(primary_key=True, description="Family or organisation; `all` for the whole Hub")
    relation = choice(["all", *RELATIONS], primary_key=True, description="Relation; `all` counts a repository once")
    derivatives = dy.Int64(min=0, metadata=unit_of("repositories"), description="Repositories that declare the group")
    in_series = dy.Int64(min=0, metadata=unit_of("repositories"), description="Those of them that are in a series")
    series_once = dy.Int64(
        min=0, metadata=unit_of("repositories"), description="Derivatives, where a series counts as one repository"
    )


class BasesByDay(dy.Schema):
    """The bases with most declared links as each day knew them: of the whole Hub, of subject and of reference."""

    date = dy.Date(primary_key=True, description="Day of the snapshot")
    grouping = choice(GROUPINGS, primary_key=True, description="The whole Hub (`hub`), or how the report groups")
    group = dy.String(primary_key=True, description="Family or organisation; `all` for the whole Hub")
    rank = dy.Int64(primary_key=True, min=1, description="1: most links lead to it; of equals, the first by id")
    base = dy.String(description="Repository id, listed by the snapshot or not")
    links = dy.Int64(min=1, metadata=unit_of("links"), description="Declared links to it, without the group's own")
    share = dy.Float64(min=0, max=1, description="Of the group's declared links")
