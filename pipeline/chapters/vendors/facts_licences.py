"""What may be quoted of licences: how the share of permissive ones moved, whose, and that of the two compared."""

from datetime import date

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, sentence
from pipeline.base.params import Report
from pipeline.chapters.vendors.schema import ALL_COUNTRIES
from pipeline.chapters.vendors.wording import ENOUGH, FEW, theirs

_LICENCES = "data/out/vendors/vendor_licences.parquet"
_MOVES = "data/out/vendors/vendor_licence_moves.parquet"


def _rose(before: float, after: float) -> str:
    return {1: "rose", -1: "fell", 0: "stayed"}[-words.order(before, after)]


def licence_facts(licences: pl.DataFrame) -> Facts:
    """How the share under permissive licences moved, over all makers."""
    known = (pl.col("releases") - pl.col("not_known")) >= ENOUGH
    everyone = licences.filter(pl.col("group_kind") == "country", pl.col("group") == ALL_COUNTRIES)
    whole = everyone.filter(~pl.col("is_partial"), known).sort("period")
    unknown, dated = int(everyone["not_known"].sum()), int(everyone["releases"].sum())
    left_out = (
        f"Of {words.number(dated)} dated releases, {words.number(unknown)} have no known licence and are left out."
    )
    facts: Facts = {
        "vendors.licence.unknown": sentence(left_out, _LICENCES),
    }
    if whole.height < 2:
        gap = "Too few dated releases have a known licence to compare half-years."
        return facts | {f"vendors.licence.{key}": sentence(gap, _LICENCES) for key in ("title", "sentence")}
    first, last = whole.row(0, named=True), whole.row(-1, named=True)
    lowest = whole.sort("share_permissive", "period").row(0, named=True)
    least = (
        ""
        if lowest == first
        else f" It was lowest in the {_half(lowest['period'])}, at {words.percent(lowest['share_permissive'])}."
    )
    unfinished = "".join(
        f" So far, the {_half(row['period'])} stands at {words.percent(row['share_permissive'])}."
        for row in everyone.filter("is_partial", known).iter_rows(named=True)
    )
    a, b = first["share_permissive"], last["share_permissive"]
    moved = _rose(a, b)
    how = "as large as" if moved == "stayed" else f"{words.percent(b)}, after {words.percent(a)} in"
    return facts | {
        "vendors.licence.title": sentence(
            f"The share of permissive licences {moved} from {words.percent(a)} to {words.percent(b)} of all countries’ "
            "releases"
            if moved != "stayed"
            else f"The share of permissive licences stayed near {words.percent(b)} of releases",
            _LICENCES,
        ),
        "vendors.licence.sentence": sentence(
            f"In the {_half(last['period'])} the share was {how} the {_half(first['period'])}.{least}{unfinished}",
            _LICENCES,
        ),
    }


def _half(period: date) -> str:
    return f"{'first' if period.month == 1 else 'second'} half of {period.year}"


def move_facts(moves: pl.DataFrame) -> Facts:
    """The last twelve months beside all before: by country for the title, by organisation for the figure."""
    granted = [
        (pl.col(f"{when}_permissive").fill_null(0) * pl.col(when)).round().cast(pl.Int64).alias(f"{when}_open")
        for when in ("before", "recent")
    ]
    counted = moves.with_columns(granted)
    countries = (
        counted.group_by("country")
        .agg(pl.col("recent", "recent_open").sum())
        .filter(pl.col("recent") >= FEW)
        .sort("recent", "country", descending=[True, False])
        .head(2)
        .with_columns(share=pl.col("recent_open") / pl.col("recent"))
        .sort("share", "country", descending=[True, False])
    )
    both = moves.filter(pl.col("before") >= FEW, pl.col("recent") >= FEW).with_columns(
        change=pl.col("recent_permissive") - pl.col("before_permissive")
    )
    if countries.is_empty():
        few = "Too few releases of the last year have a known licence"
        titles = {key: sentence(few, _MOVES) for key in ("vendors.title", "vendors.moves.title")}
        return titles | {key: sentence(f"{few}.", _MOVES) for key in ("vendors.sentence", "vendors.moves.sentence")}
    shares = [f"{words.percent(row['share'])} of {theirs(row['country'])}" for row in countries.iter_rows(named=True)]
    counts = [
        f"{words.number(row['recent_open'])} of {words.number(row['recent'])} in {words.country(row['country'])}"
        for row in countries.iter_rows(named=True)
    ]
    up = both.filter(pl.col("change") > words.EVEN).sort("change", "organisation", descending=[True, False])
    down = both.filter(pl.col("change") < -words.EVEN).sort("change", "organisation")
    same = both.height - up.height - down.height
    return {
        "vendors.title": sentence(
            f"{' and '.join(shares)} releases of the last year are permissively licensed", _MOVES
        ),
        "vendors.sentence": sentence(
            f"Among releases of the last twelve months whose licence is known, that is {words.listed(counts)}.", _MOVES
        ),
        "vendors.moves.title": sentence(_moves_title(up.height, down.height), _MOVES),
        "vendors.moves.sentence": sentence(
            f"Of {words.word(both.height)} {words.plural('maker', both.height)} with at least {words.word(FEW)} such "
            f"releases before and since, {_many(up.height)} became more permissive{_most(up)}, "
            f"{_many(down.height)} less{_most(down)}, and {_many(same)} stayed within {100 * words.EVEN:.0f} points.",
            _MOVES,
        ),
    }


def _many(count: int) -> str:
    return words.word(count) if count else "none"


def _moves_title(up: int, down: int) -> str:
    if not up and not down:
        return "No maker became more or less permissive in a year"
    if up == down:
        return f"As many makers became more permissive as less: {words.word(up)} each"
    more, less = (up, down) if up > down else (down, up)
    how = ("more", "less") if up > down else ("less", "more")
    many = "maker" if more == 1 else "makers"
    return f"{words.word(more).capitalize()} {many} became {how[0]} permissive in a year, {_many(less)} {how[1]}"


def _most(rows: pl.DataFrame) -> str:
    """` (most of all Z.ai, from 10% to 95%)`, of one row without `most of all`."""
    if rows.is_empty():
        return ""
    row = rows.row(0, named=True)
    before, after = words.percent(row["before_permissive"]), words.percent(row["recent_permissive"])
    return f" ({'most of all ' if rows.height > 1 else ''}{row['organisation']}, from {before} to {after})"


def pair_facts(licences: pl.DataFrame, families: pl.DataFrame, report: Report) -> Facts:
    """How many of the releases of subject's and reference's makers are permissively licensed, over all time.

    licences: the table `vendor_licences`. families: `family, organisation`, which say who makes a family.
    """
    maker = dict(families.select("family", "organisation").iter_rows())
    makers = [maker.get(name) or name for name in (report.subject, report.reference)]
    shares = [_share(licences, name) for name in dict.fromkeys(makers)]
    known = [share for share in shares if share]
    text = (
        words.upper(f"{words.listed(known)} dated releases of known licence are permissively licensed")
        if known
        else "No release of either maker has a date and a known licence"
    )
    return {"vendors.licence.pair": sentence(text, _LICENCES)}


def _share(licences: pl.DataFrame, maker: str) -> str:
    """`72% of Alibaba’s 184`, of those dated and of known licence; empty where there is none."""
    rows = licences.filter(group_kind="organisation", group=maker)
    known = int(rows["releases"].sum()) - int(rows["not_known"].sum())
    if not known:
        return ""
    permissive = int(rows["permissive"].sum()) / known
    return f"{words.percent(permissive)} of {maker}’s {words.number(known)}"
