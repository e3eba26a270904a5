"""What the chapter on lineage says where the snapshot cannot tell.

The title says so, and the sentence is the same short one everywhere: the chapter gives the reason once, on top.
"""

from pipeline.base.facts import Fact, Facts, sentence

CANNOT_TELL = "This snapshot cannot tell."
_NOT_HERE = ": not in this snapshot"


def missing(key: str, what: str, source: str) -> Facts:
    """Title and sentence in the place of a finding that the snapshot cannot give."""
    return {
        f"{key}.title": sentence(f"{what}{_NOT_HERE}", source),
        f"{key}.sentence": sentence(CANNOT_TELL, source),
    }


def is_missing(found: Fact) -> bool:
    """Whether a title or a sentence stands in the place of a finding."""
    return found["text"] == CANNOT_TELL or found["text"].endswith(_NOT_HERE)
