"""The report as one PDF: each page of the book where the contents say, with numbers, bookmarks and links within."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader

from pipeline.base.paths import Paths
from pipeline.report.names import PAGE
from scripts import pdf


@pytest.fixture(scope="module")
def report(browser: Browser, site: Path, tmp_path_factory: pytest.TempPathFactory) -> PdfReader:
    target = tmp_path_factory.mktemp("pdf") / "report.pdf"
    paths = Paths(site.parents[2])
    headings = pdf.printed(browser, pdf.document(paths), target)
    pdf.finish(target, headings, pdf.origin(paths)["authors"])
    return PdfReader(target)


def text(report: PdfReader, number: int) -> str:
    return " ".join(report.pages[number - 1].extract_text().split())


def titles(outline: Any) -> list[str]:
    """Bookmarks in reading order."""
    return [title for one in outline for title in (titles(one) if isinstance(one, list) else [str(one.title)])]


def test_the_pdf_is_a_book(report: PdfReader, site: Path) -> None:
    paths = Paths(site.parents[2])
    names = PAGE.findall((paths.book / "myst.yml").read_text(encoding="utf-8"))
    begins = pdf.page_numbers(report)
    numbers = [begins[name] for name in names]
    assert numbers == sorted(set(numbers)), "pages of the book stand in its order, each on a page of its own"

    cover = text(report, 1)
    origin = pdf.origin(paths)
    for part in (origin["snapshot"]["label"], origin["as_of"], origin["edition"], origin["authors"], "CC-BY-4.0"):
        assert part in cover

    contents = text(report, 2)
    short = [pdf.short_title(paths.book / f"{name}.md") for name in names]
    places = [contents.replace("- ", "-").index(title) for title in short]
    assert places == sorted(places)
    parts = [contents.replace("- ", "-")[start:end] for start, end in zip(places, [*places[1:], None], strict=True)]
    assert [part.split()[-1] for part in parts] == [str(number) for number in numbers]

    ends = [*numbers[1:], len(report.pages) + 1]
    for title, first, end in zip(short, numbers, ends, strict=True):
        for number in range(first, end):
            assert text(report, number).startswith(f"{title} {number} "), "each page has its chapter and its number"


def test_the_pdf_has_bookmarks_in_words_and_leads_to_no_file(report: PdfReader) -> None:
    found = titles(report.outline)
    assert "Contents" in found
    assert "What would change this" in found
    assert all("  " not in title for title in found)
    links = [note.get_object() for page in report.pages for note in page.get("/Annots", [])]
    addresses = {str(link["/A"]["/URI"]) for link in links if "/URI" in link.get("/A", {})}
    assert {address.partition(":")[0] for address in addresses} <= {"https", "http", "mailto"}
    assert not any("Show code" in page.extract_text() for page in report.pages[:40])
