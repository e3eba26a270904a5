"""Sentences as templates: what a writer may write, and what a slip is reported as."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.base import templates
from pipeline.base.errors import FactError


@pytest.fixture
def written(tmp_path: Path) -> Any:
    """One sentence with its values."""

    def render(text: str, **values: Any) -> str:
        indented = "\n".join(f"  {line}" for line in text.splitlines())
        return read(tmp_path, f"a.sentence: |\n{indented}\n").text("a.sentence", values)

    return render


def read(tmp_path: Path, text: str) -> templates.Sentences:
    path = tmp_path / "chapter" / "sentences.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return templates.read(path)


# -------------------------------------------------------------------------------------- what is written


@pytest.mark.parametrize(
    ("text", "values", "sentence"),
    [
        ("{{ n | large(4) }} hours", {"n": 2_788_000}, "2.788 million hours"),
        ("{{ low | dollar_range(high) }}", {"low": 6.8e6, "high": 34e6}, "$6.8 to $34 million"),
        ("{{ low | span(high) }} times", {"low": 2.31, "high": 14.09}, "2.3 to 14 times"),
        ("{{ share | percent }}", {"share": 0.163}, "16%"),
        ("{{ n | out_of(9) | first_upper }} runs", {"n": 0}, "None of nine runs"),
        ("{{ n | counted('run') }}", {"n": 1}, "1 run"),
        ("{{ flops | scientific }}", {"flops": 3.3e24}, "3.3 × 10²⁴"),
        ("${{ price | decimals(2) }}", {"price": 2.5}, "$2.50"),
        ("{{ names | listed }}", {"names": ["a", "b", "c"]}, "a, b and c"),
        ("{{ names | either }}", {"names": ["a", "b", "c"]}, "a, b or c"),
    ],
)
def test_values_read_as_everywhere_in_the_report(
    text: str, values: dict[str, Any], sentence: str, written: Any
) -> None:
    assert written(text, **values) == sentence


@pytest.mark.parametrize(("names", "sentence"), [("a", "a"), ("ab", "a and b"), ("abc", "a, b and c")])
def test_several_things_are_named_one_after_the_other(names: str, sentence: str, written: Any) -> None:
    text = "{% for name in names %}\n  {{ name }}\n  {{- loop | comma_or_and }}\n{%- endfor %}."
    assert written(text, names=list(names)) == f"{sentence}."


def test_a_template_of_many_lines_gives_one(written: Any) -> None:
    text = "{% if up %}\n\n  It\n     rose\n{% else %}\n  It fell\n{% endif %}\nlately\n{%- if up %}, too{% endif %}.\n"
    assert written(text, up=True) == "It rose lately, too."
    assert written(text, up=False) == "It fell lately."


def test_a_space_that_breaks_no_line_stays(written: Any) -> None:
    assert written("{{ name }}", name="a\u00a0b") == "a\u00a0b"


def test_a_name_from_the_hub_is_no_template(written: Any) -> None:
    odd = "{{ 6 * 7 }} {% for x in y %} <b>&amp;"
    assert written("It is {{ name }}.", name=odd) == f"It is {odd}."


def test_sentences_are_facts_under_their_key(tmp_path: Path) -> None:
    both = read(tmp_path, "a.title: It is {{ n }}\na.sentence: It is {{ n }}.\n")
    facts = both.facts("data/out/a.parquet", {"n": 3}, "a.title", "a.sentence")
    assert [fact["text"] for fact in facts.values()] == ["It is 3", "It is 3."]
    assert facts["a.title"] == {
        "value": "It is 3",
        "text": "It is 3",
        "unit": None,
        "source": "data/out/a.parquet",
    }


# ------------------------------------------------------------------------------------- what is refused


def the_line(error: pytest.ExceptionInfo[FactError]) -> str:
    line = str(error.value)
    assert "\n" not in line
    return line


def test_an_unknown_name_is_reported_with_file_and_key_and_what_is_known(written: Any) -> None:
    with pytest.raises(FactError) as error:
        written("{{ hour }} hours", hours=3, name="V3")
    line = the_line(error)
    assert line == "a.sentence cannot be written ('hour' is undefined) in chapter/sentences.yaml: it knows hours, name"


def test_a_name_in_a_condition_must_be_known_too(written: Any) -> None:
    with pytest.raises(FactError, match="'up' is undefined"):
        written("It {% if up %}rose{% else %}fell{% endif %}.")


def test_a_missing_value_is_no_word_of_a_sentence(written: Any) -> None:
    with pytest.raises(FactError, match="a value is missing"):
        written("It took {{ hours }} hours.", hours=None)
    with pytest.raises(FactError, match=r"a\.sentence cannot be written"):
        written("It took {{ hours | large }} hours.", hours=None)


@pytest.mark.parametrize("text", ["{{ n | bold }}", "{% if n %}", "{{ n", "{{ n | upper }}", "{% include 'x' %}"])
def test_what_is_no_template_is_reported_with_file_and_key(text: str, written: Any) -> None:
    with pytest.raises(FactError) as error:
        written(text, n=3)
    assert "a.sentence" in the_line(error)
    assert "in chapter/sentences.yaml" in the_line(error)


def test_nothing_but_the_values_is_known(written: Any) -> None:
    for text in ("{{ range(3) }}", "{{ lipsum() }}", "{{ namespace() }}"):
        with pytest.raises(FactError, match="is undefined"):
            written(text)


def test_a_key_that_has_no_sentence_is_named(tmp_path: Path) -> None:
    with pytest.raises(FactError, match=r"no sentence b in chapter/sentences\.yaml"):
        read(tmp_path, "a: It is.\n").text("b", {})


@pytest.mark.parametrize("text", ["a: one\na: two\n", "a: 3\n", "- one\n", "", "a: 'one\n"])
def test_a_file_that_is_not_key_and_text_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(FactError) as error:
        read(tmp_path, text)
    assert "sentences.yaml" in the_line(error)
