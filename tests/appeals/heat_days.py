"""People who ask, written the way the service writes it; for the tests of heat."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from answers.parts import Part, Reply
from app.heat_work import take_stock
from appeals.heat_tables import HeatBurst, HeatTopic
from consultations.talk import finish_turn, open_conversation, receive_turn, record_answer
from core.clock import CHINA
from core.database import Sessions, transaction
from knowledge_base.layer import Wording
from knowledge_base.library import Snapshot
from knowledge_base.search import SearchIndex

#: Ten in the morning of a Wednesday outside of any filing season.
MORNING = datetime(2026, 9, 23, 10, 0, tzinfo=CHINA)
ENTRY = "vat-small-scale-threshold"
_KNOWN = (
    ("vat-small-scale-threshold", "小规模一个季度卖多少不用交增值税"),
    ("invoice-red-letter", "开错的发票怎么冲红"),
    ("social-base", "社保费按什么基数缴"),
    ("stamp-rent", "租房合同印花税怎么算"),
    ("iit-annual", "个税汇算什么时候开始"),
)
LIBRARY = Snapshot(1, {}, {}, {}, SearchIndex(Wording(*each) for each in _KNOWN))


def ask(
    database: Sessions,
    text: str,
    *,
    at: datetime,
    entry: str | None = None,
    who: str | None = None,
    channel: str = "web",
    outcome: str | None = None,
) -> str:
    """Somebody asks; answered with the entry, or told that there is no answer. Gives who."""
    who = who or f"{channel}:{uuid.uuid4().hex}"
    found = outcome or ("answered" if entry else "refused_no_evidence")
    with transaction(database) as session:
        talk, _ = open_conversation(session, channel=channel, identity_key=who, now=at)
        turn, _ = receive_turn(session, talk, text=text, client_message_id=uuid.uuid4().hex, now=at)
        entries = [{"id": entry, "version": 1, "claims": []}] if entry else []
        part = Part(text="答", kind="answer", outcome=found)
        reply = Reply(found, (part,), at.date(), entries=entries)
        record_answer(session, turn.id, reply, now=at)
        finish_turn(session, turn.id, now=at)
    return who


def usual_days(database: Sessions, *, last: date, days: int = 10, a_day: int = 2) -> None:
    """Every day up to the last one a few people ask about the entry, within office hours."""
    for back in range(days, 0, -1):
        day = last - timedelta(days=back)
        for number in range(a_day):
            at = datetime(day.year, day.month, day.day, 10 + 3 * number, 7, tzinfo=CHINA)
            ask(database, "小规模季度免税额是多少", at=at, entry=ENTRY)


def looked(database: Sessions, now: datetime, snapshot: Snapshot = LIBRARY) -> None:
    """Look as the service does it."""
    take_stock(database, snapshot, now=now)


def bursts_of(database: Sessions) -> list[HeatBurst]:
    """Every burst, the first found first."""
    with transaction(database) as session:
        return session.query(HeatBurst).order_by(HeatBurst.id).all()


def topics_of(database: Sessions) -> list[HeatTopic]:
    """Every topic, the first begun first."""
    with transaction(database) as session:
        return session.query(HeatTopic).order_by(HeatTopic.id).all()


def moments(first: datetime, count: int, *, every: int = 3) -> Iterator[datetime]:
    """So many moments, so many minutes apart."""
    return (first + timedelta(minutes=every * number) for number in range(count))
