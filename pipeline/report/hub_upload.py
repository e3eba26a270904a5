"""Puts a set of files on the Hub: one commit, one tag, and neither where both are there already.

Method
1. What lies there is listed at its last commit and compared by hash: sha256 of large files, git's own of small ones.
   What differs is sent, what is no longer there is removed in the same commit; hidden files there are the Hub's or the
   user's, and stay. The commit names that last commit as its parent, so two at once cannot mix.
2. Large files go first. They are on no page of the repository until the commit, so whatever breaks before its end
   leaves the old one whole, and the next run sends what is missing.
3. The tag is the name of the edition. A tag never moves: where the same edition comes with other files, as after a
   correction of the report, the new one is numbered.
4. A repository with files that no `share` put there is left alone: a slip in the name would remove them.

huggingface_hub does all calls, over `pipeline.snapshot.hub`. `upload_folder` is not used, since with the package hf_xet
it makes several commits; that package is left out for files as small as these, because it waits and tries again by
rules of its own and writes logs at home. The token is huggingface_hub's affair alone.

Drawbacks: a commit is sent in one request, which the Hub limits to 1 GB of files that are not large ones. An interrupt
waits for the large files that are on their way, a minute where the storage does not answer (`make share` ends it after
some seconds).
"""

import hashlib
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx2
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, constants, get_token
from huggingface_hub import errors as hub_errors
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils import disable_progress_bars, get_session, sha

from pipeline.base.errors import PipelineError, ShareError
from pipeline.base.files import sha256
from pipeline.snapshot import hub
from pipeline.snapshot.refusals import LOGIN, PASSING, TRIES, kind_of

Kind = Literal["dataset", "space"]
Content = Path | bytes

COMMIT_SECONDS = 300
"""Seconds that the Hub may take for a commit before it answers."""
REASON = 200
"""Characters of the Hub's own words that are shown."""
NEW = {"README.md", "index.html", "style.css"}
"""What the Hub itself puts into a new repository, beside hidden files."""
AGAIN = "run it again: what is there is whole, and what is missing is sent"
RIGHTS = "use a token that may write there (`.venv/bin/hf auth login`, or HF_TOKEN)"


@dataclass(frozen=True)
class Parcel:
    """Everything that a repository is to hold, by path. mark: the file by which a repository of `share` is known."""

    kind: Kind
    name: str
    files: Mapping[str, Content]
    mark: str

    @property
    def label(self) -> str:
        """How messages call it."""
        return f"the {'Space' if self.kind == 'space' else self.kind} {self.name}"

    @property
    def bytes(self) -> int:
        """Size of all files."""
        return sum(size(content) for content in self.files.values())


@dataclass(frozen=True)
class Changes:
    """What a commit has to do."""

    sent: tuple[str, ...]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.sent or self.removed)


@dataclass(frozen=True)
class Done:
    """How a repository was left. commit: its last one; changes: what was done, if anything was."""

    changes: Changes
    commit: str
    tag: str
    tagged: bool


def size(content: Content) -> int:
    """In bytes."""
    return len(content) if isinstance(content, bytes) else content.stat().st_size


def require_token() -> None:
    """Raises ShareError where huggingface_hub finds no token."""
    if get_token() is None:
        raise ShareError("no token of the Hub on this machine", next_step=f"{LOGIN} with one that may write")


def put(parcel: Parcel, tag: str, *, private: bool) -> Done:
    """Leave a repository with these files and this tag. private: make it so, if it is new.

    Raises ShareError, one line, for whatever the Hub or the connection refuses.
    """
    require_token()
    disable_progress_bars()
    constants.HF_HUB_DISABLE_XET = True
    with _explained(parcel.label):
        return hub.retried(lambda: _put(parcel, tag, private), parcel.label)


def _put(parcel: Parcel, tag: str, private: bool) -> Done:
    """One attempt; another one goes on where it ended."""
    api, repository = hub.api(), {"repo_id": parcel.name, "repo_type": parcel.kind, "token": True}
    _require_repository(parcel, private)
    commit = api.repo_info(**repository).sha
    assert commit is not None
    there = _tree(parcel, commit)
    _require_own(parcel, there)
    changes = compared(parcel.files, there)
    if changes:
        hub.say(f"{parcel.label}: sending {len(changes.sent)} files, removing {len(changes.removed)}")
        commit = _commit(parcel, changes, commit, f"Edition {tag}")
    known = _tags(parcel, tag)
    at = next((name for name, target in known.items() if target == commit), None)
    if at is None and not changes:
        at = next((name for name, target in known.items() if not compared(parcel.files, _tree(parcel, target))), None)
    if at is not None:
        return Done(changes, commit, at, tagged=False)
    free = next(name for name in _numbered(tag) if name not in known)
    api.create_tag(tag=free, revision=commit, **repository)
    return Done(changes, commit, free, tagged=True)


def _require_repository(parcel: Parcel, private: bool) -> None:
    """Make the repository unless it is there. Raises ShareError where it is public and must not be."""
    api, repository = hub.api(), {"repo_id": parcel.name, "repo_type": parcel.kind, "token": True}
    try:
        found = api.repo_info(**repository)
    except hub_errors.RepositoryNotFoundError:
        sdk = "static" if parcel.kind == "space" else None
        api.create_repo(private=private or None, space_sdk=sdk, **repository)
        return
    if private and not found.private:
        raise ShareError(
            f"{parcel.label} is public",
            next_step="make it private in its settings at the Hub, or leave out --private",
        )


def _tree(parcel: Parcel, commit: str) -> dict[str, RepoFile]:
    """What a repository holds at a commit, by path, without hidden files."""
    listed = hub.api().list_repo_tree(parcel.name, repo_type=parcel.kind, revision=commit, recursive=True, token=True)
    files = (entry for entry in listed if isinstance(entry, RepoFile))
    return {entry.path: entry for entry in files if not any(part.startswith(".") for part in entry.path.split("/"))}


def _require_own(parcel: Parcel, there: Mapping[str, RepoFile]) -> None:
    """Raises ShareError where a repository holds what no `share` put there."""
    if parcel.mark not in there and not there.keys() <= NEW:
        raise ShareError(
            f"{parcel.label} holds other files, which would be removed", next_step="name one that is new or empty"
        )


def compared(files: Mapping[str, Content], there: Mapping[str, RepoFile]) -> Changes:
    """What has to change so that a repository holds these files and no others."""
    sent = (path for path, content in files.items() if path not in there or not _is_same(content, there[path]))
    return Changes(tuple(sorted(sent)), tuple(sorted(there.keys() - files.keys())))


def _is_same(content: Content, known: RepoFile) -> bool:
    if size(content) != known.size:
        return False
    if known.lfs is None:
        return sha.git_hash(content if isinstance(content, bytes) else content.read_bytes()) == known.blob_id
    return (hashlib.sha256(content).hexdigest() if isinstance(content, bytes) else sha256(content)) == known.lfs.sha256


def _commit(parcel: Parcel, changes: Changes, parent: str, message: str) -> str:
    """Send files and commit; returns the commit."""
    additions = [CommitOperationAdd(path, parcel.files[path]) for path in changes.sent]
    removals = [CommitOperationDelete(path, is_folder=False) for path in changes.removed]
    get_session().timeout = httpx2.Timeout(hub.TIMEOUT, read=COMMIT_SECONDS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a Space with Parquet files is meant; so is a card that the Hub would extend
        try:
            done = hub.api().create_commit(
                parcel.name,
                [*removals, *additions],
                commit_message=message,
                repo_type=parcel.kind,
                parent_commit=parent,
                token=True,
            )
        except RuntimeError as error:  # so huggingface_hub wraps what befalls a large file
            raise error.__cause__ or error from error
        except ValueError as error:
            if isinstance(error.__cause__, hub_errors.BadRequestError):
                raise _card_refused(parcel, str(error)) from error
            raise
    return done.oid


def _card_refused(parcel: Parcel, reason: str) -> ShareError:
    """What the Hub says of a card's metadata."""
    shown = "".join(filter(str.isprintable, " ".join(reason.split())))[:REASON]
    then = "correct CITATION.cff or `pipeline/report/hub_cards.py`, then run `make site`"
    return ShareError(f"{parcel.label}: the Hub does not accept its card ({shown})", next_step=then)


def _tags(parcel: Parcel, tag: str) -> dict[str, str]:
    """The edition's tags and their commits, the newest first."""
    refs = hub.api().list_repo_refs(parcel.name, repo_type=parcel.kind, token=True)
    targets = {ref.name: ref.target_commit for ref in refs.tags}
    names = []
    for name in _numbered(tag):
        if name not in targets:
            break
        names.append(name)
    return {name: targets[name] for name in reversed(names)}


def _numbered(tag: str) -> Iterator[str]:
    """The tag, then the tag with 2, 3 and so on."""
    yield tag
    number = 2
    while True:
        yield f"{tag}-{number}"
        number += 1


# --------------------------------------------------------------------------------------------- refusals

REFUSALS: Mapping[int, tuple[str, str]] = {
    400: ("{}: the Hub does not accept what was sent", "run it again later; if it stays, its protocol has changed"),
    401: ("{}: the Hub does not accept your token", RIGHTS),
    402: ("{}: the Hub asks for a payment", "look at the account’s billing there, or choose another owner"),
    403: ("{}: your token may not write there", RIGHTS),
    404: ("{} does not exist, or your token does not see it", RIGHTS),
    407: ("{}: a proxy on the way asks who you are", "set HTTPS_PROXY to its address with a name and password"),
    409: ("{}: its name is taken, or somebody else changes it now", "run it again; if it stays, choose another name"),
    412: ("{}: somebody else changed it meanwhile", AGAIN),
    413: ("{}: the Hub takes no commit as large as this", "share a smaller build"),
    429: ("{}: the Hub’s rate limit is used up", "run it again later: it goes on where it stopped"),
}
"""By status: what happened, and what helps."""


@contextmanager
def _explained(what: str) -> Iterator[None]:
    """Raises ShareError of one line for whatever fails in the block.

    It is made from the kind of error alone: the library's own messages name addresses, which may be signed.
    """
    try:
        yield
    except PipelineError:
        raise
    except hub_errors.OfflineModeIsEnabled as error:
        raise ShareError(f"{what} is out of reach: HF_HUB_OFFLINE is set", next_step="run it without") from error
    except hub_errors.LocalTokenNotFoundError as error:
        raise ShareError("no token of the Hub on this machine", next_step=RIGHTS) from error
    except hub_errors.HfHubHTTPError as error:
        raise _refused(what, error.response.status_code) from error
    except httpx2.TransportError as error:
        raise ShareError(f"{what}: the Hub cannot be reached ({kind_of(error)})", next_step=AGAIN) from error
    except UnicodeError as error:
        raise ShareError("your token of the Hub has letters that none has", next_step=RIGHTS) from error
    except (ValueError, KeyError, TypeError, AttributeError, httpx2.HTTPError) as error:
        raise ShareError(
            f"{what}: the Hub’s answer is not understood ({type(error).__name__})",
            next_step="run it again later; if it stays, its protocol has changed",
        ) from error


def _refused(what: str, status: int) -> ShareError:
    if status in REFUSALS:
        what_happened, next_step = REFUSALS[status]
        return ShareError(what_happened.format(what), next_step=next_step)
    times = f" {TRIES} times" if status in PASSING else ""
    return ShareError(f"{what}: the Hub answered {status}{times}", next_step=AGAIN)
