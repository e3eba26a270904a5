"""Generate snapshots that look like the Hub's, of any size, from a few numbers and a seed.

Rows are in order of creation; a model names earlier ones, the popular far more often than the rest. The first rows are
the releases of the register, so that families have derivatives. The same shape and seed give the same bytes. Rows are
made and written in blocks, so that three million need little memory.

What the Hub is like was read off its whole listing of July 2024 (760,000 repositories) and, for what changed since, off
what was new in August 2026 (15,904 of them); `Shape` has the numbers.

| | July 2024 | August 2026 | here |
|---|---|---|---|
| tags a row that name no parent: mean, the 95th of 100 | 6.1, 12 | 10.3, 20 | 8.3, 17 |
| share of them among the commonest 50, 400, 5,000 | 80, 94, 98 % | 56, 77, 94 % | 71, 78, 96 % |
| tags a parent, with its relation and without | 1 | 2 | 2 |
| rows with several parents | 0.7 % | 0.4 % | 0.7 % |
| parents, for each link (the more links, the fewer) | 0.12 | 0.24 | 0.07 |
| links to a parent that is not there | 3.7 % | | 3.7 % |
| owners, for each row | 0.25 | 0.43 | 0.25 |
| cycles, in a million rows (2024: of two to four models; here of two) | 9 | | 9 |
| links in series of one owner on one parent | 10 % | | 7 % |
| names that bear a family's name | 27 % | 42 % | 38 % |
| names that end with a format | 6 % | 18 % | 16 % |

Links for each row were 0.17 in 2024; here they are two for three rows, which is what a census of 2026 is expected to
have (two million links of three million repositories). An earlier generator gave one tag in eight to one row alone, so
that the plain read took a third longer than on the Hub, and whatever is measured in plain reads looked smaller.

Known drawbacks: cards are short and all alike; a row names as many parents by tag as by `baseModels`.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from polars.io.plugins import register_io_source

from pipeline import register
from pipeline.base.paths import PROJECT

Ints = NDArray[np.int64]

BLOCK = 100_000
FIRST_DAY, LAST_DAY = np.datetime64("2022-03-02", "us"), np.datetime64("2026-10-01", "us")
RELATIONS = ("finetune", "adapter", "quantized", "merge")
SCHEMA = pl.Schema(
    {
        "id": pl.String,
        "author": pl.String,
        "createdAt": pl.Datetime("us"),
        "lastModified": pl.Datetime("us"),
        "downloads": pl.Int64,
        "downloadsAllTime": pl.Int64,
        "likes": pl.Int64,
        "tags": pl.List(pl.String),
        "pipeline_tag": pl.String,
        "library_name": pl.String,
        "safetensors": pl.Struct({"total": pl.Int64}),
        "baseModels": pl.Struct(
            {"relation": pl.String, "models": pl.List(pl.Struct({"_id": pl.String, "id": pl.String}))}
        ),
        "cardData": pl.String,
    }
)


@dataclass(frozen=True)
class Shape:
    """What a snapshot is like."""

    rows: int
    seed: int = 2026
    merge_share: float = 0.007  # of rows
    single_share: float = 0.645  # of rows that name one popular parent
    chain_share: float = 0.003  # of rows that stand in chains
    chain_steps: int = 20
    series_share: float = 0.10  # of rows with one popular parent: those in series of an owner on a parent
    series_length: int = 60
    cycle_share: float = 9e-6  # of rows: pairs that name each other; one at least
    absent_share: float = 0.037  # of links
    self_share: float = 0.001  # of links of rows with one parent, which name themselves instead
    card_share: float = 0.01  # of rows with one parent that name it in the card alone
    tags: float = 8.3  # a row, that name no parent; the mean


class Hub:
    """The plan of a snapshot: who names whom, as arrays; then its rows, block by block."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.releases = register.load("releases", PROJECT / "pipeline" / "register")["model"].sort()
        self._plan()

    def _plan(self) -> None:
        shape, rows = self.shape, self.shape.rows
        rng = np.random.default_rng(shape.seed)
        index = np.arange(rows)
        first = min(self.releases.len(), rows // 4)  # the rows before it are releases without a parent
        kind = np.full(rows, -1, dtype=np.int8)  # index into RELATIONS; -1: no parent
        n_in_chains = round(shape.chain_share * rows)
        start = max(first, min(rows // 2, rows - n_in_chains))  # not among the rows that most are built on
        in_chain = (index >= start) & (index < start + n_in_chains)
        step = (index - start) % (shape.chain_steps + 1)
        rest = rng.permutation(index[(index >= first) & ~in_chain])
        n_merges, n_singles = round(shape.merge_share * rows), round(shape.single_share * rows)
        merges, singles = np.sort(rest[:n_merges]), np.sort(rest[n_merges : n_merges + n_singles])
        without = rest[n_merges + n_singles :]
        n_cycles = min(max(1, round(shape.cycle_share * rows)), without.size // 2)
        cycles = without[: 2 * n_cycles].reshape(2, -1)
        kind[merges] = 3
        kind[singles] = rng.choice(3, singles.size, p=[0.35, 0.40, 0.25])
        links = np.flatnonzero(in_chain & (step > 0))
        kind[links] = kind[cycles] = 0
        count = np.minimum(2 + rng.geometric(0.7, merges.size) - 1, 10)  # of merges of 2024 71 % have two parents
        drawn = self._popular(rng, np.repeat(merges, 10)).reshape(-1, 10)
        drawn.sort(axis=1)
        for place in range(1, 10):  # parents of one merge differ
            drawn[:, place] = np.maximum(drawn[:, place], drawn[:, place - 1] + 1)
        chosen = np.arange(10) < count[:, None]
        child = np.concatenate([links, singles, np.repeat(merges, count), *cycles])
        self.owner_row = self._series(index, singles)
        of_singles = self._popular(rng, singles)[np.searchsorted(singles, self.owner_row[singles])]
        parent = np.concatenate([links - 1, of_singles, drawn[chosen], *cycles[::-1]])
        order = np.lexsort((parent, child))
        self.child, self.parent = child[order], parent[order]
        is_whole = (self.parent == self.child - 1) | np.isin(self.child, cycles)  # in a chain or a cycle
        absent = (rng.random(child.size) < shape.absent_share) & ~is_whole
        self.parent[absent] = rows + rng.integers(0, max(rows // 150, 2), int(absent.sum()))
        names_itself = (rng.random(self.child.size) < shape.self_share) & (kind[self.child] < 3)
        names_itself &= ~is_whole
        self.parent[names_itself] = self.child[names_itself]
        pair = self.child * np.int64(2 * rows) + self.parent
        is_first = np.concatenate([[True], np.diff(pair) != 0]) if pair.size else np.zeros(0, dtype=bool)
        self.child, self.parent = self.child[is_first], self.parent[is_first]
        self.kind = kind
        self.on_card_alone = (kind >= 0) & (kind < 3) & (rng.random(rows) < shape.card_share)

    def _series(self, index: Ints, singles: Ints) -> Ints:
        """For each row the row whose owner and parent it has: the first of its series, itself where it is in none."""
        owner_row = index.copy()
        in_series = singles[: round(self.shape.series_share * singles.size)]
        first = np.arange(in_series.size) // self.shape.series_length * self.shape.series_length
        owner_row[in_series] = in_series[first]
        return owner_row

    @staticmethod
    def _popular(rng: np.random.Generator, children: Ints) -> Ints:
        """A parent for each child among the rows before it.

        The k-th row is named by a share of (k + 9) ** -1.37 of the children: so, in 2024, the most popular have 4, 4,
        2 and 2 % of them, and half of all parents one child.
        """
        reach = np.maximum(children - 10, 1)
        place = 9 * ((1 - rng.random(children.size)) ** (-1 / 0.37) - 1)
        return np.minimum(place, 2.0**62).astype(np.int64) % reach

    @cached_property
    def relation(self) -> pl.Series:
        """Relation of each row's links; null for a row without."""
        return (
            pl.Series(RELATIONS)
            .gather(pl.Series(np.where(self.kind < 0, 0, self.kind)))
            .zip_with(pl.Series(self.kind >= 0), pl.Series([None], dtype=pl.String))
        )

    def ids(self, index: Ints) -> pl.Series:
        """Repository ids of rows; numbers from `rows` upward are repositories that are not there."""
        rows = self.shape.rows
        here = np.minimum(index, rows - 1)
        mixed = (here * np.int64(2654435761)) % np.int64(2**32)
        of_series = (self.owner_row[here] * np.int64(2654435761)) % np.int64(2**32)
        owner = (rows // 4 * (of_series / 2**32) ** 2.6).astype(np.int64)
        stem = pl.Series(STEMS).gather(pl.Series(of_series // 7 % len(STEMS)))
        ending = pl.Series(ENDINGS).gather(pl.Series(np.where(self.kind[here] == 2, 1 + mixed % (len(ENDINGS) - 1), 0)))
        made = pl.select(
            pl.when(pl.Series(index >= rows))
            .then(pl.format("gone-{}/model-{}", pl.Series(index % 97), pl.Series(index)))
            .otherwise(pl.format("user-{}/{}-{}{}", pl.Series(owner), stem, pl.Series(here), ending))
            .alias("id")
        )["id"]
        release = index < min(self.releases.len(), rows // 4)
        named = self.releases.gather(pl.Series(np.where(release, index, 0)))
        return named.zip_with(pl.Series(release), made).rename("id")

    def blocks(self) -> Iterator[pl.DataFrame]:
        """Rows in order of creation."""
        for start in range(0, self.shape.rows, BLOCK):
            yield self._rows(start, min(start + BLOCK, self.shape.rows))

    def _rows(self, start: int, end: int) -> pl.DataFrame:
        rng = np.random.default_rng([self.shape.seed, start])
        n = end - start
        index = np.arange(start, end)
        bounds = np.searchsorted(self.child, [start, end])
        links = pl.DataFrame(
            {
                "row": self.child[bounds[0] : bounds[1]] - start,
                "parent": self.ids(self.parent[bounds[0] : bounds[1]]),
                "relation": self.relation.gather(pl.Series(self.child[bounds[0] : bounds[1]])),
            }
        )
        on_card = pl.Series("on_card", self.on_card_alone[start:end])
        share = (index / self.shape.rows) ** 0.45
        created = FIRST_DAY + (share * (LAST_DAY - FIRST_DAY).astype(np.int64)).astype("timedelta64[us]")
        downloads = (rng.pareto(0.7, n) * 3).clip(0, 5e7).astype(np.int64)
        frame = pl.DataFrame(
            {
                "row": np.arange(n),
                "id": self.ids(index),
                "createdAt": pl.Series(created).dt.truncate("1s"),
                "lastModified": pl.Series(np.minimum(created + np.timedelta64(30, "D"), LAST_DAY)).dt.truncate("1s"),
                "downloads": downloads,
                "downloadsAllTime": downloads * 7,
                "likes": downloads // 200,
                "pipeline_tag": pl.Series(TASKS).gather(pl.Series(rng.integers(0, len(TASKS), n))),
                "library_name": pl.Series(LIBRARIES).gather(pl.Series(rng.integers(0, len(LIBRARIES), n))),
                "total": rng.integers(1, 80, n) * 1_000_000_000 + rng.integers(0, 1000, n),
                "on_card": on_card,
                "has_files": rng.random(n) < 0.6,
            }
        )
        parents = (
            links.group_by("row", maintain_order=True)
            .agg(pl.col("parent"), pl.col("relation").first())
            .pipe(lambda lists: frame.select("row").join(lists, on="row", how="left", maintain_order="left"))
        )
        declared = parents["parent"].is_not_null() & ~on_card
        return (
            frame.with_columns(
                parents["parent"],
                parents["relation"],
                tags=self._tags(rng, n, links, on_card),
                declared=declared,
                author=pl.col("id").str.split("/").list.first(),
            )
            .with_columns(
                safetensors=pl.when("has_files").then(pl.struct("total")),
                baseModels=pl.when("declared").then(
                    pl.struct(
                        "relation",
                        models=pl.col("parent").list.eval(pl.struct(_id=pl.lit("66a1"), id=pl.element())),
                    )
                ),
                cardData=pl.when(pl.col("parent").is_not_null())
                .then(
                    pl.concat_str(
                        pl.lit(CARD.removesuffix("}") + ', "base_model": ["'),
                        pl.col("parent").list.join('", "'),
                        pl.lit('"]}'),
                    )
                )
                .otherwise(pl.lit(CARD)),
            )
            .select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
        )

    def _tags(self, rng: np.random.Generator, n: int, links: pl.DataFrame, on_card: pl.Series) -> pl.Series:
        """Common and rare tags of each row, then its links twice each, as the Hub writes them."""
        tagged = links.filter(~on_card.gather(links["row"]))
        pairs = tagged.select(
            "row",
            tag=pl.concat_list(
                pl.format("base_model:{}", "parent"), pl.format("base_model:{}:{}", "relation", "parent")
            ),
        ).explode("tag")
        spread = 0.5  # of the logarithm: few rows have many
        many = rng.lognormal(np.log(self.shape.tags) - spread**2 / 2, spread, n)
        rows = np.repeat(np.arange(n), np.clip(many.round().astype(np.int64), 1, 4000))
        which, within = rng.random(rows.size), rng.random(rows.size)
        common = (50 * within**2).astype(np.int64)
        less = (50 + (len(TAGS) - 50) * within**2).astype(np.int64)
        drawn = pl.DataFrame({"row": rows, "rare": which >= 0.96, "number": (250_000 * within**1.5).astype(np.int64)})
        words = drawn.select(
            "row",
            tag=pl.when("rare")
            .then(pl.format("dataset:someone/set-{}", "number"))
            .otherwise(pl.Series(TAGS).gather(pl.Series(np.where(which < 0.71, common, less)))),
        )
        return (
            pl.concat([words, pairs])
            .sort("row", maintain_order=True)
            .group_by("row", maintain_order=True)
            .agg("tag")["tag"]
        )


def write(shape: Shape, path: Path) -> Hub:
    """Write the snapshot as one Parquet file, block by block; returns its plan."""
    hub = Hub(shape)

    def source(
        with_columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        del with_columns, predicate, n_rows, batch_size
        yield from hub.blocks()

    frame = register_io_source(source, schema=SCHEMA)
    frame.sink_parquet(path, compression="zstd", compression_level=1, row_group_size=BLOCK, maintain_order=True)
    return hub


def plain_bytes(path: Path) -> int:
    """Bytes of `id, createdAt, tags` uncompressed: texts with a place of four bytes each, times of eight."""
    tags = pl.col("tags").list
    text = pl.col("id").str.len_bytes() + tags.eval(pl.element().str.len_bytes()).list.sum()
    places = 4 * (tags.len() + 2)
    return pl.scan_parquet(path).select((text + places + 8).cast(pl.Int64).sum()).collect(engine="streaming").item()


FAMILY_STEMS = [
    *(f"{family}-{size}b-{kind}" for family in ("qwen2.5", "llama-3.1", "gemma-2", "mistral") for size in (1, 7, 14)
      for kind in ("sft", "lora", "instruct")),
    "whisper-small-hi", "bert-ner", "distilbert-base-uncased-finetuned-emotion", "xlm-roberta-base-panx-en",
    "gpt2-small", "t5-small-finetuned-summary", "bert-base-cased-ner-conll",
]  # fmt: skip
OTHER_STEMS = [
    "my-awesome-model", "output", "finetuned-classifier", "ppo-agent", "sd-lora", "test", "checkpoint", "results",
    "model", "rl-course-unit1", "speaker-segmentation-fine-tuned-callhome", "vit-base-patch16-224-in21k-finetuned",
    "pixel-art-style-xl", "sentiment-classifier-v2", "wav2vec2-large-xls-r-300m-turkish",
    "dqn-SpaceInvadersNoFrameskip-v4", "flux-portrait-lora", "toy",
]  # fmt: skip
STEMS = FAMILY_STEMS + 4 * OTHER_STEMS
"""As many of others that the share of names which bear a family's is between those of 2024 and 2026."""
ENDINGS = ["", "-GGUF", "-AWQ", "-GPTQ", "-mlx-4bit", "-i1-GGUF", "-exl2"]
TASKS = ["text-generation", "text-classification", "text-to-image", "automatic-speech-recognition", None, None]
CARD = '{"license": "apache-2.0", "language": ["en"], "tags": ["text-generation", "conversational"]}'
LIBRARIES = ["transformers", "peft", "diffusers", "mlx", None]
TAGS = [
    "transformers", "safetensors", "region:us", "endpoints_compatible", "license:apache-2.0", "en", "pytorch",
    "text-generation", "conversational", "text-generation-inference", "llama", "qwen2", "mistral", "gemma2",
    "generated_from_trainer", "trl", "sft", "license:mit", "arxiv:1910.09700", "unsloth", "license:llama3.1",
    "peft", "lora", "tensorboard", "bert", "text-classification", "autotrain_compatible", "custom_code", "gguf",
    "diffusers", "zh", "dataset:generator", "model-index", "stable-diffusion", "t5", "distilbert", "image-text-to-text",
    "license:cc-by-nc-4.0", "license:other", "mergekit", "merge", "reinforcement-learning", "whisper", "wav2vec2", "fr",
    "de", "es", "multilingual", "4-bit", "bitsandbytes", "feature-extraction", "sentence-similarity",
    *(f"topic-{number}" for number in range(5000)),
]  # fmt: skip

if __name__ == "__main__":
    target = Path(sys.argv[1])
    write(Shape(**json.loads(sys.argv[2])), target)
    print(plain_bytes(target))
