"""Due work when processes are killed, overtake each other, or have their clocks set back."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app.due_loop import DueLoop
from core.audit import AuditLine, first_broken_line, write_audit
from core.clock import utc_now
from core.database import Sessions, reading, transaction
from core.due_work import (
    DueWork,
    LeaseLost,
    claim_work,
    drop_work,
    file_work,
    finish_work,
    postpone_work,
)
from core.hub import Hub
from tests.app.due_worker import DEED, LEASE, LETTER, NOTICE, Ground
from tests.conftest import NOW

ROOT = Path(__file__).parent.parent.parent
DEEDS = [f"deed-{number:02}" for number in range(60)]
KILLED = -9


def start_worker(url: str, sent: Path, step: str, ahead: int = 0) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "tests.app.due_worker", url, str(sent), step, str(ahead)]
    return subprocess.Popen(words, cwd=ROOT)


def end_of(*workers: subprocess.Popen[bytes]) -> list[int]:
    return [worker.wait(120) for worker in workers]


def test_killed_at_each_step_nothing_is_lost_and_nothing_is_done_twice(
    database: Sessions, database_url: str, tmp_path: Path
) -> None:
    sent = tmp_path / "sent"
    with transaction(database) as session:
        for key in DEEDS:
            due_at = utc_now() - timedelta(minutes=1)
            file_work(session, kind=DEED, key=key, due_at=due_at, payload={"key": key})

    first = [start_worker(database_url, sent, each) for each in ("claimed", "handled", "committed")]
    assert end_of(*first) == [KILLED] * 3
    second = [start_worker(database_url, sent, each) for each in ("told", "sent")]
    assert KILLED in end_of(*second), "who is quicker leaves the other nothing to die of"
    after_the_leases = [start_worker(database_url, sent, "none", 61) for _ in range(2)]
    assert end_of(*after_the_leases) == [0, 0]

    with reading(database) as session:
        assert session.scalars(select(DueWork).where(DueWork.done_at.is_(None))).all() == []
        for kind in (DEED, NOTICE):
            done = session.scalars(select(AuditLine.subject).where(AuditLine.deed == kind)).all()
            assert sorted(done) == DEEDS, kind
        assert first_broken_line(session) is None
    letters = Counter(sent.read_text().split())
    assert sorted(letters) == DEEDS
    assert sum(letters.values()) <= len(DEEDS) + 10, "only what was sent when it was killed"


def claim(database: Sessions, now, *, kind: str = DEED) -> list[DueWork]:
    with transaction(database) as session:
        return claim_work(session, kinds=[kind], now=now, lease=LEASE)


def test_no_more_is_claimed_at_once_than_was_asked_for(database: Sessions) -> None:
    with transaction(database) as session:
        for key in DEEDS:
            file_work(session, kind=DEED, key=key, due_at=NOW, payload={})

    counts = [len(claim(database, NOW)) for _ in range(7)]

    assert counts == [10, 10, 10, 10, 10, 10, 0]


@pytest.fixture
def filed(database: Sessions) -> None:
    with transaction(database) as session:
        file_work(session, kind=DEED, key="a", due_at=NOW, payload={"key": "a"})


def do(database: Sessions, work: DueWork, *, by: str) -> None:
    """Do work as the loop does, with an audit line for an effect."""
    with transaction(database) as session:
        write_audit(session, actor=by, deed=DEED, subject=work.key, now=NOW)
        finish_work(session, work.id, tries=work.tries, now=NOW)


def done_by(database: Sessions) -> list[str]:
    with reading(database) as session:
        return list(session.scalars(select(AuditLine.actor).where(AuditLine.deed == DEED)))


def test_who_was_overtaken_finishes_nothing_whether_before_or_after_the_other(
    database: Sessions, filed: None
) -> None:
    [slow] = claim(database, NOW)
    [quick] = claim(database, NOW + LEASE + timedelta(seconds=1))

    with pytest.raises(LeaseLost):
        do(database, slow, by="slow")
    do(database, quick, by="quick")
    with pytest.raises(LeaseLost):
        do(database, slow, by="slow")

    assert done_by(database) == ["quick"]


def test_who_was_overtaken_does_not_put_off_what_another_is_doing(
    database: Sessions, filed: None
) -> None:
    [slow] = claim(database, NOW)
    later = NOW + LEASE + timedelta(seconds=1)
    [quick] = claim(database, later)

    with pytest.raises(LeaseLost), transaction(database) as session:
        postpone_work(session, slow.id, tries=slow.tries, now=later, error="too late")

    assert claim(database, later + timedelta(seconds=30)) == [], "the lease of the other stands"
    do(database, quick, by="quick")


def test_work_called_off_after_its_claim_is_not_done(database: Sessions, filed: None) -> None:
    [work] = claim(database, NOW)
    with transaction(database) as session:
        drop_work(session, kind=DEED, key="a", now=NOW)

    with pytest.raises(LeaseLost):
        do(database, work, by="too late")

    assert done_by(database) == []


@pytest.mark.parametrize("back", [timedelta(seconds=150), timedelta(hours=2), timedelta(days=400)])
def test_after_the_clock_was_set_back_what_a_dead_process_held_is_found_again(
    database: Sessions, filed: None, back: timedelta
) -> None:
    [lost] = claim(database, NOW)  # its process ends here

    [found] = claim(database, NOW - back)  # before it is due, and long before the lease is over

    assert (found.id, found.tries) == (lost.id, 2)
    do(database, found, by="found")
    with pytest.raises(LeaseLost):
        do(database, lost, by="lost")
    assert done_by(database) == ["found"]


@pytest.mark.parametrize("apart", [timedelta(seconds=5), timedelta(seconds=55)])
def test_clocks_that_differ_a_little_take_nothing_from_each_other(
    database: Sessions, filed: None, apart: timedelta
) -> None:
    assert len(claim(database, NOW)) == 1

    assert claim(database, NOW - apart) == []
    assert claim(database, NOW + apart) == []


def test_what_is_not_due_yet_is_not_begun_because_a_clock_was_set_back(
    database: Sessions, filed: None
) -> None:
    assert claim(database, NOW - timedelta(hours=1)) == []


async def test_what_takes_longer_to_send_than_its_lease_is_sent_once(database: Sessions) -> None:
    lease, sent = timedelta(seconds=1.5), []
    with transaction(database) as session:
        file_work(session, kind=LETTER, key="a", due_at=utc_now(), payload={"key": "a"})

    async def send_slowly(payload: dict[str, str]) -> None:
        sent.append(payload["key"])
        await asyncio.sleep(4)

    def loop() -> DueLoop:
        return DueLoop(Ground(database, utc_now, Hub()), {}, {LETTER: send_slowly}, lease=lease)

    async def look_every_half_second() -> int:
        other, claimed = loop(), 0
        for _ in range(7):
            await asyncio.sleep(0.5)
            claimed += await other.once()
        return claimed

    assert await asyncio.gather(loop().once(), look_every_half_second()) == [1, 0]
    assert sent == ["a"]
    with reading(database) as session:
        work = session.scalars(select(DueWork)).one()
    assert (work.tries, work.done_at is None, work.last_error) == (1, False, None)
