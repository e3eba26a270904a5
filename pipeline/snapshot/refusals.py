"""What a failed call of the Hub means: one line that says what failed, and what to do next.

Messages are made from the kind of error alone: huggingface_hub's own quote addresses, and no address or header may
reach a message.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
from huggingface_hub import errors as hub_errors

from pipeline.base.errors import GoneError, SnapshotError

TRIES = 6
"""Attempts of a call that meets a passing failure."""
PASSING = (408, 429, 500, 502, 503, 504)
"""Statuses after which a call is tried again."""
LOGIN = "log in with `.venv/bin/hf auth login` (or set HF_TOKEN)"
CHECK = "check its name, and the date and revision in params.yaml"
REFUSALS = {
    401: ("{} does not exist, or is private", f"check its name; {LOGIN} if you may see it"),
    403: ("{} is denied to you", f"{LOGIN} with a token that may read it"),
    404: ("{} does not exist", CHECK),
    407: ("{}: a proxy on the way asks who you are", "set HTTPS_PROXY to its address with a name and password"),
    410: ("{} was removed from the Hub", "choose another date or revision"),
    429: ("{}: the Hub's rate limit is used up", f"run again later, or {LOGIN}"),
    451: ("{} is withheld for legal reasons", "choose another date or revision"),
}
"""By status: what happened to the thing that was asked for, and what helps. Only some are worth asking again later."""
LASTING = (401, 403, 404, 410, 451)
"""Statuses that stay until somebody changes something."""


class BusyError(httpx2.TransportError):
    """The Hub does something else for this user at this moment."""


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Raises a SnapshotError of one line for whatever fails in the block; what: the thing that is asked for."""
    try:
        yield
    except SnapshotError:
        raise
    except hub_errors.OfflineModeIsEnabled as error:
        raise SnapshotError(
            f"{what} is not on this machine, and HF_HUB_OFFLINE is set", next_step="run once without HF_HUB_OFFLINE"
        ) from error
    except hub_errors.GatedRepoError as error:
        raise GoneError(
            f"{what} is gated", next_step=f"accept its terms on its page at the Hub, then {LOGIN}"
        ) from error
    except hub_errors.RevisionNotFoundError as error:
        raise SnapshotError(
            f"{what} has no such commit", next_step="set snapshot.revision to one of its commits"
        ) from error
    except hub_errors.RemoteEntryNotFoundError as error:
        raise GoneError(f"{what} does not exist", next_step="choose another date or commit") from error
    except hub_errors.HfHubHTTPError as error:
        raise _refused(what, error) from error
    except httpx2.TransportError as error:
        raise SnapshotError(
            f"{what}: the Hub cannot be reached ({kind_of(error)})",
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
        return GoneError(f"{what} was disabled by the Hub", next_step="choose another source, or another model")
    if isinstance(error, hub_errors.RepositoryNotFoundError):
        status = 401
    if status in REFUSALS:
        what_happened, next_step = REFUSALS[status]
        kind = GoneError if status in LASTING else SnapshotError
        return kind(what_happened.format(what), next_step=next_step)
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


def kind_of(error: Exception) -> str:
    """A failed connection in plain words."""
    return {
        httpx2.ConnectError: "no connection",
        httpx2.ReadTimeout: "no answer in time",
        httpx2.ConnectTimeout: "no answer in time",
        BusyError: "it is busy with another request of yours",
    }.get(type(error), "connection lost")
