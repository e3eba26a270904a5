"""What may be quoted of conversions: who ships them in time, and in which formats."""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, fact, sentence
from pipeline.chapters.vendors.schema import ALL, ANY, MAKER, OTHERS
from pipeline.chapters.vendors.wording import ENOUGH, FEW, NAMED

_FORMATS = "data/out/vendors/vendor_formats.parquet"


FORMAT_NAMES = {"bits": "a number of bits (4bit)", "int": "integers (Int4)", "16 bits": "16 bits (bf16)"}
"""Formats of the register whose names say little by themselves."""


def format_name(name: str) -> str:
    """A format as a reader meets it."""
    return FORMAT_NAMES.get(name, name)


def format_facts(formats: pl.DataFrame, coverage: str) -> Facts:
    """What comes out with a release: by the makers themselves, by others, and how sure that is."""
    everyone = formats.filter(pl.col("group") == ALL)
    if everyone.is_empty():
        gap = "No dated release of the register is old enough to tell"
        return {"vendors.formats.title": sentence(gap, _FORMATS)} | {
            f"vendors.formats.{key}": sentence(f"{gap}.", _FORMATS) for key in ("sentence", "makers", "undated")
        }
    total = {row["shipped_by"]: row for row in everyone.filter(pl.col("format") == ANY).iter_rows(named=True)}
    maker, others = total[MAKER], total[OTHERS]
    n = maker["releases"]
    shares = {key: row["releases_in_time"] / n for key, row in total.items()}
    least = "at least " if others["undated"] else ""
    lead = words.order(shares[MAKER], shares[OTHERS])
    title = {
        1: "Makers convert their own releases in time more often than others do",
        -1: "Others convert new releases in time more often than their makers do",
        0: "Makers and others convert about as many new releases in time",
    }[lead]
    if coverage != "census":
        title = f"In this {coverage}, {title[:1].lower()}{title[1:]}"
        if max(row["releases_in_time"] for row in total.values()) < ENOUGH:
            title = f"Too few conversions are in this {coverage} to tell who ships them in time"
    by_format = everyone.filter(pl.col("format") != ANY, pl.col("releases_in_time") > 0)
    leading = {
        who: by_format.filter(pl.col("shipped_by") == who)
        .sort("releases_in_time", "format", descending=[True, False])["format"]
        .head(NAMED)
        .to_list()
        for who in (MAKER, OTHERS)
    }
    most = [
        f"{who} {words.listed([format_name(name) for name in names])}"
        for who, names in _leading_names(leading).items()
        if names
    ]
    undated, found = (int(maker[key] + others[key]) for key in ("undated", "conversions"))
    if found and undated == found:
        return _undated_formats(n, found, maker["releases_ever"] / n, others["releases_ever"] / n)
    return {
        "vendors.formats.n": fact(n, words.number(n), _FORMATS, "releases"),
        "vendors.formats.maker": fact(shares[MAKER], words.percent(shares[MAKER]), _FORMATS, "share of releases"),
        "vendors.formats.others": fact(shares[OTHERS], words.percent(shares[OTHERS]), _FORMATS, "share of releases"),
        "vendors.formats.title": sentence(title, _FORMATS),
        "vendors.formats.sentence": sentence(
            f"Of {words.number(n)} releases dated early enough to tell, {words.percent(shares[MAKER])} had a "
            f"conversion by their own maker in time and {least}{words.percent(shares[OTHERS])} one by others; by now "
            f"it is {words.percent(maker['releases_ever'] / n)} and {words.percent(others['releases_ever'] / n)}."
            + (f" Most often {'; '.join(most)}." if most else ""),
            _FORMATS,
        ),
        "vendors.formats.makers": sentence(_own_formats(formats), _FORMATS),
        "vendors.formats.undated": sentence(_bound(undated, found, coverage), _FORMATS),
    }


def _undated_formats(n: int, found: int, by_makers: float, by_others: float) -> Facts:
    """What is known of conversions none of which is dated: that they are there, not when they came."""
    gap = f"None of {words.number(found)} conversions has a date in this snapshot"
    return {
        "vendors.formats.n": fact(n, words.number(n), _FORMATS, "releases"),
        "vendors.formats.maker": fact(None, "", _FORMATS, "share of releases"),
        "vendors.formats.others": fact(None, "", _FORMATS, "share of releases"),
        "vendors.formats.title": sentence("This snapshot cannot show who ships conversions in time", _FORMATS),
        "vendors.formats.sentence": sentence(
            f"Of {words.number(n)} dated releases, {words.percent(by_makers)} have a conversion by their own maker and "
            f"{words.percent(by_others)} one by others, whenever it came.",
            _FORMATS,
        ),
        "vendors.formats.makers": sentence("It cannot show which makers convert in time.", _FORMATS),
        "vendors.formats.undated": sentence(f"{gap}.", _FORMATS),
    }


def _bound(undated: int, found: int, coverage: str) -> str:
    """Why a share may be too low."""
    dated = (
        f"{words.number(undated)} of {words.number(found)} conversions have no date in this snapshot"
        if undated
        else f"All {words.number(found)} conversions found here are dated"
    )
    if coverage != "census":
        return f"{dated}, and a {coverage} lacks many conversions, makers’ own among them: shares are lower bounds."
    return f"{dated}, so shares in time are lower bounds." if undated else f"{dated}."


def _leading_names(leading: dict[str, list[str]]) -> dict[str, list[str]]:
    return {"makers ship": leading[MAKER], "others": leading[OTHERS]}


def _own_formats(formats: pl.DataFrame) -> str:
    """Makers that convert most of their own releases in time."""
    own = (
        formats.filter(
            pl.col("shipped_by") == MAKER, pl.col("format") == ANY, pl.col("group") != ALL, pl.col("releases") >= FEW
        )
        .with_columns(share=pl.col("releases_in_time") / pl.col("releases"))
        .sort("share", "group", descending=[True, False])
    )
    some = own.filter(pl.col("releases_in_time") > 0)
    if some.is_empty():
        return "No maker is known here to have converted a release of its own in time."
    first = [
        f"{row['group']} ({words.percent(row['share'])} of {words.number(row['releases'])})"
        for row in some.head(NAMED).iter_rows(named=True)
    ]
    verb = "do so" if len(first) > 1 else "does so"
    return (
        f"{words.listed(first)} {verb} most often; {words.word(own.height - some.height)} of "
        f"{words.number(own.height)} makers with at least {words.word(FEW)} releases never do, as far as is known here."
    )
