"""Plain words: those that CONTRIBUTING.md rules out stand in no file, and no name is one of those that it rules out."""

import io
import re
import tokenize
from fnmatch import fnmatchcase

from pipeline.base.paths import PROJECT

from .test_setup import tracked_files

SEARCHED = ("pipeline", "tests", "book", "scripts", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "dvc.yaml",
            "params.yaml", "Makefile")  # fmt: skip
OTHERS_WORDS = ("*.csv", "*.bib", "pipeline/register/*.yaml", "LICENSE*")
"""Data and quotations, in the words of others."""
VERDICT = re.compile(r"\bheld then\b", re.IGNORECASE)
"""The verdict `held_then`, as pages call it."""


def ruled_out(beginning: str) -> list[str]:
    """The words in backticks on the line of CONTRIBUTING.md that begins so."""
    lines = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()
    (line,) = (line for line in lines if line.startswith(beginning))
    return re.findall(r"`([^`]+)`", line)


def texts() -> dict[str, str]:
    """The text of each file that the words are looked for in, by its path."""
    found = {}
    for file in tracked_files():
        path = file.relative_to(PROJECT).as_posix()
        if path.split("/")[0] in SEARCHED and not any(fnmatchcase(path, pattern) for pattern in OTHERS_WORDS):
            content = file.read_bytes()
            if b"\0" not in content:  # as tables have it
                found[path] = content.decode("utf-8")
    return found


def words_in(text: str, words: list[str]) -> list[tuple[int, str]]:
    """Line and word of each of these words in a text, in any case, but for the two lists themselves."""
    pattern = re.compile(rf"\b({'|'.join(map(re.escape, words))})\b", re.IGNORECASE)
    return [
        (number, word)
        for number, line in enumerate(text.splitlines(), start=1)
        if not line.startswith(("Words that stand nowhere:", "Names that nothing bears:"))
        for word in pattern.findall(VERDICT.sub("", line))
    ]


def names_in(code: str, names: list[str]) -> list[tuple[int, str]]:
    """Line and name of each identifier of Python that is one of these, in any case and with underscores around it."""
    tokens = tokenize.generate_tokens(io.StringIO(code).readline)
    return [
        (token.start[0], token.string)
        for token in tokens
        if token.type == tokenize.NAME and token.string.strip("_").lower() in names
    ]


def test_the_words_that_are_ruled_out_stand_nowhere() -> None:
    words = ruled_out("Words that stand nowhere:")
    found = [f"{path}:{line}: {word}" for path, text in texts().items() for line, word in words_in(text, words)]
    assert not found, "say it plainly:\n" + "\n".join(found)


def test_the_names_that_are_ruled_out_are_borne_by_nothing() -> None:
    names = ruled_out("Names that nothing bears:")
    code = {path: text for path, text in texts().items() if path.endswith(".py")}
    found = [f"{path}:{line}: {name}" for path, text in code.items() for line, name in names_in(text, names)]
    assert not found, "name what it is:\n" + "\n".join(found)


def test_a_word_is_found_whole_and_in_any_case() -> None:
    text = "Murky by all.\nmurky_then, unmurky\nWords that stand nowhere: `murky`\n"
    assert words_in(text, ["murky"]) == [(1, "Murky")]
    assert words_in("Held then", ruled_out("Words that stand nowhere:")) == [], "a verdict"


def test_a_name_is_found_where_it_is_bound_or_used() -> None:
    code = "class Murky: ...\n\n\ndef of(x, _dim=1):\n    return x.dull + dim_back  # murky\n"
    assert names_in(code, ["murky", "dim", "dull"]) == [(1, "Murky"), (4, "_dim"), (5, "dull")]
