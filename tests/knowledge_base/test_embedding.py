"""A model from outside joins the search while it works, and leaves it as it was while not."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice

import numpy as np
import pytest
from sqlalchemy import func, select

from core.database import Sessions, reading, transaction
from knowledge_base.embedding.embedder import EmbeddingFailed, checked
from knowledge_base.embedding.keeper import VectorKeeper, embedded
from knowledge_base.embedding.questions import FAILURES, LONGEST, PAUSE_SECONDS, QuestionVectors
from knowledge_base.embedding.senses import Senses
from knowledge_base.embedding_tables import WordingVector
from knowledge_base.files import ENTRIES, LibraryFiles, read_library
from knowledge_base.layer import Wording
from knowledge_base.library import Library
from knowledge_base.loading import load_files
from knowledge_base.meaning import Vectors
from knowledge_base.ranking import CLOSEST
from knowledge_base.schema import Entry
from knowledge_base.search import SearchIndex
from tests.embedding_endpoint import vector_of

NOW = datetime(2026, 9, 16, 17, 30, tzinfo=UTC)
LOST, STOPPED = "发票丢了怎么办", "怎么办理停业登记"
#: Shares no character with the wording it means.
SLANG = "铁公鸡遗失"


class Model:
    """Vectors of hashed characters, in this process; fails while ``is_down``."""

    def __init__(self, model: str = "hashed") -> None:
        self.model = model
        self.asked: list[str] = []
        self.calls = 0
        self.is_down = False
        self.dimensions = 128
        self.go = threading.Event()
        self.go.set()

    def vectors(self, texts: Sequence[str], *, seconds: float | None = None) -> Vectors:
        self.go.wait(10)
        self.calls += 1
        if self.is_down:
            raise EmbeddingFailed("down")
        self.asked += texts
        return checked([vector_of(text, self.dimensions) for text in texts], len(texts))

    def close(self) -> None:
        self.go.set()


class Ticking:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def model() -> Model:
    return Model()


def senses_of(model: Model, wordings: dict[str, list[str]], weight: float = 0.3) -> Senses:
    return Senses(embedded(model, wordings), QuestionVectors(model, seconds=1.0), weight)


WORDINGS = {
    "lost": [LOST, "发票不见了", "票据遗失", "发票弄丢咋办", "丢票了"],
    "stop": [STOPPED, "想停业"],
    "flag": ["彩旗怎么挂"],
}


@pytest.fixture
def index() -> SearchIndex:
    return SearchIndex(Wording(name, text) for name, texts in WORDINGS.items() for text in texts)


class TestQuestions:
    def test_personal_data_is_masked_before_it_is_sent(self, model: Model) -> None:
        QuestionVectors(model, seconds=1.0).of(
            "我是王五，电话１３８００１３８０００，卡4111111111111111"
        )

        [sent] = model.asked
        assert "13800138000" not in sent
        assert "4111111111111111" not in sent
        assert "138****8000" in sent

    def test_no_more_is_sent_than_a_question_may_have(self, model: Model) -> None:
        QuestionVectors(model, seconds=1.0).of("税" * 5_000)

        assert len(model.asked[0]) == LONGEST

    @pytest.mark.parametrize("text", ["", " \n", "\u200b\x00", "\ud800"])
    def test_what_cannot_be_read_is_not_sent(self, model: Model, text: str) -> None:
        assert QuestionVectors(model, seconds=1.0).of(text) is None
        assert model.calls == 0

    def test_the_same_question_is_sent_once(self, model: Model) -> None:
        questions = QuestionVectors(model, seconds=1.0)

        first, again = questions.of(LOST), questions.of(LOST)

        assert model.calls == 1
        assert np.array_equal(first, again)

    def test_a_model_that_failed_often_is_left_alone_for_a_while(self, model: Model) -> None:
        told: list[str] = []
        clock = Ticking()
        questions = QuestionVectors(model, seconds=1.0, tell=told.append, clock=clock)
        model.is_down = True

        for number in range(FAILURES + 2):
            assert questions.of(f"第{number}问") is None
        assert model.calls == FAILURES
        assert told == ["failed"] * FAILURES + ["paused"] * 2

        clock.now += PAUSE_SECONDS
        questions.of("再问")
        questions.of("再再问")
        assert model.calls == FAILURES + 1, "one failure after the pause begins another"

        clock.now += PAUSE_SECONDS
        model.is_down = False
        assert questions.of("又问") is not None
        model.is_down = True
        questions.of("还问")
        assert told[-2:] == ["ok", "failed"]
        assert questions.of("接着问") is None
        assert told[-1] == "failed", "a success in between counts failures anew"


class TestJoining:
    def test_without_a_model_nothing_changes(self, index: SearchIndex, model: Model) -> None:
        before = {text: index.search(text) for text in (LOST, STOPPED, SLANG, "增值税")}
        joined = index.with_senses(senses_of(model, WORDINGS))
        model.is_down = True

        assert {text: joined.search(text) for text in before} == before
        assert {text: index.search(text) for text in before} == before

    def test_with_no_weight_only_what_the_model_alone_finds_is_new(
        self, index: SearchIndex, model: Model
    ) -> None:
        joined = index.with_senses(senses_of(model, WORDINGS, weight=0.0))

        assert joined.search(LOST, limit=1) == index.search(LOST, limit=1)

    def test_what_shares_no_character_is_found_by_the_model(
        self, index: SearchIndex, model: Model
    ) -> None:
        assert "lost" not in [hit.entry_id for hit in index.search("铁公鸡没了")[:1]]

        hits = index.with_senses(senses_of(model, WORDINGS)).search("铁公鸡没了")

        assert hits[0].entry_id == "lost"
        assert 0 < hits[0].score <= 1

    def test_the_score_is_joined_as_written_down(self, index: SearchIndex, model: Model) -> None:
        weight = 0.25
        rows = embedded(model, WORDINGS)
        usual = mean_cosine(np.concatenate(list(rows.values())))
        question = model.vectors(["发票没了"])[0]
        [alone] = [hit for hit in index.search("发票没了") if hit.entry_id == "lost"]

        joined = index.with_senses(Senses(rows, QuestionVectors(model, seconds=1.0), weight))
        [hit] = [hit for hit in joined.search("发票没了") if hit.entry_id == "lost"]

        closest = np.sort(rows["lost"] @ question)[-CLOSEST:]
        near = (closest.mean() - usual) / (1 - usual)
        assert hit.score == pytest.approx((1 - weight) * alone.score + weight * near, abs=1e-5)

    def test_filters_hold_for_what_the_model_finds_too(
        self, index: SearchIndex, model: Model
    ) -> None:
        joined = index.with_senses(senses_of(model, WORDINGS))

        assert joined.search("铁公鸡没了", regions=("西藏",)) == []

    def test_a_model_that_gives_vectors_of_another_length_is_not_heard(
        self, index: SearchIndex, model: Model
    ) -> None:
        joined = index.with_senses(senses_of(model, WORDINGS))
        model.dimensions = 64

        assert joined.search(LOST) == index.search(LOST)

    def test_an_edited_entry_is_compared_without_until_it_has_its_vectors(
        self, index: SearchIndex, model: Model
    ) -> None:
        joined = index.with_senses(senses_of(model, WORDINGS))
        edit = [Wording("lost", "丢失发票的处理")]

        edited = joined.changed(edit, ["lost", "stop"])

        plain = index.changed(edit, ["lost", "stop"])
        [told] = [hit for hit in edited.search("丢失发票") if hit.entry_id == "lost"]
        assert told in plain.search("丢失发票")
        assert "stop" not in [hit.entry_id for hit in edited.search(STOPPED)]


def mean_cosine(rows: Vectors) -> float:
    cosines = rows @ rows.T
    return float((cosines.sum() - np.trace(cosines)) / (len(rows) * (len(rows) - 1)))


@pytest.mark.parametrize(
    "given",
    [[[1.0, 2.0]], [[1.0], [1.0], [1.0]], [[1.0], [1.0, 2.0]], [["a"], ["b"]], [1.0, 2.0],
     [[], []], [[float("nan")], [1.0]], [[float("inf")], [1.0]], [[0.0], [1.0]], None],
)  # fmt: skip
def test_what_are_no_two_vectors_is_refused(given: object) -> None:
    with pytest.raises(EmbeddingFailed):
        checked(given, 2)


@pytest.fixture(scope="module")
def files() -> LibraryFiles:
    """A few entries, with the register."""
    found = read_library(ENTRIES / "invoice")
    return replace(found, entries=dict(islice(found.entries.items(), 12)))


class Kept:
    """A library on a database, and what watches it."""

    def __init__(self, sessions: Sessions, files: LibraryFiles) -> None:
        self.sessions = sessions
        self.keepers: list[VectorKeeper] = []
        self._files = files
        self.load(files.entries.values())

    def load(self, entries: Iterable[Entry]) -> None:
        """Publish entries as files do."""
        files = replace(self._files, entries={each.id: each for each in entries})
        with transaction(self.sessions) as session:
            load_files(session, files, editor="files", now=NOW)

    def open(self, model: Model) -> tuple[Library, QuestionVectors]:
        """A process of its own."""
        library = Library(self.sessions)
        questions = QuestionVectors(model, seconds=1.0)
        keeper = VectorKeeper(
            self.sessions, library, model, questions, weight=0.3, retry_seconds=0.05
        )
        library.on_change(keeper.wake)
        self.keepers.append(keeper)
        library.refresh()
        return library, questions

    def rows(self) -> int:
        with reading(self.sessions) as session:
            return session.scalar(select(func.count()).select_from(WordingVector)) or 0


@pytest.fixture
def kept(database: Sessions, files: LibraryFiles) -> Iterator[Kept]:
    opened = Kept(database, files)
    yield opened
    for keeper in opened.keepers:
        keeper.close()


def until(happened: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if happened():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen in ten seconds")


def is_joined(library: Library) -> bool:
    return library.snapshot.index.is_joined


class TestKeeping:
    def test_the_library_is_served_before_its_vectors_are_there(
        self, kept: Kept, model: Model
    ) -> None:
        model.go.clear()
        library, _ = kept.open(model)

        assert library.snapshot.index.search("发票丢了")
        assert not is_joined(library)

        model.go.set()
        until(lambda: is_joined(library))
        assert kept.rows() == len(set(model.asked))

    def test_a_restart_embeds_nothing_anew(self, kept: Kept, model: Model) -> None:
        library, _ = kept.open(model)
        until(lambda: is_joined(library))
        before = kept.rows()

        again = Model()
        library, _ = kept.open(again)
        until(lambda: is_joined(library))

        assert len(again.asked) == 1, "one wording shows that it is the same model"
        assert kept.rows() == before

    def test_an_edit_embeds_only_what_is_new(self, kept: Kept, model: Model) -> None:
        library, _ = kept.open(model)
        until(lambda: is_joined(library))
        before = len(model.asked)
        entry = next(iter(library.snapshot.entries.values()))

        kept.load([entry.model_copy(update={"similar": (*entry.similar, "铁公鸡飞了咋整")})])
        library.refresh()
        until(lambda: kept.rows() > before)

        assert model.asked[before:] == ["铁公鸡飞了咋整"]

    def test_a_model_that_is_down_is_tried_again_and_what_was_done_is_kept(
        self, kept: Kept, model: Model, caplog: pytest.LogCaptureFixture
    ) -> None:
        model.is_down = True
        library, _ = kept.open(model)
        until(lambda: model.calls >= 2)
        assert library.snapshot.index.search("发票丢了")

        model.is_down = False
        until(lambda: is_joined(library))

        assert "vectors of wordings are missing: down" in caplog.text
        assert len(model.asked) == len(set(model.asked))

    def test_another_model_behind_the_same_name_is_noticed(
        self, kept: Kept, model: Model, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.WARNING)
        library, _ = kept.open(model)
        until(lambda: is_joined(library))

        other = Model()
        other.dimensions = 96
        library, _ = kept.open(other)
        until(lambda: is_joined(library))

        assert "another one" in caplog.text
        assert len(set(other.asked)) == kept.rows()

    def test_vectors_of_two_models_lie_beside_each_other(self, kept: Kept, model: Model) -> None:
        library, _ = kept.open(model)
        until(lambda: is_joined(library))
        once = kept.rows()

        library, _ = kept.open(Model("another"))
        until(lambda: is_joined(library))

        assert kept.rows() == 2 * once

    def test_two_processes_that_start_at_once_do_not_hinder_each_other(
        self, kept: Kept, model: Model
    ) -> None:
        other = Model()
        one, _ = kept.open(model)
        two, _ = kept.open(other)

        until(lambda: is_joined(one) and is_joined(two))

        assert kept.rows() == len({*model.asked, *other.asked})

    def test_a_model_that_changes_under_way_is_noticed_and_all_is_made_anew(
        self, kept: Kept, model: Model
    ) -> None:
        library, _ = kept.open(model)
        until(lambda: is_joined(library))
        before = kept.rows()
        entry = next(iter(library.snapshot.entries.values()))

        model.dimensions = 96
        kept.load([entry.model_copy(update={"similar": (*entry.similar, "铁公鸡飞了咋整")})])
        library.refresh()
        until(lambda: kept.rows() == before + 1)

        with reading(kept.sessions) as session:
            lengths = {len(each) for each in session.scalars(select(WordingVector.vector))}
        assert lengths == {96 * 4}
