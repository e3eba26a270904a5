"""The rows of the fault table: what goes wrong between this machine and the Hub, and how it must end."""

import errno
import json
import os
import resource
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Report
from tests.snapshot import content
from tests.snapshot.server import LocalHub, sha256

SECRET = "hf_" + "x" * 34


@dataclass
class Row:
    """One fault: how it is set up, and how it must end."""

    name: str
    strike: Callable[["Scene"], Any]
    words: tuple[str, ...] = ()
    """Words of the one-line error; none: the right bytes."""
    source: str = "hub-stats"
    more: dict[str, Any] = field(default_factory=dict)
    waited: float | None = None
    """A wait that the server asked for and must get."""


@dataclass
class Scene:
    """What a row may reach for."""

    hub: LocalHub
    patch: pytest.MonkeyPatch
    report: Report
    cache: Path

    @property
    def stats(self) -> Any:
        return self.hub.repositories["dataset", content.STATS]


def flipped(body: bytes) -> bytes:
    """The same size, other bytes."""
    return body[:1000] + bytes(255 - byte for byte in body[1000:1010]) + body[1010:]


def closed_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def no_network(scene: Scene) -> None:
    nowhere = closed_port()
    scene.patch.setattr("huggingface_hub.constants.ENDPOINT", nowhere)


def full_disk(scene: Scene) -> None:
    usage = type("Usage", (), {"free": 1000})
    scene.patch.setattr("shutil.disk_usage", lambda path: usage)


def full_while_writing(scene: Scene) -> None:
    """The system refuses to let any file grow beyond so many bytes."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    scene.patch.setattr("pipeline.snapshot.download.SPARE", 0)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, limits[1]))
    scene.patch.setattr(resource, "RLIMIT_FSIZE", resource.RLIMIT_FSIZE)
    scene.hub.fault("nowhere")
    LIMITS.append(limits)


LIMITS: list[tuple[int, int]] = []


def moved_on(scene: Scene) -> None:
    """Another commit comes while the file is on its way, and the connection is cut there."""

    def commit() -> None:
        scene.stats.write("2026-10-01T23:59:59.000Z", {"models.parquet": b"something else"})

    scene.hub.fault("/storage/", cut_at=0.5, then=commit)


def squashed(scene: Scene) -> None:
    """The commit that was resolved is gone when the file is asked for."""
    scene.hub.fault("/resolve/", status=404, headers={"X-Error-Code": "RevisionNotFound"}, times=9)


def expired(scene: Scene) -> None:
    scene.hub.fault("/storage/", status=403, body=b"Request has expired", times=9)


def renamed(scene: Scene) -> None:
    target = scene.hub.repositories.pop(("dataset", content.STATS))
    scene.hub.repositories["dataset", content.STATS] = type(target)(content.STATS, renamed_to="someone/hub-stats")
    target.name = "someone/hub-stats"
    scene.hub.add(target)


def access(kind: str) -> Callable[[Scene], None]:
    def strike(scene: Scene) -> None:
        scene.stats.access = kind

    return strike


def missing(scene: Scene) -> None:
    del scene.hub.repositories["dataset", content.STATS]


def short_record(scene: Scene) -> None:
    """A part from an earlier day that is longer than the file, and of other bytes."""
    digest = sha256(scene.stats.commits[4].files["models.parquet"])
    folder = scene.cache / "open-source-as-infrastructure" / "hub" / "files"
    folder.mkdir(parents=True)
    (folder / f"{digest}.part").write_bytes(b"x" * 9_000_000)


def wrong_part(scene: Scene) -> None:
    """A part whose bytes are not the file's: going on from it ends in the right size and wrong bytes."""
    digest = sha256(scene.stats.commits[4].files["models.parquet"])
    folder = scene.cache / "open-source-as-infrastructure" / "hub" / "files"
    folder.mkdir(parents=True)
    (folder / f"{digest}.part").write_bytes(b"x" * 10_000)


def fault(where: str, **what: Any) -> Callable[[Scene], Any]:
    return lambda scene: scene.hub.fault(where, **what)


def stalled(scene: Scene) -> None:
    scene.patch.setattr("huggingface_hub.constants.HF_HUB_DOWNLOAD_TIMEOUT", 0.3)
    scene.hub.fault("/storage/", stall=threading.Event())


def silent(scene: Scene) -> None:
    """The list's answer stops half-way for good."""
    scene.patch.setattr("pipeline.snapshot.hub.TIMEOUT", 0.2)
    scene.hub.fault("/paths-info/", stall=threading.Event(), times=99)


def unreadable(scene: Scene) -> None:
    scene.stats.write("2026-10-01T23:59:59.000Z", {"models.parquet": b"PAR1 but no table"})


def elsewhere(scene: Scene) -> None:
    """The listing's next page lies on another host."""
    link = {"Link": f'<{scene.hub.storage}/api/models?cursor=9>; rel="next"', "Date": scene.hub.today}
    scene.hub.fault("/api/models", status=200, headers=link, body=b"[]")


def emptied(scene: Scene) -> None:
    """The data set no longer has the file."""
    scene.stats.commits.clear()
    scene.stats.write("2026-10-01T01:00:00.000Z", {"README.md": b""})


def always(body: bytes) -> Callable[[bytes], bytes]:
    return lambda _: body


def shorter(body: bytes) -> bytes:
    return body[:-100]


def worded(body: bytes) -> bytes:
    """A counter of the first row is a word."""
    return body.replace(b'"likes": ', b'"likes": "many", "x": ', 1)


def in_the_first_row(**fields: Any) -> Callable[[bytes], bytes]:
    """The listing with other values in its first row."""

    def change(body: bytes) -> bytes:
        first, *others = json.loads(body)
        return json.dumps([first | fields, *others]).encode()

    return change


def recorded(commit: str | None = None, **lfs: Any) -> Callable[[bytes], bytes]:
    """The Hub's record of a file with other values."""

    def change(body: bytes) -> bytes:
        rows = json.loads(body)
        for row in rows:
            row["lfs"] |= lfs
            row["lastCommit"]["id"] = commit or row["lastCommit"]["id"]
        return json.dumps(rows).encode()

    return change


def with_a_row(**fields: Any) -> Callable[[bytes], bytes]:
    """The listing with one row more, which no repository can be."""
    return lambda body: json.dumps([*json.loads(body), fields]).encode()


def endless(body: bytes) -> bytes:
    """A counter of more digits than Python reads."""
    return body.replace(b'"likes": ', b'"likes": ' + b"9" * 5000, 1)


def around(pages: int) -> Callable[[Scene], None]:
    """A listing whose last page leads back to its first."""

    def strike(scene: Scene) -> None:
        for page in range(20 * pages):
            following = f'<{scene.hub.url}/api/models?cursor={page % pages}>; rel="next"'
            scene.hub.fault("/api/models", status=200, headers={"Link": following}, body=b'[{"id": "a/b"}]')

    return strike


def clock(date: str) -> Callable[[Scene], None]:
    """The day that the Hub's answers bear."""

    def strike(scene: Scene) -> None:
        scene.hub.today = date

    return strike


def no_week(scene: Scene) -> None:
    """Folders among the weeks that are none, one before the week that is asked for and one after."""
    weekly = scene.hub.repositories["dataset", content.WEEKLY]
    weekly.write("2026-10-06T09:00:00.000Z", {f"models/{name}/note": b"" for name in ("2026-10-04b", "notes", "0")})


def lined_licence(scene: Scene) -> None:
    scene.stats.licence = "mit\n\n# Other terms\x1b[31m"


def nested(levels: int) -> list[Any]:
    return [nested(levels - 1)] if levels else []


API, WEEKLY = "hub-api", "hub-weekly"
UNHASHED = b'[{"type": "file", "path": "models.parquet", "size": 1, "oid": "1"}]'
NO_LIST, NAMELESS = b'{"error": "x"}', b'[{"likes": 1}]'
CUT = {"cardData": {"a": "\ud83d"}, "library_name": "\ude00x", "tags": ["\ud83d"]}
"""Text that ends within a surrogate pair."""
NESTED = always(b"[" * 200_000)
NOT_UNDERSTOOD = ("not understood", "protocol has changed")
NAN = float("nan")
AFTER = {"Retry-After": "7"}
EMPTY = {"RateLimit": '"api";r=0;t=42', "RateLimit-Policy": '"fixed window";"api";q=500;w=300'}

TABLE = [
    Row("cut at the first byte", fault("/storage/", cut_at=0.0)),
    Row("cut at a third", fault("/storage/", cut_at=0.33)),
    Row("cut at two thirds", fault("/storage/", cut_at=0.66)),
    Row("cut at the last byte", fault("/storage/", cut_at=0.9999)),
    Row("cut again and again", fault("/storage/", cut_at=0.3, times=4)),
    Row("cut in the list", fault("/commits/", cut_at=0.5)),
    Row("stall in the file", stalled),
    Row("stall in the list, for good", silent, ("cannot be reached",)),
    Row("503 on the file", fault("/storage/", status=503, headers=AFTER, times=3), waited=7),
    Row("503 on the address of the file", fault("/resolve/", status=503, times=2)),
    Row("503 on the file, for good", fault("/storage/", status=503, times=99), ("answered 503 6 times",)),
    Row("502 and 504 on the file", fault("/storage/", status=504, times=2)),
    Row("503 on the list of commits", fault("/commits/", status=503, headers=AFTER, times=2), waited=7),
    Row("503 on the list, for good", fault("/commits/", status=503, times=99), ("answered 503",)),
    Row("503 on the record of the file", fault("/paths-info/", status=503, headers=AFTER, times=2), waited=7),
    Row("500 on the card", fault("/api/datasets/cfahlgren1/hub-stats/revision", status=500)),
    Row("429 burst on the list", fault("/commits/", status=429, headers=EMPTY, times=3), waited=42),
    Row("429 burst on the record", fault("/paths-info/", status=429, headers=EMPTY, times=3), waited=42),
    Row("429 burst on the file", fault("/storage/", status=429, headers=EMPTY, times=3), waited=42),
    Row("429 that asks for hours", fault("/commits/", status=429, headers={"Retry-After": "86400"}), ("wait 86400 s",)),
    Row("503 that asks for hours", fault("/storage/", status=503, headers={"Retry-After": "9999"}), ("wait 9999 s",)),
    Row("429 for good", fault("/paths-info/", status=429, times=99), ("rate limit", "hf auth login")),
    Row("wrong size, too short", fault("/storage/", mangle=shorter, times=9), ("another size",)),
    Row("wrong size, too long", fault("/storage/", mangle=lambda body: body + b"x" * 9, times=9), ("another size",)),
    Row("right size and wrong bytes, once", fault("/storage/", mangle=flipped)),
    Row("right size and wrong bytes, for good", fault("/storage/", mangle=flipped, times=9), ("wrong content",)),
    Row("a page of a proxy instead of the list", fault("/commits/", status=200, body=b"<html>"), ("not understood",)),
    Row("a record without a checksum", fault("/paths-info/", status=200, body=UNHASHED), ("no checksum",)),
    Row("a part that is too long", short_record),
    Row("a part of other bytes", wrong_part),
    Row("another commit in mid-download", moved_on),
    Row("commit gone in mid-download", squashed, ("no such commit",)),
    Row("expired address of the storage", expired, ("denied",)),
    Row("full disk", full_disk, ("needed on the disk",)),
    Row("disk full while writing", full_while_writing, ("cannot be written", os.strerror(errno.EFBIG))),
    Row("denied", fault("/resolve/", status=403, times=9), ("denied", "hf auth login")),
    Row("bad credentials", fault("/commits/", status=401, times=9), ("is private", "hf auth login")),
    Row("gated", access("gated"), ("gated", "accept its terms", "hf auth login")),
    Row("private", access("private"), ("does not exist, or is private", "hf auth login")),
    Row("missing", missing, ("does not exist",)),
    Row("renamed", renamed),
    Row("no network", no_network, ("cannot be reached", "no connection")),
    Row("no such file at the commit", emptied, ("no snapshot of",)),
    Row("a file that is no Parquet", unreadable, ("cannot be read as Parquet",)),
    Row("brackets instead of the list", fault("/commits/", mangle=NESTED), NOT_UNDERSTOOD),
    Row("brackets instead of the record", fault("/paths-info/", mangle=NESTED), NOT_UNDERSTOOD),
    Row("brackets instead of the card", fault("/hub-stats/revision", mangle=NESTED), NOT_UNDERSTOOD),
    Row("brackets with a refusal", fault("/commits/", status=404, body=b"[" * 200_000), ("Hub's answer",)),
    Row("brackets instead of the listing", fault("/api/models", mangle=NESTED), NOT_UNDERSTOOD, source=API),
    Row(
        "brackets closed again",
        fault("/api/models", mangle=always(b"[" * 900 + b"]" * 900)),
        NOT_UNDERSTOOD,
        source=API,
    ),
    Row("brackets in a card", fault("/api/models", mangle=in_the_first_row(cardData=nested(500))), source=API),
    Row("brackets instead of the weeks", fault("/tree/", mangle=NESTED), NOT_UNDERSTOOD, source=WEEKLY),
    Row("half a letter in a card", fault("/api/models", mangle=in_the_first_row(**CUT)), source=API),
    Row("a counter of thirty digits", fault("/api/models", mangle=in_the_first_row(likes=10**30)), source=API),
    Row("503 in the listing", fault("/api/models", after=1, status=503, headers=AFTER, times=2), source=API, waited=7),
    Row("cut in the listing", fault("/api/models", after=1, cut_at=0.5), source=API),
    Row("429 in the listing", fault("/api/models", after=1, status=429, headers=EMPTY), source=API, waited=42),
    Row("next page on another host", elsewhere, ("another host",), source=API),
    Row(
        "a listing of something else",
        fault("/api/models", mangle=always(NO_LIST)),
        ("not understood",),
        source=API,
    ),
    Row("a row without a name", fault("/api/models", mangle=always(NAMELESS)), ("not understood",), source=API),
    Row("a counter that is a word", fault("/api/models", mangle=worded), source=API),
    Row("503 on the folders of weeks", fault("/tree/", status=503, headers=AFTER, times=2), source=WEEKLY, waited=7),
    Row("weekly file cut", fault("/storage/", cut_at=0.4), source=WEEKLY),
    Row("a folder among the weeks that is none", no_week, source=WEEKLY),
    Row("a size below zero", fault("/paths-info/", mangle=recorded(size=-1)), NOT_UNDERSTOOD),
    Row("a size of twenty digits", fault("/paths-info/", mangle=recorded(size=10**20)), ("needed on the disk",)),
    Row("a checksum that is a path", fault("/paths-info/", mangle=recorded(oid="../../../escaped")), NOT_UNDERSTOOD),
    Row("a commit that is a path", fault("/paths-info/", mangle=recorded("../main")), NOT_UNDERSTOOD),
    Row("a wait that is no number", fault("/api/models", status=503, headers={"Retry-After": "\u00b2"}), source=API),
    Row("a licence of several lines", lined_licence),
    Row("a listing that comes round at once", around(1), ("comes back to a page",), source=API),
    Row("a listing that comes round", around(3), ("comes back to a page",), source=API),
    Row("a Hub in 1970", clock("Thu, 01 Jan 1970 00:00:00 GMT"), ("1970-01-01",), source=API),
    Row("a Hub in 2100", clock("Fri, 01 Jan 2100 00:00:00 GMT"), ("2100-01-01",), source=API),
    Row("an answer without a day", clock("now"), NOT_UNDERSTOOD, source=API),
    Row("an id that is a list", fault("/api/models", mangle=with_a_row(id=["a/b"])), NOT_UNDERSTOOD, source=API),
    Row("an id that is a number", fault("/api/models", mangle=with_a_row(id=5)), NOT_UNDERSTOOD, source=API),
    Row("an id with an escape code", fault("/api/models", mangle=with_a_row(id="a/\x1b]0;b\x07")), source=API),
    Row("an id that turns around", fault("/api/models", mangle=with_a_row(id="a/exe.\u202egpj")), source=API),
    Row("an id that nobody sees", fault("/api/models", mangle=with_a_row(id="\u200b")), source=API),
    Row("a counter that is true", fault("/api/models", mangle=in_the_first_row(likes=True)), source=API),
    Row("a counter of 5,000 digits", fault("/api/models", mangle=endless), NOT_UNDERSTOOD, source=API),
    Row("a year of five digits", fault("/api/models", mangle=in_the_first_row(createdAt="99999-01-01")), source=API),
    Row("tags of every kind", fault("/api/models", mangle=in_the_first_row(tags=[None, 1, {}, "x"])), source=API),
    Row("a card that is no number", fault("/api/models", mangle=in_the_first_row(cardData={"a": NAN})), source=API),
]

DAYS = {"hub-stats": content.NEWEST, "hub-weekly": content.NEXT_WEEK, "hub-api": content.NEWEST}
FILES = {"hub-stats": "newest", "hub-weekly": "next week"}
