"""What a table's contract is: column, type, unit, description, key.

A contract is written once, in its chapter's `schema.py`, and used for the checks when a table is written, for the data
dictionary and for the data package. The unit of a column is `metadata["unit"]`; without it the column has none.

A contract is named as its table, in capitals: `moe_share` is MoeShare. Where a result and a table of the register have
one name, one of the two contracts has another name, which the caller of `contract` gives.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType, ModuleType

import dataframely as dy


def contract(
    table: str, modules: Iterable[ModuleType], own_names: Mapping[str, str] = MappingProxyType({})
) -> type[dy.Schema]:
    """The contract of a table, from the first of `modules` that has it.

    own_names: by table, the names of contracts that are not named as their table. Raises LookupError with the name that
    the contract should have, where there is none.
    """
    name = own_names.get(table) or "".join(part.capitalize() for part in table.split("_"))
    found = next((vars(module)[name] for module in modules if name in vars(module)), None)
    if not (isinstance(found, type) and issubclass(found, dy.Schema)):
        raise LookupError(name)
    return found
