"""Many at once on both databases: of all who want to deliver or refresh, one does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Barrier
from typing import TypeVar

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from answers.parts import Part
from channels.wechat_claims import claim, undelivered
from channels.wechat_followers import follower_of, insert_once, note_spoken
from channels.wechat_parcels import Parcel, next_parcel
from channels.wechat_passive import Settled, settle
from channels.wechat_tables import WechatDelivery, WechatFollower, WechatReceipt
from channels.wechat_text import Writer
from channels.wechat_tokens import token_state
from consultations.tables import Author, TurnState
from consultations.talk import add_message, open_conversation, receive_turn
from core.bureau import read_bureau
from core.database import (
    Base,
    Sessions,
    in_transaction,
    open_engine,
    open_sessions,
    reading,
    transaction,
)
from core.due_work import DueWork
from core.secrets import Keys
from core.settings import Settings
from tests.postgres import execute

NOW = datetime(2026, 9, 16, 17, 30, tzinfo=UTC)
KEYS = Keys("the root key of these tests, long enough")
WRITER = Writer(keys=KEYS, settings=Settings(), bureau=read_bureau())
AT_ONCE = 8
Result = TypeVar("Result")
_numbers = count(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sessions]:
    url, server, name = f"sqlite:///{tmp_path / 'races.db'}", "", ""
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres_url")
        name = f"runmiao_wechat_{next(_numbers)}"
        execute(server, f"CREATE DATABASE {name}")
        url = f"{server.rpartition('/')[0]}/{name}"
    engine = open_engine(url)
    Base.metadata.create_all(engine)
    yield open_sessions(engine)
    engine.dispose()
    if server:
        execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def at_once(sessions: Sessions, *works: Callable[[Session], Result]) -> list[Result]:
    """Run transactions that start at the same moment."""
    barrier = Barrier(len(works))

    def run(work: Callable[[Session], Result]) -> Result:
        barrier.wait()
        return in_transaction(sessions, work)

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


@pytest.fixture
def answered(both: Sessions) -> int:
    """A turn whose answer is in the outbox while its receipt is still open."""
    with transaction(both) as session:
        talk, _ = open_conversation(session, channel="wechat", identity_key="wechat:o1", now=NOW)
        turn, _ = receive_turn(session, talk, text="几号截止", client_message_id="m", now=NOW)
        turn.state = TurnState.ANSWERED
        add_message(
            session, talk, author=Author.BOT, part=Part(text="15号。"), now=NOW, turn_id=turn.id
        )
        note_spoken(follower_of(session, "o1"), now=NOW)
        insert_once(
            session,
            WechatReceipt,
            key="msgid:1",
            openid="o1",
            turn_id=turn.id,
            first_seen=NOW,
            passive_until=NOW - timedelta(seconds=5),
        )
        return talk.id


def test_a_receipt_is_written_by_one(both: Sessions) -> None:
    def take(session: Session) -> bool:
        return insert_once(
            session, WechatReceipt, key="msgid:1", openid="o1", first_seen=NOW, passive_until=NOW
        )

    assert sorted(at_once(both, *[take] * AT_ONCE)) == [False] * (AT_ONCE - 1) + [True]


def test_a_message_is_claimed_by_one(both: Sessions, answered: int) -> None:
    def take(session: Session) -> int:
        return len(claim(session, undelivered(session, answered, now=NOW), "service", now=NOW))

    assert sorted(at_once(both, *[take] * AT_ONCE)) == [0] * (AT_ONCE - 1) + [1]


def test_the_reply_and_the_outbox_never_both_take_an_answer(both: Sessions, answered: int) -> None:
    def reply(session: Session) -> Settled | None:
        return settle(session, "msgid:1", writer=WRITER, now=NOW, final=True)

    def send(session: Session) -> object:
        return next_parcel(session, answered, writer=WRITER, now=NOW)

    results = at_once(both, *[reply, send] * (AT_ONCE // 2))

    replies = {each.reply for each in results if isinstance(each, Settled)}
    parcels = [each for each in results if isinstance(each, Parcel)]
    assert replies in ({"15号。"}, {None})
    assert len(parcels) == (0 if replies == {"15号。"} else 1)
    with reading(both) as session:
        assert len(session.scalars(select(WechatDelivery)).all()) == 1
        work = session.scalars(select(DueWork).where(DueWork.kind == "deliver.wechat")).one()
        assert (work.done_at is not None) == (not parcels)


def test_an_allowance_is_not_given_twice(both: Sessions) -> None:
    with transaction(both) as session:
        talks = []
        for _ in range(AT_ONCE):
            talk, _ = open_conversation(
                session, channel="wechat", identity_key="wechat:o1", now=NOW
            )
            add_message(session, talk, author=Author.AGENT, part=Part(text="好"), now=NOW)
            talks.append(talk.id)
        note_spoken(follower_of(session, "o1"), now=NOW)

    def sending(talk_id: int) -> Callable[[Session], object]:
        return lambda session: next_parcel(session, talk_id, writer=WRITER, now=NOW)

    results = at_once(both, *[sending(each) for each in talks])

    assert len([each for each in results if isinstance(each, Parcel)]) == 5
    with reading(both) as session:
        assert session.get_one(WechatFollower, "o1").sent_since_spoke == 5


def test_the_lease_on_the_access_token_has_one_holder(both: Sessions) -> None:
    def look(session: Session) -> str:
        return token_state(session, "wx1", refused=None, keys=KEYS, now=NOW).step

    assert sorted(at_once(both, *[look] * AT_ONCE)) == ["fetch"] + ["wait"] * (AT_ONCE - 1)
