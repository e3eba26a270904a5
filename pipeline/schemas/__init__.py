"""Every table's contract: column, type, unit, description, key.

A description is written once, here: it makes the checks when a table is written, the data
dictionary and the data package. Units stand in `metadata["unit"]` (absent: no unit).

One module per chapter. `schemas.Bases` imports no more of them than it takes to find it: a contract is made in a
millisecond, a stage needs a few of more than a hundred, and every stage is a process of its own.
"""

import importlib
from typing import TYPE_CHECKING, Any

from pipeline.schemas.words import *

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
