"""Series: repositories that a machine made, one after the other.

A series is a set of repositories of one uploader on one declared base whose names are equal but for digits, a least
number of them (`series.minimum` in params.yaml, ten). So `one/Qwen-Qwen1.5-7B-1719091586` and its ninety sisters on
Qwen/Qwen1.5-7B are one series; ten fine-tunes with names of their own are none.

1. Of each declared edge, the uploader is what stands before the slash of the child's id, and the pattern is the rest
   with every run of digits replaced by #.
2. Edges of one uploader, base and pattern with at least so many children are a series. The first child by id stands
   for it.

Known drawbacks: names tell how repositories were named, not who or what made them: a person who uploads a checkpoint
every thousand steps makes a series too, and one who numbers eleven experiments by hand. Machines that name by letters
or by whole words are missed, and so are series whose base no card declares. A maker's own sizes of one base would be a
series too; counts of what is built on a group leave its own repositories out.

What the digits say (`digits_of`) follows from the runs that differ within a series: patterns of the register are tried
in order on `text<digits>text`, the first that any of these runs fits says it.
"""

import polars as pl

NODE = pl.UInt32

DIGITS = r"[0-9]+"
_SERIES = ["uploader", "parent_node", "pattern"]


def pattern_of(child: pl.Expr) -> pl.Expr:
    """A repository's name without its owner, each run of digits replaced by #."""
    return child.str.replace(r"^[^/]*/", "").str.replace_all(DIGITS, "#")


def uploader_of(child: pl.Expr) -> pl.Expr:
    """What stands before the slash of an id; the id itself where there is none."""
    return child.str.splitn("/", 2).struct.field("field_0")


def with_series(edges: pl.DataFrame, minimum: int) -> pl.DataFrame:
    """Declared edges, in their order, with `series_node`: the first child of the edge's series, null without one.

    edges: `child, parent, child_node, parent_node`, each child and parent once, nodes in the order of ids. minimum:
    repositories that make a series. Patterns are worked out only for uploaders with so many children on one base.
    """
    numbered = edges.lazy().select("child", "child_node", "parent_node").with_row_index("row")
    members = (
        numbered.with_columns(uploader=uploader_of(pl.col("child")))
        .filter(pl.len().over("uploader", "parent_node") >= minimum)
        .with_columns(pattern=pattern_of(pl.col("child")))
        .filter(pl.len().over(_SERIES) >= minimum)
        .select("row", series_node=pl.col("child_node").min().over(_SERIES))
    )
    found = numbered.select("row").join(members, on="row", how="left", maintain_order="left").collect()
    return edges.with_columns(found["series_node"].cast(NODE))


def without_series(edges: pl.DataFrame) -> pl.DataFrame:
    """Inferred edges, which are in no series: what nobody declared has no one base."""
    return edges.with_columns(series_node=pl.lit(None, NODE))


NUMBER = "number"
"""What digits say that no pattern of the register knows."""

_GAP = "\0"


def names_of(members: pl.DataFrame) -> pl.DataFrame:
    """`series, name`: the id of each series' first member with # for the digits that differ; in order of series.

    members: `series, id`. So `one/Qwen-Qwen1.5-7B-1719091586` and its sisters are `one/Qwen-Qwen1.5-7B-#`.
    """
    part = pl.col("before") + pl.when(pl.col("different") > 1).then(pl.lit("#")).otherwise("digits")
    owner = pl.col("id").first().str.extract("^([^/]*/)").fill_null("")
    by_series = _runs(members).group_by("series", maintain_order=True)
    return by_series.agg(name=owner + part.str.join("") + pl.col("after").last()).collect()


def differing(members: pl.DataFrame) -> pl.DataFrame:
    """`series, place, text`: each run of digits that differs within a series, as its first member has it.

    members: `series, id`. text: `before<digits>after` in lower case, with the next run on both sides.
    """
    text = pl.format("{}{}<{}>{}{}{}", "earlier", "before", "digits", "after", "later", "last").str.to_lowercase()
    return _runs(members).filter(pl.col("different") > 1).select("series", "place", text=text).collect()


def _runs(members: pl.DataFrame) -> pl.LazyFrame:
    """Each run of digits of the first member of each series, in order, with what stands around it.

    members: `series, id`; all of a series have as many runs. `series, id, place, digits, different` (values within the
    series), `before, after` (text up to the next runs), `earlier, later` (these runs), `last` (the text behind the
    later one); empty where there is none.
    """
    runs = pl.col("digits").list.len()
    parts = {
        "place": pl.int_ranges(runs),
        "earlier": pl.col("digits").list.shift(1),
        "before": pl.col("around").list.head(runs),
        "after": pl.col("around").list.slice(1),
        "later": pl.col("digits").list.shift(-1),
        "last": pl.col("around").list.slice(1).list.shift(-1),
    }
    named = members.lazy().with_columns(name=pl.col("id").str.replace(r"^[^/]*/", ""))
    different = (
        named.select("series", digits=pl.col("name").str.extract_all(DIGITS))
        .with_columns(place=pl.int_ranges(runs))
        .explode("digits", "place")
        .group_by("series", "place")
        .agg(different=pl.col("digits").n_unique())
    )
    return (
        named.sort("series", "id")
        .unique("series", keep="first", maintain_order=True)
        .select(
            "series",
            "id",
            digits=pl.col("name").str.extract_all(DIGITS),
            around=pl.col("name").str.replace_all(DIGITS, _GAP).str.split(_GAP),
        )
        .with_columns(**parts)
        .explode("digits", *parts)
        .drop_nulls("digits")
        .with_columns(pl.col("earlier", "later", "last").fill_null(""))
        .join(different, on=["series", "place"], maintain_order="left")
    )


def digits_of(members: pl.DataFrame, patterns: pl.DataFrame) -> pl.DataFrame:
    """`series, digits`: what the digits of each series say, one row each, in order.

    members: `series, id`. patterns: the table `series_patterns` of the register.
    """
    rules = patterns.sort("order")
    first = pl.min_horizontal(
        pl.when(pl.col("text").str.contains(pattern)).then(place) for place, pattern in enumerate(rules["name_pattern"])
    )
    meanings = dict(enumerate(rules["meaning"]))
    by_rule = differing(members).group_by("series").agg(first.min().alias("rule"))
    known = by_rule.select(
        "series", digits=pl.col("rule").replace_strict(meanings, default=NUMBER, return_dtype=pl.String)
    )
    all_of_them = members.select("series").unique().sort("series")
    return all_of_them.join(known, on="series", how="left").with_columns(pl.col("digits").fill_null(NUMBER))
