"""Executes the text notebooks of the book with their sections of params.yaml, always to the same bytes.

jupytext reads `book/<name>.md`, papermill runs it in a kernel of this interpreter (`kernels.py`), and everything
that differs from run to run (times, random ids, versions) is dropped before the result is written
to `book/_executed/<name>.ipynb`. Where one notebook fails, prints or warns, none is written.

papermill gets the counts of the page's own section of `notebooks`. What a page asks besides (a pair,
a model, a run) its cell tagged `parameters` reads from the other sections of params.yaml, so that
`papermill -p` wins over it without this module too.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError

from pipeline.base import files
from pipeline.base.errors import SiteError
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.report import kernels
from pipeline.report.kernels import Kernel

INJECTED, HIDDEN = "injected-parameters", "remove-cell"
WITH_FIGURES = "with-figures"
"""The tag of a section's text that goes where none of the cells below it shows anything."""


def run(pages: Sequence[str], paths: Paths, params: Params) -> None:
    """Execute `book/<name>.md` and write `book/_executed/<name>.ipynb` for these pages; for all where none is named.

    Raises SiteError for a notebook that is missing or fails; nothing is written then.
    """
    texts = {name: _text(name, paths.book) for name in pages or params.notebooks}
    longest_first = sorted(texts, key=lambda name: -len(texts[name].cells))  # so that no kernel waits for another

    def execute(kernel: Kernel, name: str) -> Any:
        executed = _executed(kernel, name, texts[name], params.notebooks.get(name, {}))
        return normalise(without_empty_sections(executed), name)

    for name, notebook in kernels.each(paths.root, longest_first, execute).items():
        write(notebook, paths.executed / f"{name}.ipynb")


def _text(name: str, book: Path) -> Any:
    source = book / f"{name}.md"
    if not source.exists():
        raise SiteError(f"no notebook {name}.md", where="book", next_step="name one of its text notebooks")
    return read(source)


def read(source: Path) -> Any:
    """A text notebook as a notebook whose frontmatter is its page's frontmatter."""
    try:
        notebook = jupytext.reads(source.read_text(encoding="utf-8-sig"), fmt="md:myst")
    except Exception as error:
        raise SiteError(f"not a text notebook ({error})", where=source.name) from error
    notebook.metadata.pop("jupytext", None)
    notebook.metadata["kernelspec"] = dict(kernels.METADATA)
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
    notebook.metadata["kernelspec"] = dict(kernels.METADATA)
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


def _executed(kernel: Kernel, name: str, notebook: Any, values: Mapping[str, Any]) -> Any:
    try:
        return kernel.execute(notebook, values)
    except PapermillExecutionError as error:
        raise SiteError(
            f"{error.ename}: {_first_line(error.evalue)}",
            where=f"book/{name}.md, code cell {error.exec_count} ({_first_line(error.source)})",
        ) from error
    except (DeadKernelError, CellTimeoutError) as error:
        raise SiteError(f"the kernel died ({_first_line(str(error))})", where=f"book/{name}.md") from error


def write(notebook: Any, path: Path) -> None:
    """Write a notebook as JSON."""
    files.write_text(nbformat.writes(notebook) + "\n", path)


def _first_line(text: str, length: int = 200) -> str:
    lines = text.strip().splitlines()
    return lines[0][:length] if lines else ""
