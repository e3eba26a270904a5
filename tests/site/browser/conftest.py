"""A real browser before the built site: the system's Chromium, driven by Playwright."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from scripts.browser import opened, program
from tests.conftest import built_once, copy_project


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if program() is None:
        pytest.skip("no Chromium on PATH: install the system's package chromium")
    with opened() as browser:
        yield browser


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the embedded sample, built once for all processes of a test run."""
    return built_once(tmp_path_factory, "the site", lambda root: copy_project(root).build().publish()).paths.site


class Visit:
    """One page, opened from a file, with everything that went wrong on it."""

    def __init__(self, page: Page, site: Path) -> None:
        self.page = page
        self.site = site
        self.errors: list[str] = []
        self.foreign: list[str] = []
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: None if request.url.startswith(("file:", "data:")) else self._note(request))

    def _note(self, request: Any) -> None:
        self.foreign.append(request.url)

    def open(self, name: str, fragment: str = "") -> Page:
        self.page.goto((self.site / f"{name}.html").as_uri() + fragment)
        return self.page

    def read_through(self) -> None:
        """Scroll to the foot, so that all that is lazy is drawn."""
        self.page.evaluate(
            "async () => { for (let y = 0; y < document.body.scrollHeight; y += 700) {"
            "window.scrollTo(0, y); await new Promise(r => setTimeout(r, 15)); } }"
        )


@pytest.fixture
def visit(browser: Browser, site: Path) -> Iterator[Any]:
    """`visit(width=360, scheme="dark", scripts=False)` is a window on the site."""
    contexts = []

    def open_window(*, width: int = 1300, scheme: Any = "light", scripts: bool = True) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=scripts
        )
        contexts.append(context)
        return Visit(context.new_page(), site)

    yield open_window
    for context in contexts:
        context.close()
