"""The essay's claims, as the register has them: quotation, place, value, date, measure, and what decides it.

Numbers of claims are permalinks: a claim that is given up leaves a gap, and its number is never used again.
"""

from collections import Counter
from typing import Any

import yaml

from pipeline.base.errors import RegisterError
from pipeline.base.paths import Paths

Claim = dict[str, Any]
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same loader in C where PyYAML has it."""
FIELDS = (
    "claim",
    "topic",
    "statement",
    "where",
    "as_of",
    "published",
    "needs",
    "measure",
    "check",
    "would_change",
    "sources",
)


QUOTABLE = {"verdict": "verdict", "why": "why", "published": "published_value"}
"""What a claim's field `quoted` may list, and the column of the table `claims` that it is from."""


def read(paths: Paths) -> list[Claim]:
    """The register's claims; each must have every field, and a number of its own."""
    path = paths.register / "claims.yaml"
    try:
        claims = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except (OSError, yaml.YAMLError) as error:
        raise RegisterError("cannot be read", where=path.name, next_step=str(error)) from error
    return checked(claims, path.name)


def checked(claims: Any, where: str) -> list[Claim]:
    """The claims, if they can be some. Raises RegisterError with the file's name where not."""
    if not isinstance(claims, list) or not all(isinstance(claim, dict) for claim in claims):
        raise RegisterError("no list of claims", where=where, next_step="begin each claim with `- claim: `")
    for claim in claims:
        missing = [name for name in FIELDS if not claim.get(name)]
        if missing:
            raise RegisterError(f"claim {claim.get('claim')} lacks {', '.join(missing)}", where=where)
        for part in claim.get("quoted", []):
            if part not in QUOTABLE:
                what = f"claim {claim['claim']} lists {part} as quoted"
                raise RegisterError(what, where=where, next_step=f"list {', '.join(QUOTABLE)}, or some of them")
    twice = [number for number, times in Counter(claim["claim"] for claim in claims).items() if times > 1]
    if twice:
        raise RegisterError(f"claim {twice[0]} stands twice", where=where)
    return claims
