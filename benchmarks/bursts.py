"""How bursts are found (突发): an invented month through the real code and tables, twice.

A month of questions of 200 topics, with 20 planted bursts among them, is written to the tables of
talks and looked at every quarter of an hour as the service does it, on SQLite and on PostgreSQL.
``BENCH_SEEDS`` names the seeds (7, 11 and 13); the parameters were chosen on seed 1.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from app.heat_work import take_stock
from app.migrate import migrate
from appeals.heat.parameters import heat_parameters
from appeals.heat_tables import HeatAsk, HeatBurst
from benchmarks.burst_traffic import MONTH, Planted, Traffic, make_traffic
from consultations.tables import Answer, Conversation, Holder, Turn, TurnState
from core.clock import end_of_day, start_of_day
from core.database import Sessions, open_engine, open_sessions, reading, transaction
from knowledge_base.layer import Wording
from knowledge_base.library import Snapshot
from knowledge_base.search import SearchIndex
from tests.postgres import running_postgres

SEEDS = [int(each) for each in os.environ.get("BENCH_SEEDS", "7,11,13").split(",")]
#: The service looks so often; more seldom takes less time and finds later.
EVERY_MINUTES = int(os.environ.get("BENCH_EVERY_MINUTES", heat_parameters().every_minutes))
DATABASES = os.environ.get("BENCH_DATABASES", "sqlite,postgresql").split(",")
#: What is told so long after a burst still tells of it.
_AFTER = timedelta(hours=3)
_TOGETHER = 5000


def main() -> None:
    """Measure and print."""
    for seed in SEEDS:
        for database in DATABASES:
            with _fresh(database) as sessions:
                print(json.dumps(replay(sessions, seed, database), ensure_ascii=False), flush=True)


@contextmanager
def _fresh(database: str) -> Iterator[Sessions]:
    if database == "postgresql":
        with running_postgres() as url, _open(url) as sessions:
            yield sessions
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        _open(f"sqlite:///{Path(folder) / 'bursts.db'}") as sessions,
    ):
        yield sessions


@contextmanager
def _open(url: str) -> Iterator[Sessions]:
    engine = open_engine(url)
    migrate(engine)
    try:
        yield open_sessions(engine)
    finally:
        engine.dispose()


def replay(
    sessions: Sessions, seed: int, database: str, *, last: date = MONTH[1]
) -> dict[str, Any]:
    """Write a month, look at it as it passes, and compare what was found with what was planted."""
    traffic = make_traffic(seed, last=last)
    topic_of = write(sessions, traffic)
    snapshot = library_of(traffic)
    now = start_of_day(MONTH[0])
    began = time.perf_counter()
    take_stock(sessions, snapshot, now=now)
    warm_up = time.perf_counter() - began
    millis = []
    step = timedelta(minutes=EVERY_MINUTES)
    while now < end_of_day(last):
        now += step
        at = time.perf_counter()
        take_stock(sessions, snapshot, now=now)
        millis.append((time.perf_counter() - at) * 1000)
    return {
        "benchmark": "bursts",
        "database": database,
        "seed": seed,
        "questions": len(traffic.asks),
        "every_minutes": EVERY_MINUTES,
        "looks": len(millis),
        **compare(sessions, traffic, topic_of),
        "warm_up_seconds": round(warm_up, 1),
        "look_ms_p50": round(statistics.median(millis), 1),
        "look_ms_max": round(max(millis)),
    }


def library_of(traffic: Traffic) -> Snapshot:
    """A library that knows the topics with an entry, and nothing of the others."""
    wordings = [
        Wording(topic.entry_id, f"{topic.thing}{topic.deed}")
        for topic in traffic.topics.values()
        if topic.entry_id is not None
    ]
    return Snapshot(1, {}, {}, {}, SearchIndex(wordings))


def write(sessions: Sessions, traffic: Traffic) -> dict[str, str]:
    """Write the questions as the service would have; gives the topic of every turn."""
    talks = {person: number for number, person in enumerate({a.person for a in traffic.asks}, 1)}
    first = traffic.asks[0].at
    turns, answers, topic_of = [], [], {}
    for number, ask in enumerate(traffic.asks):
        turn_id = uuid.UUID(int=number).hex
        topic_of[turn_id] = ask.topic.name
        turns.append(
            {
                "id": turn_id, "conversation_id": talks[ask.person],
                "client_message_id": str(number), "text": ask.text, "state": TurnState.ANSWERED,
                "received_at": ask.at, "answered_at": ask.at, "degraded": False,
            }
        )  # fmt: skip
        entry = ask.topic.entry_id
        entries = [{"id": entry, "version": 1, "claims": []}] if entry else []
        answers.append(
            {
                "turn_id": turn_id, "outcome": "answered" if entry else "refused_no_evidence",
                "parts": [], "entries": entries, "sources": [],
                "as_of": ask.at.date(), "facts": {}, "timings": {},
                "created_at": ask.at,
            }
        )  # fmt: skip
    with transaction(sessions) as session:
        session.execute(insert(Conversation), [_talk(*each, first) for each in talks.items()])
        for table, rows in ((Turn, turns), (Answer, answers)):
            for start in range(0, len(rows), _TOGETHER):
                session.execute(insert(table), rows[start : start + _TOGETHER])
    return topic_of


def _talk(person: int, number: int, at: datetime) -> dict[str, Any]:
    return {
        "id": number, "token_hash": f"bench-{person}", "channel": "web",
        "identity_key": f"web:bench-{person}", "talk_id": f"bench-{person}",
        "holder": Holder.BOT, "created_at": at, "last_at": at,
    }  # fmt: skip


@dataclass(frozen=True)
class _Told:
    """One alert, and the invented topic that it is about."""

    topic: str
    found_at: datetime


def compare(sessions: Sessions, traffic: Traffic, topic_of: dict[str, str]) -> dict[str, Any]:
    """What was found, missed, told twice, told wrongly, and how late."""
    with reading(sessions) as session:
        asks = session.execute(select(HeatAsk.topic_id, HeatAsk.turn_id)).all()
        bursts = session.scalars(select(HeatBurst).order_by(HeatBurst.found_at)).all()
    about: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for topic, turn in asks:
        about[topic][topic_of[turn]] += 1
    told = [_Told(about[each.topic_id].most_common(1)[0][0], each.found_at) for each in bursts]
    found: dict[str, float] = {}
    false, twice = [], 0
    for each in told:
        planted = next((p for p in traffic.planted if _tells_of(each, p)), None)
        if planted is None:
            false.append(each)
        elif planted.name in found:
            twice += 1
        else:
            found[planted.name] = (each.found_at - planted.start).total_seconds() / 60
    missed = [each.name for each in traffic.planted if each.name not in found]
    return {
        "planted": len(traffic.planted),
        "found": len(found),
        "missed": missed,
        "told_twice": twice,
        "false_alarms": len(false),
        "false_topics": [f"{each.topic} {each.found_at:%m-%d %H:%M}" for each in false],
        "delay_minutes_median": round(statistics.median(found.values())) if found else None,
        "delay_minutes_worst": round(max(found.values())) if found else None,
        "delays": {name: round(minutes) for name, minutes in found.items()},
    }


def _tells_of(told: _Told, planted: Planted) -> bool:
    until = planted.start + timedelta(hours=planted.hours) + _AFTER
    return told.topic == planted.topic and planted.start <= told.found_at <= until
