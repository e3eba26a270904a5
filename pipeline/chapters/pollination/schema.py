"""Tables of the chapter on cross-pollination: distillations, whom they count for, and flows between families."""

import dataframely as dy

from pipeline.base.vocabulary import DISTILLS, choice, unit_of


class DistillationCounts(dy.Schema):
    """Derivatives of registered distillations, and which families they count for under each credit rule."""

    release = dy.String(primary_key=True, description="Repository id of the distilled release")
    credit = choice(DISTILLS, primary_key=True, description="Whose derivatives its descendants are")
    credited = dy.List(dy.String(), description="Families credited, sorted; empty where no family is known")
    teacher = dy.String(description="Release whose answers it was trained on")
    teacher_family = dy.String(description="Family of the teacher")
    base = dy.String(description="Release whose weights it started from")
    base_family = dy.String(description="Family of the base")
    evidence = choice(["declared", "name"], description="Declared lineage; names where the snapshot declares nothing")
    direct = dy.Int64(nullable=True, min=0, description="Repositories that declare it as parent; null by name")
    derivatives = dy.Int64(
        min=0, metadata=unit_of("repositories"), description="Declared descendants, or repositories that bear its name"
    )


class DistillationCredit(dy.Schema):
    """What each credit rule gives a family: derivatives of distillations, and all."""

    credit = choice(DISTILLS, primary_key=True, description="Whose derivatives the descendants of distillations are")
    family = dy.String(primary_key=True, description="Family")
    evidence = choice(["declared", "name"], description="Declared lineage; names where the snapshot declares nothing")
    distilled = dy.Int64(
        min=0, metadata=unit_of("repositories"), description="Derivatives of registered distillations credited to it"
    )
    distilled_all = dy.Int64(
        min=0, metadata=unit_of("repositories"), description="Derivatives of all of them, credited to anybody or not"
    )
    derivatives = dy.Int64(
        nullable=True,
        min=0,
        metadata=unit_of("repositories"),
        description="All its declared derivatives, direct and transitive, own releases left out; null by name",
    )


class FamilyFlows(dy.Schema):
    """Which family feeds which: one row per pair and kind; a model counts once in each row."""

    from_family = dy.String(primary_key=True, description="Family that something is taken from")
    to_family = dy.String(primary_key=True, description="Family that it goes into")
    kind = choice(
        ["distillation", "finetune", "merge"],
        primary_key=True,
        description="Answers of a teacher into a base; a base into another maker's release; weights into a merge",
    )
    models = dy.Int64(min=1, metadata=unit_of("models"), description="Models")
    by_weights = dy.Int64(
        nullable=True, min=0, description="Merges that hold several families' weights too, distillations read as bases"
    )
