"""A burst is found against what is usual, told once, followed, and over."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

import app.heat_work
from appeals.heat.day_kinds import Days
from appeals.heat.expecting import chance
from appeals.heat.looking import LOOK, plan_look
from appeals.heat_tables import HeatTopic
from core.database import Sessions, reading, transaction
from core.due_work import DueWork, claim_work, finish_work
from tests.appeals.heat_days import (
    ENTRY,
    MORNING,
    ask,
    bursts_of,
    looked,
    moments,
    usual_days,
)

TODAY = MORNING.date()
HIVES = ("卖蜂箱要交税吗", "蜂箱卖了要不要交税", "养蜂人卖蜂箱交税吗", "卖蜂箱的税怎么交")


def many_ask(database: Sessions, count: int = 12, *, every: int = 3) -> None:
    for at in moments(MORNING, count, every=every):
        ask(database, "小规模季度免税额是多少", at=at, entry=ENTRY)


def test_many_people_at_once_are_a_burst_told_once_however_often_it_is_looked_at(
    database: Sessions,
) -> None:
    usual_days(database, last=TODAY)
    many_ask(database)

    for minutes in range(15, 181, 15):
        looked(database, MORNING + timedelta(minutes=minutes))

    [burst] = bursts_of(database)
    assert burst.ended_at is None
    assert burst.began_at == MORNING
    assert burst.found_at <= MORNING + timedelta(minutes=30)
    assert burst.people >= 6 > burst.usual * 2
    assert burst.peak > 2


def test_what_is_usual_is_no_burst_on_any_day(database: Sessions) -> None:
    usual_days(database, last=TODAY + timedelta(days=2), days=12, a_day=3)

    for hours in range(0, 48, 2):
        looked(database, MORNING - timedelta(days=1) + timedelta(hours=hours))

    assert bursts_of(database) == []


def test_nothing_is_told_before_a_week_is_known(database: Sessions) -> None:
    usual_days(database, last=TODAY, days=3)
    many_ask(database, 30, every=1)

    looked(database, MORNING + timedelta(hours=1))

    assert bursts_of(database) == []


def test_a_new_topic_without_an_entry_can_burst(database: Sessions) -> None:
    usual_days(database, last=TODAY)
    for number, at in enumerate(moments(MORNING, 12)):
        ask(database, HIVES[number % len(HIVES)], at=at)

    looked(database, MORNING + timedelta(hours=1))

    [burst] = bursts_of(database)
    with reading(database) as session:
        assert session.get_one(HeatTopic, burst.topic_id).entry_id is None


def test_one_who_asks_fifty_times_is_no_burst(database: Sessions) -> None:
    usual_days(database, last=TODAY)
    who = ask(database, "季度多少免税", at=MORNING, entry=ENTRY)
    for at in moments(MORNING, 50, every=1):
        ask(database, "季度多少免税", at=at, entry=ENTRY, who=who)

    looked(database, MORNING + timedelta(hours=1))

    assert bursts_of(database) == []


def test_a_burst_ends_when_it_is_calm_and_is_the_same_if_it_comes_back_next_morning(
    database: Sessions,
) -> None:
    usual_days(database, last=TODAY)
    many_ask(database)
    looked(database, MORNING + timedelta(hours=1))
    for hours in range(2, 37):
        looked(database, MORNING + timedelta(hours=hours))
    [burst] = bursts_of(database)
    assert burst.ended_at is not None

    again = MORNING + timedelta(hours=46)
    for at in moments(again, 12):
        ask(database, "小规模季度免税额是多少", at=at, entry=ENTRY)
    looked(database, again + timedelta(hours=1))

    [same] = bursts_of(database)
    assert same.id == burst.id
    assert same.ended_at is None


def test_a_burst_of_last_week_is_not_what_is_usual(database: Sessions) -> None:
    usual_days(database, last=TODAY)
    many_ask(database, 40, every=2)
    for hours in range(1, 40):
        looked(database, MORNING + timedelta(hours=hours))
    later = MORNING + timedelta(days=5)
    for at in moments(later, 12):
        ask(database, "小规模季度免税额是多少", at=at, entry=ENTRY)

    looked(database, later + timedelta(hours=1))

    assert len(bursts_of(database)) == 2


def test_what_lasts_a_week_is_the_usual_level_from_then_on(database: Sessions) -> None:
    usual_days(database, last=TODAY)
    for day in range(12):
        for at in moments(MORNING + timedelta(days=day), 15, every=20):
            ask(database, "小规模季度免税额是多少", at=at, entry=ENTRY)
        for hours in (2, 4, 8, 14, 20):
            looked(database, MORNING + timedelta(days=day, hours=hours))

    [burst] = bursts_of(database)
    assert burst.ended_at is not None


def test_a_clock_set_back_neither_breaks_nor_repeats(database: Sessions) -> None:
    usual_days(database, last=TODAY)
    many_ask(database)
    looked(database, MORNING + timedelta(hours=1))

    for hours in (-30, -2, 0, 1):
        looked(database, MORNING + timedelta(hours=hours))

    assert len(bursts_of(database)) == 1


def test_two_workers_at_once_find_one_burst_and_count_everybody_once(
    database: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual_days(database, last=TODAY)
    many_ask(database)
    now, place = MORNING + timedelta(hours=1), app.heat_work.place

    def while_another_looks(*given):  # between hearing and keeping
        monkeypatch.setattr(app.heat_work, "place", place)
        looked(database, now)
        return place(*given)

    monkeypatch.setattr(app.heat_work, "place", while_another_looks)
    looked(database, now)

    [burst] = bursts_of(database)
    assert burst.people == 12


@pytest.mark.parametrize("dies_at", ["_count", "_let_stand"])
def test_a_look_that_is_killed_loses_and_doubles_nothing(
    database: Sessions, monkeypatch: pytest.MonkeyPatch, dies_at: str
) -> None:
    usual_days(database, last=TODAY)
    many_ask(database)
    now = MORNING + timedelta(hours=1)

    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(f"appeals.heat.keeping.{dies_at}", die)
        with pytest.raises(Killed):
            looked(database, now)
    looked(database, now)

    [burst] = bursts_of(database)
    assert burst.people == 12


def test_a_topic_has_at_most_one_open_burst(database: Sessions) -> None:
    usual_days(database, last=TODAY)
    many_ask(database)
    looked(database, MORNING + timedelta(hours=1))
    [burst] = bursts_of(database)
    values = {c.name: getattr(burst, c.name) for c in burst.__table__.columns if c.name != "id"}

    with pytest.raises(IntegrityError), transaction(database) as session:
        session.add(type(burst)(**values))


def test_the_next_look_is_planned_once_and_again_where_the_clock_was_set_back(
    database: Sessions,
) -> None:
    with transaction(database) as session:
        plan_look(session, now=MORNING)
        plan_look(session, now=MORNING + timedelta(minutes=14))
        assert session.query(DueWork).filter_by(kind=LOOK).count() == 1
        late = MORNING + timedelta(minutes=15)
        [work] = claim_work(session, kinds=[LOOK], now=late, lease=timedelta(minutes=1))
        finish_work(session, work.id, tries=work.tries, now=late)

    with transaction(database) as session:
        plan_look(session, now=MORNING)
        waiting = session.query(DueWork).filter_by(kind=LOOK, done_at=None).all()

    assert [each.due_at for each in waiting] == [MORNING + timedelta(minutes=15)]


def test_a_chance_is_that_of_so_many_or_more() -> None:
    assert chance(0, 2.0, 0.1) == 1.0
    assert chance(1, 1.0, 1e-9) == pytest.approx(1 - 0.36788, abs=1e-4)  # Poisson
    assert chance(6, 0.5, 0.1) < 1e-4 < chance(6, 2.0, 0.5)


def test_days_are_told_apart_by_the_calendar_and_by_the_last_day_to_file() -> None:
    days = Days()

    assert days.of(date(2026, 10, 1)).kind == "holiday"
    assert days.of(date(2026, 10, 10)).kind == "makeup"
    assert days.of(date(2026, 9, 12)).kind == "weekend"
    assert (days.of(date(2026, 9, 15)).kind, days.of(date(2026, 9, 15)).season) == ("work", "last")
    assert days.of(date(2026, 9, 9)).season == "busy"
    assert days.of(date(2026, 9, 23)).season is None
