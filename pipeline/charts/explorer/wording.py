"""Words that several parts of the explorer's view share."""

from pipeline.base import words
from pipeline.base.vocabulary import RELATIONS

RELATION_WORDS = dict(zip(RELATIONS, ("fine-tune", "adapter", "quantization", "merge", "unspecified"), strict=True))
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def count(value: int, one: str, many: str) -> str:
    """Such as `1 child`, `2,000 children`."""
    return f"{words.number(value)} {one if value == 1 else many}"


def month(value: int) -> str:
    """Year x 100 + month in words."""
    return f"{MONTHS[value % 100 - 1]} {value // 100}"


def heading(what: str, shown: int, every: int) -> str:
    """What a list holds, and of how many where some are left out."""
    number = words.number(every)
    return f"{what}: {words.number(shown)} of {number}" if shown < every else f"{what}: {number}"
