"""Signals that ask a process to end, as exceptions: so that what has to be tidied up is.

A signal that the process was begun to ignore stays ignored: so `nohup make site &` outlives its terminal.
"""

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any


@contextmanager
def raising(exception: Callable[[int], BaseException], *numbers: int) -> Iterator[None]:
    """The first of these signals is raised in the block; those after it are passed over, as it ends already."""

    def interrupt(number: int, frame: Any) -> None:
        del frame
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        raise exception(number)

    with _handled_by(interrupt, numbers):
        yield


@contextmanager
def undisturbed(*numbers: int) -> Iterator[None]:
    """A signal inside comes when the block is done."""
    caught: list[int] = []

    def later(number: int, frame: Any) -> None:
        del frame
        caught.append(number)

    with _handled_by(later, numbers):
        yield
    for number in caught:
        signal.raise_signal(number)


@contextmanager
def _handled_by(handler: Callable[[int, Any], None], numbers: Sequence[int]) -> Iterator[None]:
    """Those of the signals that are not ignored have this handler in the block, in the main thread alone."""
    is_main = threading.current_thread() is threading.main_thread()
    before = {number: signal.getsignal(number) for number in numbers if is_main}
    heard = {number: old for number, old in before.items() if old != signal.SIG_IGN}
    try:
        for number in heard:
            signal.signal(number, handler)
        yield
    finally:
        for number, old in heard.items():
            signal.signal(number, old or signal.SIG_DFL)  # none: it was not set from Python
