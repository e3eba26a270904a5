"""Puts a built site on the Hub: the pages as a static Space, the tables as a dataset.

The Space holds the site's files as they are and a card; the dataset every table that has rows, as Parquet, the
documents that lie beside the tables, and a card. Each gets one commit and the edition's name as a tag; a second run
with the same site does nothing (`pipeline.report.hub_upload`). What leaves is what `pipeline.report.built` lists.
The dataset goes first, since the Space's card names it.
"""

from pathlib import Path

from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils import validate_repo_id

from pipeline.base import words
from pipeline.base.errors import BUILD, ParamsError, ShareError
from pipeline.base.paths import Paths
from pipeline.report import built, hub_cards, hub_upload
from pipeline.report.built import Built
from pipeline.report.hub_upload import Done, Parcel

NAMED = 5
"""How many files that stay here are named."""


def plan(paths: Paths, folder: Path | None, *, space: str | None, dataset: str | None) -> tuple[Built, list[Parcel]]:
    """The site, and what is to lie where. folder: of the site, if it is not the build's own.

    Raises ParamsError for names that the Hub does not take, ShareError where no whole site of this build is there.
    """
    if space is None and dataset is None:
        raise ParamsError("nothing to share", next_step="name a Space with --space or a dataset with --dataset")
    space, dataset = _name(space, "--space"), _name(dataset, "--dataset")
    site = built.read(folder or paths.site)
    if folder is None and paths.edition.exists() and paths.edition.read_bytes() != _edition(site).read_bytes():
        raise ShareError("the site is older than the tables", where=built.shown(paths.site), next_step=BUILD)
    parcels = []
    if dataset is not None:
        parcels.append(_dataset(site, dataset, space))
    if space is not None:
        parcels.append(_space(site, space, dataset))
    return site, parcels


def listing(site: Built, parcels: list[Parcel]) -> list[str]:
    """What would leave, a line a file with its bytes."""
    lines = []
    for parcel in parcels:
        files = words.counted(len(parcel.files), "file")
        lines.append(f"{parcel.label}: {files}, {words.number(parcel.bytes)} bytes, tag {site.edition.name}")
        lines += [f"  {hub_upload.size(content):>12,}  {path}" for path, content in sorted(parcel.files.items())]
    return [*lines, *left_out(site), "Nothing was sent."]


def left_out(site: Built) -> list[str]:
    """A line that names what lies in the site's folder and stays here, if anything does."""
    if not site.left_out:
        return []
    first = ", ".join(ascii(name) for name in site.left_out[:NAMED])
    more = f" and {len(site.left_out) - NAMED} more" if len(site.left_out) > NAMED else ""
    return [f"Left out, since no build writes it: {first}{more}"]


def send(site: Built, parcel: Parcel, *, private: bool) -> str:
    """Put one parcel on the Hub; returns what was done, in a line."""
    return _summary(parcel, hub_upload.put(parcel, site.edition.name, private=private))


def _summary(parcel: Parcel, done: Done) -> str:
    moved = f"{words.counted(len(done.changes.sent), 'file')} sent, {len(done.changes.removed)} removed"
    tag = f"tag {done.tag}{'' if done.tagged else ' was there'}"
    return f"{parcel.label}: {moved if done.changes else 'nothing moved'}, commit {done.commit[:8]}, {tag}"


def _name(text: str | None, option: str) -> str | None:
    """A name that the Hub takes. Raises ParamsError for any other."""
    try:
        if text is None:
            return None
        validate_repo_id(text)
        if text.count("/") == 1:
            return text
    except HFValidationError:
        pass
    raise ParamsError(f"{text!a} is no name at the Hub", where=option, next_step="write it as user/name")


def _edition(site: Built) -> Path:
    return site.data / built.EDITION


def _space(site: Built, name: str, dataset: str | None) -> Parcel:
    """The site's files and a card."""
    card = hub_cards.of_the_space(site, dataset).encode()
    return Parcel("space", name, {**site.files, hub_cards.CARD: card}, mark=f"{built.DATA}/{built.EDITION}")


def _dataset(site: Built, name: str, space: str | None) -> Parcel:
    """The tables that have rows, their documents and a card."""
    tables = {f"{built.DATA}/{entry['path']}": site.data / entry["path"] for entry in site.tables()}
    documents = {document: site.data / document for document in built.DOCUMENTS}
    card = hub_cards.of_the_dataset(site, name, space).encode()
    return Parcel("dataset", name, {**tables, **documents, hub_cards.CARD: card}, mark=built.EDITION)
