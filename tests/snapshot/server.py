"""A local Hub: a threaded server on a real socket that speaks as much of the Hub's protocol as the sources use.

Listing with Link paging and `expand`, model and dataset info, commits, trees, paths-info with LFS oids, resolve
with redirects to a second origin (as the Hub's storage is), Range, ETag, X-Repo-Commit, X-Linked-Size and -Etag,
organisation overviews, gated, private and renamed repositories, rate limits. Faults are put in front of any route:
an answer of another status, a connection cut, a stall, other bytes. `writing` has the routes that take files.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from tests.snapshot import writing
from tests.snapshot.repositories import Commit, RefusedError, Repository, commit_id, entry, sha256

CHUNK = 64 * 1024
COMMITS_PER_PAGE = 50
FILES_PER_PAGE = 1000
DETAIL_ONLY = ("baseModels", "childrenModelCount")
"""Fields that the Hub answers for one model, and leaves out of listings."""


@dataclass
class Fault:
    """What goes wrong on requests whose path contains `where`, `times` times, after `after` good ones."""

    where: str
    times: int = 1
    after: int = 0
    method: str | None = None
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cut_at: float | None = None  # share of the body that is sent before the connection closes
    mangle: Callable[[bytes], bytes] | None = None
    stall: threading.Event | None = None  # the body stops half-way until the event is set
    then: Callable[[], None] | None = None  # called when the fault strikes
    body: bytes | None = None
    hang_up: bool = False  # the connection closes half-way through the request, which does nothing


@dataclass
class Asked:
    """One request that came in."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    origin: str


class LocalHub:
    """The server's content and log. `url` is the Hub's address, `storage` that of its file storage."""

    def __init__(self) -> None:
        self.repositories: dict[tuple[str, str], Repository] = {}
        self.listing: list[dict[str, Any]] = []
        self.organisations: dict[str, dict[str, Any]] = {}
        self.page_size = 1000
        self.today = "Thu, 01 Oct 2026 08:00:00 GMT"
        self.faults: list[Fault] = []
        self.asked: list[Asked] = []
        self.calls_left: int | None = None
        self.token: str | None = None  # what may write, and where
        self.namespaces: set[str] = set()
        self.stored: dict[str, bytes] = {}  # large files that came, committed or not
        self.lock = threading.Lock()
        self._servers = [_Server(self, "hub"), _Server(self, "storage")]
        self.url, self.storage = (server.url for server in self._servers)

    def add(self, repository: Repository) -> Repository:
        self.repositories[repository.kind, repository.name] = repository
        return repository

    def fault(self, where: str, **what: Any) -> Fault:
        made = Fault(where, **what)
        self.faults.append(made)
        return made

    def reset(self) -> None:
        """Forget faults and the log; keep the content."""
        self.faults, self.asked, self.calls_left = [], [], None

    def count(self, where: str, method: str | None = "GET") -> int:
        """How many requests had `where` in their path."""
        return sum(where in asked.path and method in (None, asked.method) for asked in self.asked)

    def striking(self, method: str, path: str) -> Fault | None:
        """The fault that this request meets, if any."""
        with self.lock:
            for fault in self.faults:
                if fault.where not in path or (fault.method and fault.method != method) or not fault.times:
                    continue
                if fault.after:
                    fault.after -= 1
                    continue
                fault.times -= 1
                return fault
        return None

    def close(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, hub: LocalHub, origin: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.hub, self.origin = hub, origin
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no event."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else the body of an answer waits 40 ms for its header to be acknowledged
    server: _Server  # type: ignore[assignment]

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the terminal."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The local Hub's own day, so that nothing depends on the clock."""
        return self.server.hub.today

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def _answer(self) -> None:
        hub = self.server.hub
        split = urlsplit(self.path)
        path, self.query = unquote(split.path), parse_qs(split.query)
        length = int(self.headers.get("Content-Length") or 0)
        asked = Asked(
            self.command, path, self.query, {k.lower(): v for k, v in self.headers.items()}, self.server.origin
        )
        with hub.lock:
            hub.asked.append(asked)
        fault = hub.striking(self.command, path)
        if fault and fault.then:
            fault.then()
        if fault and fault.hang_up:
            self.rfile.read(length // 2)
            self.close_connection = True
            return
        self.body = self.rfile.read(length)
        if fault and fault.status:
            self._send(fault.status, fault.body or b"", fault.headers)
            return
        try:
            self._within_the_limit(path)
            status, body, headers = self._route(path)
        except RefusedError as refused:
            status, body, headers = refused.status, json.dumps({"error": str(refused)}).encode(), refused.headers
        self._send(status, body, headers, fault)

    def _within_the_limit(self, path: str) -> None:
        hub = self.server.hub
        if hub.calls_left is None or not path.startswith("/api/"):
            return
        if hub.calls_left == 0:
            hub.calls_left = 5
            limits = {"RateLimit": '"api";r=0;t=42', "RateLimit-Policy": '"fixed window";"api";q=500;w=300'}
            raise RefusedError(429, None, "too many requests", **limits)
        hub.calls_left -= 1

    def _send(self, status: int, body: bytes, headers: dict[str, str], fault: Fault | None = None) -> None:
        if fault and fault.mangle:
            body = fault.mangle(body)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        sent = len(body)
        if fault and fault.cut_at is not None:
            sent = int(len(body) * fault.cut_at)
        if fault and fault.stall:
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            fault.stall.wait(20)
            self.close_connection = True
            return
        for start in range(0, sent, CHUNK):
            self.wfile.write(body[start : min(start + CHUNK, sent)])
        if sent < len(body):
            self.wfile.flush()
            self.close_connection = True

    # ------------------------------------------------------------------------------------ routes

    def _route(self, path: str) -> tuple[int, bytes, dict[str, str]]:
        routes: list[tuple[str, Callable[..., tuple[int, bytes, dict[str, str]]]]] = [
            (r"/api/models", self._list),
            (r"/api/organizations/([^/]+)/overview", self._overview),
            (r"/api/datasets/([^/]+/[^/]+)/commits/([^/]+)", self._commits),
            (r"/api/(model|dataset|space)s/([^/]+/[^/]+)/paths-info/([^/]+)", self._paths_info),
            (r"/api/(model|dataset|space)s/([^/]+/[^/]+)/tree/([^/]+)(?:/(.*))?", self._tree),
            (r"/api/(model|dataset|space)s/([^/]+/[^/]+)/refs", self._refs),
            (r"/api/(model|dataset|space)s/([^/]+/[^/]+)(?:/revision/([^/]+))?", self._info),
            (r"/storage/([0-9a-f]{64})", self._blob),
            (r"/(?:(dataset|space)s/)?([^/]+/[^/]+)/resolve/([^/]+)/(.+)", self._resolve),
        ]
        answered = writing.answer(self.server.hub, self.command, path, self.headers, self.body)
        if answered:
            return answered
        for pattern, route in routes:
            found = re.fullmatch(pattern, path)
            if found:
                return route(*found.groups())
        raise RefusedError(404, None, "no such route")

    def _repository(self, kind: str, name: str) -> Repository:
        repository = self.server.hub.repositories.get((kind, name))
        if repository is None or (repository.access == "private" and "Authorization" not in self.headers):
            raise RefusedError(
                401 if repository or "Authorization" not in self.headers else 404, "RepoNotFound", "not found"
            )
        if repository.renamed_to:
            target = self.path.replace(quote(name), quote(repository.renamed_to))
            raise RefusedError(307, None, "moved", Location=f"{self.server.hub.url}{target}")
        return repository

    def _commit(self, repository: Repository, revision: str) -> Commit:
        commit = repository.at(revision)
        if commit is None:
            raise RefusedError(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return commit

    def _open(self, repository: Repository) -> None:
        if repository.access == "gated":
            raise RefusedError(403 if "Authorization" in self.headers else 401, "GatedRepo", "access is restricted")

    def _list(self) -> tuple[int, bytes, dict[str, str]]:
        hub, query = self.server.hub, self.query
        wanted = hub.listing
        if "author" in query:
            wanted = [row for row in wanted if row["id"].split("/")[0] == query["author"][0]]
        for tag in query.get("filter", []):
            wanted = [row for row in wanted if tag in row["tags"]]
        start = int(query.get("cursor", ["0"])[0])
        size = min(int(query.get("limit", [hub.page_size])[0]), hub.page_size)
        expand = set(query.get("expand", [])) - set(DETAIL_ONLY)
        page = [{k: v for k, v in row.items() if k in expand | {"id"}} for row in wanted[start : start + size]]
        headers = {}
        if start + size < len(wanted):
            others = [(name, value) for name, values in query.items() if name != "cursor" for value in values]
            pairs = [*others, ("cursor", str(start + size))]
            following = "&".join(f"{name}={quote(value)}" for name, value in pairs)
            headers["Link"] = f'<{hub.url}/api/models?{following}>; rel="next"'
        return 200, json.dumps(page).encode(), headers

    def _overview(self, name: str) -> tuple[int, bytes, dict[str, str]]:
        if name not in self.server.hub.organisations:
            raise RefusedError(404, None, "no such organisation")
        return 200, json.dumps(self.server.hub.organisations[name]).encode(), {}

    def _commits(self, name: str, revision: str) -> tuple[int, bytes, dict[str, str]]:
        repository = self._repository("dataset", name)
        self._commit(repository, revision)
        page = int(self.query.get("p", ["0"])[0])
        newest_first = repository.commits[::-1]
        shown = newest_first[page * COMMITS_PER_PAGE : (page + 1) * COMMITS_PER_PAGE]
        headers = {}
        if (page + 1) * COMMITS_PER_PAGE < len(newest_first):
            address = f"{self.server.hub.url}/api/datasets/{name}/commits/{revision}?p={page + 1}"
            headers["Link"] = f'<{address}>; rel="next"'
        rows = [
            {"id": c.id, "date": c.date, "title": c.title, "message": "", "authors": [{"user": "somebody"}]}
            for c in shown
        ]
        return 200, json.dumps(rows).encode(), headers

    def _file(self, repository: Repository, commit: Commit, path: str, *, expand: bool) -> dict[str, Any]:
        row = entry(path, commit.files[path])
        if expand:
            last = repository.last_change(path, commit)
            row["lastCommit"] = {"id": last.id, "title": last.title, "date": last.date}
        return row

    def _paths_info(self, kind: str, name: str, revision: str) -> tuple[int, bytes, dict[str, str]]:
        repository = self._repository(kind, name)
        commit = self._commit(repository, revision)
        form = parse_qs(self.body.decode())
        expand = form.get("expand", ["false"])[0].lower() == "true"
        rows = [self._file(repository, commit, p, expand=expand) for p in form["paths"] if p in commit.files]
        return 200, json.dumps(rows).encode(), {}

    def _tree(self, kind: str, name: str, revision: str, folder: str | None) -> tuple[int, bytes, dict[str, str]]:
        repository = self._repository(kind, name)
        commit = self._commit(repository, revision)
        start = f"{folder}/" if folder else ""
        inside = [path for path in sorted(commit.files) if path.startswith(start)]
        if not inside and folder:
            raise RefusedError(404, "EntryNotFound", "no such folder")
        if self.query.get("recursive", ["false"])[0].lower() != "true":
            inside = sorted({start + path.removeprefix(start).split("/")[0] for path in inside})
        page = int(self.query.get("cursor", ["0"])[0])
        shown, rest = inside[page : page + FILES_PER_PAGE], inside[page + FILES_PER_PAGE :]
        rows = [
            self._file(repository, commit, path, expand=False)
            if path in commit.files
            else {"type": "directory", "path": path, "oid": commit_id(path), "size": 0}
            for path in shown
        ]
        further = f"{self.server.hub.url}{self.path.partition('?')[0]}?recursive=true&cursor={page + FILES_PER_PAGE}"
        return 200, json.dumps(rows).encode(), {"Link": f'<{further}>; rel="next"'} if rest else {}

    def _refs(self, kind: str, name: str) -> tuple[int, bytes, dict[str, str]]:
        repository = self._repository(kind, name)
        heads = [{"name": "main", "ref": "refs/heads/main", "targetCommit": repository.commits[-1].id}]
        tags = [{"name": tag, "ref": f"refs/tags/{tag}", "targetCommit": at} for tag, at in repository.tags.items()]
        return 200, json.dumps({"branches": heads, "converts": [], "tags": tags}).encode(), {}

    def _info(self, kind: str, name: str, revision: str | None) -> tuple[int, bytes, dict[str, str]]:
        repository = self._repository(kind, name)
        commit = self._commit(repository, revision or "main")
        tags = [f"license:{repository.licence}"] if repository.licence else []
        known = {
            "id": name,
            "sha": commit.id,
            "tags": tags,
            "private": repository.access == "private",
            "gated": False,
            "downloads": 0,
            "likes": 0,
        }
        known |= repository.info | {"gated": "manual" if repository.access == "gated" else False}
        if "expand" in self.query:
            known = {key: value for key, value in known.items() if key in {*self.query["expand"], "id"}}
        return 200, json.dumps(known).encode(), {}

    def _resolve(self, kind: str | None, name: str, revision: str, path: str) -> tuple[int, bytes, dict[str, str]]:
        repository = self._repository(kind or "model", name)
        self._open(repository)
        commit = self._commit(repository, revision)
        if path not in commit.files:
            raise RefusedError(404, "EntryNotFound", "no such file", **{"X-Repo-Commit": commit.id})
        content = commit.files[path]
        headers = {"X-Repo-Commit": commit.id, "Accept-Ranges": "bytes"}
        if not path.endswith(".parquet"):
            return 200, content, headers | {"ETag": f'"{commit_id(content)}"'}
        headers |= {"X-Linked-Size": str(len(content)), "X-Linked-Etag": f'"{sha256(content)}"'}
        return 302, b"", headers | {"Location": f"{self.server.hub.storage}/storage/{sha256(content)}"}

    def _blob(self, digest: str) -> tuple[int, bytes, dict[str, str]]:
        contents = (
            content
            for repository in self.server.hub.repositories.values()
            for commit in repository.commits
            for content in commit.files.values()
        )
        content = next((content for content in contents if sha256(content) == digest), None)
        if content is None:
            raise RefusedError(403, None, "expired address")
        headers = {"Accept-Ranges": "bytes", "ETag": f'"{digest}"'}
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
        if not asked:
            return 200, content, headers
        start = int(asked[1])
        if start >= len(content):
            raise RefusedError(416, None, "range", **{"Content-Range": f"bytes */{len(content)}"})
        return 206, content[start:], headers | {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"}


@contextmanager
def serving() -> Iterator[LocalHub]:
    """A local Hub for the time of a block."""
    hub = LocalHub()
    try:
        yield hub
    finally:
        hub.close()
