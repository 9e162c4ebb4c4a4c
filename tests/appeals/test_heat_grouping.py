"""What is asked is put into topics; people are counted, not messages."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from appeals.heat_tables import HeatAsk, HeatHour
from consultations.my_data import delete_talks
from core.database import Sessions, reading, transaction
from tests.appeals.heat_days import ENTRY, LIBRARY, MORNING, ask, looked, topics_of

HIVES = (
    "养蜂人卖蜂箱要交税吗",
    "卖蜂箱要不要交税",
    "蜂箱卖了要交税吗",
    "我卖蜂箱需要交税吗",
)


def counted(database: Sessions) -> int:
    with reading(database) as session:
        return session.scalar(select(func.sum(HeatHour.people))) or 0


def test_what_was_answered_with_an_entry_is_of_its_topic(database: Sessions) -> None:
    ask(database, "一个季度卖多少不交增值税", at=MORNING, entry=ENTRY)
    ask(database, "季度多少免税", at=MORNING, entry=ENTRY)

    looked(database, MORNING + timedelta(minutes=10))

    [topic] = topics_of(database)
    assert topic.entry_id == ENTRY
    assert counted(database) == 2


def test_what_no_entry_answers_is_put_together_by_its_words_and_stays_together(
    database: Sessions,
) -> None:
    for text in HIVES[:3]:
        ask(database, text, at=MORNING)
    ask(database, "旅游公司怎么差额开票", at=MORNING)
    looked(database, MORNING + timedelta(minutes=10))

    [topic] = topics_of(database)

    ask(database, HIVES[3], at=MORNING + timedelta(minutes=20))
    ask(database, "差额开票旅游公司怎么开", at=MORNING + timedelta(minutes=21))
    looked(database, MORNING + timedelta(minutes=30))

    again, second = topics_of(database)
    assert again.id == topic.id
    with reading(database) as session:
        of = select(HeatAsk.topic_id, func.count()).group_by(HeatAsk.topic_id)
        assert dict(session.execute(of).tuples().all()) == {topic.id: 4, second.id: 2}


def test_one_person_who_asks_fifty_times_is_one_and_alone_begins_no_topic(
    database: Sessions,
) -> None:
    who = ask(database, "季度多少免税", at=MORNING, entry=ENTRY)
    for number in range(49):
        at = MORNING + timedelta(minutes=number)
        ask(database, "季度多少免税", at=at, entry=ENTRY, who=who)
        ask(database, HIVES[number % 4], at=at, who=who)

    looked(database, MORNING + timedelta(hours=1))

    assert [each.entry_id for each in topics_of(database)] == [ENTRY]
    assert counted(database) == 1


def test_the_same_person_counts_again_on_another_day(database: Sessions) -> None:
    who = ask(database, "季度多少免税", at=MORNING, entry=ENTRY)
    ask(database, "季度多少免税", at=MORNING + timedelta(hours=23), entry=ENTRY, who=who)
    ask(database, "季度多少免税", at=MORNING + timedelta(hours=25), entry=ENTRY, who=who)

    looked(database, MORNING + timedelta(hours=26))

    assert counted(database) == 2


def test_small_talk_measurements_and_what_only_a_person_hears_are_left_out(
    database: Sessions,
) -> None:
    for number in range(3):
        at = MORNING + timedelta(minutes=number)
        ask(database, "你好", at=at, outcome="smalltalk")
        ask(database, "季度多少免税", at=at, entry=ENTRY, channel="evaluation")
        ask(database, "帮我转人工", at=at, outcome="handed_over")
        ask(database, "我欠了多少税", at=at, outcome="firm_fact")

    looked(database, MORNING + timedelta(minutes=10))

    assert topics_of(database) == []


def test_looking_twice_counts_once(database: Sessions) -> None:
    for text in HIVES:
        ask(database, text, at=MORNING)

    for minutes in (10, 10, 25):
        looked(database, MORNING + timedelta(minutes=minutes), LIBRARY)

    assert counted(database) == 4


def test_who_deletes_their_talks_is_forgotten_and_the_counts_stay(database: Sessions) -> None:
    who = ask(database, HIVES[0], at=MORNING)
    ask(database, HIVES[1], at=MORNING)
    looked(database, MORNING + timedelta(minutes=10))
    before = counted(database)

    with transaction(database) as session:
        delete_talks(session, identity_key=who, now=MORNING + timedelta(hours=1))
    looked(database, MORNING + timedelta(hours=1))

    with reading(database) as session:
        assert session.scalar(select(func.count(HeatAsk.id))) == 1
    assert counted(database) == before == 2
