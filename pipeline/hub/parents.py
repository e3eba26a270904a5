"""Find the repository that each stated text means: repair it, match it with the snapshot, follow it to newer names.

1. Values are cleaned: list marks (`- `), quotes, addresses (`https://huggingface.co/`), `/tree/<branch>` endings. What
   is left must look like an id, or it is dropped.
2. Ids do not depend on letter case: one that differs from a repository of the snapshot only by case is that
   repository; absent ones that differ only by case are one, in the spelling that most links use.
3. Renames of the register are followed to the end, unless the snapshot still lists the old name and not the new one:
   it shows the Hub before the move.

Each repair is counted, in links. Each distinct text is repaired and looked up once.

Known drawbacks: a rename that the register lacks makes two repositories of one; where several repositories of the
snapshot differ by case alone, a text in a third case means none of them.
"""

import polars as pl

from pipeline.hub.checks import Checks
from pipeline.hub.names import among, places, searched
from pipeline.snapshot.schema import LONGEST_NAME

LONGEST_RENAME = 8

ID = r"^[A-Za-z0-9_.\-]+(/[A-Za-z0-9_.\-]+)?$"
"""What the Hub lets an id be; letters of other alphabets would only look like one."""


def resolve(values: pl.DataFrame, ids: pl.Series, renames: pl.DataFrame) -> tuple[pl.DataFrame, Checks]:
    """The repository that each distinct value means, and what was repaired, in links.

    `values` has `value` and `uses` (links that state it); `ids` are sorted. Returns `name` (null:
    no id) and `place` in `ids` (null: absent), row by row.
    """
    cleaned = values.with_columns(parent=_clean(pl.col("value")))
    is_id = pl.col("parent").str.contains(ID) & (pl.col("parent").str.len_bytes() <= LONGEST_NAME)
    valid = cleaned.with_columns(parent=pl.when(is_id).then("parent"))
    cased = match_case(valid, ids)
    moved = _moved(cased, ids, renames)
    spelled = _one_spelling(moved)

    def uses(frame: pl.DataFrame, changed: pl.Series) -> int:
        return int(frame["uses"].filter(changed).sum())

    return spelled.select(name="parent", place="place"), {
        "links cleaned": (
            uses(cleaned, cleaned["parent"] != cleaned["value"]),
            "list marks, quotes, addresses or branch endings taken off",
        ),
        "links dropped as no repository id": (
            uses(valid, valid["parent"].is_null()),
            "what is left has not the form owner/name",
        ),
        "links matched by case": (
            uses(cased, (cased["parent"] != valid["parent"]).fill_null(False)),
            "the same id in other letter case is in the snapshot",
        ),
        "links renamed": (
            uses(moved, (moved["parent"] != cased["parent"]).fill_null(False)),
            "the parent moved; the register knows where to",
        ),
        "links to a ghost under one spelling": (
            uses(spelled, (spelled["parent"] != moved["parent"]).fill_null(False)),
            "absent parents that differ only by letter case are one",
        ),
    }


_AROUND = " \t\r\n\"'`[]\u00a0\u200b\u200c\u200d\u2060\ufeff"
"""What copying leaves around an id: marks, and spaces that nobody sees."""


def _clean(value: pl.Expr) -> pl.Expr:
    """A parent's id without what people wrote around it."""
    return (
        value.str.strip_chars(_AROUND)
        .str.replace(r"^-\s+", "")
        .str.replace(r"^https?://(www\.)?(huggingface\.co|hf\.co)/", "")
        .str.replace(r"/(tree|blob|resolve)/.*$", "")
        .str.strip_chars(" /\"'")
    )


def match_case(values: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    """`parent` in the snapshot's letter case where that is the only difference, with its `place`."""
    exact = searched(values["parent"], ids)
    unknown = values.select("parent").filter(pl.col("parent").is_not_null() & exact.is_null()).unique()
    lower = unknown.with_columns(lower=pl.col("parent").str.to_lowercase())
    others = (
        among(ids.str.to_lowercase(), lower["lower"])
        .rename({"name": "lower"})
        .with_columns(real=pl.lit(ids).gather("place"))
        .filter(pl.len().over("lower") == 1)
    )
    matched = lower.join(others, on="lower").select("parent", "real", pl.col("place").cast(pl.Int64))
    return (
        values.with_columns(exact=exact)
        .join(matched, on="parent", how="left", maintain_order="left")
        .with_columns(parent=pl.coalesce("real", "parent"), place=pl.coalesce("exact", "place"))
        .drop("exact", "real")
    )


def _moved(values: pl.DataFrame, ids: pl.Series, renames: pl.DataFrame) -> pl.DataFrame:
    """Values under their newest name, unless the snapshot lists the old one alone."""
    target = follow_renames(values.select("parent"), renames)["parent"]
    is_renamed = (target != values["parent"]).fill_null(False)
    if not is_renamed.any():
        return values
    place = places(target.set(~is_renamed, None), ids)
    is_moved = is_renamed & (values["place"].is_null() | place.is_not_null())
    return values.with_columns(
        parent=target.zip_with(is_moved, values["parent"]), place=place.zip_with(is_moved, values["place"])
    )


def follow_renames(links: pl.DataFrame, renames: pl.DataFrame) -> pl.DataFrame:
    """Parents under their newest name; `old/*` moves a whole namespace. Stops after eight moves."""
    is_space = pl.col("old").str.ends_with("/*")
    spaces = renames.filter(is_space).select(
        space=pl.col("old").str.strip_suffix("/*"), moved=pl.col("new").str.strip_suffix("/*")
    )
    single = renames.filter(~is_space).select(parent="old", target="new")
    for _ in range(LONGEST_RENAME):
        before = links["parent"]
        links = (
            links.join(single, on="parent", how="left", maintain_order="left")
            .with_columns(parent=pl.coalesce("target", "parent"))
            .with_columns(space=pl.col("parent").str.extract("^([^/]+)/"))
            .join(spaces, on="space", how="left", maintain_order="left")
            .with_columns(
                parent=pl.when(pl.col("moved").is_not_null())
                .then(pl.col("moved") + pl.col("parent").str.extract("(/.*)$"))
                .otherwise("parent")
            )
            .drop("target", "space", "moved")
        )
        if before.equals(links["parent"]):
            break
    return links


def _one_spelling(values: pl.DataFrame) -> pl.DataFrame:
    """Absent parents that differ only by case under the spelling that most links use."""
    absent = values.filter(pl.col("place").is_null() & pl.col("parent").is_not_null())
    spelling = (
        absent.group_by("parent")
        .agg(pl.col("uses").sum())
        .with_columns(lower=pl.col("parent").str.to_lowercase())
        .filter(pl.len().over("lower") > 1)
        .sort("lower", -pl.col("uses").cast(pl.Int64), "parent")
        .with_columns(chosen=pl.col("parent").first().over("lower"))
        .select("parent", "chosen")
    )
    if spelling.is_empty():
        return values
    return (
        values.join(spelling, on="parent", how="left", maintain_order="left")
        .with_columns(parent=pl.coalesce("chosen", "parent"))
        .drop("chosen")
    )
