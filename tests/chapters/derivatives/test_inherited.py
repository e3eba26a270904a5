"""What derivatives keep of their base: who is compared with whom, and what counts as kept."""

import polars as pl

from pipeline.chapters.derivatives.inherited import inherited

BASE = ("qwen/qwen2.5-7b", "Qwen", "Alibaba", False, True, 152_064, 28, 3584, "qwen2")


def found(*rows: tuple[object, ...], declared: list[tuple[int, int]] | None = None) -> dict[str, tuple[int, ...]]:
    """By family: repositories compared, and how many keep vocabulary, shape and architecture."""
    columns = ("name", "family", "organisation", "is_quantized_format", "is_release")
    shape = ("vocab_size", "layers", "hidden_size", "architecture")
    known = pl.DataFrame([BASE, *rows], schema=[*columns, *shape], orient="row").with_row_index("id")
    links = pl.DataFrame(declared or [], schema={"child": pl.UInt32, "parent": pl.UInt32}, orient="row")
    return {row[0]: row[1:] for row in inherited(known, links).iter_rows()}


def child(name: str, vocabulary: int = 152_064, layers: int = 28, owner: str | None = None, *, packed: bool = False):
    return (name, None, owner, packed, False, vocabulary, layers, 3584, "qwen2")


def test_a_name_that_begins_with_a_release_is_compared_with_it() -> None:
    assert found(child("one/qwen2.5-7b-medical"), child("two/qwen2.5-7b-small", 32_000)) == {
        "Qwen": (2, 1, 2, 2),
        "all": (2, 1, 2, 2),
    }


def test_copies_quantized_formats_and_the_makers_own_are_left_out() -> None:
    assert not found(
        child("one/qwen2.5-7b"),
        child("one/qwen2.5-7b-awq", packed=True),
        child("qwen/qwen2.5-7b-chat", owner="Alibaba"),
        child("one/qwen2.5-72b-medical"),
    )


def test_a_declared_parent_counts_whatever_the_name() -> None:
    assert found(child("one/model", layers=14), declared=[(1, 0)]) == {"Qwen": (1, 1, 0, 1), "all": (1, 1, 0, 1)}
