import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import nbformat
import pytest

from pipeline.base import interrupts
from pipeline.base import params as parameters
from pipeline.base.errors import SiteError
from pipeline.base.params import Params
from pipeline.base.paths import PROJECT, Paths
from pipeline.report import kernels, notebooks

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
    notebooks.run(["made"], paths, params({"made": {"top": 4}}))
    first = written.read_bytes()
    notebooks.run(["made"], paths, params({"made": {"top": 4}}))
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
        notebooks.run(["made"], paths, params({"made": {}}))
    assert "\n" not in str(error.value)
    assert not paths.executed.exists()


def test_a_page_finds_nothing_of_the_page_that_ran_before_it_in_its_kernel(
    paths: Paths, params: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernels, "processors", lambda: 1)
    (paths.book / "after.md").write_text(NOTEBOOK.replace("top = 10", "top = 'made' in dir()"), encoding="utf-8")
    longer = NOTEBOOK + "\n```{code-cell} python\nmade = 1\n```\n"
    (paths.book / "made.md").write_text(longer, encoding="utf-8")
    notebooks.run(["after", "made"], paths, params({}))
    after = nbformat.read(paths.executed / "after.ipynb", as_version=4)
    assert after.cells[-1].outputs[0].data == {"text/html": "<p>False ['a', 'b']</p>"}


CIRCLE = """
class Circle:
    def __del__(self):
        open("freed", "w").close()

circle = Circle()
circle.itself = circle"""


def test_what_a_page_leaves_in_a_circle_is_freed_before_the_next_one(
    paths: Paths, params: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernels, "processors", lambda: 1)
    longer = f"{NOTEBOOK}\n```{{code-cell}} python\n{CIRCLE}\n```\n"
    (paths.book / "made.md").write_text(longer, encoding="utf-8")
    (paths.book / "after.md").write_text(
        NOTEBOOK.replace("top = 10", "import os; top = os.path.exists('freed')"), encoding="utf-8"
    )
    notebooks.run(["after", "made"], paths, params({}))
    after = nbformat.read(paths.executed / "after.ipynb", as_version=4)
    assert after.cells[-1].outputs[0].data == {"text/html": "<p>True ['a', 'b']</p>"}


def test_a_page_is_the_same_alone_and_among_others(paths: Paths, params: Make) -> None:
    (paths.book / "other.md").write_text(NOTEBOOK.replace("top = 10", "top = 11"), encoding="utf-8")
    asked = params({"made": {"top": 4}, "other": {}})
    notebooks.run([], paths, asked)
    among_others = (paths.executed / "made.ipynb").read_bytes()
    assert sorted(path.stem for path in paths.executed.iterdir()) == ["made", "other"]
    notebooks.run(["made"], paths, asked)
    assert (paths.executed / "made.ipynb").read_bytes() == among_others


def test_where_one_page_fails_none_is_written_and_its_cell_is_counted_in_its_own_page(
    paths: Paths, params: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernels, "processors", lambda: 1)
    longer = NOTEBOOK + "\n```{code-cell} python\nmade = 1\n```\n"
    (paths.book / "longer.md").write_text(longer, encoding="utf-8")
    (paths.book / "made.md").write_text(NOTEBOOK.replace("import pipeline", "1 / 0"), encoding="utf-8")
    with pytest.raises(SiteError, match=r"division by zero in book/made.md, code cell 2 "):
        notebooks.run(["made", "longer"], paths, params({}))
    assert not paths.executed.exists()


SLOW = """
from pathlib import Path
import os, time
Path("pid").write_text(str(os.getpid()))
time.sleep(600)"""


def test_an_interrupt_ends_the_kernels_at_once(paths: Paths, params: Make) -> None:
    pid = paths.root / "pid"

    def interrupt() -> None:
        while not (pid.exists() and pid.read_text()):
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGTERM)

    (paths.book / "made.md").write_text(NOTEBOOK.replace("import pipeline", SLOW), encoding="utf-8")
    watch = threading.Thread(target=interrupt, daemon=True)
    watch.start()
    with pytest.raises(SystemExit), interrupts.raising(SystemExit, signal.SIGTERM):
        notebooks.run(["made"], paths, params({}))
    watch.join()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)
    assert not paths.executed.exists()


def test_a_kernel_that_does_not_start_is_one_line(paths: Paths, params: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "_LAUNCHER", "raise SystemExit(3)")
    with pytest.raises(SiteError, match=r"^no kernel starts \(Kernel died before replying") as error:
        notebooks.run(["made"], paths, params({}))
    assert "\n" not in str(error.value)


def test_a_missing_notebook_is_refused(paths: Paths, params: Make) -> None:
    with pytest.raises(SiteError, match=r"no notebook gone.md"):
        notebooks.run(["gone"], paths, params({}))


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
