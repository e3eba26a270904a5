"""The Hub, over huggingface_hub: calls that wait, end and fail in one line.

huggingface_hub pages, redirects, resumes and finds the user's token (`hf auth login`, `HF_TOKEN`). Added here is
what it lacks: an end to every wait, a second try where it has none, and errors that say what to do next.

- Transport is plain HTTP: the second one (Xet) is switched off by the package, so that the tested path is the used one.
- A limit that is used up is waited for before the next call, not after a refusal; a wait longer than `LONGEST_WAIT`
  is an error that names it.
- Answers that cannot change (a file at a commit, a day's listing) are kept in huggingface_hub's assets folder
  (`HF_HOME`, `HF_ASSETS_CACHE`), so that `HF_HUB_OFFLINE=1` works from there.
- Tokens are never read here, and no address or header reaches a message.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx2
from huggingface_hub import HfApi, cached_assets_path, constants, hf_hub_url, set_client_factory
from huggingface_hub import errors as hub_errors
from huggingface_hub.utils import (
    build_hf_headers,
    get_session,
    hf_raise_for_status,
    logging,
    parse_ratelimit_headers,
)
from huggingface_hub.utils._http import default_client_factory

from pipeline.base import tables
from pipeline.base.errors import SnapshotError

Answer = TypeVar("Answer")

LIBRARY = "open-source-as-infrastructure"
TRIES = 6
"""Attempts of a call that meets a passing failure."""
TIMEOUT = 30.0
"""Seconds without an answer, or without a byte of it."""
LONGEST_WAIT = 330
"""Seconds: the Hub's window of five minutes, and some more."""
CHUNK = 256 * 1024
"""Bytes between two writes of a download: what an interrupt may lose (huggingface_hub's own are 10 MB)."""
PASSING = (408, 429, 500, 502, 503, 504)
LOGIN = "log in with `.venv/bin/hf auth login` (or set HF_TOKEN)"
CHECK = "check its name, and the date and revision in params.yaml"
DISABLED = "Access to this resource is disabled."
"""The Hub's words, without a code, for a repository that it took out of service."""
REFUSALS = {
    401: ("{} does not exist, or is private", f"check its name; {LOGIN} if you may see it"),
    403: ("{} is denied to you", f"{LOGIN} with a token that may read it"),
    404: ("{} does not exist", CHECK),
    407: ("{}: a proxy on the way asks who you are", "set HTTPS_PROXY to its address with a name and password"),
    410: ("{} was removed from the Hub", "choose another date or revision"),
    429: ("{}: the Hub's rate limit is used up", f"run again later, or {LOGIN}"),
    451: ("{} is withheld for legal reasons", "choose another date or revision"),
}
"""What a status says of the thing that was asked for, and what helps: to ask again later, only where it says so."""


def say(line: str) -> None:
    """One line of progress on standard error."""
    print(line, file=sys.stderr, flush=True)


@cache
def api() -> HfApi:
    """The client, set up once per process."""
    constants.HF_HUB_DISABLE_XET = True
    constants.DOWNLOAD_CHUNK_SIZE = CHUNK
    logging.set_verbosity_error()
    set_client_factory(_client)
    return HfApi(endpoint=constants.ENDPOINT)


def _client() -> httpx2.Client:
    client = default_client_factory()
    client.timeout = httpx2.Timeout(TIMEOUT)
    client.event_hooks["response"] = [_within_the_limit]
    return client


def _within_the_limit(response: httpx2.Response) -> None:
    """Refuse to wait for hours; wait for a fresh window when this call was the last of the present one."""
    if response.status_code >= 400:
        wait = _asked_wait(response)
        if wait is not None and wait > LONGEST_WAIT:
            raise SnapshotError(
                f"the Hub asks to wait {wait} s (answer {response.status_code})",
                next_step=f"run again later; the limit is higher when you {LOGIN}",
            )
        return
    limit = parse_ratelimit_headers(response.headers)
    if limit is not None and limit.remaining == 0 and 0 < limit.reset_in_seconds <= LONGEST_WAIT:
        say(f"Calls are used up: waiting {limit.reset_in_seconds} s for the Hub's next window")
        time.sleep(limit.reset_in_seconds)


def _asked_wait(response: httpx2.Response) -> int | None:
    """Seconds that an answer asks to wait, from `RateLimit` or `Retry-After` (a number or a date)."""
    limit = parse_ratelimit_headers(response.headers)
    if response.status_code == 429 and limit is not None and limit.remaining == 0:
        return limit.reset_in_seconds + 1
    after = response.headers.get("Retry-After", "").strip()
    if after.isdigit():
        return int(after)
    try:
        now = parsedate_to_datetime(response.headers.get("Date", ""))
        return max(0, round((parsedate_to_datetime(after) - now).total_seconds()))
    except (TypeError, ValueError):
        return None


def tried(call: Callable[[], Answer], what: str) -> Answer:
    """The call's answer; failures that pass are tried again, each time later.

    Raises what the last attempt raised, to be put into words by `asking`.
    """
    for attempt in range(1, TRIES + 1):
        wait: int | None = None
        try:
            return call()
        except hub_errors.HfHubHTTPError as error:
            if error.response.status_code not in PASSING or attempt == TRIES:
                raise
            reason = f"answer {error.response.status_code}"
            wait = _asked_wait(error.response)
        except httpx2.TransportError as error:
            if attempt == TRIES:
                raise
            reason = _kind(error)
        seconds = 2 ** (attempt - 1) if wait is None else wait
        say(f"{what}: {reason}; attempt {attempt + 1} of {TRIES} in {seconds} s")
        time.sleep(seconds)
    raise AssertionError("unreachable")


def _kind(error: Exception) -> str:
    return {
        httpx2.ConnectError: "no connection",
        httpx2.ReadTimeout: "no answer in time",
        httpx2.ConnectTimeout: "no answer in time",
    }.get(type(error), "connection lost")


@contextmanager
def asking(what: str) -> Iterator[None]:
    """Errors of the calls inside become one line each: `what` is the object of the sentence.

    Messages are made from the kind of error alone, since huggingface_hub's own quote addresses.
    """
    try:
        yield
    except SnapshotError:
        raise
    except hub_errors.OfflineModeIsEnabled as error:
        raise SnapshotError(
            f"{what} is not on this machine, and HF_HUB_OFFLINE is set", next_step="run once without HF_HUB_OFFLINE"
        ) from error
    except hub_errors.GatedRepoError as error:
        raise SnapshotError(
            f"{what} is gated", next_step=f"accept its terms on its page at the Hub, then {LOGIN}"
        ) from error
    except hub_errors.RevisionNotFoundError as error:
        raise SnapshotError(
            f"{what} has no such commit", next_step="set snapshot.revision to one of its commits"
        ) from error
    except hub_errors.RemoteEntryNotFoundError as error:
        raise SnapshotError(f"{what} does not exist", next_step="choose another date or commit") from error
    except hub_errors.HfHubHTTPError as error:
        raise _refused(what, error) from error
    except httpx2.TransportError as error:
        raise SnapshotError(
            f"{what}: the Hub cannot be reached ({_kind(error)})",
            next_step="check the connection and run again; what was downloaded is kept",
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, httpx2.HTTPError) as error:
        raise SnapshotError(
            f"{what}: the Hub's answer is not understood ({type(error).__name__})",
            next_step="run again later; if it stays, its protocol has changed",
        ) from error


def _refused(what: str, error: hub_errors.HfHubHTTPError) -> SnapshotError:
    status = error.response.status_code
    if isinstance(error, hub_errors.DisabledRepoError):
        return SnapshotError(f"{what} was disabled by the Hub", next_step="choose another source, or another model")
    if isinstance(error, hub_errors.RepositoryNotFoundError):
        status = 401
    if status in REFUSALS:
        what_happened, next_step = REFUSALS[status]
        return SnapshotError(what_happened.format(what), next_step=next_step)
    if status in PASSING:
        return SnapshotError(
            f"{what}: the Hub answered {status} {TRIES} times", next_step="run again later; what was downloaded is kept"
        )
    if status < 500:
        return SnapshotError(
            f"{what}: the Hub does not accept the question (answer {status})",
            next_step=f"{CHECK}; if they are right, its protocol has changed",
        )
    return SnapshotError(f"{what}: the Hub answered {status}", next_step="run again later")


def offline() -> bool:
    """`HF_HUB_OFFLINE` is set."""
    return constants.is_offline_mode()


def kept(kind: str) -> Path:
    """Folder of what is kept between runs."""
    return cached_assets_path(LIBRARY, namespace="hub", subfolder=kind, assets_dir=constants.HF_ASSETS_CACHE)


def remember(kind: str, key: str, answer: Any) -> Any:
    """Keep an answer under a key; returns it."""
    tables.write_json(answer, kept(kind) / f"{key.replace('/', '--')}.json")
    return answer


def recall(kind: str, key: str) -> Any | None:
    """An answer kept by an earlier run, or None; one that cannot be read counts as none."""
    path = kept(kind) / f"{key.replace('/', '--')}.json"
    try:
        return tables.read_json(path) if path.exists() else None
    except (ValueError, RecursionError):
        return None


def page(address: str, query: tuple[tuple[str, str], ...] | None = None) -> tuple[Any, str | None, date]:
    """One page of a listing: its rows, the address of the next one or None, and the Hub's day.

    Raises SnapshotError when the next page lies on another host, which must not see the user's token.
    """
    response = get_session().get(address, params=query, headers=build_hf_headers())
    hf_raise_for_status(response)
    following = response.links.get("next", {}).get("url")
    if following is not None and urlsplit(following)[:2] != urlsplit(constants.ENDPOINT)[:2]:
        raise SnapshotError("the listing goes on at another host", next_step="run again later")
    return tables.parsed_json(response.content), following, parsedate_to_datetime(response.headers["Date"]).date()


ABSENT = {"RepoNotFound": "missing or private", "GatedRepo": "gated"}
GONE = {404: "missing", 410: "removed", 451: "withheld"}
"""What is not to be had, by the Hub's own code for it or by the status; any other refusal is an error."""


def told(path: str, query: tuple[tuple[str, str], ...] | None = None) -> tuple[dict[str, Any] | str, str]:
    """The Hub's answer of one route and its day; a word instead of an object for what does not exist or is private."""
    response = tried(lambda: _got(f"{api().endpoint}{path}", query), path.removeprefix("/api/"))
    day = str(parsedate_to_datetime(response.headers["Date"]).date())
    answer = _absent(response) or tables.parsed_json(response.content)
    if not isinstance(answer, dict | str):
        raise ValueError("no object")
    return answer, day


def small_file(model: str, file: str, revision: str, largest: int) -> bytes | str:
    """A file of a model at a commit; a word where it is not there, gated or larger than `largest` bytes."""
    address = hf_hub_url(model, file, revision=revision, endpoint=api().endpoint)
    response = tried(lambda: _got(address, None), f"{file} of {model}")
    word = _absent(response)
    if word is None and len(response.content) > largest:
        word = "too large"
    return word or response.content


def _got(address: str, query: tuple[tuple[str, str], ...] | None) -> httpx2.Response:
    """An answer that is a success, or one that says that something is not to be had."""
    response = get_session().get(address, params=query, headers=build_hf_headers())
    if _absent(response) is None:
        hf_raise_for_status(response)
    return response


def _absent(response: httpx2.Response) -> str | None:
    if response.status_code in GONE:
        return GONE[response.status_code]
    if response.headers.get("X-Error-Message") == DISABLED:
        return "disabled"
    return ABSENT.get(response.headers.get("X-Error-Code", "")) if response.status_code in (401, 403) else None


def today() -> date:
    """The Hub's own day."""
    with asking("the Hub's listing of models"):
        return tried(lambda: page(f"{api().endpoint}/api/models", (("limit", "1"),)), "listing of models")[2]
