"""Every table's contract: column, type, unit, description, key.

A description is written once, here: it makes the checks when a table is written, the data
dictionary and the data package. Units stand in `metadata["unit"]` (absent: no unit).

One module per chapter. `schemas.Bases` imports no more of them than it takes to find it: a contract is made in a
millisecond, a stage needs a few of more than a hundred, and every stage is a process of its own.
"""

import importlib
from typing import TYPE_CHECKING, Any

from pipeline.schemas.words import (
    APART as APART,
)
from pipeline.schemas.words import (
    AREAS as AREAS,
)
from pipeline.schemas.words import (
    BASE_KINDS as BASE_KINDS,
)
from pipeline.schemas.words import (
    BASES as BASES,
)
from pipeline.schemas.words import (
    COVERAGES as COVERAGES,
)
from pipeline.schemas.words import (
    DISTILLS as DISTILLS,
)
from pipeline.schemas.words import (
    EVIDENCE as EVIDENCE,
)
from pipeline.schemas.words import (
    INFERENCE as INFERENCE,
)
from pipeline.schemas.words import (
    LICENCE_CLASSES as LICENCE_CLASSES,
)
from pipeline.schemas.words import (
    LICENCE_MOVES as LICENCE_MOVES,
)
from pipeline.schemas.words import (
    MODALITIES as MODALITIES,
)
from pipeline.schemas.words import (
    OUTCOMES as OUTCOMES,
)
from pipeline.schemas.words import (
    PARTS as PARTS,
)
from pipeline.schemas.words import (
    PLACES as PLACES,
)
from pipeline.schemas.words import (
    PLAUSIBLE as PLAUSIBLE,
)
from pipeline.schemas.words import (
    PRECISIONS as PRECISIONS,
)
from pipeline.schemas.words import (
    RECONCILED as RECONCILED,
)
from pipeline.schemas.words import (
    RELATIONS as RELATIONS,
)
from pipeline.schemas.words import (
    TIMELINE_KINDS as TIMELINE_KINDS,
)
from pipeline.schemas.words import (
    TIMELINE_REGISTERS as TIMELINE_REGISTERS,
)
from pipeline.schemas.words import (
    USES as USES,
)
from pipeline.schemas.words import (
    VERDICTS as VERDICTS,
)
from pipeline.schemas.words import (
    WEIGHTS as WEIGHTS,
)

if TYPE_CHECKING:  # so that a checker and an editor know every contract
    from pipeline.schemas.claims import *
    from pipeline.schemas.core import *
    from pipeline.schemas.cost import *
    from pipeline.schemas.derivatives import *
    from pipeline.schemas.lineage import *
    from pipeline.schemas.moe import *
    from pipeline.schemas.prices import *
    from pipeline.schemas.register import *
    from pipeline.schemas.site import *
    from pipeline.schemas.surface import *
    from pipeline.schemas.timeline import *
    from pipeline.schemas.vendors import *

MODULES = (
    "core",
    "register",
    "derivatives",
    "lineage",
    "surface",
    "moe",
    "prices",
    "cost",
    "vendors",
    "timeline",
    "claims",
    "site",
)
"""In the order in which a name is looked for; names are distinct."""


def __getattr__(name: str) -> Any:
    """A contract by its name."""
    if not name.startswith("_"):
        for module in MODULES:
            found = vars(importlib.import_module(f"{__name__}.{module}")).get(name)
            if found is not None:
                return found
    raise AttributeError(f"module {__name__} has no {name}")
