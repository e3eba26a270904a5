"""Calls of the Hub, over huggingface_hub: every wait ends, and failures that pass are tried again.

huggingface_hub pages, redirects, resumes and finds the user's token (`hf auth login`, `HF_TOKEN`). This module adds an
end to every wait and a second try where the library has none; `refusals` says in one line what went wrong for good.

- A limit of calls that is used up is waited for before the next call, not after a refusal. A wait longer than
  `LONGEST_WAIT` is an error that names it.
- Tokens are never read here.
"""

import sys
import time
from collections.abc import Callable
from datetime import date
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx2
from huggingface_hub import HfApi, constants, hf_hub_url, set_client_factory
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
from pipeline.snapshot.refusals import LOGIN, PASSING, TRIES, BusyError, explained, kind_of

Answer = TypeVar("Answer")

TIMEOUT = 30.0
"""Seconds without an answer, or without a byte of it."""
LONGEST_WAIT = 330
"""Seconds: the Hub counts calls in windows of five minutes; half a minute more."""
CHUNK = 256 * 1024
"""Bytes between two writes of a download, which an interrupt loses (huggingface_hub writes every 10 MB)."""
DISABLED = "Access to this resource is disabled."
"""The Hub's words, without a code, for a repository that it took out of service."""

BUSY = "another conflicting operation is in progress"
"""The Hub's words for a new repository that has to wait for another one."""


def say(line: str) -> None:
    """One line of progress on standard error."""
    print(line, file=sys.stderr, flush=True)


@cache
def api() -> HfApi:
    """The client, set up once per process."""
    constants.DOWNLOAD_CHUNK_SIZE = CHUNK
    logging.set_verbosity_error()
    set_client_factory(_client)
    return HfApi(endpoint=constants.ENDPOINT)


def _client() -> httpx2.Client:
    client = default_client_factory()
    client.timeout = httpx2.Timeout(TIMEOUT)
    client.event_hooks["response"] = [_within_the_limit, _not_busy]
    return client


def _within_the_limit(response: httpx2.Response) -> None:
    """Wait for the next window where this call was the last of its window; raise SnapshotError for a wait of hours."""
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


def _not_busy(response: httpx2.Response) -> None:
    """Raises BusyError where huggingface_hub would ask for a new repository again at once, and without an end."""
    if response.status_code == 409 and BUSY in response.read().decode(errors="replace"):
        raise BusyError("busy", request=response.request)


def _asked_wait(response: httpx2.Response) -> int | None:
    """Seconds that an answer asks to wait, from `RateLimit` or `Retry-After` (a number or a date)."""
    limit = parse_ratelimit_headers(response.headers)
    if response.status_code == 429 and limit is not None and limit.remaining == 0:
        return limit.reset_in_seconds + 1
    after = response.headers.get("Retry-After", "").strip()
    if after.isdecimal():
        return int(after)
    try:
        now = parsedate_to_datetime(response.headers.get("Date", ""))
        return max(0, round((parsedate_to_datetime(after) - now).total_seconds()))
    except (TypeError, ValueError):
        return None


def retried(call: Callable[[], Answer], what: str) -> Answer:
    """The call's answer; failures that pass are tried again, each time later. what: the thing that is asked for.

    Raises what the last attempt raised, which `refusals.explained` makes one line of.
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
            reason = kind_of(error)
        seconds = 2 ** (attempt - 1) if wait is None else wait
        say(f"{what}: {reason}; attempt {attempt + 1} of {TRIES} in {seconds} s")
        time.sleep(seconds)
    raise AssertionError("unreachable")


def offline() -> bool:
    """Whether `HF_HUB_OFFLINE` is set."""
    return constants.is_offline_mode()


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
"""Why a thing cannot be had, by the Hub's own code for it or by the status; any other refusal is an error."""


def answer(path: str, query: tuple[tuple[str, str], ...] | None = None) -> tuple[dict[str, Any] | str, str]:
    """The object that one route of the Hub answers, and the Hub's day as text.

    A word of `ABSENT` or `GONE` instead of an object where the thing cannot be had. Raises ValueError for an answer
    that is no object.
    """
    response = retried(lambda: _got(f"{api().endpoint}{path}", query), path.removeprefix("/api/"))
    day = str(parsedate_to_datetime(response.headers["Date"]).date())
    found = _absent(response) or tables.parsed_json(response.content)
    if not isinstance(found, dict | str):
        raise ValueError("no object")
    return found, day


def small_file(model: str, file: str, revision: str, largest: int) -> bytes | str:
    """A file of a model at a commit; a word instead where it is missing, gated or larger than `largest` bytes."""
    address = hf_hub_url(model, file, revision=revision, endpoint=api().endpoint)
    response = retried(lambda: _got(address, None), f"{file} of {model}")
    word = _absent(response)
    if word is None and len(response.content) > largest:
        word = "too large"
    return word or response.content


def _got(address: str, query: tuple[tuple[str, str], ...] | None) -> httpx2.Response:
    """An answer that is a success, or that says why the thing cannot be had."""
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
    with explained("the Hub's listing of models"):
        return retried(lambda: page(f"{api().endpoint}/api/models", (("limit", "1"),)), "listing of models")[2]
