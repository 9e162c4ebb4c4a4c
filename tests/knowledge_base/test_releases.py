"""A release of the library: all of it or nothing, only as it was measured, and back again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select

from core.database import Sessions, reading, transaction
from core.due_work import DueWork
from core.errors import InvalidInput, ServiceError
from knowledge_base.release_measuring import MEASURE, note_progress
from knowledge_base.release_publishing import ReleaseEntryRefused, ReleaseGateFailed
from knowledge_base.release_rows import ReleaseNotAllowed, ReleaseUnknown
from knowledge_base.release_tables import LibraryRelease, ReleaseKind, ReleaseState
from knowledge_base.releases import ReleaseOpen, discard_release, list_waiting, measure_again
from knowledge_base.review import withdraw
from knowledge_base.schedule import schedule
from knowledge_base.tables import EntryState
from tests.knowledge_base.release_room import (
    FAILED,
    FIRST,
    NEW,
    OTHER,
    SECOND,
    WRITER,
    ReleaseRoom,
)
from tests.knowledge_base.reviewing import no_faults

AS_LOADED = {FIRST: (f"{FIRST}要报备吗", 1), SECOND: (f"{SECOND}要报备吗", 1)}


@pytest.fixture
def room(database: Sessions) -> ReleaseRoom:
    made = ReleaseRoom(database)
    made.load()
    return made


def test_what_is_approved_goes_out_together_under_one_number(room: ReleaseRoom) -> None:
    room.prepare(FIRST, NEW)
    release = room.open()
    measuring, before = room.row(release), room.answered()
    room.measured(release)

    room.publish(release)

    assert (measuring.state, measuring.number) == (ReleaseState.MEASURING, None)
    assert before == AS_LOADED
    assert room.answered() == {
        FIRST: ("flags怎么报备", 2),
        SECOND: AS_LOADED[SECOND],
        NEW: ("flags-new怎么报备", 1),
    }
    row = room.row(release)
    assert (row.number, row.state, row.decided_by) == (1, ReleaseState.PUBLISHED, OTHER)
    assert room.items(release) == {FIRST: (1, 2, None), NEW: (None, 1, None)}
    assert room.deeds() == [
        (f"staff:{WRITER}", "opened"),
        ("system", "measured"),
        (f"staff:{OTHER}", "published"),
    ]


def test_only_what_was_chosen_is_gathered_and_what_is_planned_never(room: ReleaseRoom) -> None:
    room.prepare(FIRST, SECOND, NEW)
    with transaction(room.sessions) as session:
        at = room.now + timedelta(days=3)
        values = {"officer": WRITER, "now": room.now, "check": no_faults}
        schedule(session, SECOND, version=2, publish_at=at, **values)

    with pytest.raises(InvalidInput, match=SECOND):
        room.open(entries=(FIRST, SECOND))
    chosen = room.open(entries=(FIRST,))
    with transaction(room.sessions) as session:
        discard_release(session, chosen, reason="再等等", officer=OTHER, now=room.now)
    everything = room.open()

    assert room.items(chosen).keys() == {FIRST}
    assert room.items(everything).keys() == {FIRST, NEW}
    with reading(room.sessions) as session:
        assert [each.entry_id for each in list_waiting(session)] == [FIRST, SECOND, NEW]


def test_where_nothing_waits_nothing_is_opened(room: ReleaseRoom) -> None:
    with pytest.raises(InvalidInput, match="没有两人同意"):
        room.open()


def test_a_failed_gate_keeps_everything_back_and_names_the_questions(room: ReleaseRoom) -> None:
    room.prepare(FIRST, NEW)
    release = room.open()
    room.measured(release, FAILED)

    with pytest.raises(ReleaseGateFailed) as refused:
        room.publish(release)

    assert refused.value.details == {"measures": "Hit@1 首条命中", "questions": "旗子要报吗"}
    assert room.answered() == AS_LOADED
    assert room.row(release).state is ReleaseState.MEASURED


def test_a_reason_overrides_the_gate_and_is_kept(room: ReleaseRoom) -> None:
    room.prepare(FIRST)
    release = room.open()
    room.measured(release, FAILED)

    room.publish(release, against_the_gate="新公告改了口径，题已过时")

    row = room.row(release)
    assert (row.is_override, row.reason) == (True, "新公告改了口径，题已过时")
    assert room.answered()[FIRST] == ("flags怎么报备", 2)


@pytest.mark.parametrize("fault", [None, "题库读不了"])
def test_what_is_not_measured_does_not_go_out(room: ReleaseRoom, fault: str | None) -> None:
    room.prepare(FIRST)
    release = room.open()
    if fault:
        room.measured(release, None, fault=fault)

    with pytest.raises(ReleaseNotAllowed, match=fault or "还没有做完"):
        room.publish(release)

    assert room.answered() == AS_LOADED


def test_what_was_measured_before_the_library_changed_does_not_go_out(room: ReleaseRoom) -> None:
    room.prepare(FIRST)
    release = room.open()
    room.measured(release)
    room.suspend(SECOND, 1)

    with pytest.raises(ReleaseNotAllowed, match="请重新检验"):
        room.publish(release)
    with transaction(room.sessions) as session:
        measure_again(session, release, officer=OTHER, now=room.now)
    late = room.measured(release, run=1)
    room.measured(release)
    room.publish(release)

    assert late is False
    assert room.answered() == {FIRST: ("flags怎么报备", 2)}


def test_one_entry_that_may_not_go_out_keeps_all_of_them_back(room: ReleaseRoom) -> None:
    room.prepare(FIRST, SECOND)
    release = room.open()
    room.measured(release)
    with transaction(room.sessions) as session:
        withdraw(session, SECOND, version=2, officer=WRITER, now=room.now)

    with pytest.raises(ReleaseEntryRefused) as refused:
        room.publish(release)

    assert refused.value.details["entry"] == SECOND
    assert room.answered() == AS_LOADED
    assert room.row(release).number is None
    assert room.told() == []


def test_only_one_candidate_is_open_at_a_time(room: ReleaseRoom) -> None:
    room.prepare(FIRST)
    release = room.open(by=WRITER)

    with pytest.raises(ReleaseOpen) as refused:
        room.open(by=OTHER)

    assert refused.value.details == {"release": release, "by": WRITER}


def at_once(*works: Any) -> list[Any]:
    """Do several things in threads that start together; an error is a result."""
    start = Barrier(len(works))

    def run(work: Any) -> Any:
        start.wait()
        try:
            return work()
        except ServiceError as error:
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_of_two_who_gather_at_once_one_wins(room: ReleaseRoom) -> None:
    room.prepare(FIRST)

    came = at_once(lambda: room.open(by=WRITER), lambda: room.open(by=OTHER))

    assert {type(each) for each in came} == {int, ReleaseOpen}
    with reading(room.sessions) as session:
        assert session.scalar(select(func.count(LibraryRelease.id))) == 1
        filed = select(func.count(DueWork.id)).where(DueWork.kind == MEASURE)
        assert session.scalar(filed) == 1


def test_of_two_who_publish_at_once_one_wins_and_it_goes_out_once(room: ReleaseRoom) -> None:
    room.prepare(FIRST, NEW)
    release = room.open()
    room.measured(release)

    came = at_once(
        lambda: room.publish(release, officer="li"), lambda: room.publish(release, officer="wang")
    )

    (refused,) = [each for each in came if each is not None]
    assert isinstance(refused, ReleaseNotAllowed)
    assert "已经发布" in refused.details["why"]
    assert [deed for _, deed in room.deeds()].count("published") == 1
    assert [each for each in room.told() if each[0] == FIRST] == [(FIRST, 2, "published")]
    assert room.answered()[NEW] == ("flags-new怎么报备", 1)


def test_progress_is_told_while_it_is_wanted_and_not_afterwards(room: ReleaseRoom) -> None:
    room.prepare(FIRST)
    release = room.open()

    def tell(run: int) -> bool:
        with transaction(room.sessions) as session:
            return note_progress(session, release, run=run, asked=20, total=80)

    first = tell(1)
    row = room.row(release)
    with transaction(room.sessions) as session:
        discard_release(session, release, reason="不发了", officer=OTHER, now=room.now)

    assert (first, row.asked, row.total) == (True, 20, 80)
    assert tell(1) is False
    assert room.measured(release) is False
    with pytest.raises(ReleaseNotAllowed, match="已经放弃"):
        room.publish(release)


def test_a_roll_back_restores_the_very_texts_and_silences_what_was_new(room: ReleaseRoom) -> None:
    texts = {name: room.body(name, 1) for name in (FIRST, SECOND)}
    release = room.release(FIRST, SECOND, NEW)
    room.later(minutes=5)

    back = room.roll_back(release)

    answered = room.answered()
    assert answered == {name: (texts[name]["question"], 3) for name in (FIRST, SECOND)}
    assert {name: room.body(name, 3) for name in answered} == texts
    assert room.entry(NEW).state is EntryState.SUSPENDED
    assert "回退第1次发布：说错了" in (room.entry(NEW).reason or "")
    assert room.items(back) == {
        FIRST: (2, 3, None),
        SECOND: (2, 3, None),
        NEW: (1, None, None),
    }
    row = room.row(back)
    assert (row.number, row.kind, row.state) == (2, ReleaseKind.ROLL_BACK, ReleaseState.PUBLISHED)
    assert (row.rolls_back, row.reason) == (release, "说错了")
    assert (NEW, None, "suspended") in room.told()


def test_a_roll_back_goes_out_before_it_is_measured_and_a_bad_verdict_stays_a_warning(
    room: ReleaseRoom,
) -> None:
    back = room.roll_back(room.release(FIRST))
    answered = room.answered()

    assert room.row(back).verdict is None
    assert room.measured(back, FAILED) is True
    row = room.row(back)
    assert (row.state, row.verdict) == (ReleaseState.PUBLISHED, FAILED)
    assert room.answered() == answered == {**AS_LOADED, FIRST: (AS_LOADED[FIRST][0], 3)}


def test_what_was_changed_since_is_left_alone(room: ReleaseRoom) -> None:
    first = room.release(FIRST, SECOND)
    room.later(minutes=5)
    room.release(SECOND, word="怎么收费")
    room.later(minutes=5)

    back = room.roll_back(first)

    assert room.items(back) == {FIRST: (2, 3, None), SECOND: (3, 3, "left")}
    assert room.answered() == {FIRST: (AS_LOADED[FIRST][0], 3), SECOND: ("flags-high怎么收费", 3)}
    with pytest.raises(ReleaseNotAllowed, match="后来都又改过"):
        room.roll_back(first)


def test_a_roll_back_can_itself_be_taken_back(room: ReleaseRoom) -> None:
    back = room.roll_back(room.release(FIRST, NEW))
    room.later(minutes=5)

    again = room.roll_back(back)

    assert room.answered() == {
        FIRST: ("flags怎么报备", 4),
        SECOND: AS_LOADED[SECOND],
        NEW: ("flags-new怎么报备", 2),
    }
    assert room.row(again).number == 3


def test_a_text_with_errors_by_now_is_not_told_again_but_waits_for_review(
    room: ReleaseRoom,
) -> None:
    release = room.release(FIRST, SECOND)
    room.later(minutes=5)
    room.check = lambda _, entry: [{"message": "文件已废止。"}] if entry.id == FIRST else []

    back = room.roll_back(release)

    assert room.items(back) == {FIRST: (2, None, "in_review"), SECOND: (2, 3, None)}
    assert FIRST not in room.answered()
    row = room.entry(FIRST)
    assert (row.state, row.review_version) == (EntryState.SUSPENDED, 3)


def test_what_was_never_published_is_not_taken_back(room: ReleaseRoom) -> None:
    room.prepare(FIRST)
    release = room.open()

    with pytest.raises(ReleaseNotAllowed, match="没有发布过"):
        room.roll_back(release)
    with pytest.raises(ReleaseUnknown):
        room.roll_back(release + 1)
