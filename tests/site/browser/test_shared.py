"""The site as it is published: every page unfurls by itself."""

from pathlib import Path

from tests.site.test_sharing import Shared, size

from .checks import PAGES


def test_every_page_has_a_title_and_a_picture_of_its_own(site: Path) -> None:
    pages = {name: Shared(site / f"{name}.html") for name in PAGES}
    for statement in ("title", "og:image"):
        values = [page.only(statement) for page in pages.values()]
        assert sorted(values) == sorted(set(values)), statement
    for page in pages.values():
        assert size(site / page.only("og:image")) == (1200, 630)
        assert page.only("og:description")


def test_a_page_with_a_drawn_figure_has_it_as_its_picture(site: Path) -> None:
    for name in PAGES:
        html = (site / f"{name}.html").read_text(encoding="utf-8")
        assert html.count(" data-picture") == (1 if '<figure class="chart span-' in html else 0), name


def test_a_build_that_knows_no_address_names_none(site: Path) -> None:
    for name in PAGES:
        page = Shared(site / f"{name}.html")
        assert not {"og:url"} & set(page.statements)
        assert "canonical" not in page.links
    assert (site / "feed.xml").exists()
    assert (site / "data" / "croissant.json").exists()
