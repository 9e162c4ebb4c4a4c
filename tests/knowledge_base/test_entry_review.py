"""Review by two: who may approve what, and when an approval no longer counts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from core.database import reading
from knowledge_base.listing import count_to_review, list_entries
from knowledge_base.review import RenderingChanged, approved_text
from knowledge_base.store import EntryMoveNotAllowed
from knowledge_base.tables import EntryState
from tests.knowledge_base.conftest import SetFee
from tests.knowledge_base.editors_room import WRITER, Room, ended
from tests.knowledge_base.flags import flag_data, flag_entry

FEE = {**flag_data()["claims"][0], "text": "报备要交 {{ flags.fee }}。"}


def why(room: Room, verb: str, by: str) -> str:
    with pytest.raises(EntryMoveNotAllowed) as refused:
        room.do(verb, by=by)
    return str(refused.value.details["why"])


def waiting_for(room: Room, officer: str) -> bool:
    with reading(room.sessions) as session:
        listed = list_entries(session, reviewer=officer).rows
        assert len(listed) == count_to_review(session, officer)
    return [row.entry.id for row in listed] == ["flags"]


def test_two_different_people_must_approve_before_a_version_is_published(room: Room) -> None:
    room.load()
    room.save(1, question="改法")
    room.do("submit", by=WRITER, note="请看")

    none = why(room, "publish", WRITER)
    left = room.do("approve", by="chen")
    one = why(room, "publish", WRITER)
    none_left = room.do("approve", by="zhao")
    room.do("publish", by=WRITER)

    assert (left, none_left) == (1, 0)
    assert "还缺 2 人" in none and "还缺 1 人" in one
    assert room.answered() == ("改法", 2)


def test_the_writer_cannot_approve_and_nobody_counts_twice(room: Room) -> None:
    room.load()
    room.save(1, question="改法")
    room.do("submit", by="chen")

    own = why(room, "approve", WRITER)
    own_return = why(room, "return", WRITER)
    room.do("approve", by="chen")
    again = why(room, "approve", "chen")

    assert own == own_return == "自己写的版本要由别人审核。"
    assert "已经同意过" in again
    assert "还缺 1 人" in why(room, "publish", "chen")


def test_a_return_says_why_and_takes_the_approvals_with_it(room: Room) -> None:
    room.load()
    room.save(1, question="改法")
    room.approve_all(2)

    room.do("return", by="chen", reason="第二句没有依据")
    returned = room.version(2)
    room.do("submit", by=WRITER)

    assert (returned.returned_by, returned.return_reason) == ("chen", "第二句没有依据")
    assert "还缺 2 人" in why(room, "publish", WRITER)
    assert room.version(2).return_reason is None


def test_a_new_entry_that_is_withdrawn_or_returned_is_a_draft_again(room: Room) -> None:
    room.load(flag_entry(id="another"))
    room.save()
    states = []
    for verb in ("withdraw", "return"):
        room.do("submit", by=WRITER)
        states.append(room.row().state)
        room.do(verb, by="chen")
        states.append(room.row().state)

    assert states == [EntryState.IN_REVIEW, EntryState.DRAFT] * 2


def test_withdrawing_opens_the_way_for_another_version(room: Room) -> None:
    room.load()
    room.save(1, question="改法")
    room.do("submit", by=WRITER)
    room.save(2, question="再改一次")
    assert "第2版正在审核" in why(room, "submit", WRITER)

    room.do("withdraw", by=WRITER)
    room.do("submit", by=WRITER)

    assert room.row().review_version == 3


def test_what_is_approved_is_the_text_on_the_screen(room: Room, set_fee: SetFee) -> None:
    room.load()
    room.save(1, claims=[FEE])
    room.do("submit", by=WRITER)
    on_screen = room.standing().review.rendering  # type: ignore[union-attr]
    set_fee("60")

    with pytest.raises(RenderingChanged):
        room.do("approve", by="chen", rendering=on_screen.digest)

    assert "报备要交 50元。" in on_screen.text
    assert "还缺 2 人" in why(room, "publish", WRITER)


def test_an_approval_is_void_once_a_figure_changes_and_its_text_can_still_be_read(
    room: Room, set_fee: SetFee
) -> None:
    room.load()
    room.save(1, claims=[FEE])
    room.approve_all(2)
    assert not waiting_for(room, "chen")
    set_fee("60")

    told = why(room, "publish", WRITER)
    review = room.standing().review

    assert "引用的数值或文件变了" in told and "2 人先前的同意不再算数" in told
    assert review is not None and [each.holds for each in review.approvals] == [False, False]
    with reading(room.sessions) as session:
        assert "报备要交 50元。" in (approved_text(session, review.approvals[0].rendering) or "")
    assert "报备要交 60元。" in review.rendering.text
    assert waiting_for(room, "chen")
    room.approve_again(2)
    room.do("publish", by=WRITER)
    assert room.answered() is not None


def test_an_approval_is_void_once_a_cited_document_ends(room: Room) -> None:
    room.load()
    room.save(1, question="改法")
    room.approve_all(2)

    room.register(ended())

    assert "不再算数" in why(room, "publish", WRITER)


def test_a_review_waits_for_everybody_but_its_writer_and_those_who_approved(room: Room) -> None:
    room.load()
    room.save(1, question="改法")
    assert not waiting_for(room, "chen")
    room.do("submit", by=WRITER)
    room.do("approve", by="chen")

    assert [waiting_for(room, officer) for officer in (WRITER, "chen", "zhao")] == [
        False, False, True,
    ]  # fmt: skip


def test_an_entry_that_reads_otherwise_than_approved_is_silent_until_it_is_reviewed_again(
    room: Room, set_fee: SetFee
) -> None:
    room.load()
    room.publish(1, claims=[FEE])
    assert room.send_back() == []
    room.later(days=1)
    set_fee("60")

    sent_back = room.send_back()
    row, again = room.row(), room.send_back()

    assert (sent_back, again) == (["flags"], [])
    assert (row.state, row.review_version) == (EntryState.IN_REVIEW, 2)
    assert room.answered() is None
    assert "重新审核" in (row.reason or "")
    assert room.told()[-1] == (2, None, "sent_back")
    room.approve_again(2)
    room.do("publish")
    assert room.answered() is not None
    assert room.told()[-1][:2] == (2, 2)


def test_what_came_from_files_is_published_as_the_files_say(room: Room, set_fee: SetFee) -> None:
    room.load(flag_entry(claims=[FEE]))
    set_fee("60")

    assert room.send_back() == []
    assert room.answered() is not None


def test_the_end_of_a_document_does_not_silence_a_whole_entry(room: Room) -> None:
    """Claims of a document that ended are silenced one by one; old periods are still answered."""
    room.load()
    room.publish(1, question="改法")

    room.register(ended())

    assert room.send_back() == []


def test_of_two_processes_that_start_at_once_one_sends_back(room: Room, set_fee: SetFee) -> None:
    room.load()
    room.publish(1, claims=[FEE])
    set_fee("60")

    with ThreadPoolExecutor(2) as pool:
        starts = [pool.submit(room.send_back) for _ in range(2)]

    assert sorted(start.result() for start in starts) == [[], ["flags"]]
    assert room.deeds().count("sent_back") == 1


def test_a_sent_back_entry_keeps_the_review_that_is_open_beside_it(
    room: Room, set_fee: SetFee
) -> None:
    room.load()
    room.publish(1, claims=[FEE])
    room.save(2, claims=[FEE], question="改法")
    room.do("submit", by=WRITER)
    set_fee("60")

    assert room.send_back() == ["flags"]

    assert room.row().review_version == 3
    room.approve_again(3)
    room.do("publish")
    assert room.answered() == ("改法", 3)
