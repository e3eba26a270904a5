"""Messages for slips in params.yaml: pydantic's errors in the words of the file."""

import re
from collections.abc import Collection
from typing import Any, get_args

from pydantic import BaseModel

from pipeline.base.param_types import nearest, shown

MESSAGES = {
    "missing": " is missing",
    "int_type": ": {value} is no whole number",
    "int_from_float": ": {value} is no whole number",
    "float_type": ": {value} is no number",
    "string_type": ": {value} is no text",
    "bool_type": ": {value} is neither true nor false",
    "list_type": ": {value} is no list",
    "dict_type": ": {value} is no section",
    "model_type": ": {value} is no section",
    "greater_than_equal": ": {value} is less than {ge}",
    "less_than_equal": ": {value} is more than {le}",
    "greater_than": ": {value} is not more than {gt}",
    "less_than": ": {value} is not less than {lt}",
    "too_short": " is empty",
    "string_pattern_mismatch": ": {value} is no full commit hash of 40 hexadecimal digits",
}
"""What follows the key in a message, by pydantic's kind of error; other kinds keep pydantic's words."""


def slip(error: Any, model: type[BaseModel]) -> str:
    """One of pydantic's errors as `key: value, what is wrong with it`. model: that of the whole file."""
    key, kind, value = ".".join(map(str, error["loc"])), error["type"], error["input"]
    if kind == "extra_forbidden":
        *section, name = error["loc"]
        return f"{key} is unknown{nearest(str(name), _fields(section, model))}"
    if kind == "literal_error":
        names = re.findall(r"'([^']*)'", error["ctx"]["expected"])
        return f"{key}: {shown(value)} is none of {', '.join(names)}{nearest(str(value), names)}"
    if kind in MESSAGES:
        return key + MESSAGES[kind].format(value=shown(value), **error.get("ctx", {}))
    message = error["msg"].removeprefix("Value error, ")
    is_of_whole_section = kind == "value_error" and len(error["loc"]) == 1
    return message if is_of_whole_section else f"{key}: {message}"


def _fields(path: list[Any], model: Any) -> Collection[str]:
    """Keys of the section to which the keys of `path` lead; its numbers are places in a list."""
    for name in path:
        if isinstance(name, str):
            kind = model.model_fields[name].annotation
            model = next(iter(get_args(kind)), kind)
    return model.model_fields
