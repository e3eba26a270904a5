"""Tables of `data/raw`: what was read from the Hub, with bounds outside which a value is an error of its source."""

from datetime import datetime

import dataframely as dy

from pipeline.base.vocabulary import RELATIONS, choice, unit_of

FIRST_COMMIT = datetime(2019, 1, 1)
"""The Hub keeps models since 2019; their last commits keep their own dates."""

NAME = r"^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\x{FFFE}\x{FFFF}]+$"
"""What an id is made of: characters that are seen. The Hub's own are letters, digits and `-._/`."""

LONGEST_NAME = 200
"""Bytes of an id, the Hub's longest have 130: longer ones would be titles of figures."""

MOST_COUNTED = 100_000_000_000
"""No counter of the Hub comes near it (all-time downloads reach some billions), and the sum of ten million such
counters fits into 64 bits."""

MOST_ELEMENTS = 100_000_000_000_000
"""Elements in one repository's files: the largest of the embedded sample has a twentieth."""

MOST_OF_A_SHAPE = 1_000_000_000
"""Layers, widths, heads, experts and words of a vocabulary."""


def _shape() -> dy.Int64:
    return dy.Int64(nullable=True, min=0, max=MOST_OF_A_SHAPE)


HUB_FLOOR = datetime(2022, 3, 2)
"""The Hub dates every older repository to this day."""


class RawModels(dy.Schema):
    """One row per Hub repository, in the columns of the dataset hub-stats that the report needs.

    A value outside of these bounds, or dated after the snapshot, becomes null when a snapshot is read
    (`pipeline.snapshot.source`).
    """

    id = dy.String(primary_key=True, description="Repository id, `namespace/name`")
    author = dy.String(nullable=True, description="Namespace that owns the repository")
    createdAt = dy.Datetime(
        nullable=True, time_unit="us", min=HUB_FLOOR, description="Creation of the repository (UTC)"
    )
    lastModified = dy.Datetime(nullable=True, time_unit="us", min=FIRST_COMMIT, description="Last commit (UTC)")
    downloads = dy.Int64(
        nullable=True,
        min=0,
        max=MOST_COUNTED,
        metadata=unit_of("downloads in 30 days"),
        description="The Hub's counter",
    )
    downloadsAllTime = dy.Int64(
        nullable=True, min=0, max=MOST_COUNTED, metadata=unit_of("downloads"), description="Since the count began"
    )
    likes = dy.Int64(
        nullable=True, min=0, max=MOST_COUNTED, metadata=unit_of("likes"), description="Likes on the snapshot's day"
    )
    tags = dy.List(dy.String(), nullable=True, description="Tags, with `base_model:` and `license:` among them")
    pipeline_tag = dy.String(nullable=True, description="Task as the Hub labels it")
    library_name = dy.String(nullable=True, description="Library as the Hub labels it")
    safetensors = dy.Struct(
        {"total": dy.Int64(nullable=True, min=0, max=MOST_ELEMENTS)},
        nullable=True,
        description="Elements stored in safetensors files",
    )
    baseModels = dy.Struct(
        {"relation": dy.String(nullable=True), "models": dy.List(dy.String(), nullable=True)},
        nullable=True,
        description="Parents as the Hub's detail route names them: one relation for all of them",
    )
    cardData = dy.String(nullable=True, description="Model card's metadata as JSON text; never evaluated")
    config = dy.Struct(
        {
            "model_type": dy.String(nullable=True),
            "num_hidden_layers": _shape(),
            "hidden_size": _shape(),
            "num_attention_heads": _shape(),
            "num_key_value_heads": _shape(),
            "intermediate_size": _shape(),
            "vocab_size": _shape(),
            "num_experts": _shape(),
            "num_experts_per_tok": _shape(),
        },
        nullable=True,
        description="The few fields of config.json that the report reads, where a source has them",
    )


class Declarations(dy.Schema):
    """Repositories of an older day that state a parent, in columns of `RawModels`, and those that they name.

    Nothing of the register is in it: a corrected row there asks for no download.
    """

    id = dy.String(primary_key=True, description="Repository id, `namespace/name`")
    tags = dy.List(
        dy.String(),
        nullable=True,
        description="Its tags that begin with `base_model:`; those without a relation only where no other has one",
    )
    baseModels = dy.Struct(
        {"relation": dy.String(nullable=True), "models": dy.List(dy.String(), nullable=True)},
        nullable=True,
        description="Parents as the Hub's detail route names them, of repositories without such a tag",
    )
    cardData = dy.String(
        nullable=True,
        description="`base_model` and `base_model_relation` of the card as JSON text, of repositories with neither",
    )


class Panel(dy.Schema):
    """Some repositories of an older day, chosen by a hash of their ids, for comparison with another day.

    Of n repositories one in 2, 4, 8 ... is in it, so that it has few rows (`history.PANEL_ROWS`); provenance says which
    share, as `panel_one_in`. The same ids are chosen every day.
    """

    id = dy.String(primary_key=True, description="Repository id, `namespace/name`")
    createdAt = dy.Datetime(nullable=True, time_unit="us", description="Creation of the repository (UTC)")
    downloadsAllTime = dy.Int64(
        nullable=True, min=0, metadata=unit_of("downloads"), description="Since the count began"
    )
    likes = dy.Int64(nullable=True, min=0, metadata=unit_of("likes"), description="Likes on that day")


class InferredEdges(dy.Schema):
    """Parents that a source found by itself; nobody declared them."""

    child = dy.String(primary_key=True, description="Repository that is built on the parent")
    parent = dy.String(primary_key=True, description="Repository that is built on")
    relation = choice(RELATIONS, description="How the child is built")
    rule = dy.String(primary_key=True, description="The rule that found the edge")


class RawDetails(dy.Schema):
    """What the Hub says of one registered release at a time, at one revision; empty unless asked for."""

    model = dy.String(primary_key=True, description="Registered release")
    hub_id = dy.String(nullable=True, description="Name that the Hub answers by; another one shows a rename")
    revision = dy.String(nullable=True, description="Commit of the repository when it was asked")
    asked = dy.Date(description="The Hub's day when it was asked")
    children = dy.Int64(
        nullable=True, metadata=unit_of("repositories"), description="Models that name it as base, by the Hub's count"
    )
    parameters_stored = dy.Int64(
        nullable=True, metadata=unit_of("elements"), description="Elements in its safetensors files"
    )
    config = dy.String(nullable=True, description="Its config.json at that revision as JSON text; never evaluated")
    missing = dy.String(nullable=True, description="What the Hub did not give, and why")


class RawOrganisations(dy.Schema):
    """What the Hub says of the owners of registered namespaces; empty unless asked for."""

    namespace = dy.String(primary_key=True, description="Namespace")
    asked = dy.Date(description="The Hub's day when it was asked")
    followers = dy.Int64(nullable=True, metadata=unit_of("followers"), description="Followers of the organisation")
    models = dy.Int64(nullable=True, metadata=unit_of("repositories"), description="Its models, by the Hub's count")
    missing = dy.String(nullable=True, description="Why the Hub said nothing")


class Conversions(dy.Schema):
    """Candidate sources of conversions that the embedded sample's makers found by repository name."""

    conversion = dy.String(primary_key=True, description="Repository of the conversion")
    source = dy.String(primary_key=True, description="Model whose name it bears")
