"""The register: tables that are typed in, so that every row of theirs carries its date and source."""

import dataframely as dy

from pipeline.base.vocabulary import (
    COUNTED_RELATIONS,
    DATED_TO,
    LICENCE_CLASSES,
    MODALITIES,
    OWN_INCLUDED,
    SUBJECT_KINDS,
    TIMELINE_KINDS,
    TIMELINE_REGISTERS,
    choice,
    unit_of,
)


class Organisations(dy.Schema):
    """Who owns which Hub namespace."""

    namespace = dy.String(primary_key=True, description="Hub namespace")
    organisation = dy.String(description="Organisation")
    country = dy.String(description="Country of its headquarters; `International` or `Unknown` where it has none")
    date = dy.Date(description="When this was checked or published")
    source = dy.String(description="Source")


class Families(dy.Schema):
    """Named lines of releases and the names that tell them."""

    family = dy.String(primary_key=True, description="Family")
    organisation = dy.String(description="Organisation behind it")
    name_pattern = dy.String(description="Regular expression on the lower-case repository name (evidence `name`)")
    rank = dy.Int64(unique=True, min=1, description="Order of colours: 1 to 10 have one, the rest is grey")
    date = dy.Date(description="First release")
    source = dy.String(description="Source")


class FamilyRules(dy.Schema):
    """Which repositories belong to a family: first rule that matches."""

    order = dy.Int64(primary_key=True, description="Rules are tried in this order")
    namespace = dy.String(description="Hub namespace, compared without case")
    repository_pattern = dy.String(description="Regular expression on the lower-case name; `.` for any")
    family = dy.String(description="Family")
    date = dy.Date(description="When this was checked")
    source = dy.String(description="Source")


class Architectures(dy.Schema):
    """What an architecture tag says about density."""

    architecture = dy.String(primary_key=True, description="`model_type`")
    mixture = choice(["dense", "moe", "either"], description="`either`: the expert count decides")
    date = dy.Date(description="When this was checked")
    source = dy.String(description="Source")


class Releases(dy.Schema):
    """Releases by their makers: the bases that others build on."""

    model = dy.String(primary_key=True, description="Repository id")
    released = dy.Date(nullable=True, description="Date")
    date_kind = choice(
        ["announced", "repository_created"], nullable=True, description="What the date is; up to a month apart"
    )
    architecture = dy.String(nullable=True, description="Architecture tag")
    mixture = choice(["dense", "moe"], description="Dense or mixture of experts")
    parameters_total = dy.Int64(
        nullable=True, min=1, metadata=unit_of("elements"), description="Elements in its safetensors files"
    )
    parameters_stated = dy.Int64(
        nullable=True,
        min=1,
        metadata=unit_of("parameters"),
        description="Where the elements are not known: rounded size by name, model card or a release of the same shape",
    )
    modality = dy.String(description="text, code, math, vision, audio, embedding, guard")
    licence = dy.String(nullable=True, description="Licence")
    gated = dy.Bool(nullable=True, description="Access must be asked for")
    built_on = dy.String(nullable=True, description="Release of another maker or generation that it was trained from")
    cross_check = dy.String(nullable=True, description="Second source and whether it agrees")
    source = dy.String(description="Primary source")


class Distillations(dy.Schema):
    """Releases trained on one family's answers, starting from another family's weights."""

    release = dy.String(primary_key=True, description="Repository id of the distilled release")
    teacher = dy.String(description="Release whose answers it was trained on")
    teacher_family = dy.String(description="Family of the teacher")
    base = dy.String(description="Release whose weights it started from")
    base_family = dy.String(description="Family of the base")
    method = dy.String(description="How it was trained, in words")
    date = dy.Date(description="Date of the release or of its announcement")
    source = dy.String(description="Primary source of teacher and base")


class Tasks(dy.Schema):
    """What a model of a task reads or makes."""

    task = dy.String(primary_key=True, description="The Hub's `pipeline_tag`")
    modality = choice(MODALITIES, description="Modality")
    date = dy.Date(description="When this was checked")
    source = dy.String(description="Source")


class Configurations(dy.Schema):
    """Architecture facts of single releases, from their config.json."""

    model = dy.String(primary_key=True, description="Repository id")
    architecture = dy.String(description="Architecture tag")
    layers = dy.Int64(description="Hidden layers")
    hidden_size = dy.Int64(description="Width of the residual stream")
    vocab_size = dy.Int64(description="Vocabulary")
    config = dy.String(description="The fields of config.json that decide the counts, and no others, as JSON")
    parameters_total_published = dy.Int64(
        nullable=True, metadata=unit_of("parameters"), description="As the vendor states it on the model's card"
    )
    parameters_active_published = dy.Int64(
        nullable=True, metadata=unit_of("parameters per token"), description="As the vendor states it"
    )
    date = dy.Date(description="Date of the source")
    source = dy.String(description="Primary source")
    cross_check = dy.String(description="Second source and whether it agrees")


class Repackagers(dy.Schema):
    """Uploaders who convert or copy other makers' models under the same name."""

    namespace = dy.String(primary_key=True, description="Hub namespace")
    does = dy.String(description="Formats that it publishes")
    date = dy.Date(description="When this was checked")
    source = dy.String(description="Source")


class Formats(dy.Schema):
    """Formats that a name or a tag states, and whether they use fewer bits."""

    order = dy.Int64(primary_key=True, description="Patterns are tried in this order")
    format = dy.String(description="Format")
    name_pattern = dy.String(description="Regular expression on a suffix of the lower-case name")
    tag = dy.String(nullable=True, description="Tag that states the same")
    quantized = dy.Bool(description="Fewer bits than the original")
    date = dy.Date(description="When this was checked")
    source = dy.String(description="Source")


class SeriesPatterns(dy.Schema):
    """What the digits say that differ within a series of repositories."""

    order = dy.Int64(primary_key=True, description="Patterns are tried in this order")
    name_pattern = dy.String(
        description="Regular expression on the lower-case name, differing digits in angle brackets"
    )
    meaning = dy.String(description="What the digits say")
    example = dy.String(description="A name of that kind, without its owner")
    date = dy.Date(description="When this was checked")
    source = dy.String(description="Where such names were seen, or the form is described")


class SeriesRead(dy.Schema):
    """Series that were drawn at random and read, by what they turned out to be."""

    kind = dy.String(primary_key=True, description="What the series are")
    judgement = choice(
        ["as_it_seems", "either", "by_hand"],
        description="Made by a machine; either is possible; somebody named them one by one",
    )
    series = dy.Int64(min=1, metadata=unit_of("series"), description="Series of this kind")
    date = dy.Date(description="When they were read")
    source = dy.String(description="From which snapshots, how they were drawn, and by what they were judged")


class Mirrors(dy.Schema):
    """Re-uploads of a release: with its weights as they are, or in fewer bits."""

    mirror = dy.String(primary_key=True, description="Repository id of the copy")
    original = dy.String(description="Repository id of the original")
    mirror_class = choice(
        ["same_weights", "quantized"],
        description="quantized: the copy's name ends in a format of fewer bits (table `formats`), the original's not",
    )
    date = dy.Date(description="When this was checked")
    source = dy.String(description="Source")


class Modelscope(dy.Schema):
    """One model's id on ModelScope and on the Hub, as a package has them. scripts/modelscope.py rebuilds the table."""

    modelscope_id = dy.String(primary_key=True, description="Repository id on ModelScope")
    hub_id = dy.String(primary_key=True, description="Repository id on the Hub")
    package = dy.String(primary_key=True, description="Package that pairs them")
    version = dy.String(description="Its version")
    date = dy.Date(description="When it was read")
    source = dy.String(description="The package, and where in it the ids stand")


class Licences(dy.Schema):
    """What a licence tag allows, in four classes. Tags that are not listed count as restricted."""

    licence = dy.String(primary_key=True, description="Licence tag")
    licence_class = choice(
        LICENCE_CLASSES,
        description="permissive; copyleft (share alike); restricted (by use or user, or custom terms); none stated",
    )
    date = dy.Date(description="When this was checked")
    source = dy.String(description="Text of the licence, and why it has this class")


class Renames(dy.Schema):
    """Repositories that moved. An id ending in `/*` moves the whole namespace."""

    old = dy.String(primary_key=True, description="Old id")
    new = dy.String(description="New id")
    date = dy.Date(description="Date of the change, or when it was seen")
    source = dy.String(description="Source")


class SnapshotGaps(dy.Schema):
    """Times for which a data set of snapshots has none, or none that is whole."""

    dataset = dy.String(primary_key=True, description="Data set on the Hub")
    first = dy.Date(primary_key=True, description="First day of the time that holds the gap")
    last = dy.Date(description="Last day of it")
    what = dy.String(description="What is missing within that time")
    date = dy.Date(description="When this was checked")
    source = dy.String(description="Source")


class Benchmarks(dy.Schema):
    """Published benchmark scores."""

    benchmark = dy.String(primary_key=True, description="Benchmark")
    metric = dy.String(primary_key=True, description="Metric and unit")
    model = dy.String(primary_key=True, description="Model")
    value = dy.Float64(description="Score")
    date = dy.Date(description="Date of the source")
    source = dy.String(description="Primary source")


class PublishedQuantity(dy.Schema):
    """What somebody published, with its dates and its definition as far as stated."""

    subject = dy.String(primary_key=True, description="Whom or what the count is about")
    subject_kind = choice(SUBJECT_KINDS, description="What the subject is")
    kind = dy.String(primary_key=True, description="What is counted")
    relation = choice(COUNTED_RELATIONS, description="Which derivatives are counted; `none` for what is no derivative")
    own_included = choice(OWN_INCLUDED, description="Whether the subject's own repositories are counted with others'")
    denominator = dy.String(
        primary_key=True, description="What a share or a ratio is of; `none` for a count of its own"
    )
    published = dy.Date(primary_key=True, description="Date of publication; of the count where that is not stated")
    published_precision = choice(DATED_TO, description="What the date of publication is exact to")
    publisher = dy.String(primary_key=True, description="Publisher")
    value = dy.Float64(description="Value")
    unit = dy.String(description="Unit")
    as_of = dy.Date(nullable=True, description="Date that the count is about, if stated")
    as_of_precision = choice(DATED_TO, nullable=True, description="What that date is exact to")
    definition = dy.String(description="Definition as stated, or `not stated`")
    is_lower_bound = dy.Bool(description="The source says more than")
    source_kind = choice(["primary", "secondary"], description="Read at the source or through a copy")
    source = dy.String(description="Source")


class PublishedCounts(PublishedQuantity):
    """Counts that others published, with their dates and definitions as far as stated."""

    note = dy.String(nullable=True, description="Note")


class PublishedRelations(dy.Schema):
    """Direct declared derivatives by relation, as somebody published them for the organisation of the base."""

    name = dy.String(primary_key=True, description="Organisation, as the publisher writes it")
    label = dy.String(description="Name that readers see")
    organisation = dy.String(nullable=True, description="Organisation of the register, if it has it")
    derivatives = dy.Int64(min=0, metadata=unit_of("models"), description="All, as published")
    bases = dy.Int64(min=0, metadata=unit_of("models"), description="Models with a derivative")
    adapter = dy.Int64(min=0, metadata=unit_of("models"), description="Adapters")
    finetune = dy.Int64(min=0, metadata=unit_of("models"), description="Fine-tunes")
    quantized = dy.Int64(min=0, metadata=unit_of("models"), description="Quantizations")
    merge = dy.Int64(min=0, metadata=unit_of("models"), description="Merges")
    other = dy.Int64(min=0, metadata=unit_of("models"), description="Other relations")
    as_of = dy.Date(description="Day that the counts are about; the middle of the time that as_of_precision names")
    as_of_precision = choice(DATED_TO, description="How exactly that day is known")
    publisher = dy.String(description="Publisher")
    source_kind = choice(["primary", "secondary"], description="Read at the source or through a copy")
    source = dy.String(description="Source")
    note = dy.String(nullable=True, description="Note")


class PublishedBases(dy.Schema):
    """Children of single bases, as somebody counted them on the whole Hub."""

    model = dy.String(primary_key=True, description="Repository that is built on")
    children = dy.Int64(min=0, metadata=unit_of("models"), description="Repositories that declare it as their base")
    place = dy.Int64(nullable=True, min=1, description="Place among all bases of the Hub, if stated")
    as_of = dy.Date(description="Day of the listing")
    publisher = dy.String(description="Publisher")
    source_kind = choice(["primary", "secondary"], description="Read at the source or through a copy")
    source = dy.String(description="Source")
    note = dy.String(nullable=True, description="Note")


class Events(dy.Schema):
    """Dated facts that claims are checked against."""

    event = dy.String(primary_key=True, description="Key")
    date = dy.Date(description="Date of the event")
    statement = dy.String(description="What happened")
    source = dy.String(description="Primary source")
    cross_check = dy.String(nullable=True, description="Second source and whether it agrees")


class LeadMarks(dy.Schema):
    """Which events the figure on how the lead turned marks. The dates stay in `events`."""

    event = dy.String(primary_key=True, description="Key of the row in `events`")
    family = dy.String(nullable=True, description="Marked where this family is compared; null: in every comparison")
    label = dy.String(description="Name in the figure")
    date = dy.Date(description="When this was chosen")
    source = dy.String(description="Who chose it")


class TimelineMarks(dy.Schema):
    """Which rows of the register stand among the dated events, and where. Dates and numbers stay in those rows."""

    mark = dy.Int64(primary_key=True, description="Reading order")
    register = choice(TIMELINE_REGISTERS, description="Register table of the row")
    item = dy.String(description="Its event, model, or the subject of a count of derivatives")
    day = dy.Date(nullable=True, description="Its date, where the item alone does not tell")
    lane = dy.String(description="Lane of the figure")
    kind = choice(TIMELINE_KINDS, description="What it is")
    label = dy.String(nullable=True, description="Name in the figure; null: none")
    date = dy.Date(description="When this was chosen")
    source = dy.String(description="Who chose it")


class Languages(dy.Schema):
    """Two-letter language codes, as model cards use them."""

    language = dy.String(primary_key=True, description="Code of ISO 639-1")
    name = dy.String(description="Name in English")
    date = dy.Date(description="When this was checked")
    source = dy.String(description="Source")
