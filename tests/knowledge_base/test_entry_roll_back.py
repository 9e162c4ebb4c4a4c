"""Rolling back: an earlier published version comes again, at once or through review."""

from __future__ import annotations

import pytest

from knowledge_base.store import EntryMoveNotAllowed
from tests.knowledge_base.conftest import SetFee
from tests.knowledge_base.editors_room import OTHER, WRITER, Room
from tests.knowledge_base.flags import flag_data, flag_entry

FEE = {**flag_data()["claims"][0], "text": "报备要交 {{ flags.fee }}。"}


def test_an_approved_version_comes_back_at_once_as_a_new_one(room: Room) -> None:
    room.load()
    room.publish(1, question="第二版")
    room.publish(2, question="第三版")

    at_once = room.do("roll_back", by=OTHER, to=2, reason="第三版写错了")

    version = room.version(4)
    assert at_once is True
    assert room.answered() == ("第二版", 4)
    assert (version.rolls_back, version.editor, version.published_by) == (2, OTHER, OTHER)
    assert version.body == room.version(2).body
    assert "第三版写错了" in (room.row().reason or "")
    assert room.deeds()[-1] == "rolled_back"
    assert room.told()[-1] == (3, 4, "rolled_back")


def test_what_the_files_last_brought_comes_back_at_once(room: Room) -> None:
    room.load()
    room.publish(1, question="第二版")

    assert room.do("roll_back", to=1) is True
    assert room.answered() == ("门店的彩旗要报备吗", 3)


def test_what_older_files_brought_needs_review(room: Room) -> None:
    room.load()
    room.load(flag_entry(question="文件改过了"))

    assert room.do("roll_back", to=1) is False
    assert room.answered() == ("文件改过了", 2)
    assert room.row().review_version == 3


def test_a_version_that_reads_otherwise_now_needs_review_by_others_than_its_writers(
    room: Room, set_fee: SetFee
) -> None:
    room.load()
    room.publish(1, claims=[FEE])
    room.publish(2, question="第三版")
    set_fee("60")

    at_once = room.do("roll_back", by=OTHER, to=2, reason="还是原来的好")
    answered = room.answered()
    refused = {by: room.refusals(by)["approve"] for by in (OTHER, WRITER, "chen")}
    room.do("approve", by="chen")
    room.do("approve", by="zhao")
    room.do("publish")

    assert (at_once, answered) == (False, ("第三版", 3))
    assert refused[OTHER] and refused[WRITER] and refused["chen"] is None
    assert "还是原来的好" in (room.version(4).note or "")
    assert room.answered() == ("门店的彩旗要报备吗", 4)


def test_only_what_was_published_before_can_come_back(room: Room) -> None:
    room.load()
    room.publish(1, question="第二版")
    room.save(2, question="只是草稿")

    for to, words in ((3, "从来没有发布过"), (2, "正在使用")):
        with pytest.raises(EntryMoveNotAllowed) as refused:
            room.do("roll_back", to=to)
        assert words in refused.value.details["why"]


def test_a_review_that_is_open_goes_on(room: Room) -> None:
    room.load()
    room.publish(1, question="第二版")
    room.save(2, question="第三版")
    room.approve_all(3)

    room.do("roll_back", to=1)

    assert room.answered() == ("门店的彩旗要报备吗", 4)
    room.do("publish")
    assert room.answered() == ("第三版", 3)


def test_of_two_reviews_the_open_one_must_end_first(room: Room, set_fee: SetFee) -> None:
    room.load()
    room.publish(1, claims=[FEE])
    room.publish(2, question="第三版")
    room.save(3, question="第四版")
    room.do("submit")
    set_fee("60")

    with pytest.raises(EntryMoveNotAllowed) as refused:
        room.do("roll_back", to=2)

    assert "第4版正在审核" in refused.value.details["why"]


def test_a_suspended_entry_can_be_answered_by_an_earlier_version(room: Room) -> None:
    room.load()
    room.publish(1, question="第二版")
    room.do("suspend")

    room.do("roll_back", to=1)

    assert room.answered() == ("门店的彩旗要报备吗", 3)


def test_a_suspended_version_whose_figure_changed_is_not_simply_resumed(
    room: Room, set_fee: SetFee
) -> None:
    room.load()
    room.publish(1, claims=[FEE])
    room.do("suspend")
    set_fee("60")

    with pytest.raises(EntryMoveNotAllowed) as refused:
        room.do("resume")
    room.do("submit")
    room.approve_again(2)
    room.do("publish")

    assert "重新送审" in refused.value.details["why"]
    assert room.answered()
