"""What sentences on makers share: how few are not quoted, how many are named, whose something is."""

from pipeline.base import words

FEW = 5
"""Releases below which a share is not quoted."""
NAMED = 3
"""Organisations named in a sentence."""
ENOUGH = 20
"""Releases below which shares are not compared: of a half-year, or of all that are converted in time in a sample."""


def theirs(country: str) -> str:
    """`China’s`, `the United States’`."""
    name = words.country(country)
    return f"{name}’" if name.endswith("s") else f"{name}’s"
