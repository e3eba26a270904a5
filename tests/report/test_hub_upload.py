"""A Space and a dataset at the local Hub: right as a whole, or as they were."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from huggingface_hub import DatasetCard, constants, hf_hub_download
from typer.testing import CliRunner

from pipeline.__main__ import app
from pipeline.base.errors import PipelineError, ShareError
from pipeline.base.paths import PROJECT, Paths
from pipeline.report import built, share
from tests.report import small_site
from tests.report.small_site import HOSTILE
from tests.snapshot import client
from tests.snapshot.repositories import Repository
from tests.snapshot.server import LocalHub, serving
from tests.snapshot.writing import NOW, card_errors

SECRET = "hf_" + "s" * 34
TAG = "2026-10-01.ab12cd34"


@pytest.fixture
def hub() -> Iterator[LocalHub]:
    with serving() as server:
        server.token, server.namespaces = SECRET, {"user"}
        yield server


@pytest.fixture
def waits(hub: LocalHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """This process talks to the local Hub, and has a token; the waits that were asked of it."""
    waited = client.pointed_at(hub, tmp_path, monkeypatch)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", False)  # put back at the end
    monkeypatch.setenv("HF_TOKEN", SECRET)
    return waited


@dataclass
class Scene:
    """The local Hub, and a site to put there."""

    hub: LocalHub
    folder: Path
    patch: pytest.MonkeyPatch

    def share(self, *, private: bool = False) -> list[str]:
        """The command's own lines."""
        site, parcels = share.plan(Paths(Path("nowhere")), self.folder, space="user/pages", dataset="user/tables")
        return [share.send(site, parcel, private=private) for parcel in parcels]

    @property
    def dataset(self) -> Repository:
        return self.hub.repositories["dataset", "user/tables"]

    @property
    def space(self) -> Repository:
        return self.hub.repositories["space", "user/pages"]

    def state(self) -> Any:
        """All that anybody could see there."""
        return {key: (each.commits[-1].id, dict(each.tags)) for key, each in self.hub.repositories.items()}

    def another_site(self, name: str, *ids: str, **more: Any) -> None:
        self.folder = small_site.site(self.folder.parent.parent / name, *ids, **more)


@pytest.fixture
def scene(hub: LocalHub, waits: list[float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene(hub, small_site.site(tmp_path / "a report"), monkeypatch)


# --------------------------------------------------------------------------------------- what lies there


def test_a_space_and_a_dataset_come_with_one_commit_and_one_tag_each(scene: Scene) -> None:
    lines = scene.share()
    for repository, line in zip((scene.dataset, scene.space), lines, strict=True):
        first, commit = repository.commits
        assert (first.title, commit.title) == ("initial commit", f"Edition {TAG}")
        assert repository.tags == {TAG: commit.id}
        assert repository.access == "open"
        assert f"commit {commit.id[:8]}, tag {TAG}" in line
    expected = {
        path.relative_to(scene.folder).as_posix(): path.read_bytes() for path in built.read(scene.folder).files.values()
    }
    there = dict(scene.space.files)
    assert yaml.safe_load(there.pop("README.md").decode().split("---\n")[1])["sdk"] == "static"
    assert {name for name in there if name.startswith(".")} == {".gitattributes"}
    assert {name: content for name, content in there.items() if not name.startswith(".")} == expected
    assert "style.css" not in there, "what the Hub puts into a new Space is replaced"
    assert scene.space.info["sdk"] == "static"


def test_the_card_there_is_valid_and_every_configuration_is_read(scene: Scene, tmp_path: Path) -> None:
    scene.another_site("hostile", *HOSTILE)
    scene.share()
    text = scene.dataset.files["README.md"].decode()
    DatasetCard(text).validate()
    with pytest.raises(ValueError, match="must be one of a list"):
        DatasetCard(text.replace("cc-by-4.0", "all mine")).validate()
    configurations = yaml.safe_load(text.split("---\n")[1])["configs"]
    assert [each["config_name"] for each in configurations] == ["depths", "longest_chain"]
    for each in configurations:
        (files,) = each["data_files"]
        path = hf_hub_download(
            "user/tables", files["path"], repo_type="dataset", revision=TAG, cache_dir=tmp_path / "c"
        )
        frame = pl.read_parquet(path)
        assert frame.equals(pl.read_parquet(scene.folder / files["path"]))
        if each["config_name"] == "longest_chain":
            assert frame["id"].to_list() == list(HOSTILE)


def test_the_second_run_sends_nothing(scene: Scene) -> None:
    scene.share()
    before = scene.state()
    scene.hub.asked.clear()
    lines = scene.share()
    assert scene.state() == before
    assert {asked.method for asked in scene.hub.asked} == {"GET"}
    assert all("nothing moved" in line and f"tag {TAG} was there" in line for line in lines)


def test_another_edition_replaces_files_removes_others_and_keeps_the_old_tag(scene: Scene) -> None:
    scene.share()
    old = scene.dataset.commits[-1]
    scene.another_site("next", "one/a", "two/b", "three/c", date="2026-11-01", sha256="9" * 64)
    (scene.folder / "moe.html").unlink()
    (scene.folder / "cost.html").write_bytes(b"new")
    scene.hub.asked.clear()
    scene.share()
    assert scene.dataset.tags == {TAG: old.id, "2026-11-01.99999999": scene.dataset.commits[-1].id}
    assert len(scene.dataset.commits) == len(scene.space.commits) == 3
    assert "moe.html" not in scene.space.files
    assert scene.space.files["cost.html"] == b"new"
    table = pl.read_parquet(io.BytesIO(scene.dataset.files["data/longest_chain.parquet"]))
    assert table.height == 3
    assert scene.hub.count("/upload/", "PUT") == 1, "a large file that lies there is not sent again"


def test_a_corrected_report_of_the_same_edition_gets_a_tag_of_its_own(scene: Scene) -> None:
    scene.share()
    (first,) = scene.space.tags.values()
    (scene.folder / "moe.html").write_bytes(b"corrected")
    scene.share()
    assert scene.space.tags == {TAG: first, f"{TAG}-2": scene.space.commits[-1].id}
    assert list(scene.dataset.tags) == [TAG]
    before = scene.state()
    scene.share()
    assert scene.state() == before


def test_what_others_write_into_hidden_files_stays_and_is_no_reason_for_a_commit(scene: Scene) -> None:
    scene.share()
    scene.dataset.write(NOW, {".gitattributes": b"*.csv filter=lfs\n"})
    before = scene.state()
    scene.share()
    assert scene.state() == before


def test_a_private_one_is_private_from_its_beginning(scene: Scene) -> None:
    scene.share(private=True)
    assert {scene.dataset.access, scene.space.access} == {"private"}
    scene.share()
    assert {scene.dataset.access, scene.space.access} == {"private"}, "and stays so"


def test_a_public_one_is_not_taken_for_private(scene: Scene) -> None:
    scene.share()
    before = scene.state()
    with pytest.raises(ShareError, match="the dataset user/tables is public: make it private in its settings"):
        scene.share(private=True)
    assert scene.state() == before


def test_a_repository_with_files_of_others_is_left_alone(scene: Scene) -> None:
    """A slip in the name must not empty somebody's dataset."""
    precious = scene.hub.add(Repository("user/tables"))
    precious.write(NOW, {"README.md": b"mine", "data/years.csv": b"1,2"})
    with pytest.raises(ShareError, match="holds other files, which would be removed: name one that is new or empty"):
        scene.share()
    assert list(precious.files) == ["README.md", "data/years.csv"]
    assert len(precious.commits) == 1


def test_the_storage_sees_no_token(scene: Scene) -> None:
    scene.share()
    sent = [asked for asked in scene.hub.asked if asked.origin == "storage"]
    assert sent
    assert not any(SECRET in json.dumps([asked.headers, asked.path, asked.query]) for asked in sent)
    assert not any(SECRET in json.dumps([asked.path, asked.query]) for asked in scene.hub.asked)


def test_a_tree_of_many_pages_is_compared_as_a_whole(scene: Scene) -> None:
    scene.patch.setattr("tests.snapshot.server.FILES_PER_PAGE", 3)
    scene.share()
    before = scene.state()
    scene.share()
    assert scene.state() == before


# ------------------------------------------------------------------------------------- what goes wrong


@dataclass
class Row:
    """One fault for good, and what the one line says. is_new: it strikes where nothing was shared before."""

    name: str
    strike: Callable[[Scene], Any]
    words: str
    is_new: bool = False


def fault(where: str, times: int = 10_000, **what: Any) -> Callable[[Scene], Any]:
    return lambda scene: scene.hub.fault(where, times=times, **what)


def token(text: str) -> Callable[[Scene], Any]:
    return lambda scene: scene.patch.setenv("HF_TOKEN", text)


def taken_by_others(scene: Scene) -> None:
    """The name belongs to a private dataset that this token does not see."""
    scene.hub.fault("/api/datasets/user/tables", status=404, headers={"X-Error-Code": "RepoNotFound"}, times=100)
    scene.hub.add(Repository("user/tables")).write(NOW, {"edition.json": b"{}"})


def somebody_else(scene: Scene) -> None:
    """Another commit comes between the comparison and this commit, each time."""
    scene.hub.fault("/commit/main", times=100, then=lambda: scene.dataset.write(NOW, {}))


BUSY = b'{"error": "Cannot create repo: another conflicting operation is in progress"}'
ROWS = [
    Row("unknown token", token(SECRET[::-1]), "the Hub does not accept your token"),
    Row("unknown token, new", token(SECRET[::-1]), "the Hub does not accept your token", is_new=True),
    Row("token of no letters", token("hf_ü"), "letters that none has"),
    Row("another’s", lambda scene: scene.hub.namespaces.clear(), "your token may not write there"),
    Row("another’s, new", lambda scene: scene.hub.namespaces.clear(), "your token may not write there", is_new=True),
    Row("to be read only", fault("/preupload/", status=403), "your token may not write there"),
    Row("name taken", taken_by_others, "its name is taken, or somebody else changes it now", is_new=True),
    Row("busy without an end", fault("/repos/create", status=409, body=BUSY), "it is busy with another", is_new=True),
    Row("tag taken meanwhile", fault("/tag/", status=409), "somebody else changes it now"),
    Row("somebody else commits", somebody_else, "somebody else changed it meanwhile: run it again"),
    Row("too many calls", fault("/commit/", status=429, headers={"Retry-After": "3"}), "rate limit is used up"),
    Row("hours to wait", fault("/commit/", status=429, headers={"Retry-After": "9999"}), "asks to wait 9999 s"),
    Row("hours for a file", fault("/upload/", status=429, headers={"Retry-After": "9999"}), "asks to wait 9999 s"),
    Row("too large", fault("/commit/", status=413), "takes no commit as large as this"),
    Row("to be paid", fault("/repos/create", status=402), "asks for a payment", is_new=True),
    Row("card refused", fault("/validate-yaml", status=400, body=b'{"errors": []}'), "does not accept its card"),
    Row("no JSON", fault("/validate-yaml", status=200, body=b"<html>"), "is not understood (JSONDecodeError)"),
    Row("server fails", fault("/commit/", status=500), "the Hub answered 500 6 times"),
    Row("storage fails", fault("/upload/", status=503), "the Hub answered 503 6 times"),
    Row("storage refuses", fault("/upload/", status=403), "your token may not write there"),
    Row("cut in a large file", fault("/upload/", hang_up=True), "the Hub cannot be reached (connection lost)"),
    Row("cut in the commit", fault("/commit/", hang_up=True), "the Hub cannot be reached (connection lost)"),
    Row("cut in the commit, new", fault("/commit/", hang_up=True), "cannot be reached", is_new=True),
    Row("cut in the listing", fault("/tree/", cut_at=0.5), "the Hub cannot be reached (connection lost)"),
    Row("offline", lambda scene: scene.patch.setattr(constants, "HF_HUB_OFFLINE", True), "HF_HUB_OFFLINE is set"),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_fault_is_one_line_and_leaves_the_old_commit_whole(scene: Scene, row: Row) -> None:
    if not row.is_new:
        scene.share()
        scene.another_site("next", "one/a", "three/c", date="2026-11-01", sha256="9" * 64)
    before = {key: dict(each.files) for key, each in scene.hub.repositories.items()}
    row.strike(scene)
    with pytest.raises(PipelineError) as caught:
        scene.share()
    line = str(caught.value)
    assert row.words in line
    assert not any(word in line for word in (SECRET, SECRET[::-1], "http", "X-Amz", "127.0.0.1", "\n"))
    if row.name not in ("tag taken meanwhile", "name taken"):
        assert {key: scene.hub.repositories[key].files for key in before} == before
        assert not any(each.tags for each in scene.hub.repositories.values()) or not row.is_new


@pytest.mark.parametrize("row", [row for row in ROWS if row.name != "name taken"], ids=lambda row: row.name)
def test_after_a_fault_the_next_run_ends_it(scene: Scene, row: Row) -> None:
    row.strike(scene)
    if row.name != "somebody else commits":
        with pytest.raises(PipelineError):
            scene.share()
    heal(scene)
    scene.share()
    for repository in (scene.dataset, scene.space):
        assert [commit.title for commit in repository.commits] == ["initial commit", f"Edition {TAG}"]
        assert repository.tags == {TAG: repository.commits[-1].id}
    assert card_errors(scene.dataset.files["README.md"].decode(), "dataset") == []
    assert scene.space.files["index.html"] == small_site.PAGES["index.html"]


def heal(scene: Scene) -> None:
    scene.hub.reset()
    scene.hub.namespaces.add("user")
    scene.patch.setenv("HF_TOKEN", SECRET)
    scene.patch.setattr(constants, "HF_HUB_OFFLINE", False)


PASSING = {
    "busy once": fault("/repos/create", times=1, status=409, body=BUSY),
    "cut in a large file": fault("/upload/", times=1, hang_up=True),
    "cut in the commit": fault("/commit/", times=1, hang_up=True),
    "cut after the commit": fault("/commit/", times=1, cut_at=0.5),
    "cut after the tag": fault("/tag/", times=1, cut_at=0.5),
    "cut after the creation": fault("/repos/create", times=1, cut_at=0.5),
    "an error of the server": fault("/tag/", times=1, status=502),
    "the limit of calls": fault("/preupload/", times=1, status=429, headers={"RateLimit": '"api";r=0;t=42'}),
}


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_is_waited_for_and_leaves_no_second_commit(scene: Scene, waits: list[float], name: str) -> None:
    PASSING[name](scene)
    scene.share()
    assert waits
    for repository in (scene.dataset, scene.space):
        assert len(repository.commits) == 2
        assert repository.tags == {TAG: repository.commits[-1].id}


def test_a_tag_that_did_not_come_is_made_by_the_next_run(scene: Scene) -> None:
    scene.hub.fault("/tag/", status=403, times=100)
    with pytest.raises(ShareError):
        scene.share()
    scene.hub.reset()
    scene.share()
    assert len(scene.dataset.commits) == 2
    assert scene.dataset.tags == {TAG: scene.dataset.commits[-1].id}


# ------------------------------------------------------------------------------------------- the command


def test_without_a_token_nothing_is_asked(scene: Scene) -> None:
    scene.patch.delenv("HF_TOKEN")
    with pytest.raises(ShareError, match="no token of the Hub on this machine: log in with"):
        scene.share()
    assert not scene.hub.asked


def test_a_dry_run_lists_every_file_and_asks_nothing(scene: Scene) -> None:
    scene.patch.delenv("HF_TOKEN")
    options = ["--space=user/pages", "--dataset=user/tables", "--dry-run", f"--site={scene.folder}"]
    done = CliRunner().invoke(app, ["share", *options])
    assert done.exit_code == 0, done.output
    assert not scene.hub.asked
    _, parcels = share.plan(Paths(Path("nowhere")), scene.folder, space="user/pages", dataset="user/tables")
    listed = [line.split()[-1] for line in done.output.splitlines() if line.startswith("  ")]
    assert listed == [name for parcel in parcels for name in sorted(parcel.files)]
    assert done.output.endswith("Nothing was sent.\n")


def test_the_command_as_it_is_typed_says_no_token_and_ends_with_its_code(hub: LocalHub, tmp_path: Path) -> None:
    folder = small_site.site(tmp_path / "it's a $(report)")
    options = ["--space=user/pages", "--dataset=user/tables", f"--site={folder}"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    offline = str(PROJECT / "tests" / "snapshot" / "offline")
    environment = {**clean, "HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "home"), "PYTHONPATH": offline}

    def run(**more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pipeline", "share", *options]
        return subprocess.run(
            command, cwd=PROJECT, env={**environment, **more}, capture_output=True, text=True, check=False
        )

    refused = run()
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("share: no token of the Hub")
    assert refused.stderr.count("\n") == 1
    done = run(HF_TOKEN=SECRET)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 2
    assert hub.repositories["space", "user/pages"].tags.keys() == {TAG}
    again = run(HF_TOKEN=SECRET)
    assert "nothing moved" in again.stdout
    hub.namespaces.clear()
    (folder / "moe.html").write_bytes(b"moved")
    denied = run(HF_TOKEN=SECRET)
    assert denied.returncode == 1
    assert "share: the Space user/pages: your token may not write there" in denied.stderr
    for each in (refused, done, again, denied):
        assert SECRET not in each.stdout + each.stderr
        assert "Traceback" not in each.stderr
    home = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert not any(SECRET.encode() in path.read_bytes() for path in home)
