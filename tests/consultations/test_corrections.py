from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from answers.engine import Engine
from answers.frame import Query
from consultations.corrections import count_corrections, queue_corrections
from consultations.tables import Conversation, Correction, Message
from consultations.talk import finish_turn, receive_turn, record_answer
from consultations.telling import tell_corrections
from core.clock import china_date
from core.database import Sessions, reading, transaction
from knowledge_base import life_cycle
from knowledge_base.files import LibraryFiles, parse
from knowledge_base.library import Library
from knowledge_base.loading import load_files
from knowledge_base.schema import Entry
from knowledge_base.store import get_entry
from tests.conftest import NOW
from tests.consultations.conftest import Opener

ENTRY = """
id: vat-sample
question: 村口小卖部要交哪个税率的增值税？
similar: [村口小卖部税率, 村口小卖部几个点, 小卖部几个点, 村口小店税率, 小卖部税点, 小店几个点]
topics: [vat]
short_answers:
  - text: 村口小卖部按SHORT的征收率交增值税。
    from: 2026-01-01
    claims: [rate]
claims:
  - id: rate
    text: 小卖部适用RATE的征收率。
    from: 2026-01-01
    certainty: unverified
  - id: ticket
    text: EXTRA
    from: 2026-01-01
    certainty: unverified
  - id: earlier
    text: 2025年以前小卖部适用PAST的征收率。
    from: 2024-01-01
    to: 2025-12-31
    certainty: unverified
checked_on: 2026-09-01
"""

Publisher = Callable[..., int]


@pytest.fixture
def publish(database: Sessions) -> Publisher:
    """Publishes a version of the sample entry and gives its number."""

    def published(
        rate: str = "3%", extra: str = "顾客要发票的，店主应当开给他。", past: str = "5%"
    ) -> int:
        text = ENTRY.replace("SHORT", rate).replace("RATE", rate)
        text = text.replace("EXTRA", extra).replace("PAST", past)
        entry, faults = parse(text, Entry, "vat-sample")
        assert entry is not None, faults
        with transaction(database) as session:
            load_files(session, LibraryFiles(entries={entry.id: entry}), editor="files", now=NOW)
            return get_entry(session, entry.id).latest_version

    return published


@pytest.fixture
def ask(database: Sessions) -> Callable[[int], None]:
    """Asks about the sample entry in a talk, answered by the engine."""

    def asked(conversation_id: int, text: str = "村口小卖部几个点") -> None:
        library = Library(database)
        library.refresh()
        reply = Engine(library, hotline="12366").answer(Query(text=text, today=china_date(NOW)))
        assert reply.outcome == "answered"
        with transaction(database) as session:
            talk = session.get_one(Conversation, conversation_id)
            turn, _ = receive_turn(session, talk, text=text, client_message_id=text, now=NOW)
            record_answer(session, turn.id, reply, now=NOW)
            finish_turn(session, turn.id, now=NOW)

    return asked


def changed(database: Sessions, now: datetime = NOW) -> int:
    with transaction(database) as session:
        return queue_corrections(session, entry_id="vat-sample", region="全国", now=now)


def move(database: Sessions, verb: str, version: int, now: datetime = NOW) -> None:
    """Suspend, resume or retire the sample entry at the desk."""
    with transaction(database) as session:
        getattr(life_cycle, verb)(
            session, "vat-sample", version=version, reason="核对", officer="li", now=now
        )


def told(database: Sessions, conversation_id: int) -> list[dict]:
    with transaction(database) as session:
        talk = session.get_one(Conversation, conversation_id)
        return [
            message.body for message in tell_corrections(session, talk, now=NOW + timedelta(days=3))
        ]


def test_who_was_told_another_figure_is_told_the_new_one_once(
    database: Sessions, open_talk: Opener, publish: Publisher, ask: Callable
) -> None:
    publish("3%")
    talk, _ = open_talk()
    ask(talk)

    publish("1%")
    assert changed(database) == 1
    (body,) = told(database, talk)

    assert body["title"] == "我们告诉过您，现在变了"
    assert "2026年9月17日" in body["text"]
    assert "原来说：村口小卖部按3%的征收率交增值税。" in body["text"]
    assert "现在是：村口小卖部按1%的征收率交增值税。" in body["text"]
    assert body["buttons"][0]["value"] == "村口小卖部要交哪个税率的增值税？"
    assert told(database, talk) == []


def test_a_correction_finds_the_person_on_another_talk_and_nobody_else(
    database: Sessions, open_talk: Opener, publish: Publisher, ask: Callable
) -> None:
    publish("3%")
    first, _ = open_talk(identity_key="web:one")
    ask(first)
    publish("1%")
    changed(database)
    again, _ = open_talk(identity_key="web:one")
    stranger, _ = open_talk(identity_key="web:two")

    assert told(database, stranger) == []
    assert len(told(database, again)) == 1
    assert told(database, first) == []


def test_better_words_and_changes_of_other_periods_disturb_nobody(
    database: Sessions, open_talk: Opener, publish: Publisher, ask: Callable
) -> None:
    publish("3%")
    talk, _ = open_talk()
    ask(talk)

    publish("3%", extra="顾客要发票，店主应当开给他。")
    assert changed(database) == 0
    publish("3%", past="6%")
    assert changed(database) == 0
    assert told(database, talk) == []


def test_an_entry_withdrawn_is_told_and_its_return_too(
    database: Sessions, open_talk: Opener, publish: Publisher, ask: Callable
) -> None:
    version = publish("3%")
    talk, _ = open_talk()
    ask(talk)

    move(database, "suspend", version)
    assert changed(database) == 1
    assert "正在重新核对" in told(database, talk)[0]["text"]
    move(database, "resume", version)
    assert changed(database) == 1
    assert "原来的答复仍然有效" in told(database, talk)[0]["text"]
    assert changed(database) == 0


def test_what_is_taken_back_before_it_was_told_is_not_told(
    database: Sessions, open_talk: Opener, publish: Publisher, ask: Callable
) -> None:
    version = publish("3%")
    talk, _ = open_talk()
    ask(talk)

    move(database, "suspend", version)
    changed(database)
    move(database, "resume", version)
    changed(database)

    assert told(database, talk) == []
    with reading(database) as session:
        assert session.scalars(select(Correction)).all() == []


def test_a_suspended_answer_that_was_wrong_is_put_right_once_its_new_version_is_answered(
    database: Sessions, open_talk: Opener, publish: Publisher, ask: Callable
) -> None:
    version = publish("3%")
    talk, _ = open_talk()
    ask(talk)
    move(database, "suspend", version)
    changed(database)
    told(database, talk)
    publish("1%")
    assert changed(database) == 0

    move(database, "resume", version)
    publish("1%", extra="顾客要发票的，店主都应当开给他。")
    assert changed(database) == 1
    assert "现在是：村口小卖部按1%的征收率交增值税。" in told(database, talk)[0]["text"]


def test_work_that_comes_twice_or_late_goes_by_what_is_answered_now(
    database: Sessions, open_talk: Opener, publish: Publisher, ask: Callable
) -> None:
    publish("3%")
    talk, _ = open_talk()
    ask(talk)
    publish("2%")
    publish("1%")

    assert [changed(database), changed(database)] == [1, 0]
    assert "现在是：村口小卖部按1%" in told(database, talk)[0]["text"]
    assert changed(database) == 0
    with reading(database) as session:
        counted = count_corrections(session, entry_id="vat-sample")
    assert (counted.waiting, counted.shown) == (0, 1)


def test_measurements_are_never_corrected(
    database: Sessions, open_talk: Opener, publish: Publisher, ask: Callable
) -> None:
    publish("3%")
    talk, _ = open_talk(channel="evaluation")
    ask(talk)

    publish("1%")
    assert changed(database) == 0


def test_the_correction_comes_before_the_next_answer(
    database: Sessions, open_talk: Opener, publish: Publisher, ask: Callable
) -> None:
    publish("3%")
    talk, _ = open_talk()
    ask(talk)
    publish("1%")
    changed(database)

    told(database, talk)
    with reading(database) as session:
        kinds = [
            message.body["kind"]
            for message in session.scalars(select(Message).order_by(Message.id))
        ]
    assert kinds == ["text", "answer", "correction"]
