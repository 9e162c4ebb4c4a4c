"""A trained model is tried beside the current one, takes its place whole, and comes back."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.model_files import ModelRefused, ModelShelf, ModelUnknown, check_model, rasa_version
from app.model_release_tables import ModelRelease, ModelState
from app.model_releases import (
    MEASURE_MODEL,
    ModelNotReleasable,
    get_model,
    note_model_verdict,
    release_model,
    roll_back_model,
    take_back_unloadable,
    try_model,
)
from core.audit import AuditLine
from core.database import Sessions, reading, transaction
from core.due_work import DueWork
from knowledge_base.release_publishing import ReleaseGateFailed
from tests.conftest import NOW
from tests.knowledge_base.release_room import FAILED, PASSED

ROOT = Path(__file__).resolve().parents[2]


def write_model(path: Path, *, word: str = "", **changes: Any) -> Path:
    """A file that looks like a model; ``word`` tells one from another."""
    metadata = {
        "rasa_open_source_version": rasa_version(),
        "trained_at": "2026-09-16T10:00:00+00:00",
        "word": word,
    } | changes
    with tarfile.open(path, "w:gz") as archive:
        add(archive, "metadata.json", json.dumps(metadata).encode())
    return path


def add(archive: tarfile.TarFile, name: str, data: bytes = b"", **changes: Any) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    for key, value in changes.items():
        setattr(member, key, value)
    archive.addfile(member, io.BytesIO(data))


@pytest.fixture
def shelf(tmp_path: Path) -> ModelShelf:
    """A current model and a candidate."""
    folder = tmp_path / "models"
    folder.mkdir()
    write_model(folder / "runmiao.tar.gz", word="old")
    write_model(folder / "autumn.tar.gz", word="new")
    return ModelShelf(folder / "runmiao.tar.gz")


def word_of(path: Path) -> str:
    with tarfile.open(path) as archive:
        file = archive.extractfile("metadata.json")
        assert file is not None
        return str(json.load(file)["word"])


def test_the_model_that_is_trained_here_passes_the_check() -> None:
    found = check_model(ROOT / "models" / "runmiao.tar.gz")

    assert len(found.digest) == 64
    assert found.trained_at is not None


Spoil = Callable[[tarfile.TarFile], None]


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda a: add(a, "../outside.txt", b"x"), "路径"),
        (lambda a: add(a, "/etc/cron.d/x", b"x"), "绝对路径"),
        (lambda a: add(a, "link", type=tarfile.SYMTYPE, linkname="/etc/passwd"), "链接"),
        (lambda a: add(a, "device", type=tarfile.CHRTYPE), "链接"),
        (lambda a: add(a, "readme.txt", b"x"), "metadata.json"),
    ],
)
def test_an_archive_with_tricks_or_without_a_model_is_refused(
    tmp_path: Path, spoil: Spoil, why: str
) -> None:
    path = tmp_path / "some.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        spoil(archive)

    with pytest.raises(ModelRefused, match=why):
        check_model(path)


def test_a_model_of_another_rasa_and_a_broken_file_are_refused(tmp_path: Path) -> None:
    other = write_model(tmp_path / "other.tar.gz", rasa_open_source_version="3.5.0")
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes((ROOT / "models" / "runmiao.tar.gz").read_bytes()[:50_000])
    text = tmp_path / "text.tar.gz"
    text.write_text("not a model")

    with pytest.raises(ModelRefused, match=r"3\.5\.0"):
        check_model(other)
    for path in (broken, text):
        with pytest.raises(ModelRefused, match="完整"):
            check_model(path)


@pytest.mark.parametrize("name", ["../runmiao.tar.gz", "no.tar.gz", "/etc/passwd", ".tar.gz", ""])
def test_only_files_of_the_folder_can_be_tried(shelf: ModelShelf, name: str) -> None:
    (shelf.current.parent.parent / "runmiao.tar.gz").write_bytes(b"x")

    with pytest.raises(ModelUnknown):
        shelf.path_of(name)


def test_a_link_in_the_folder_is_no_candidate(shelf: ModelShelf) -> None:
    (shelf.current.parent / "link.tar.gz").symlink_to(shelf.current)

    with pytest.raises(ModelUnknown):
        shelf.path_of("link.tar.gz")


class Models:
    """Every word is one transaction."""

    def __init__(self, sessions: Sessions, shelf: ModelShelf) -> None:
        self.sessions = sessions
        self.shelf = shelf
        self.now = NOW

    def tried(self, name: str = "autumn.tar.gz", verdict: Any = PASSED, **more: Any) -> int:
        self.now += timedelta(minutes=1)
        with transaction(self.sessions) as session:
            row = try_model(session, self.shelf, name, officer="admin01", now=self.now)
        with transaction(self.sessions) as session:
            values = {"before": self.shelf.current_digest(), "fault": None} | more
            note_model_verdict(session, row.id, verdict=verdict, now=self.now, **values)
        return row.id

    def release(self, model: int, reason: str | None = None) -> None:
        with transaction(self.sessions) as session:
            release_model(
                session, self.shelf, model, officer="admin01", now=self.now, reason=reason
            )

    def roll_back(self) -> None:
        with transaction(self.sessions) as session:
            roll_back_model(session, self.shelf, reason="不如以前", officer="admin01", now=self.now)

    def row(self, model: int) -> ModelRelease:
        with reading(self.sessions) as session:
            return get_model(session, model)

    @property
    def word(self) -> str:
        return word_of(self.shelf.current)


@pytest.fixture
def models(database: Sessions, shelf: ModelShelf) -> Models:
    return Models(database, shelf)


def test_a_model_that_passed_becomes_current_and_the_one_before_comes_back(
    models: Models,
) -> None:
    tried = models.tried()
    before = models.word
    models.release(tried)
    released = models.word
    models.roll_back()

    assert (before, released, models.word) == ("old", "new", "old")
    row = models.row(tried)
    assert (row.number, row.state, row.end_reason) == (1, ModelState.TAKEN_BACK, "不如以前")
    with reading(models.sessions) as session:
        lines = session.scalars(select(AuditLine.deed).order_by(AuditLine.id))
        assert [each.removeprefix("app.model.") for each in lines] == [
            "tried", "measured", "released", "rolled_back",
        ]  # fmt: skip
        work = session.scalars(select(DueWork).where(DueWork.kind == MEASURE_MODEL)).one()
        assert work.payload == {"model": tried}
    with pytest.raises(ModelNotReleasable, match="没有可以回退"):
        models.roll_back()


def test_releases_are_taken_back_one_by_one(models: Models) -> None:
    models.release(models.tried())
    write_model(models.shelf.current.parent / "winter.tar.gz", word="newest")
    models.release(models.tried("winter.tar.gz"))
    words = [models.word]
    for _ in range(2):
        models.roll_back()
        words.append(models.word)

    assert words == ["newest", "new", "old"]


def test_a_candidate_that_changed_in_the_folder_goes_out_as_it_was_measured(
    models: Models,
) -> None:
    tried = models.tried()
    write_model(models.shelf.current.parent / "autumn.tar.gz", word="swapped")

    models.release(tried)

    assert models.word == "new"


def test_a_model_that_makes_questions_worse_needs_a_reason(models: Models) -> None:
    tried = models.tried(verdict=FAILED)

    with pytest.raises(ReleaseGateFailed) as refused:
        models.release(tried)
    assert models.word == "old"
    models.release(tried, reason="新的意图要先用起来")

    assert "旗子要报吗" in refused.value.details["questions"]
    assert (models.word, models.row(tried).reason) == ("new", "新的意图要先用起来")


def test_what_is_not_measured_beside_the_current_model_does_not_go_out(models: Models) -> None:
    faulty = models.tried(verdict=None, fault="装不上")
    late = models.tried()
    write_model(models.shelf.current, word="trained meanwhile")

    with pytest.raises(ModelNotReleasable, match="装不上"):
        models.release(faulty)
    with pytest.raises(ModelNotReleasable, match="换过"):
        models.release(late)
    assert models.word == "trained meanwhile"


def test_of_two_measured_models_the_second_must_be_measured_anew(models: Models) -> None:
    write_model(models.shelf.current.parent / "winter.tar.gz", word="newest")
    first, second = models.tried(), models.tried("winter.tar.gz")
    models.release(first)

    with pytest.raises(ModelNotReleasable, match="换过"):
        models.release(second)
    assert models.word == "new"


def test_the_current_model_is_not_tried(models: Models) -> None:
    copy = models.shelf.current.parent / "copy.tar.gz"
    copy.write_bytes(models.shelf.current.read_bytes())

    with pytest.raises(ModelNotReleasable, match="正在使用"):
        models.tried("copy.tar.gz")


def test_a_release_that_is_undone_leaves_the_file_and_the_rows_as_they_were(
    models: Models,
) -> None:
    tried = models.tried()
    models.shelf.kept_path(models.row(tried).digest).unlink()

    with pytest.raises(ModelUnknown):
        models.release(tried)

    assert (models.word, models.row(tried).state) == ("old", ModelState.MEASURED)


def test_a_model_that_rasa_could_not_load_is_written_down_as_taken_back(models: Models) -> None:
    tried = models.tried()
    models.release(tried)
    digest, old = models.row(tried).digest, models.row(tried).before
    assert old is not None
    models.shelf.make_current(old)  # as the keeper does

    with transaction(models.sessions) as session:
        args = {"reason": "Rasa 装不上", "now": models.now}
        first = take_back_unloadable(session, models.shelf, digest, **args)
        again = take_back_unloadable(session, models.shelf, digest, **args)

    assert (first, again, models.word) == (True, False, "old")
    row = models.row(tried)
    assert (row.state, row.ended_by) == (ModelState.TAKEN_BACK, None)
