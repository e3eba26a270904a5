"""What the chapter on lineage says where the snapshot cannot tell.

The title says so, and the sentence is the same short one everywhere: the chapter gives the reason once, on top.
"""

from pipeline.base.facts import Facts, sentence

CANNOT_TELL = "This snapshot cannot tell."


def missing(key: str, what: str, source: str) -> Facts:
    """Title and sentence in the place of a finding that the snapshot cannot give."""
    return {
        f"{key}.title": sentence(f"{what}: not in this snapshot", source),
        f"{key}.sentence": sentence(CANNOT_TELL, source),
    }
