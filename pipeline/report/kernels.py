"""The interpreters that execute the book's pages, each of which runs one page after another.

To start a kernel and to import what figures need takes longer than most pages: fifteen kernels take 42 CPU seconds for
the book, two take 25, and as two run at once, the book takes a third of the time. Between two pages a kernel forgets
every name, so that no page finds what another one left. What stays is what a process has of its own, imported modules
above all, which no page changes; a test compares pages that ran alone with the same pages among others.
"""

import json
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import papermill
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import ensure_event_loop, run_sync
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NotebookExecutionManager, papermill_engines

from pipeline.base.errors import SiteError
from pipeline.base.paths import IN_THE_BOOK

Result = TypeVar("Result")

NAME = "python3"
METADATA = {"display_name": "Python 3", "language": "python", "name": NAME}
MOST = 4
"""Kernels at once at most: one that counts on a census takes 1.1 GB."""
START_SECONDS = 120
_FLAGS = [
    "--HistoryManager.enabled=False",
    "--InteractiveShell.colors=nocolor",
    "--Application.log_level=50",  # the kernel's own log: its failures reach papermill anyway
]
_LAUNCHER = """
import sys
sys.modules["debugpy"] = None
from ipykernel.kernelapp import launch_new_instance
from pipeline.base.process import spare_collections
spare_collections()
launch_new_instance()
"""
"""Starts a kernel without its debugger, which nobody asks for and whose import takes a tenth of a second."""
_FORGET = """
get_ipython().reset()
import gc
gc.collect()
gc.freeze()
del gc
"""
"""A new session: no names, and cells count from one again, so a failure names a cell by its place in its page.

What outlives a session, imported modules above all, is not searched for rubbish again. IPython searches all there is
at each reset, but before it forgets the names, so what they leave is searched for once more.
"""


class Kernel:
    """One interpreter. Belongs to the thread that makes it, whose event loop its messages pass."""

    def __init__(self, root: Path) -> None:
        """Start it in the project's root. Raises SiteError where it does not answer."""
        self.manager = AsyncKernelManager(kernel_name=NAME)
        run_sync(self.manager.start_kernel)(cwd=str(root))
        provisioner = self.manager.provisioner
        assert provisioner is not None, "a kernel that runs has one"
        self._pid: int = run_sync(provisioner.get_provisioner_info)()["pid"]
        self.client = self.manager.client()
        self.client.start_channels()
        try:
            run_sync(self.client.wait_for_ready)(timeout=START_SECONDS)
        except RuntimeError as error:
            self.close()
            then = "run `make setup`; `.venv/bin/python -m ipykernel` says what is missing"
            raise SiteError(f"no kernel starts ({error})", where="the environment", next_step=then) from error

    def execute(self, notebook: Any, values: Mapping[str, Any]) -> Any:
        """The notebook, executed with these parameters. Raises what papermill and nbclient raise."""
        run_sync(self.client.execute_interactive)(_FORGET, silent=True)
        return papermill.execute_notebook(
            notebook,
            None,
            parameters=dict(values),
            engine_name=_InKernel.__name__,
            kernel_name=NAME,
            language="python",
            progress_bar=False,
            autosave_cell_every=0,
            kernel=self,
        )

    def kill(self) -> None:
        """End it whatever it does; any thread may."""
        with suppress(ProcessLookupError):  # it has ended by itself
            os.kill(self._pid, signal.SIGKILL)

    def close(self) -> None:
        """End it, and the thread's event loop."""
        self.client.stop_channels()
        run_sync(self.manager.shutdown_kernel)(now=True)
        ensure_event_loop().close()


class _InKernel(Engine):
    """papermill's way to execute a notebook, in a kernel that runs already."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: NotebookExecutionManager, kernel_name: str, *, kernel: Kernel, **_: Any
    ) -> None:
        client = PapermillNotebookClient(nb_man, km=kernel.manager, kernel_name=kernel_name)
        client.kc = kernel.client
        client.execute()


papermill_engines.register(_InKernel.__name__, _InKernel)


def each(root: Path, names: Sequence[str], execute: Callable[[Kernel, str], Result]) -> dict[str, Result]:
    """What `execute` makes of every name, several at once, begun in the order of `names`.

    Where one fails no other is begun; what it raised is raised here.
    """
    remaining, over = iter(names), threading.Event()
    running, found = list[Kernel](), dict[str, Result]()

    def work() -> None:
        with closing(Kernel(root)) as kernel:
            running.append(kernel)
            for name in remaining:
                if over.is_set():
                    return
                try:
                    found[name] = execute(kernel, name)
                except BaseException:
                    over.set()
                    raise

    scratch = tempfile.TemporaryDirectory()
    with scratch, _environment(_variables(Path(scratch.name), root)), ThreadPoolExecutor() as threads:
        workers = [threads.submit(work) for _ in range(min(len(names), processors(), MOST))]
        try:
            for worker in workers:
                worker.result()
        except (KeyboardInterrupt, SystemExit):
            over.set()
            for kernel in running:
                kernel.kill()
            raise
    return found


def processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _variables(scratch: Path, root: Path) -> dict[str, str]:
    """Variables under which `python3` is this interpreter, free of the user's own start-up files.

    PYTHONHASHSEED: a set's order must not reach a page.
    """
    specification = scratch / "kernels" / NAME / "kernel.json"
    specification.parent.mkdir(parents=True)
    argv = [sys.executable, "-c", _LAUNCHER, "-f", "{connection_file}", *_FLAGS]
    specification.write_text(json.dumps({"argv": argv, **METADATA}), encoding="utf-8")
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
    """The process's environment with `variables`, for the kernels that inherit it."""
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
