"""Tables of `data/raw/known`: what one older day's snapshot counts, a few kilobytes a day."""

import dataframely as dy

from pipeline.base.vocabulary import RELATIONS, choice, unit_of

GROUPINGS = ("hub", "family", "organisation")
"""Whom repositories are counted for: the whole Hub, or a group."""
WHOLE = "all"
"""The one group of the grouping `hub`, and the relation that stands for all of them."""


def _grouping() -> dy.String:
    return choice(GROUPINGS, primary_key=True, description="Whether the group is a family, an organisation, or all")


def _group() -> dy.String:
    return dy.String(primary_key=True, description="The group; `all` for the whole Hub")


class KnownCounts(dy.Schema):
    """Derivatives as one day's snapshot knew them: declared, direct, full credit, a group's own releases left out."""

    grouping = _grouping()
    group = _group()
    relation = choice(["all", *RELATIONS], primary_key=True, description="Relation; `all` counts a repository once")
    derivatives = dy.Int64(min=0, metadata=unit_of("repositories"), description="Repositories that declare the group")
    in_series = dy.Int64(min=0, metadata=unit_of("repositories"), description="Those of them that are in a series")
    series_once = dy.Int64(
        min=0, metadata=unit_of("repositories"), description="Derivatives, where a series counts as one repository"
    )


class KnownBases(dy.Schema):
    """The repositories that most others name as their base, as one day's snapshot knew them, largest first."""

    grouping = _grouping()
    group = _group()
    rank = dy.Int64(primary_key=True, min=1, description="1: most links lead to it; of equals, the first by id")
    base = dy.String(description="Repository id, listed by the snapshot or not")
    links = dy.Int64(min=1, metadata=unit_of("links"), description="Declared links to it, without the group's own")
    share = dy.Float64(min=0, max=1, description="Of the group's declared links")
