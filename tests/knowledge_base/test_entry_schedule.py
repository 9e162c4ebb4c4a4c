"""What happens by itself: publication on a day, the end of answers, each exactly once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from core.errors import InvalidInput
from knowledge_base.store import EntryMoveNotAllowed
from knowledge_base.tables import EntryState
from tests.conftest import NOW
from tests.knowledge_base.conftest import SetFee
from tests.knowledge_base.editors_room import LEASE, Room, ended
from tests.knowledge_base.flags import flag_data

NEW = "彩旗怎么报备"
#: Nine in the morning of 20 September in China.
AT = datetime(2026, 9, 20, 1, tzinfo=UTC)
FEE = {**flag_data()["claims"][0], "text": "报备要交 {{ flags.fee }}。"}


@pytest.fixture
def planned(room: Room) -> Room:
    """Version 2 is approved and planned for :data:`AT`."""
    room.load()
    room.save(1, question=NEW)
    room.approve_all(2)
    room.do("schedule", by="li", publish_at=AT)
    return room


def test_a_version_is_published_at_its_moment_and_not_before(planned: Room) -> None:
    planned.now = AT - timedelta(seconds=1)
    too_early = planned.work_off()
    planned.now = AT

    assert too_early == []
    assert planned.work_off() == [True]
    assert planned.answered() == (NEW, 2)
    version = planned.version(2)
    assert (version.published_by, version.published_at, version.publish_at) == ("li", AT, None)
    assert planned.work_off() == []
    assert planned.deeds()[-1] == "published"


def test_work_that_is_cut_off_between_claim_and_publication_publishes_once(planned: Room) -> None:
    planned.now = AT
    (lost,) = planned.claim()  # the process ends here
    at_once = planned.claim()
    planned.later(seconds=LEASE.seconds + 1)

    (again,) = planned.claim()
    done = planned.finish(again)
    late = planned.finish(lost)  # as if it had only slept

    assert at_once == []
    assert (lost.id, done, late) == (again.id, True, False)
    assert planned.deeds().count("published") == 1
    assert planned.told() == [(1, 2, "published")]


def test_a_plan_is_called_off_made_again_and_moved(planned: Room) -> None:
    planned.do("cancel_schedule")
    with pytest.raises(EntryMoveNotAllowed):
        planned.do("cancel_schedule")
    planned.do("schedule", publish_at=AT)
    with pytest.raises(EntryMoveNotAllowed):
        planned.do("schedule", publish_at=AT + timedelta(days=1))
    planned.do("cancel_schedule")
    planned.do("schedule", publish_at=AT + timedelta(days=1))

    planned.now = AT
    assert planned.work_off() == [False]
    planned.later(days=1)
    assert planned.work_off() == [True]
    assert planned.answered() == (NEW, 2)


def test_a_plan_needs_approvals_first_and_a_moment_to_come(room: Room) -> None:
    room.load()
    room.save(1, question=NEW)
    room.do("submit")

    with pytest.raises(EntryMoveNotAllowed):
        room.do("schedule", publish_at=AT)
    room.approve_again(2)
    with pytest.raises(InvalidInput):
        room.do("schedule", publish_at=NOW)


def test_a_publication_whose_approval_no_longer_holds_is_missed_and_says_why(
    room: Room, set_fee: SetFee
) -> None:
    room.load()
    room.save(1, claims=[FEE])
    room.approve_all(2)
    room.do("schedule", publish_at=AT)
    set_fee("60")
    room.now = AT

    assert room.work_off() == [True]

    version = room.version(2)
    assert "只有 0 人的同意仍然有效" in (version.missed or "")
    assert version.publish_at is None
    assert room.answered() == ("门店的彩旗要报备吗", 1)
    assert room.row().review_version == 2
    assert room.deeds()[-1] == "publication_missed"
    room.approve_again(2)
    room.do("publish")
    assert room.version(2).missed is None


def test_a_publication_that_the_check_stands_against_is_missed_too(planned: Room) -> None:
    planned.check = lambda *_: [{"level": "error", "message": "依据已停止执行。"}]
    planned.now = AT

    planned.work_off()

    assert "依据已停止执行。" in (planned.version(2).missed or "")
    assert planned.answered() == ("门店的彩旗要报备吗", 1)


def test_a_document_that_ends_meanwhile_keeps_a_plan_from_being_carried_out(planned: Room) -> None:
    planned.register(ended())
    planned.now = AT

    planned.work_off()

    assert planned.version(2).missed


@pytest.mark.parametrize("verb", ["withdraw", "return", "retire"])
def test_what_left_the_review_is_not_published_by_an_old_plan(planned: Room, verb: str) -> None:
    before = planned.answered() if verb != "retire" else None
    planned.do(verb, by="chen")
    planned.now = AT

    assert planned.work_off() == [False]
    assert planned.answered() == before


def test_who_publishes_by_hand_leaves_nothing_to_the_plan(planned: Room) -> None:
    planned.do("publish")
    planned.now = AT

    assert planned.work_off() == [False]
    assert planned.deeds().count("published") == 1


def test_an_entry_is_answered_until_its_last_day_ends_in_china(room: Room) -> None:
    room.load()
    room.do("expire", day=date(2026, 10, 1), reason="公告只到九月")
    room.now = datetime(2026, 9, 30, 15, 59, 59, tzinfo=UTC)
    assert room.work_off() == [] and room.answered()

    room.later(seconds=1)  # midnight in China
    done = room.work_off()

    row = room.row()
    assert done == [True] and room.answered() is None
    assert (row.state, row.expires_on) == (EntryState.SUSPENDED, None)
    assert "2026-10-01" in (row.reason or "")
    assert room.told() == [(1, None, "expired")]
    assert room.deeds() == ["expiry_set", "expired"]
    room.do("resume")
    assert room.answered()


def test_an_end_can_be_moved_and_called_off(room: Room) -> None:
    room.load()
    room.do("expire", day=date(2026, 10, 1))
    room.do("expire", day=date(2026, 10, 2))
    room.do("cancel_expiry")
    room.do("expire", day=date(2026, 10, 2))
    with pytest.raises(InvalidInput):
        room.do("expire", day=date(2026, 9, 17))  # today in China

    room.now = datetime(2026, 10, 1, tzinfo=UTC)
    assert room.work_off() == [False] and room.answered()
    room.later(days=1)
    assert room.work_off() == [True] and room.answered() is None


def test_an_end_that_is_called_off_ends_nothing(room: Room) -> None:
    room.load()
    room.do("expire", day=date(2026, 10, 1))
    room.do("cancel_expiry")
    room.now = datetime(2026, 10, 2, tzinfo=UTC)

    assert room.work_off() == [False]
    assert room.answered()
