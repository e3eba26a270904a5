"""Signals that ask a process to end, as exceptions: so that what has to be tidied up is."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def raising(exception: Callable[[int], BaseException], *numbers: int) -> Iterator[None]:
    """The first of these signals is raised in the block; those after it are passed over, as it ends already."""

    def interrupt(number: int, frame: Any) -> None:
        del frame
        for each in numbers:
            _handle(each, signal.SIG_IGN)
        raise exception(number)

    before = {number: _handle(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            _handle(number, handler)


@contextmanager
def undisturbed(*numbers: int) -> Iterator[None]:
    """A signal inside comes when the block is done."""
    caught: list[int] = []

    def later(number: int, frame: Any) -> None:
        del frame
        caught.append(number)

    before = {number: _handle(number, later) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            _handle(number, handler)
    for number in caught:
        signal.raise_signal(number)


def _handle(number: int, handler: Any) -> Any:
    """The handler before; outside of the main thread there is none to change."""
    try:
        return signal.signal(number, handler)
    except ValueError:
        return handler
