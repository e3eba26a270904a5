"""DVC's command line, with dvc.lock read and written by YAML's code in C: `python scripts/lane.py repro ...`.

After each stage DVC reads dvc.lock and writes it again, in Python, so as to keep comments: nearly a second in a
report of forty stages, while every other DVC waits. dvc.lock has no comments, since DVC alone writes it. The
bytes are the same; `dvc repro` does the same work without this file, only more slowly.
"""

import io
import re
import sys
from collections import OrderedDict
from typing import Any, TextIO

from dvc.cli import main
from dvc.utils.serialize import _yaml
from ruamel.yaml import YAML
from ruamel.yaml.representer import SafeRepresenter


class Representer(SafeRepresenter):
    """Nothing is written for null."""

    def represent_none(self, data: None) -> Any:
        """An empty value."""
        return self.represent_scalar("tag:yaml.org,2002:null", "")


Representer.add_representer(type(None), Representer.represent_none)
Representer.add_representer(OrderedDict, Representer.represent_dict)


def dump(data: Any, stream: TextIO) -> None:
    """Write plain data as DVC does: in blocks, keys in their order."""
    yaml = YAML(typ="safe")
    yaml.Representer = Representer
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # pyright: ignore[reportAttributeAccessIssue]
    text = io.StringIO()
    yaml.dump(data, text)
    stream.write(re.sub(r"^( *[\w.\- ]+:) $", r"\1", text.getvalue(), flags=re.MULTILINE))


if __name__ == "__main__":
    _yaml.parse_yaml_for_update, _yaml._dump = _yaml.parse_yaml, dump
    sys.exit(main(sys.argv[1:]))
