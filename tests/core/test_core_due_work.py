"""Work that falls due (到期任务)."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from core.database import in_transaction, reading, transaction
from core.due_work import (
    RETRY_AFTER,
    DueWork,
    claim_work,
    count_waiting,
    drop_work,
    file_work,
    finish_work,
    postpone_work,
)

LEASE = timedelta(seconds=60)


@pytest.fixture
def file(sessions, now):
    def file_one(key: str, kind: str = "kind", **values) -> int:
        with transaction(sessions) as session:
            values = {"due_at": now, "payload": {"key": key}} | values
            return file_work(session, kind=kind, key=key, **values).id

    return file_one


@pytest.fixture
def claim(sessions):
    def claim_some(now, **values) -> list[DueWork]:
        with transaction(sessions) as session:
            values = {"kinds": ["kind"], "lease": LEASE} | values
            return claim_work(session, now=now, **values)

    return claim_some


def test_the_same_work_is_filed_once_and_its_first_payload_stays(file, claim, now):
    first = file("a")
    again = file("a", payload={"key": "other"})

    [work] = claim(now)

    assert first == again == work.id
    assert work.payload == {"key": "a"}
    assert file("a", kind="other kind") != first


def test_only_what_is_due_and_of_the_asked_kinds_is_claimed_oldest_first(file, claim, now):
    file("future", due_at=now + timedelta(seconds=1))
    file("second", due_at=now - timedelta(seconds=1))
    file("first", due_at=now - timedelta(hours=1))
    file("foreign", kind="other")

    assert [work.key for work in claim(now)] == ["first", "second"]
    assert [work.key for work in claim(now + timedelta(seconds=1))] == ["future"]


def test_a_limit_takes_the_oldest_and_leaves_the_rest(file, claim, now):
    for minutes in range(5):
        file(f"{minutes}", due_at=now - timedelta(minutes=minutes))

    assert [work.key for work in claim(now, limit=2)] == ["4", "3"]
    assert [work.key for work in claim(now, limit=9)] == ["2", "1", "0"]


def test_two_claimers_at_once_never_get_the_same_work(sessions, file, now):
    for number in range(60):
        file(str(number))
    got: list[list[int]] = [[], [], []]
    start = threading.Barrier(3)

    def claimer(mine: list[int]) -> None:
        start.wait()
        while True:
            claimed = in_transaction(
                sessions,
                lambda session: claim_work(session, kinds=["kind"], now=now, lease=LEASE, limit=4),
            )
            if not claimed:
                return
            mine.extend(work.id for work in claimed)

    threads = [threading.Thread(target=claimer, args=(mine,)) for mine in got]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    everything = [each for mine in got for each in mine]
    assert len(everything) == 60
    assert len(set(everything)) == 60


def test_leased_work_comes_back_when_the_lease_is_over(file, claim, now):
    file("a")
    [first] = claim(now)
    assert first.tries == 1

    assert claim(now + LEASE) == []
    [again] = claim(now + LEASE + timedelta(seconds=1))
    assert (again.id, again.tries) == (first.id, 2)


def test_finished_and_dropped_work_never_comes_back(file, claim, sessions, now):
    done, _ = file("done"), file("dropped")
    claim(now)
    with transaction(sessions) as session:
        finish_work(session, done, tries=1, now=now)
        drop_work(session, kind="kind", key="dropped", now=now)

    assert claim(now + timedelta(days=30)) == []
    file("done")
    assert claim(now + timedelta(days=30)) == [], "filing it again changes nothing"


def test_failed_work_is_tried_later_and_later_and_then_given_up(file, claim, sessions, now):
    number, moment = file("a"), now
    for pause in RETRY_AFTER:
        [work] = claim(moment)
        with transaction(sessions) as session:
            assert postpone_work(session, work.id, tries=work.tries, now=moment, error="x" * 500)
        assert claim(moment + pause - timedelta(seconds=1)) == []
        moment += pause

    [work] = claim(moment)
    with transaction(sessions) as session:
        assert not postpone_work(session, number, tries=work.tries, now=moment, error="last")
    assert claim(moment + timedelta(days=30)) == []
    with reading(sessions) as session:
        work = session.get_one(DueWork, number)
    assert (work.failed_at, work.last_error, work.tries) == (moment, "last", len(RETRY_AFTER) + 1)


def test_work_filed_claimed_and_postponed_in_one_session_waits_the_first_pause(sessions, now):
    with transaction(sessions) as session:
        filed = file_work(session, kind="kind", key="a", due_at=now, payload={})
        [work] = claim_work(session, kinds=["kind"], now=now, lease=LEASE)
        assert (work is filed, work.tries) == (True, 1)
        postpone_work(session, work.id, tries=work.tries, now=now, error="no")
        assert filed.due_at == now + RETRY_AFTER[0]


def test_what_is_rolled_back_is_not_claimed(file, claim, sessions, now):
    file("a")
    with pytest.raises(RuntimeError), transaction(sessions) as session:
        claim_work(session, kinds=["kind"], now=now, lease=LEASE)
        raise RuntimeError

    assert [work.tries for work in claim(now)] == [1]


def test_only_work_that_is_late_is_counted_as_waiting(file, sessions, now):
    file("late", due_at=now - timedelta(minutes=2))
    file("fresh")
    file("future", due_at=now + timedelta(days=1))

    with reading(sessions) as session:
        assert count_waiting(session, now=now) == 1
        assert session.scalar(select(func.count(DueWork.id))) == 3
