"""Photographs every page of the built site: three widths, light and dark, and once without JavaScript.

`make screenshots` writes PNG files into `screenshots/` (not in git), named page-width-scheme; the check
to hold them against is that of the style guide: see CONTRIBUTING.md. Needs a Chromium on PATH.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pipeline.base.errors import PipelineError, reporting  # noqa: E402
from scripts.browser import opened  # noqa: E402

SITE = ROOT / "book" / "_build" / "html"
WIDTHS = (1280, 768, 360)
VIEWS: tuple[tuple[Literal["light", "dark"], bool], ...] = (("light", True), ("dark", True))
"""Colour scheme, and whether scripts run."""
STILL: tuple[Literal["light", "dark"], bool] = ("light", False)
SCROLL = """async () => {
  for (let y = 0; y < document.body.scrollHeight; y += 900) {
    scrollTo(0, y);
    await new Promise(r => setTimeout(r, 20));
  }
  scrollTo(0, 0);
}"""
"""Lazy parts are drawn when they come near."""


def main() -> None:
    """Photograph."""
    wanted = _arguments()
    pages = [path for path in sorted(SITE.glob("*.html")) if not wanted.pages or path.stem in wanted.pages]
    if not pages:
        raise PipelineError("no such page", where=SITE.relative_to(ROOT), next_step="run `make site` first")
    wanted.folder.mkdir(parents=True, exist_ok=True)
    with opened() as browser:
        taken = sum(1 for _ in photograph(browser, pages, wanted.widths, wanted.folder))
    print(f"{taken} pictures in {wanted.folder}")


def photograph(browser: Browser, pages: list[Path], widths: list[int], folder: Path) -> Iterator[Path]:
    """Each page at each width in both schemes, the widest also without JavaScript; the files, as they are made."""
    for width in widths:
        for scheme, scripts in (*VIEWS, STILL) if width == max(widths) else VIEWS:
            context = browser.new_context(
                viewport={"width": width, "height": 900},
                color_scheme=scheme,
                java_script_enabled=scripts,
                reduced_motion="reduce",
            )
            page = context.new_page()
            for source in pages:
                page.goto(source.as_uri())
                if scripts:
                    page.evaluate(SCROLL)
                    page.wait_for_timeout(300)
                target = folder / f"{source.stem}-{width}-{scheme if scripts else 'still'}.png"
                page.screenshot(path=target, full_page=True)
                yield target
            context.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="*", help="names of pages, all without any")
    parser.add_argument("--widths", type=int, nargs="+", default=list(WIDTHS), help="in px")
    parser.add_argument("--folder", type=Path, default=ROOT / "screenshots")
    return parser.parse_args()


if __name__ == "__main__":
    with reporting("screenshots"):
        main()
