"""What a table's contract is: column, type, unit, description, key.

A description is written once, in its chapter's `schema.py`: it makes the checks when a table is written, the data
dictionary and the data package. Units stand in `metadata["unit"]` (absent: no unit).

A contract is named as its table, in capitals: `moe_share` is MoeShare. Where a result and a table of the register have
one name, whoever looks for them says what the contract is called.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType, ModuleType

import dataframely as dy


def contract(
    table: str, modules: Iterable[ModuleType], own_names: Mapping[str, str] = MappingProxyType({})
) -> type[dy.Schema]:
    """The contract of a table, from the first of `modules` that has it. own_names: those not named as their table.

    Raises LookupError, with the name that it should have, for a table that has none.
    """
    name = own_names.get(table) or "".join(part.capitalize() for part in table.split("_"))
    found = next((vars(module)[name] for module in modules if name in vars(module)), None)
    if not (isinstance(found, type) and issubclass(found, dy.Schema)):
        raise LookupError(name)
    return found
