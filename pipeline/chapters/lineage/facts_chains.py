"""What the chapter on lineage may quote of chains: whose derivatives stand between, how deep, the longest one."""

import polars as pl

from pipeline.base import words
from pipeline.base.facts import Fact, Facts, sentence
from pipeline.chapters.lineage.chains import WAYS
from pipeline.chapters.lineage.missing import CANNOT_TELL, missing
from pipeline.chapters.lineage.schema import ALL, RELATION_WORDS


def chain_facts(chains: pl.DataFrame) -> Facts:
    """Whose derivatives stand between derivatives and their roots."""
    source, key = "data/out/lineage/chains.parquet", "anatomy.chains"
    if chains.is_empty():
        return missing(key, "Chains", source)
    row = chains.filter(pl.col("group") == ALL).row(0, named=True)
    n = row["derivatives"]
    text = {way: words.percent(row[way] / n) for way in WAYS}
    packed = f"{text['through_repackagers']} have" if row["through_repackagers"] else "None has"
    straight = f"{text['straight']} build straight on a repository that declares no parent"
    wording = (
        f"Of {words.number(n)} derivatives, {straight}, {text['through_own']} only on their own uploader’s derivatives "
        f"and {text['through_others']} on somebody else’s. {packed} a registered repackager’s repository above them."
    )
    return {
        f"{key}.title": sentence(
            f"{text['through_others']} of derivatives come through other people’s derivatives", source
        ),
        f"{key}.sentence": sentence(wording, source),
    }


def intermediary_facts(between: pl.DataFrame) -> Facts:
    """The intermediary with most descendants."""
    source, key = "data/out/lineage/intermediaries.parquet", "anatomy.intermediaries"
    if between.is_empty():
        return missing(key, "Intermediaries", source)
    row = between.sort("rank").row(0, named=True)
    wording = (
        f"The largest intermediary, {row['id']}, has {words.counted(row['n_descendants'], 'descendant')}, "
        f"{'all' if row['n_children'] == row['n_descendants'] else words.number(row['n_children'])} of them direct."
    )
    name = row["id"].split("/")[-1]
    title = f"{name} alone has {words.counted(row['n_descendants'], 'descendant')}"
    return {
        f"{key}.title": sentence(title, source),
        f"{key}.sentence": sentence(wording, source),
    }


def depth_facts(depths: pl.DataFrame) -> Facts:
    """How far derivatives are from their roots."""
    source, key = "data/out/lineage/depths.parquet", "anatomy.depth"
    below = depths.filter((pl.col("depth") > 0) & (pl.col("models") > 0)).sort("depth")
    if below.is_empty():
        return missing(key, "Depth", source)
    n = int(below["models"].sum())
    one = int(below.filter(pl.col("depth") == 1)["models"].sum())
    ten = int(below.filter(pl.col("depth") >= 10)["models"].sum())
    deepest = int(below["depth"][-1])
    steps = f"{words.word(deepest)} {words.plural('step', deepest)}"
    wording = (
        f"{words.percent(one / n)} of {words.number(n)} derivatives stand one step from their root, "
        f"{words.percent(ten / n) if ten else 'none'} ten steps or more. The longest chain has {steps}."
    )
    title = (
        f"{words.percent(one / n)} of derivatives are one step from a root, the deepest {words.word(deepest)} "
        f"{words.plural('step', deepest)}"
    )
    return {
        f"{key}.title": sentence(title, source),
        f"{key}.sentence": sentence(wording, source),
    }


_CHAIN = "data/out/lineage/longest_chain.parquet"


def longest_facts(chain: pl.DataFrame) -> Facts:
    """How long the longest chain is."""
    steps = chain.height - 1
    title = (
        f"The longest chain, link by link: {words.number(steps)} {words.plural('step', steps)}"
        if steps > 0
        else "The longest chain: not in this snapshot"
    )
    return {"anatomy.chain.title": sentence(title, _CHAIN)}


def longest_sentence(chain: pl.DataFrame) -> Fact:
    """Who made the longest chain, and how: a part of its section's paragraph."""
    if chain.height < 2:
        return sentence(CANNOT_TELL, _CHAIN)
    ordered = chain.sort("step").with_columns(owner=pl.col("id").str.split("/").list.first())
    owners = ordered.group_by("owner").agg(pl.len().alias("n")).sort(["n", "owner"], descending=[True, False])
    steps = ordered.height - 1
    kinds = ordered["relation"].drop_nulls().value_counts().sort(["count", "relation"], descending=[True, False])
    kind, most = kinds.row(0)
    verb = "is" if most == 1 else "are"
    owned = (
        f"{owners['owner'][0]} owns {words.number(owners['n'][0])} of its {words.number(ordered.height)} repositories"
        if owners["n"][0] > 1
        else f"each of its {words.number(ordered.height)} repositories has another owner"
    )
    which = f"{words.number(most)} of its {words.number(steps)} steps"
    if most == steps:
        which = "Its one step" if steps == 1 else f"All {words.number(steps)} steps"
    return sentence(
        f"One such chain leads from {ordered['id'][0]} to {ordered['id'][-1]}. "
        f"{which} {verb} {RELATION_WORDS[kind]}, and {owned}.",
        _CHAIN,
    )
