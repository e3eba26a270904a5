from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import nbformat
import pytest

from pipeline.base import params as parameters
from pipeline.base.errors import SiteError
from pipeline.base.params import Params
from pipeline.base.paths import PROJECT, Paths
from pipeline.report import notebooks

Make = Callable[[Mapping[str, Any]], Params]
NOTEBOOK = """---
kernelspec: {display_name: Python 3, language: python, name: python3}
description: Made.
---
# Made

```{code-cell} python
:tags: [parameters, remove-cell]
top = 10
```

```{code-cell} python
:tags: [remove-input]
import pipeline
from IPython.display import HTML
HTML(f"<p>{top} {sorted({'a', 'b'})}</p>")
```
"""


@pytest.fixture
def params() -> Make:
    """The project's parameters with these sections for the notebooks."""
    own = parameters.load(PROJECT / "params.yaml")
    return lambda notebooks: own.model_copy(update={"notebooks": notebooks})


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    root = tmp_path / "a path with spaces"
    (root / "book").mkdir(parents=True)
    (root / "pipeline").symlink_to(PROJECT / "pipeline")
    (root / "book" / "made.md").write_text(NOTEBOOK, encoding="utf-8")
    return Paths(root)


def test_two_runs_give_the_same_bytes_with_the_parameters(paths: Paths, params: Make) -> None:
    written = paths.executed / "made.ipynb"
    notebooks.run("made", paths, params({"made": {"top": 4}}))
    first = written.read_bytes()
    notebooks.run("made", paths, params({"made": {"top": 4}}))
    assert written.read_bytes() == first
    notebook = nbformat.reads(first.decode(), as_version=4)
    assert [cell["id"] for cell in notebook.cells] == [f"made-{n:03d}" for n in range(1, 5)]
    assert notebook.cells[2].metadata.tags == ["injected-parameters", "remove-cell"]
    assert notebook.cells[3].outputs[0].data == {"text/html": "<p>4 ['a', 'b']</p>"}
    assert notebook.metadata.description == "Made."
    assert "papermill" not in first.decode()
    assert list(paths.executed.iterdir()) == [written]


def test_a_failing_cell_is_one_line_that_names_the_place(paths: Paths, params: Make) -> None:
    source = paths.book / "made.md"
    source.write_text(NOTEBOOK.replace("import pipeline", "1 / 0"), encoding="utf-8")
    with pytest.raises(SiteError, match=r"^ZeroDivisionError: division by zero in book/made.md, code cell \d") as error:
        notebooks.run("made", paths, params({"made": {}}))
    assert "\n" not in str(error.value)
    assert not paths.executed.exists()


def test_a_missing_notebook_is_refused(paths: Paths, params: Make) -> None:
    with pytest.raises(SiteError, match=r"no notebook gone.md"):
        notebooks.run("gone", paths, params({}))


def test_a_cell_that_prints_or_warns_is_refused() -> None:
    cell = nbformat.v4.new_code_cell("x", outputs=[nbformat.v4.new_output("stream", name="stderr", text="Careful\n")])
    with pytest.raises(SiteError, match=r"writes to stderr \(Careful\) in book/made.md, cell made-001"):
        notebooks.normalise(nbformat.v4.new_notebook(cells=[cell]), "made")


def test_what_differs_from_run_to_run_is_dropped() -> None:
    output = nbformat.v4.new_output(
        "execute_result", data={"text/html": "<p>x</p>", "text/plain": "<X at 0x7f>"}, execution_count=3
    )
    cell = nbformat.v4.new_code_cell("x", outputs=[output], execution_count=3)
    cell.metadata["papermill"] = cell.metadata["execution"] = {"start_time": "now"}
    notebook = nbformat.v4.new_notebook(
        cells=[cell], metadata={"papermill": {}, "language_info": {"name": "python", "version": "3.11.7"}}
    )
    text = nbformat.writes(notebooks.normalise(notebook, "made"))
    for gone in ("papermill", "execution_time", "start_time", "0x7f", "3.11.7"):
        assert gone not in text


def test_a_section_of_figures_goes_where_none_is_drawn() -> None:
    def text(source: str, *tags: str) -> Any:
        return nbformat.v4.new_markdown_cell(source, metadata={"tags": list(tags)})

    def code(*outputs: Any) -> Any:
        return nbformat.v4.new_code_cell("figure", outputs=list(outputs))

    shown = nbformat.v4.new_output("display_data", data={"text/html": "<figure></figure>"})
    cells = [
        code(),
        text("# Page"),
        text("## Hollow", notebooks.WITH_FIGURES),
        code(),
        text("## Filled", notebooks.WITH_FIGURES),
        code(),
        code(shown),
        text("## Words"),
        code(),
    ]
    left = notebooks.without_empty_sections(nbformat.v4.new_notebook(cells=cells))
    assert [cell.source for cell in left.cells if cell.cell_type == "markdown"] == ["# Page", "## Filled", "## Words"]
    assert len(left.cells) == len(cells) - 2
