"""Reads YAML as strictly as DVC does, and says in one line where a file cannot be read.

PyYAML accepts a key that occurs twice and a date without quotes. DVC refuses both, with a message for its developers.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from yaml.reader import ReaderError

from pipeline.base.errors import ParamsError

TIMESTAMP = "tag:yaml.org,2002:timestamp"


class _Loader(yaml.SafeLoader):
    """Reads a date without quotes as text, so that other slips in the file are reported too."""


_Loader.add_constructor(TIMESTAMP, _Loader.construct_yaml_str)


def read(path: Path) -> tuple[Any, list[str]]:
    """The document in a YAML file, and a message for each thing in it that DVC would refuse.

    Raises ParamsError where the file is missing, is no text or no YAML.
    """
    text = _text(path)
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            return None, []
        refused = list(_refused(node, ()))  # comes first, since `<<` merges keys when the document is constructed
        return loader.construct_document(node), refused
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{path.name}, line {mark.line + 1}, column {mark.column + 1}" if mark else path.name
        problem = error.problem or error.context or "it cannot be parsed"
        if "'\\t'" in problem:
            problem = "a tab cannot stand here, use spaces"
        raise ParamsError("not valid YAML", where=where, next_step=problem) from error
    except ReaderError as error:
        where = f"{path.name}, line {text.count(chr(10), 0, error.position) + 1}"
        problem = f"the character U+{error.character:04X} cannot stand here"
        raise ParamsError("not valid YAML", where=where, next_step=problem) from error
    except RecursionError as error:
        raise ParamsError("not valid YAML", where=path.name, next_step="it is nested too deeply") from error
    except (
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
    ) as error:  # `!!int many`
        problem = f"a value cannot be read ({error})"
        raise ParamsError("not valid YAML", where=path.name, next_step=problem) from error


def _text(path: Path) -> str:
    """The file's text, without the mark of byte order that some editors put first."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise ParamsError(f"no {path.name}", next_step="restore it from the repository") from None
    except OSError as error:
        what = f"{path.name} cannot be read ({error.strerror})"
        raise ParamsError(what, next_step="restore the file from the repository") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = f"{path.name}, line {data.count(bytes([10]), 0, error.start) + 1}"
        raise ParamsError("not text in UTF-8", where=where, next_step="save it as UTF-8") from error


def _refused(node: yaml.Node, key: tuple[str, ...]) -> Iterator[str]:
    """Messages for keys that occur twice and dates without quotes below a node. key: the keys that lead to it."""
    if isinstance(node, yaml.MappingNode):
        lines: dict[str, int] = {}
        for name, value in node.value:
            here, line = (*key, str(name.value)), name.start_mark.line + 1
            if here[-1] in lines:
                yield f"{'.'.join(here)} stands twice, in lines {lines[here[-1]]} and {line}"
            lines[here[-1]] = line
            yield from _refused(value, here)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from _refused(value, (*key, str(number)))
    elif node.tag == TIMESTAMP:
        line = node.start_mark.line + 1
        yield f'{".".join(key)}: {node.value} in line {line} needs quotes: "{node.value}"'
