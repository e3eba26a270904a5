"""The system's Chromium, for all that looks at pages: screenshots, the PDF and the tests."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Error, sync_playwright

from pipeline.base.errors import PipelineError

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def program() -> str | None:
    """The first Chromium on PATH; None where there is none."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


@contextmanager
def opened() -> Iterator[Browser]:
    """A browser without a window. Raises PipelineError where there is none, or where it fails."""
    found = program()
    if found is None:
        raise PipelineError("no Chromium on PATH", next_step="install the system's package chromium")
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
            yield browser
            browser.close()
    except Error as error:
        raise PipelineError(f"{found} fails", next_step=error.message.splitlines()[0]) from error
