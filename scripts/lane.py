"""DVC's command line, with dvc.lock read and written by YAML's code in C: `python scripts/lane.py repro ...`.

After each stage DVC reads dvc.lock and writes it again, in Python, so as to keep comments: nearly a second in a
report of forty stages, while every other DVC waits. dvc.lock has no comments, since DVC alone writes it. What the
code in C would write in other bytes (long lines, quotes, letters beyond ASCII) is written by DVC's own, and so is
every other file; `dvc repro` does the same work without this one, only more slowly.
"""

import io
import re
import sys
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from dvc import dvcfile
from dvc.cli import main
from dvc.utils.serialize import _common, _yaml
from ruamel.yaml import YAML
from ruamel.yaml.representer import RepresenterError, SafeRepresenter

WIDEST = 80
"""Longer lines are broken, and not at the same word."""

modify_yaml = dvcfile.modify_yaml


class Representer(SafeRepresenter):
    """Nothing is written for null."""

    def represent_none(self, data: None) -> Any:
        """An empty value."""
        return self.represent_scalar("tag:yaml.org,2002:null", "")


Representer.add_representer(type(None), Representer.represent_none)
Representer.add_representer(OrderedDict, Representer.represent_dict)


@contextmanager
def modify(path: Any, fs: Any = None) -> Iterator[Any]:
    """In the place of DVC's `modify_yaml`."""
    its_own = modify_yaml(path, fs=fs)
    in_c = _common._modify_data(path, _yaml.parse_yaml, dump, fs=fs)
    with in_c if Path(path).name == dvcfile.LOCK_FILE else its_own as data:
        yield data


def dump(data: Any, stream: TextIO) -> None:
    """Write plain data as DVC does: in blocks, keys in their order."""
    yaml = YAML(typ="safe")
    yaml.Representer = Representer
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # pyright: ignore[reportAttributeAccessIssue]
    written = io.StringIO()
    try:
        yaml.dump(data, written)
    except RepresenterError:
        _yaml._dump(data, stream)
        return
    text = re.sub(r"^( *[\w.\- ]+:) $", r"\1", written.getvalue(), flags=re.MULTILINE)
    if is_plain(text):
        stream.write(text)
    else:
        _yaml._dump(data, stream)


def is_plain(text: str) -> bool:
    """Whether DVC would write the same."""
    short = all(0 < len(line) <= WIDEST and not line.endswith(": ") for line in text.splitlines())
    return short and text.isascii() and not re.search(r"\"|''\S", text)


def install() -> None:
    """Let DVC use it."""
    dvcfile.modify_yaml = modify


if __name__ == "__main__":
    install()
    sys.exit(main(sys.argv[1:]))
