"""Executes one text notebook of the book with its section of params.yaml, always to the same bytes.

jupytext reads `book/<name>.md`, papermill runs it in a kernel of this interpreter, and everything
that differs from run to run (times, random ids, versions) is dropped before the result is written
to `book/_executed/<name>.ipynb`. A notebook that fails, prints or warns is not written.

papermill gets the counts of the page's own section of `notebooks`. What a page asks besides (a pair,
a model, a run) its cell tagged `parameters` reads from the other sections of params.yaml, so that
`papermill -p` wins over it without this module too.
"""

import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError

from pipeline.base import files
from pipeline.base.errors import SiteError
from pipeline.base.params import Params
from pipeline.base.paths import IN_THE_BOOK, Paths

KERNEL = "python3"
INJECTED, HIDDEN = "injected-parameters", "remove-cell"
WITH_FIGURES = "with-figures"
"""The tag of a section's text that goes where none of the cells below it shows anything."""
_KERNEL_METADATA = {"display_name": "Python 3", "language": "python", "name": KERNEL}
_KERNEL_FLAGS = [
    "--HistoryManager.enabled=False",
    "--InteractiveShell.colors=nocolor",
    "--Application.log_level=50",  # the kernel's own log: its failures reach papermill anyway
]
_LAUNCHER = """
import sys
sys.modules["debugpy"] = None
from ipykernel.kernelapp import launch_new_instance
launch_new_instance()
"""
"""Starts a kernel without its debugger, which nobody asks for and whose import takes a page a tenth of a second."""


def run(name: str, paths: Paths, params: Params) -> None:
    """Execute `book/<name>.md` and write `book/_executed/<name>.ipynb`.

    Raises SiteError for a notebook that is missing or fails; nothing is written then.
    """
    source = paths.book / f"{name}.md"
    if not source.exists():
        raise SiteError(f"no notebook {name}.md", where="book", next_step="name one of its text notebooks")
    notebook = read(source)
    values = params.notebooks.get(name, {})
    executed = normalise(without_empty_sections(_execute(name, notebook, values, paths.root)), name)
    write(executed, paths.executed / f"{name}.ipynb")


def read(source: Path) -> Any:
    """A text notebook as a notebook whose frontmatter is its page's frontmatter."""
    try:
        notebook = jupytext.reads(source.read_text(encoding="utf-8-sig"), fmt="md:myst")
    except Exception as error:
        raise SiteError(f"not a text notebook ({error})", where=source.name) from error
    notebook.metadata.pop("jupytext", None)
    notebook.metadata["kernelspec"] = dict(_KERNEL_METADATA)
    return notebook


def without_empty_sections(notebook: Any) -> Any:
    """The executed notebook without sections that have nothing to show: neither their heading nor their text stays.

    Such a section is a text cell tagged `with-figures`, up to the next text cell.
    """
    left: list[Any] = []
    for text, cells in _sections(notebook.cells):
        is_tagged = text is not None and WITH_FIGURES in text.metadata.get("tags", [])
        if not is_tagged or any(cell.outputs for cell in cells):
            left += [*([] if text is None else [text]), *cells]
    notebook.cells = left
    return notebook


def _sections(cells: list[Any]) -> Iterator[tuple[Any, list[Any]]]:
    """Each text cell with the code cells below it; first None with those above the first text cell."""
    text, below = None, list[Any]()
    for cell in cells:
        if cell.cell_type == "code":
            below.append(cell)
        else:
            yield text, below
            text, below = cell, []
    yield text, below


def normalise(notebook: Any, name: str) -> Any:
    """The executed notebook without what differs from run to run; cells are named by position.

    Raises SiteError where a cell printed or warned: the book shows results, not logs.
    """
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata.pop("papermill", None)
    notebook.metadata["kernelspec"] = dict(_KERNEL_METADATA)
    notebook.metadata["language_info"] = {"name": "python"}
    for position, cell in enumerate(notebook.cells, start=1):
        cell["id"] = f"{name}-{position:03d}"
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        tags = cell.metadata.get("tags", [])
        if INJECTED in tags and HIDDEN not in tags:
            cell.metadata["tags"] = [*tags, HIDDEN]
        if cell.cell_type == "code":
            cell["execution_count"] = None
            cell["outputs"] = [_output(output, name, cell["id"]) for output in cell.outputs]
    return notebook


def _output(output: Any, name: str, cell: str) -> Any:
    """One output: rich results as HTML alone, never a log."""
    if output.output_type == "stream":
        raise SiteError(
            f"a cell writes to {output.name} ({_first_line(output.text)})",
            where=f"book/{name}.md, cell {cell}",
            next_step="end the cell in a value instead",
        )
    if "execution_count" in output:
        output["execution_count"] = None
    data = output.get("data", {})
    if "text/html" in data:
        output["data"] = {"text/html": data["text/html"]}
    return output


def _execute(name: str, notebook: Any, values: Mapping[str, Any], root: Path) -> Any:
    with tempfile.TemporaryDirectory() as scratch, _environment(_kernel_environment(Path(scratch), root)):
        try:
            return papermill.execute_notebook(
                notebook,
                None,
                parameters=dict(values),
                kernel_name=KERNEL,
                language="python",
                progress_bar=False,
                cwd=root,
                start_timeout=120,
                autosave_cell_every=0,
                shutdown_kernel="immediate",
            )
        except PapermillExecutionError as error:
            raise SiteError(
                f"{error.ename}: {_first_line(error.evalue)}",
                where=f"book/{name}.md, code cell {error.exec_count} ({_first_line(error.source)})",
            ) from error
        except (DeadKernelError, CellTimeoutError) as error:
            raise SiteError(f"the kernel died ({_first_line(str(error))})", where=f"book/{name}.md") from error


def _kernel_environment(scratch: Path, root: Path) -> dict[str, str]:
    """Variables under which `python3` is this interpreter, free of the user's own start-up files.

    PYTHONHASHSEED: a set's order must not reach a page.
    """
    specification = scratch / "kernels" / KERNEL / "kernel.json"
    specification.parent.mkdir(parents=True)
    argv = [sys.executable, "-c", _LAUNCHER, "-f", "{connection_file}", *_KERNEL_FLAGS]
    specification.write_text(json.dumps({"argv": argv, **_KERNEL_METADATA}), encoding="utf-8")
    search = [str(root), os.environ.get("PYTHONPATH", "")]
    return {
        "JUPYTER_PATH": str(scratch),
        "JUPYTER_PREFER_ENV_PATH": "0",
        "IPYTHONDIR": str(scratch / "ipython"),
        "PYTHONPATH": os.pathsep.join(part for part in search if part),
        "PYTHONHASHSEED": "0",
        IN_THE_BOOK: "yes",
    }


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """The process's environment with `variables`, for the kernel that inherits it."""
    before = {key: os.environ.get(key) for key in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for key, value in before.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value


def write(notebook: Any, path: Path) -> None:
    """Write a notebook as JSON."""
    files.write_text(nbformat.writes(notebook) + "\n", path)


def _first_line(text: str, length: int = 200) -> str:
    lines = text.strip().splitlines()
    return lines[0][:length] if lines else ""
