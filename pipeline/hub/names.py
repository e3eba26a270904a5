"""Look up names among the ids of the snapshot: a few among many, or many that are sorted."""

import numpy as np
import polars as pl

from pipeline.hub.arrays import Ints


def places(names: pl.Series, ids: pl.Series) -> pl.Series:
    """Row of each name in `ids`, which are distinct; null where it is absent."""
    wanted = names.to_frame("name")
    return wanted.join(among(ids, names), on="name", how="left", maintain_order="left")["place"].cast(pl.Int64)


def searched(names: pl.Series, ids: pl.Series) -> pl.Series:
    """The same as `places` for ids that are sorted; fastest for names that nearly are."""
    if ids.is_empty():
        return pl.Series([None], dtype=pl.Int64).new_from_index(0, names.len())
    place = pl.Series(np.minimum(ids.search_sorted(names).to_numpy(), ids.len() - 1), dtype=pl.Int64)
    return pl.select(pl.when(ids.gather(place) == names).then(place)).to_series()


def among(ids: pl.Series, names: pl.Series) -> pl.DataFrame:
    """`name, place` of the ids that are among the names.

    Hashes come first, since millions of integers are compared faster than texts; texts decide among the few that match.
    """
    wanted = names.drop_nulls().unique()
    rows = ids.hash().is_in(wanted.hash().implode()).arg_true()
    matches = pl.DataFrame({"name": ids.gather(rows), "place": rows})
    return matches.join(wanted.to_frame("name"), on="name", how="semi")


def interned(texts: pl.Series) -> tuple[pl.Series, Ints]:
    """The distinct texts, sorted, and the place of each text among them. texts: none is null; may be categories.

    A categorical is a hash table in the order of arrival: only the distinct texts are sorted.
    """
    codes = _categorical(texts)
    distinct = codes.unique().cast(pl.String).sort()
    return distinct, _places(codes, distinct.cast(codes.dtype))


def in_any_order(texts: pl.Series) -> tuple[pl.Series, Ints]:
    """The same without the sort, which with the look-up behind it takes longer than all else where few texts repeat."""
    codes = _categorical(texts)
    distinct = codes.unique()
    return distinct.cast(pl.String), _places(codes, distinct)


def _categorical(texts: pl.Series) -> pl.Series:
    return texts if isinstance(texts.dtype, pl.Categorical) else texts.cast(pl.Categorical(pl.Categories.random()))


def _places(codes: pl.Series, distinct: pl.Series) -> Ints:
    """The place of each code among the distinct ones. Both: of one categorical."""
    code = distinct.to_physical().to_numpy()
    place = np.zeros(int(code.max(initial=0)) + 1, dtype=np.int64)
    place[code] = np.arange(code.size)
    return place[codes.to_physical().to_numpy()]


def numbered(edges: pl.DataFrame, names: pl.Series) -> pl.DataFrame:
    """Edges (`child, parent`) with `child_node, parent_node`: their places in the sorted `names`.

    Repositories that are not in `names` get the numbers after its end, in the order of their ids.
    """
    ids = pl.concat([edges["child"], edges["parent"].alias("child")]).unique().sort().to_frame("name")
    known = ids.with_columns(place=searched(ids["name"], names))
    after_end = len(names) + pl.col("place").is_null().cum_sum() - 1
    node = known.with_columns(place=pl.coalesce("place", after_end).cast(pl.UInt32))
    return edges.with_columns(
        edges.select(name=side).join(node, on="name", how="left", maintain_order="left")["place"].alias(f"{side}_node")
        for side in ("child", "parent")
    )
