"""Turns signals that ask a process to end into exceptions, so that temporary files are removed.

A signal that was ignored when the process started stays ignored, so that `nohup make site &` outlives its terminal.
"""

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any


@contextmanager
def raising(exception: Callable[[int], BaseException], *numbers: int) -> Iterator[None]:
    """Raises `exception(number)` in the block for the first of these signals; later ones are ignored."""

    def interrupt(number: int, frame: Any) -> None:
        del frame
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        raise exception(number)

    with _handled_by(interrupt, numbers):
        yield


@contextmanager
def undisturbed(*numbers: int) -> Iterator[None]:
    """Delays these signals until the block is done."""
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
    """Sets the handler of those signals that are not ignored for the block, in the main thread, as Python demands."""
    is_main = threading.current_thread() is threading.main_thread()
    before = {number: signal.getsignal(number) for number in numbers if is_main}
    heard = {number: old for number, old in before.items() if old != signal.SIG_IGN}
    try:
        for number in heard:
            signal.signal(number, handler)
        yield
    finally:
        for number, old in heard.items():
            signal.signal(number, old or signal.SIG_DFL)  # None: it was not set from Python
