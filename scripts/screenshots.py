"""Photographs every page of the built site: three widths, light and dark, and once without JavaScript.

`make screenshots` writes PNG files into `screenshots/` (not in git), named page-width-scheme; the check
to hold them against is that of the style guide: see CONTRIBUTING.md. Needs a Chromium on PATH.
"""

import argparse
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "book" / "_build" / "html"
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
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


def main() -> int:
    """Photograph; the exit code."""
    wanted = _arguments()
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        print("no Chromium on PATH: install the system's package chromium", file=sys.stderr)
        return 1
    pages = [path for path in sorted(SITE.glob("*.html")) if not wanted.pages or path.stem in wanted.pages]
    if not pages:
        print(f"no such page in {SITE.relative_to(ROOT)}: run `make site` first", file=sys.stderr)
        return 1
    wanted.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        taken = sum(1 for _ in photograph(browser, pages, wanted.widths, wanted.folder))
        browser.close()
    print(f"{taken} pictures in {wanted.folder}")
    return 0


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
    sys.exit(main())
