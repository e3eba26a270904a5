"""What a page's cells load."""

import subprocess
import sys

import pytest

from pipeline.base.errors import SiteError
from pipeline.base.facts import PageFacts, fact

FACTS = PageFacts({"oak.count": fact(3, "three", "made")}, ["hub", "trees"])


def test_a_fact_is_quoted_in_words_or_as_its_value() -> None:
    assert (FACTS.text("oak.count"), FACTS.value("oak.count")) == ("three", 3)


def test_an_unknown_fact_is_refused_in_one_line_that_names_it_and_the_page_s_chapters() -> None:
    with pytest.raises(SiteError, match=r"no fact oak\.size in the facts of hub, trees.*load\.facts") as refused:
        FACTS.text("oak.size")
    assert "\n" not in str(refused.value)


def test_facts_of_a_page_with_more_of_them_are_still_those_of_a_page() -> None:
    more = FACTS | {"elm.count": fact(None, "", "made")}
    assert more.value("elm.count") is None
    with pytest.raises(SiteError, match="hub, trees"):
        more.text("oak.size")


def test_a_page_of_tables_is_spared_the_third_of_a_second_that_altair_takes() -> None:
    code = "import sys; from pipeline.charts.kit import families, figure, load, table; print('altair' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"False\n"
