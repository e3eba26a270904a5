"""The pages of the site as parts of one document: what is renamed, where links lead, what is left out."""

from pathlib import Path

import pytest

from pipeline.base.errors import PipelineError
from pipeline.base.paths import PROJECT
from pipeline.report.names import PAGE
from scripts import pdf

SITE = Path("/a site")
NAMES = ["index", "moe"]
ADDRESS = "https://example.org/report/"


def article(html: str, *, address: str = "") -> str:
    page = f"<html><nav>menu</nav><article><h1>Made</h1>{html}</article></html>"
    return pdf.made_page("moe", page, "Mixtures", NAMES, SITE, address).article.removeprefix("<h1>Made</h1>")


IN_THE_DOCUMENT = {
    "ids": ('<p id="a"></p>', '<p id="moe--a"></p>'),
    "what names ids": (
        '<ul aria-labelledby="a b"><label for="c"></label></ul>',
        '<ul aria-labelledby="moe--a moe--b"><label for="moe--c"></label></ul>',
    ),
    "parts of drawings": ('<g clip-path="url(#c)"/>', '<g clip-path="url(#moe--c)"/>'),
    "a place on the page": ('<a href="#a">x</a>', '<a href="#moe--a">x</a>'),
    "a page": ('<a href="index.html">x</a>', '<a href="#index">x</a>'),
    "a place on another page": ('<a href="index.html#a">x</a>', '<a href="#index--a">x</a>'),
    "another site": ('<a href="https://example.org/#a">x</a>', '<a href="https://example.org/#a">x</a>'),
    "a picture": ('<img alt="x" src="files/x.svg">', '<img alt="x" src="file:///a%20site/files/x.svg">'),
    "text that looks like a tag": ("<p>a &lt;p id=&quot;x&quot;&gt;</p>", "<p>a &lt;p id=&quot;x&quot;&gt;</p>"),
    "a sign in an attribute": ('<p title="a > b" id="c"></p>', '<p title="a > b" id="moe--c"></p>'),
}


@pytest.mark.parametrize("case", IN_THE_DOCUMENT)
def test_a_page_keeps_its_links_as_a_part_of_the_document(case: str) -> None:
    html, expected = IN_THE_DOCUMENT[case]
    assert article(html) == expected


def test_a_file_is_reached_at_the_address_of_the_site_or_not_at_all() -> None:
    link = '<a class="x" href="data/moe.csv">CSV</a>'
    assert article(link, address=ADDRESS) == f'<a class="x" href="{ADDRESS}data/moe.csv">CSV</a>'
    assert article(link) == '<a class="x">CSV</a>'


@pytest.mark.parametrize(
    "html",
    [
        "<script>a</script>",
        "<noscript>a</noscript>",
        '<form class="x"><label>a</label></form>',
        '<details class="code"><summary>Show code</summary>a</details>',
        '<details class="chart-data" id="x"><p>a</p><details><p>b</p></details>c</details>',
        '<section class="behind" aria-labelledby="behind"><h2 id="behind">a</h2></section>',
    ],
)
def test_what_needs_a_screen_is_left_out_whole(html: str) -> None:
    assert article(f"<p>before</p>{html}<p>after</p>") == "<p>before</p><p>after</p>"


def test_other_parts_that_open_are_open_on_paper() -> None:
    html = '<details><summary>Evidence</summary><details class="code">a</details><p>b</p></details>'
    assert article(html) == "<details><summary>Evidence</summary><p>b</p></details>"


def test_a_link_to_what_is_left_out_is_only_its_words() -> None:
    html = '<p id="a"><a href="#a">x</a> <a href="#gone">y</a></p>'
    assert pdf.without_dead_links(html) == '<p id="a"><a href="#a">x</a> <a>y</a></p>'


def test_a_page_of_another_form_is_refused_in_one_line() -> None:
    with pytest.raises(PipelineError, match=r"no article in moe\.html: run `make site`"):
        pdf.made_page("moe", "<p>x</p>", "Mixtures", NAMES, SITE, "")


def test_every_page_of_the_book_has_a_short_title_for_the_contents() -> None:
    book = PROJECT / "book"
    names = PAGE.findall((book / "myst.yml").read_text(encoding="utf-8"))
    assert names[0] == "index"
    assert all(0 < len(pdf.short_title(book / f"{name}.md")) <= 24 for name in names)


def test_authors_are_people_or_groups() -> None:
    assert pdf.author({"name": "the authors"}) == "the authors"
    assert pdf.author({"given-names": "Ada", "family-names": "Lovelace"}) == "Ada Lovelace"
