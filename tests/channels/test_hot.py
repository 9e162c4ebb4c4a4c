"""The public list of what is asked most: rough words, approved questions, nothing of a person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from web_door import Door

from appeals.heat.hot import rough, trend_of
from appeals.heat_tables import HeatDay, HeatHour, HeatTopic
from core.clock import china_date
from core.database import transaction

ENTRY = "vat-small-scale-threshold"


@pytest.fixture
def asked(services):
    """Writes how many people asked about a topic in the last days, and lists the day."""

    def write(*topics: tuple[str | None, str | None, int, int]) -> None:
        now = services.clock.at
        with transaction(services.sessions) as session:
            for rank, (entry_id, title, people, before) in enumerate(topics, 1):
                topic = HeatTopic(entry_id=entry_id, title=title, created_at=now, last_at=now)
                session.add(topic)
                session.flush()
                session.add(
                    HeatDay(
                        day=china_date(now),
                        topic_id=topic.id,
                        rank=rank,
                        people=people,
                        before=before,
                    )
                )
                session.add(HeatHour(topic_id=topic.id, hour=now, people=people))

    return write


async def test_an_empty_list_is_a_list(door: Door) -> None:
    status, body = await door.call("GET", "/hot")

    assert (status, body["items"], body["days"]) == (200, [], 7)
    assert body["note"]


async def test_questions_are_those_of_entries_or_titles_and_numbers_are_rough(
    door: Door, asked, library
) -> None:
    asked((ENTRY, None, 137, 60), (None, None, 90, 0), (None, "卖蜂箱要不要交税", 54, 50))

    _, body = await door.call("GET", "/hot")

    first, second = body["items"]
    question = library.snapshot.entries[ENTRY].question
    assert first == {
        "rank": 1, "question": question, "entry_id": ENTRY, "trend": "up", "asked": "100 人次以上",
    }  # fmt: skip
    assert second == {
        "rank": 2, "question": "卖蜂箱要不要交税", "entry_id": None, "trend": "same",
        "asked": "50 人次以上",
    }  # fmt: skip
    assert "137" not in str(body) and "90" not in str(body["items"])


async def test_what_few_ask_and_what_is_not_published_is_left_out(door: Door, asked) -> None:
    asked((ENTRY, None, 9, 0), ("not-published-yet", None, 500, 0))

    _, body = await door.call("GET", "/hot")

    assert body["items"] == []


async def test_the_list_is_kept_for_a_minute_and_an_old_one_is_not_shown(
    door: Door, asked, services
) -> None:
    _, before = await door.call("GET", "/hot")
    asked((ENTRY, None, 40, 0))
    _, kept = await door.call("GET", "/hot")
    services.clock.at += timedelta(minutes=1)
    _, fresh = await door.call("GET", "/hot")
    services.clock.at += timedelta(days=4)
    _, old = await door.call("GET", "/hot")

    assert kept == before
    assert [each["trend"] for each in fresh["items"]] == ["new"]
    assert old["items"] == []


def test_words_for_numbers_and_trends() -> None:
    assert [rough(each) for each in (10, 49, 99, 12_345)] == [
        "10 人次以上", "20 人次以上", "50 人次以上", "10,000 人次以上",
    ]  # fmt: skip
    pairs = ((30, 2), (30, 20), (20, 20), (10, 20))
    assert [trend_of(*pair) for pair in pairs] == ["new", "up", "same", "down"]
