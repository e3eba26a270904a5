"""What makers ship beside weights, and who downloads whose models."""

import dataframely as dy

from pipeline.base.vocabulary import choice, unit_of

ALL = "All"
ALL_COUNTRIES = "All countries"
ANY = "any"
SEVERAL = "several"
UNKNOWN_OWNER = "not on the register"
MAKER, OTHERS = "maker", "others"
STARTED, GOING_ON, STOPPED, NOT_DATED = "started", "going on", "stopped", "not dated"
UNLISTED = "newer repositories"
"""No recent release on the register, but a repository of its own from those months in this snapshot: no stop."""

MANY_LIKES = 1000
"""A repository of a registered maker with more likes than this should be a release of the register."""


class VendorLicences(dy.Schema):
    """Dated releases by the class of their licence and half-year, of countries and of organisations."""

    group_kind = choice(["country", "organisation"], primary_key=True, description="What the group is")
    group = dy.String(primary_key=True, description="Country, `All countries`, or organisation")
    period = dy.Date(primary_key=True, description="First day of the half-year")
    releases = dy.Int64(min=1, description="Dated releases of the register")
    permissive = dy.Int64(min=0, description="Of these, under a permissive licence")
    copyleft = dy.Int64(min=0, description="Under a licence with a duty to share alike")
    restricted = dy.Int64(min=0, description="Under a licence that restricts use or user, or the maker's own terms")
    none = dy.Int64(min=0, description="Stated to have no licence")
    not_known = dy.Int64(min=0, description="Without a licence in the register and in this snapshot")
    share_permissive = dy.Float64(nullable=True, min=0, max=1, description="Permissive among those with a licence")
    is_partial = dy.Bool(description="The snapshot ends in this half-year")


class VendorLicenceMoves(dy.Schema):
    """Licences of each organisation's last twelve months beside all before: the table of a figure."""

    organisation = dy.String(primary_key=True, description="Organisation")
    country = dy.String(description="Its country")
    before = dy.Int64(min=0, description="Releases with a known licence until then")
    before_permissive = dy.Float64(nullable=True, min=0, max=1, description="Share of these that is permissive")
    recent = dy.Int64(min=0, description="Releases of the last twelve months with a known licence")
    recent_permissive = dy.Float64(nullable=True, min=0, max=1, description="Share of these that is permissive")


class VendorFormats(dy.Schema):
    """Conversions that came out with a release, by the maker or by others: the table of a figure."""

    group = dy.String(primary_key=True, description="Organisation whose releases these are, or `All`")
    shipped_by = choice(["maker", "others"], primary_key=True, description="Who converted")
    format = dy.String(primary_key=True, description="Format, or `any`")
    releases = dy.Int64(min=1, description="Dated releases old enough to tell")
    releases_in_time = dy.Int64(min=0, description="Of these, with a conversion by the last day that counts")
    releases_ever = dy.Int64(min=0, description="With a conversion at any time, dated or not")
    conversions = dy.Int64(min=0, description="Conversions found")
    undated = dy.Int64(min=0, description="Of these, without a date of creation")


class VendorTags(dy.Schema):
    """What registered makers tell in the tags of their repositories here: the table of a figure."""

    organisation = dy.String(primary_key=True, description="Organisation")
    country = dy.String(description="Its country")
    repositories = dy.Int64(min=1, description="Repositories of its namespaces in this snapshot")
    with_paper = dy.Int64(nullable=True, min=0, description="With an `arxiv:` tag; null where no maker has any")
    papers = dy.Int64(nullable=True, min=0, description="Distinct papers; null where no maker has any")
    with_language = dy.Int64(nullable=True, min=0, description="With a tag of ISO 639-1; null where no maker has any")
    languages = dy.Int64(nullable=True, min=0, description="Distinct languages; null where no maker has any")
    with_region = dy.Int64(nullable=True, min=0, description="With a `region:` tag; null where no maker has any")
    region_us = dy.Int64(nullable=True, min=0, description="Stored in the region us; null where no maker has any")


class VendorLanguages(dy.Schema):
    """Languages that makers' repositories name, by country of the maker: the table of a figure."""

    country = dy.String(primary_key=True, description="Country of the maker, or `All countries`")
    language = dy.String(primary_key=True, description="Two-letter code")
    name = dy.String(description="Language")
    repositories = dy.Int64(min=1, description="Repositories that name it")
    share = dy.Float64(min=0, max=1, description="Of the country's repositories that name any language")


class VendorTasks(dy.Schema):
    """What releases are for, and what people download of their makers: the table of a figure."""

    country = dy.String(primary_key=True, description="Country of the maker, or `All countries`")
    modality = dy.String(primary_key=True, description="Modality, of the register for releases")
    releases = dy.Int64(min=0, description="Releases of the register")
    share = dy.Float64(nullable=True, min=0, max=1, description="Of the country's releases")
    recent = dy.Int64(min=0, description="Releases dated within the last twelve months")
    recent_share = dy.Float64(nullable=True, min=0, max=1, description="Of the country's releases within these")


class VendorActivity(dy.Schema):
    """Who started and who stopped, as far as the register lists releases: the table of a figure."""

    organisation = dy.String(primary_key=True, description="Organisation")
    country = dy.String(description="Its country")
    releases = dy.Int64(min=1, description="Releases of the register")
    undated = dy.Int64(min=0, description="Of these, without a date")
    first_released = dy.Date(nullable=True, description="First dated release")
    last_released = dy.Date(nullable=True, description="Last dated release")
    recent = dy.Int64(min=0, description="Releases dated within the months that decide who stopped")
    status = choice(
        ["started", "going on", "newer repositories", "stopped", "not dated"],
        description="As the parameters decide; no stop where a repository of its own is from those months",
    )
    is_new = dy.Bool(description="Its first dated release is as recent as the parameters ask, stopped since or not")
    newest_repository = dy.Date(nullable=True, description="Day of its newest repository here, a release or not")


class VendorGaps(dy.Schema):
    """Much liked repositories of registered makers that no release covers: what the register may lack."""

    model = dy.String(primary_key=True, description="Repository id; conversions and re-uploads are left out")
    organisation = dy.String(description="Organisation that owns the namespace")
    likes = dy.Int64(min=1, metadata=unit_of("likes"), description="Likes in this snapshot")
    modality = dy.String(nullable=True, description="Modality of the task that its card states")
    created_month = dy.Date(nullable=True, description="Month of creation")


class VendorHubs(dy.Schema):
    """Models of registered makers that packages find on ModelScope, by the name they are under: table of a figure."""

    group_kind = choice(["family", "organisation", "country"], primary_key=True, description="What the group is")
    group = dy.String(primary_key=True, description="Family, organisation or country")
    models = dy.Int64(min=1, metadata=unit_of("models"), description="Models of the Hub that are on ModelScope too")
    same_name = dy.Int64(min=0, metadata=unit_of("models"), description="Under the namespace that the Hub has")
    mostly_its_own = dy.Int64(
        min=0,
        metadata=unit_of("models"),
        description="Under another namespace, nine in ten of whose models are this maker's",
    )
    among_others = dy.Int64(
        min=0,
        metadata=unit_of("models"),
        description="In namespaces that have other makers' models too: uploaded again",
    )


class VendorDownloads(dy.Schema):
    """Downloads in 30 days by country or family, by two rules: the table of a figure."""

    population = choice(["all", "text and vision"], primary_key=True, description="Which repositories")
    counted_as = choice(["owner", "root"], primary_key=True, description="Owner alone; else the roots it declares")
    group_kind = choice(["country", "family"], primary_key=True, description="What the group is")
    group = dy.String(primary_key=True, description="Group, `several`, or `not on the register`")
    repositories = dy.Int64(min=0, description="Repositories")
    downloads = dy.Int64(min=0, metadata=unit_of("downloads in 30 days"), description="Downloads")
    share = dy.Float64(nullable=True, min=0, max=1, description="Share of the population's downloads")
