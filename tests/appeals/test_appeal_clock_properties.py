"""Pauses and extensions, in any number and order, against a count of days made otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appeals.deadlines import extend, pause, restart, resume, set_promise
from appeals.kinds import load_kinds
from appeals.tables import Appeal, AppealStatus
from core.calendar import working_time_between
from tests.appeals.case_model import after_days, after_minutes, day_of, days_between, midnight

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
OPENED = st.integers(0, 242 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))
#: Minutes until something happens, and how long the pause is that begins then.
PAUSES = st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 9000)), max_size=5)
SESSION = SimpleNamespace(flush=lambda: None)
QUICK = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=300)


def case(kind: str, opened: datetime) -> Appeal:
    """A case outside of any database; one of the evaluation files no work."""
    rules = load_kinds()[kind].rules()
    appeal = Appeal(
        number="SQ20260101-AAAAAA",
        kind=kind,
        status=AppealStatus.WORKING,
        opened_at=opened,
        clock_from=opened,
        working_days=rules.working_days,
        rules=rules.model_dump(mode="json"),
        promise_no=0,
        round_no=1,
        paused_working_days=0,
        paused_seconds=0,
        extended_working_days=0,
        extensions=0,
        is_evaluation=True,
    )
    set_promise(appeal)
    return appeal


@QUICK
@given(opened=OPENED, pauses=PAUSES, more=st.integers(0, 10))
def test_the_date_is_the_days_promised_paused_and_granted_counted_one_by_one(
    opened: datetime, pauses: list[tuple[int, int]], more: int
) -> None:
    appeal, now, paused = case("service_quality", opened), opened, 0
    for wait, length in pauses:
        now += timedelta(minutes=wait)
        pause(appeal, now=now)
        end = now + timedelta(minutes=length)
        paused += days_between(day_of(now), day_of(end))
        resume(SESSION, appeal, now=end)
        now = end
    if more:
        extend(SESSION, appeal, working_days=more, now=now)

    expected = after_days(day_of(opened), 10 + paused + more)

    assert appeal.due_on == expected
    assert appeal.due_at == midnight(expected + timedelta(days=1))


@QUICK
@given(opened=OPENED, pauses=PAUSES)
def test_a_pause_never_brings_the_date_nearer_nor_gives_more_days_than_it_had(
    opened: datetime, pauses: list[tuple[int, int]]
) -> None:
    appeal, now = case("consultation", opened), opened
    for wait, length in pauses:
        now += timedelta(minutes=wait)
        before = appeal.due_on
        pause(appeal, now=now)
        now += timedelta(minutes=length)
        resume(SESSION, appeal, now=now)

        given_back = days_between(before, appeal.due_on)
        assert 0 <= given_back <= length // (24 * 60) + 1


@QUICK
@given(opened=OPENED, wait=st.integers(0, 4000), back=st.integers(1, 4000))
def test_a_clock_set_back_during_a_pause_changes_nothing(
    opened: datetime, wait: int, back: int
) -> None:
    appeal = case("consultation", opened)
    before, now = appeal.due_on, opened + timedelta(minutes=wait)

    pause(appeal, now=now)
    resume(SESSION, appeal, now=now - timedelta(minutes=back))

    assert (appeal.due_on, appeal.paused_since) == (before, None)


@QUICK
@given(opened=OPENED, pauses=PAUSES)
def test_what_never_pauses_keeps_its_date_and_its_minute(
    opened: datetime, pauses: list[tuple[int, int]]
) -> None:
    relief, urgent, now = case("relief_not_delivered", opened), case("help", opened), opened
    for wait, length in pauses:
        now += timedelta(minutes=wait)
        for appeal in (relief, urgent):
            pause(appeal, now=now)
            resume(SESSION, appeal, now=now + timedelta(minutes=length))

    assert relief.due_on == after_days(day_of(opened), 3)
    assert urgent.due_at == after_minutes(opened, 240)
    hours = load_kinds()["help"].hours
    assert working_time_between(opened, urgent.due_at, hours).minutes == 240


@QUICK
@given(opened=OPENED, again=st.integers(1, 60_000), more=st.integers(1, 10))
def test_a_new_round_promises_the_full_days_from_its_own_beginning(
    opened: datetime, again: int, more: int
) -> None:
    appeal = case("service_quality", opened)
    extend(SESSION, appeal, working_days=more, now=opened)
    pause(appeal, now=opened)
    now = opened + timedelta(minutes=again)

    restart(SESSION, appeal, now=now)

    assert (appeal.due_on, appeal.round_no) == (after_days(day_of(now), 10), 2)
    assert (appeal.paused_since, appeal.paused_working_days) == (None, 0)
