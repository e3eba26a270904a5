"""The local Hub's routes that write: new repositories, cards, large files, commits, tags.

They take what huggingface_hub sends and refuse what the Hub refuses: no token or an unknown one (401), another's
namespace (403), a repository or a tag that is there already (409), a commit on a commit that is no longer the last
(412), a card that is not right or a large file that never came (400). A commit is there as a whole or not at all.
"""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from typing import TYPE_CHECKING, Any

import yaml

from tests.snapshot.repositories import RefusedError, Repository, entry, is_large, sha256

if TYPE_CHECKING:
    from tests.snapshot.server import LocalHub

Answer = tuple[int, bytes, dict[str, str]]

NOW = "2026-10-01T08:00:00.000Z"
BEGINNINGS = {
    "dataset": {".gitattributes": b"*.parquet filter=lfs diff=lfs merge=lfs -text\n"},
    "space": {
        ".gitattributes": b"*.parquet filter=lfs diff=lfs merge=lfs -text\n",
        "README.md": b"---\nsdk: static\n---\n",
        "index.html": b"<p>Welcome to your static Space!</p>\n",
        "style.css": b"body { padding: 2rem; }\n",
    },
}
"""What the Hub puts into a new repository."""
SIZES = ("n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M", "100M<n<1B")
COLOURS = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")
LICENCES = ("cc-by-4.0", "mit", "other")


@dataclass(frozen=True)
class Request:
    """What came in."""

    hub: "LocalHub"
    headers: Message
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        return json.loads(self.body)

    def require_token(self) -> None:
        """Raises RefusedError unless the right token came with it."""
        if self.hub.token is None or self.headers.get("Authorization") != f"Bearer {self.hub.token}":
            raise RefusedError(401, None, "Invalid username or password.")

    def repository(self, kind: str, name: str) -> Repository:
        """A repository that the token may write to."""
        self.require_token()
        repository = self.hub.repositories.get((kind, name))
        if repository is None:
            raise RefusedError(404, "RepoNotFound", "Repository not found")
        self.require_namespace(name.split("/")[0])
        return repository

    def require_namespace(self, namespace: str) -> None:
        if namespace not in self.hub.namespaces:
            raise RefusedError(403, None, "Forbidden: you have no right to write here")


def answer(hub: "LocalHub", method: str, path: str, headers: Message, body: bytes) -> Answer | None:
    """The answer to a request that writes; None for any other."""
    for verb, pattern, route in ROUTES:
        found = re.fullmatch(pattern, path)
        if found and verb == method:
            return route(Request(hub, headers, body), *found.groups())
    return None


def _json(document: object, status: int = 200) -> Answer:
    return status, json.dumps(document).encode(), {"Content-Type": "application/json"}


def create(request: Request) -> Answer:
    request.require_token()
    asked = request.document
    namespace, kind = asked["organization"], asked["type"]
    request.require_namespace(namespace)
    name = f"{namespace}/{asked['name']}"
    url = f"{request.hub.url}/{kind}s/{name}"
    if (kind, name) in request.hub.repositories:
        return _json({"error": f"You already created this {kind} repo", "url": url}, 409)
    access = "private" if asked.get("visibility") == "private" else "open"
    made = request.hub.add(Repository(name, kind, access=access, info={"sdk": asked.get("sdk")}))
    made.write(NOW, BEGINNINGS[kind], "initial commit")
    return _json({"url": url, "id": name, "name": name})


def validate(request: Request) -> Answer:
    asked = request.document
    errors = card_errors(asked["content"], asked["repoType"])
    return _json({"errors": [{"message": error} for error in errors], "warnings": []}, 400 if errors else 200)


def card_errors(content: str, kind: str) -> list[str]:
    """What the Hub would say of a card's metadata."""
    block = re.match(r"---\n(.*?)\n---\n", content, re.DOTALL)
    if not block:
        return ["no metadata"]
    try:
        found = yaml.safe_load(block[1])
    except yaml.YAMLError:
        return ["no YAML"]
    if not isinstance(found, dict):
        return ["no mapping"]
    errors = [] if found.get("license") in LICENCES else ['"license" must be one of a list']
    if any(not isinstance(tag, str) for tag in found.get("tags", [])):
        errors.append('"tags" must be texts')
    return errors + (_space_errors(found) if kind == "space" else _dataset_errors(found))


def _space_errors(found: dict[str, Any]) -> list[str]:
    errors = [f'"{key}" must be a colour' for key in ("colorFrom", "colorTo") if found.get(key) not in COLOURS]
    if found.get("sdk") not in ("gradio", "docker", "static"):
        errors.append('"sdk" must be one of a list')
    if len(found.get("short_description", "")) > 60:
        errors.append('"short_description" must be shorter')
    return errors


def _dataset_errors(found: dict[str, Any]) -> list[str]:
    errors = [] if set(found.get("size_categories", [])) <= set(SIZES) else ['"size_categories" must be of a list']
    if any(not re.fullmatch("[a-z]{2,3}", language) for language in found.get("language", [])):
        errors.append('"language" must be a code')
    names = [each.get("config_name") for each in found.get("configs", [])]
    if len(set(names)) < len(names):
        errors.append('"config_name" twice')
    for each in found.get("configs", []):
        if not each.get("data_files") or not re.fullmatch(r"[^<>:/\\|?*]+", each.get("config_name") or ""):
            errors.append('"configs" must have names and files')
    return errors


def preupload(request: Request, kind: str, name: str, revision: str) -> Answer:
    """How each file is to be sent, and what lies there under its name."""
    there = request.repository(kind, name).files
    assert revision == "main"
    rows = []
    for file in request.document["files"]:
        path = file["path"]
        large = is_large(path, base64.b64decode(file["sample"]), file["size"])
        row = {"path": path, "uploadMode": "lfs" if large else "regular", "shouldIgnore": False}
        if path in there:
            known = entry(path, there[path])
            row["oid"] = known.get("lfs", known)["oid"]
        rows.append(row)
    return _json({"files": rows})


def batch(request: Request, kind: str | None, name: str) -> Answer:
    """Where each large file goes; nowhere if it is there."""
    request.repository(kind or "model", name)
    hub, asked = request.hub, request.document
    assert (asked["operation"], asked["hash_algo"]) == ("upload", "sha256")
    verify = f"{hub.url}/{kind}s/{name}.git/info/lfs/objects/verify"
    rows = []
    for thing in asked["objects"]:
        upload = {"href": f"{hub.storage}/upload/{thing['oid']}?X-Amz-Signature=secret"}
        actions = {} if thing["oid"] in hub.stored else {"actions": {"upload": upload, "verify": {"href": verify}}}
        rows.append({"oid": thing["oid"], "size": thing["size"], **actions})
    return _json({"transfer": "basic", "objects": rows})


def upload(request: Request, digest: str) -> Answer:
    """Take a large file. The storage is another host: it must see a signed address and no token."""
    if "Authorization" in request.headers:
        raise RefusedError(400, None, "only one way to say who you are")
    if sha256(request.body) != digest:
        raise RefusedError(400, None, "these are other bytes")
    request.hub.stored[digest] = request.body
    return 200, b"", {"ETag": f'"{digest}"'}


def verify(request: Request, kind: str | None, name: str) -> Answer:
    request.repository(kind or "model", name)
    asked = request.document
    if len(request.hub.stored.get(asked["oid"], b"")) != asked["size"]:
        raise RefusedError(404, None, "no such file")
    return _json({})


def commit(request: Request, kind: str, name: str, revision: str) -> Answer:
    repository = request.repository(kind, name)
    assert revision == "main"
    head, *operations = [json.loads(line) for line in request.body.splitlines()]
    with request.hub.lock:
        parent = head["value"].get("parentCommit")
        if parent is not None and parent != repository.commits[-1].id:
            raise RefusedError(412, None, "A commit has happened since. Please refresh and try again.")
        files = dict(repository.files)
        for operation in operations:
            _apply(request, files, operation["key"], operation["value"])
        readme = files.get("README.md", b"").decode()
        errors = card_errors(readme, kind) if readme else []
        if errors:
            raise RefusedError(400, None, "; ".join(errors))
        made = repository.replace(NOW, files, head["value"]["summary"])
    return _json({"success": True, "commitOid": made.id, "commitUrl": f"{request.hub.url}/{name}/commit/{made.id}"})


def _apply(request: Request, files: dict[str, bytes], key: str, value: dict[str, Any]) -> None:
    if key == "file":
        files[value["path"]] = base64.b64decode(value["content"])
    elif key == "lfsFile":
        if value["oid"] not in request.hub.stored:
            raise RefusedError(400, None, "a large file that never came")
        files[value["path"]] = request.hub.stored[value["oid"]]
    elif key == "deletedFile":
        if files.pop(value["path"], None) is None:
            raise RefusedError(404, "EntryNotFound", "A file with this name doesn't exist")
    else:
        raise RefusedError(400, None, f"what is {key}?")


def tag(request: Request, kind: str, name: str, revision: str) -> Answer:
    repository = request.repository(kind, name)
    made, at = request.document["tag"], repository.at(revision)
    if at is None:
        raise RefusedError(404, "RevisionNotFound", f"Invalid rev id: {revision}")
    if made in repository.tags:
        raise RefusedError(409, None, "Tag reference exists already")
    repository.tags[made] = at.id
    return _json({})


_ANY = r"(model|dataset|space)s/([^/]+/[^/]+)"
_GIT = r"/(?:(model|dataset|space)s/)?([^/]+/[^/]+)\.git/info/lfs/objects"
ROUTES: list[tuple[str, str, Callable[..., Answer]]] = [
    ("POST", r"/api/repos/create", create),
    ("POST", r"/api/validate-yaml", validate),
    ("POST", rf"/api/{_ANY}/preupload/([^/]+)", preupload),
    ("POST", rf"{_GIT}/batch", batch),
    ("PUT", r"/upload/([0-9a-f]{64})", upload),
    ("POST", rf"{_GIT}/verify", verify),
    ("POST", rf"/api/{_ANY}/commit/([^/]+)", commit),
    ("POST", rf"/api/{_ANY}/tag/([^/]+)", tag),
]
