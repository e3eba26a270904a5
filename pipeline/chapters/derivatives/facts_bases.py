"""What may be quoted of what people build on: kinds of bases, where the gap sits, and what was known when.

Titles and sentences are computed, so that they turn round when the numbers do.
"""

from datetime import date
from typing import Any

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Facts, fact, sentence
from pipeline.base.params import Params
from pipeline.base.results import Tables
from pipeline.base.vocabulary import BASE_KINDS
from pipeline.chapters.derivatives.facts_base_sizes import base_size_facts
from pipeline.chapters.derivatives.facts_by_day import day_facts
from pipeline.chapters.derivatives.gap import MIXTURE

FEW = 30
"""Below this many derivatives a share of them is not worth a title of its own."""

RELATION_WORDS = {"trained": "fine-tunes", "quantized": "quantizations", "merge": "merges"}
KIND_WORDS: dict[str, str] = dict(
    zip(
        BASE_KINDS,
        ("dense bases under 10B", "dense bases of 10B and more", "MoE models", "bases of unknown size"),
        strict=True,
    )
)


def facts(tables: Tables, params: Params) -> Facts:
    """Facts on single bases, on the gap, and on what was known earlier."""
    subject, reference = params.report.subject, params.report.reference
    newest = date.fromisoformat(tables.snapshot["date"])
    where = "" if tables.snapshot["coverage"] == "census" else f"in this {tables.snapshot['coverage']}, "
    return (
        base_facts(tables["bases"], tables.snapshot["coverage"])
        | base_size_facts(tables["base_sizes"], subject, reference)
        | gap_facts(tables["gap"], subject, reference, where)
        | vintage_facts(tables["vintages"], subject, reference, newest)
        | day_facts(tables, subject, reference)
    )


# ----------------------------------------------------------------------------------------- bases


def base_facts(bases: pl.DataFrame, coverage: str) -> Facts:
    """What MoE models and dense bases attract, by the best evidence of the snapshot."""
    source = "data/out/derivatives/bases.parquet"
    out = bases.filter("is_out")
    evidence = next((e for e in ("declared", "inferred") if out.filter(evidence=e)["all_relations"].sum()), None)
    if evidence is None:
        missing = (
            "No repository of this snapshot names a registered release as its base, or is found to be a conversion."
        )
        return {
            "bases.evidence": fact(None, "", source),
            "bases.title": sentence("This snapshot does not show what MoE models attract", source),
            "bases.answer": sentence(missing, source),
            "bases.caveat": sentence(missing, source),
        }
    moe, dense = (by_kind(out.filter(evidence=evidence, mixture=kind)) for kind in ("moe", "dense"))
    counts = _declared(moe, dense) if evidence == "declared" else _inferred(moe, dense)
    title = _declared_title(moe, dense) if evidence == "declared" else _inferred_title(moe, dense)
    return {
        "bases.evidence": sentence(evidence, source),
        "bases.title": sentence(title, source),
        "bases.answer": sentence(f"{counts} {_typical(moe, dense)}", source),
        "bases.caveat": sentence(_caveat(moe, dense, evidence, coverage), source),
    }


def by_kind(rows: pl.DataFrame) -> dict[str, Any]:
    """Counts over the bases of one kind."""
    return {
        "bases": rows.height,
        "with_any": rows.filter(pl.col("all_relations") > 0).height,
        "derivatives": int(rows["all_relations"].sum()),
        "trained": int(rows["finetune_corrected"].sum()) + int(rows["adapter"].sum()),
        "quantized": int(rows["quantized_corrected"].sum()),
        "merge": int(rows["merge"].sum()),
        "own_releases": int(rows["own_releases"].sum()),
        "months": rows["months_since_release"].median(),
    }


def _mainly(kind: dict[str, Any]) -> str | None:
    """The relation of more than half of a kind's derivatives."""
    return next((name for name in RELATION_WORDS if kind[name] * 2 > kind["derivatives"]), None)


def _declared_title(moe: dict[str, Any], dense: dict[str, Any]) -> str:
    if not moe["derivatives"]:
        return f"Nobody builds on MoE models here; dense bases have {_derivatives(dense)}"
    if (_unstated(moe) + _unstated(dense)) * 2 > moe["derivatives"] + dense["derivatives"]:
        return "Most derivatives of registered bases do not say how they were made"
    first, second = _mainly(moe), _mainly(dense)
    what = f"mainly {RELATION_WORDS[first]}" if first else "of no kind mainly"
    if moe["derivatives"] < FEW:
        share = f"{what} ({words.number(moe[first])})" if first else what
        rest = f"mainly {RELATION_WORDS[second]}" if second else "of no kind mainly"
        return f"MoE models have {_derivatives(moe)}, {share}; dense bases {words.number(dense['derivatives'])}, {rest}"
    share = f"{what} ({_share(moe, first)})" if first else "no one kind of derivative mainly"
    if second is None:
        return f"MoE models attract {share}, dense bases no one kind mainly"
    if first == second:
        return f"MoE models attract {share}, as dense bases do ({_share(dense, second)})"
    return f"MoE models attract {share}, dense bases mainly {RELATION_WORDS[second]} ({_share(dense, second)})"


def _inferred_title(moe: dict[str, Any], dense: dict[str, Any]) -> str:
    return (
        f"This snapshot shows quantizations alone: {_mean(moe, 'quantized')} per mixture of experts, "
        f"{_mean(dense, 'quantized')} per dense base"
    )


def _declared(moe: dict[str, Any], dense: dict[str, Any]) -> str:
    parts = [
        f"Others declare {_derivatives(kind)} of {words.number(kind['bases'])} {name}{_how(kind)}."
        for kind, name in ((moe, "registered MoE models"), (dense, "registered dense bases"))
    ]
    own = moe["own_releases"] + dense["own_releases"]
    makers = (
        f" Makers’ own later releases are left out ({words.number(moe['own_releases'])} on MoE models, "
        f"{words.number(dense['own_releases'])} on dense bases)."
        if own
        else ""
    )
    return " ".join(parts) + makers


def _how(kind: dict[str, Any]) -> str:
    """By which relations, those without any left out: what a snapshot does not state is not zero."""
    ways = {
        "by fine-tuning, adapters among them": kind["trained"],
        "by quantizing": kind["quantized"],
        "by merging": kind["merge"],
        "in a way that they do not state": _unstated(kind),
    }
    parts = [f"{words.number(many)} {way}" for way, many in ways.items() if many]
    return f": {', '.join(parts)}" if parts else ""


def _unstated(kind: dict[str, Any]) -> int:
    """Derivatives whose tags and format do not say how they were made."""
    return kind["derivatives"] - kind["trained"] - kind["quantized"] - kind["merge"]


def _inferred(moe: dict[str, Any], dense: dict[str, Any]) -> str:
    return (
        "This snapshot declares no parent of a registered release, and rules of names find conversions alone: "
        f"{words.number(moe['quantized'])} quantizations of {words.number(moe['bases'])} MoE models, "
        f"{words.number(dense['quantized'])} of {words.number(dense['bases'])} dense bases. Whether MoE models attract "
        "fine-tunes does not follow from it."
    )


def _typical(moe: dict[str, Any], dense: dict[str, Any]) -> str:
    any_ = [words.percent(kind["with_any"] / kind["bases"]) if kind["bases"] else "none" for kind in (moe, dense)]
    return f"{any_[0]} of the MoE models and {any_[1]} of the dense bases have at least one derivative."


def _caveat(moe: dict[str, Any], dense: dict[str, Any], evidence: str, coverage: str) -> str:
    parts = []
    if moe["months"] is not None and dense["months"] is not None and moe["months"] != dense["months"]:
        younger = "MoE models are younger" if moe["months"] < dense["months"] else "MoE models are older"
        parts.append(
            f"{younger}: the median one had been out for {words.counted(moe['months'], 'month')}, the median dense "
            f"base for {words.number(dense['months'])}."
        )
    if coverage != "census" and evidence == "declared":
        parts.append(
            f"A {coverage} does not hold every conversion and fine-tune alike: it can compare the two kinds of bases, "
            "not say what share of the Hub’s derivatives are fine-tunes."
        )
    if moe["derivatives"] < FEW:
        parts.append(
            "One derivative of MoE models carries no firm share."
            if moe["derivatives"] == 1
            else f"{words.upper(words.word(moe['derivatives']))} derivatives of MoE models carry no firm share."
        )
    return " ".join(parts)


def _derivatives(kind: dict[str, Any]) -> str:
    return words.counted(kind["derivatives"], "derivative")


def _share(kind: dict[str, Any], name: str) -> str:
    return words.percent(kind[name] / kind["derivatives"])


def _mean(kind: dict[str, Any], name: str) -> str:
    return words.significant(kind[name] / kind["bases"]) if kind["bases"] else "none"


# ------------------------------------------------------------------------------------------- gap


def gap_facts(gap: pl.DataFrame, subject: str, reference: str, where: str = "") -> Facts:
    """Where the lead sits, by the shown definition, and what the others say. where: `in this sample, `, or nothing."""
    source = "data/out/derivatives/gap.parquet"
    shown = gap.filter("is_shown")
    if shown.is_empty():
        missing = (
            f"This snapshot supports no rule that counts {subject} and {reference} alike and shows the base: neither "
            "declared parents nor shapes. A name alone does not say which size was built on."
        )
        return {
            "gap.title": sentence(f"This snapshot does not show where {subject} and {reference} differ", source),
            "gap.sentence": sentence(missing, source),
            "gap.others": sentence(missing, source),
            "gap.mixtures": sentence(missing, source),
        }
    net = _net(shown)
    more, less, lead = (subject, reference, net) if net >= 0 else (reference, subject, -net)
    kind, part = _largest(shown)
    a, b = (_rounded(float(shown[column].sum())) for column in ("subject_derivatives", "reference_derivatives"))
    parts = [
        f"{_count(row['subject_derivatives'])} to {_count(row['reference_derivatives'])} on {KIND_WORDS[row['kind']]}"
        for row in in_order(shown).iter_rows(named=True)
        if row["subject_derivatives"] or row["reference_derivatives"]
    ]
    by_kind_of_base = (
        f"{words.upper(f'{where}counted')} {shown['label'][0]}, {subject} has {words.counted(a, 'derivative')} and "
        f"{reference} {_count(b)}: {words.listed(parts)}."
    )
    return {
        "gap.title": sentence(_gap_title(more, less, lead, kind, part), source),
        "gap.sentence": sentence(by_kind_of_base, source),
        "gap.others": sentence(_others(gap, subject, reference), source),
        "gap.mixtures": sentence(_mixtures(shown, more, less, lead), source),
    }


def in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows in the reading order of the kinds."""
    place = {kind: position for position, kind in enumerate(BASE_KINDS)}
    return rows.sort(pl.col("kind").replace_strict(place, return_dtype=pl.Int64))


def _net(rows: pl.DataFrame) -> float:
    return round(float(in_order(rows)["gap"].sum()), 6)


def _largest(rows: pl.DataFrame) -> tuple[str, float]:
    """The kind with most of the lead, and how much of it."""
    sign = 1 if _net(rows) >= 0 else -1
    return max(
        ((kind, sign * gap) for kind, gap in in_order(rows).select("kind", "gap").iter_rows()), key=lambda x: x[1]
    )


def _mixtures(shown: pl.DataFrame, more: str, less: str, lead: float) -> str:
    """How much of the lead MoE models can explain at most: what is built on them."""
    sign = 1 if _net(shown) >= 0 else -1
    on_them = sign * float(shown.filter(kind=MIXTURE)["gap"].sum())
    if lead == 0:
        return f"Counted {shown['label'][0]}, there is no lead that MoE models could explain."
    if on_them <= 0:
        return (
            f"Counted {shown['label'][0]}, MoE models explain nothing of {more}’s lead over {less}, which has "
            "no fewer on them."
        )
    return (
        f"Counted {shown['label'][0]}, MoE models can explain {words.percent(min(on_them / lead, 1))} of "
        f"{more}’s lead over {less} at most: {_count(on_them)} of {_count(lead)}."
    )


def _gap_title(more: str, less: str, lead: float, kind: str, part: float) -> str:
    if lead == 0:
        where = f"; {more} is ahead by {_count(part)} on {KIND_WORDS[kind]}" if part > 0 else " on every kind of base"
        return f"{more} and {less} are even{where}"
    where = KIND_WORDS[kind]
    if part > lead:
        return f"{more}’s lead over {less} comes from {where}: {_count(part)} more there, {_count(lead)} in all"
    if part * 2 > lead:
        return f"Most of {more}’s lead over {less} sits in {where}: {_count(part)} of {_count(lead)}"
    return f"The largest part of {more}’s lead over {less} sits in {where}: {_count(part)} of {_count(lead)}"


def _others(gap: pl.DataFrame, subject: str, reference: str) -> str:
    """What the other definitions say, one clause each."""
    parts = []
    others = gap.filter(~pl.col("is_shown"))
    for definition in others["definition"].unique().sort():
        rows = others.filter(pl.col("definition") == definition)
        net = _net(rows)
        kind, _ = _largest(rows)
        leader = subject if net > 0 else reference
        lead = f"{leader} leads by {_count(abs(net))}, most of all on {KIND_WORDS[kind]}" if net else "neither leads"
        parts.append(f"Counted {rows['label'][0]}, {lead}.")
    return " ".join(parts) if parts else "No other rule shows the base here."


def _count(value: float) -> str:
    return words.number(_rounded(value))


def _rounded(value: float) -> float:
    """Shared credit makes fractions; of more than a hundred they say nothing."""
    return round(value, 1 if abs(value) < 100 else 0)


# -------------------------------------------------------------------------------------- vintages


def vintage_facts(vintages: pl.DataFrame, subject: str, reference: str, newest: date) -> Facts:
    """How a count back from the newest snapshot differs from what was known then."""
    source = "data/out/derivatives/vintages.parquet"
    older = vintages.filter("is_comparable", pl.col("date") < newest)
    if older.is_empty():
        others = vintages.filter(pl.col("date") < newest)["date"].n_unique()
        why = (
            f"The {words.number(others)} older files cover another part of the Hub than this snapshot, so a difference "
            "would show the choice of repositories."
            if others
            else "This report has one snapshot, so it cannot show what was known earlier."
        )
        return {
            "vintages.title": sentence("One snapshot does not show what was known then", source),
            "vintages.sentence": sentence(why, source),
            "vintages.how": sentence(
                "To add one, list its day under snapshot.history in params.yaml, or a file of yours under "
                "snapshot.history_files, and rebuild.",
                source,
            ),
            "vintages.dates": fact(0, "no", source),
        }
    first = min(older["date"])
    month = words.month(first)
    if older["derivatives_back_cast"].is_null().all():
        return _known_alone(older, first, subject, reference)
    known, back = ({n: _at(older, first, n, column) for n in (subject, reference)} for column in _COLUMNS)
    title = (
        f"Counted back to {month}, {subject} has {_change(known[subject], back[subject])} derivatives "
        f"{'as' if known[subject] == back[subject] else 'than'} were known then, "
        f"{reference} {_change(known[reference], back[reference])}"
    )
    both_counts = (
        f"In {month}, {subject} had {words.number(known[subject])} declared derivatives and {reference} "
        f"{words.number(known[reference])}. Counted back from {words.month(newest)}, they had "
        f"{words.number(back[subject])} and {words.number(back[reference])}. The difference is what was deleted, made "
        "private, renamed or declared otherwise since, or declared later."
    )
    dates = older["date"].n_unique()
    return {
        "vintages.title": sentence(title, source),
        "vintages.sentence": sentence(both_counts, source),
        "vintages.dates": fact(dates, words.word(dates), source, "dates"),
    }


def _known_alone(older: pl.DataFrame, first: date, subject: str, reference: str) -> Facts:
    """What older snapshots knew, beside a newest one without dates of creation, which counts nothing back."""
    source, dates = "data/out/derivatives/vintages.parquet", older["date"].n_unique()
    known = [f"{name} had {words.number(_at(older, first, name, _COLUMNS[0]))}" for name in (subject, reference)]
    return {
        "vintages.title": sentence(f"In {words.month(first)}, {words.listed(known)} declared derivatives", source),
        "vintages.sentence": sentence(
            "The newest snapshot has no dates of creation, so nothing can be counted back from it.", source
        ),
        "vintages.dates": fact(dates, words.word(dates), source, "dates"),
    }


_COLUMNS = ("derivatives_as_known", "derivatives_back_cast")


def _at(vintages: pl.DataFrame, day: date, group: str, column: str) -> int:
    rows = vintages.filter(pl.col("date") == day, pl.col("group") == group, pl.col("relation") == "all")
    return int(rows[column].sum())


def _change(known: int, back: int) -> str:
    if known == back:
        return "as many"
    if not known:
        return f"{words.number(back)} more"
    return f"{words.percent(abs(back - known) / known)} {'more' if back > known else 'fewer'}"
