"""The life of an entry: what each state allows, what is answered meanwhile, and what is told."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.errors import ServiceError
from knowledge_base.life_cycle import EntryHasFaults
from knowledge_base.moves import MOVES
from knowledge_base.store import EntryChanged, EntryMoveNotAllowed
from knowledge_base.tables import EntryState
from tests.conftest import NOW
from tests.consultations.conftest import ON_SQLITE
from tests.knowledge_base.editors_room import OTHER, WRITER, Room
from tests.knowledge_base.flags import flag_data, flag_entry

QUESTION = "门店的彩旗要报备吗"
NEW = "彩旗怎么报备"


def drafted(room: Room) -> None:
    room.load(flag_entry(id="another"))
    room.save()


def in_review(room: Room) -> None:
    drafted(room)
    room.do("submit")


def approved(room: Room) -> None:
    drafted(room)
    room.approve_all(1)


def scheduled(room: Room) -> None:
    approved(room)
    room.do("schedule", publish_at=NOW.replace(year=2027))


def published(room: Room) -> None:
    approved(room)
    room.do("publish")


def loaded(room: Room) -> None:
    room.load()


def edited(room: Room) -> None:
    published(room)
    room.save(1, question=NEW)


def reviewed_beside(room: Room) -> None:
    edited(room)
    room.do("submit")


def ending(room: Room) -> None:
    published(room)
    room.do("expire", day=NOW.replace(year=2027).date())


def published_twice(room: Room) -> None:
    edited(room)
    room.approve_all(2)
    room.do("publish")


def suspended(room: Room) -> None:
    published(room)
    room.do("suspend")


def retired(room: Room) -> None:
    published(room)
    room.do("retire")


IN_REVIEW = {"withdraw", "return", "approve"}
ALLOWED: dict[Callable[[Room], None], set[str]] = {
    drafted: {"submit", "retire"},
    in_review: {*IN_REVIEW, "retire"},
    approved: {*IN_REVIEW, "publish", "schedule", "retire"},
    scheduled: {*IN_REVIEW, "publish", "cancel_schedule", "retire"},
    published: {"suspend", "expire", "retire"},
    loaded: {"suspend", "expire", "retire"},
    edited: {"submit", "suspend", "expire", "retire"},
    reviewed_beside: {*IN_REVIEW, "suspend", "expire", "retire"},
    ending: {"suspend", "expire", "cancel_expiry", "retire"},
    published_twice: {"suspend", "expire", "roll_back", "retire"},
    suspended: {"submit", "resume", "roll_back", "retire"},
    retired: set(),
}


@pytest.mark.parametrize("state", ALLOWED, ids=lambda state: state.__name__)
def test_a_state_allows_these_moves_and_refuses_all_others_with_a_reason(
    room: Room, state: Callable[[Room], None]
) -> None:
    state(room)

    refused = room.refusals()

    assert {verb for verb, why in refused.items() if why is None} == ALLOWED[state]
    for verb in set(MOVES) - ALLOWED[state]:
        with pytest.raises(EntryMoveNotAllowed) as error:
            room.try_to(verb)
        assert error.value.details["why"] == refused[verb]
        assert error.value.details["why"].endswith("。")


def test_an_entry_is_answered_by_its_old_version_until_the_new_one_is_published(
    room: Room,
) -> None:
    room.load()
    version = room.save(1, question=NEW)
    seen = [room.answered()]
    room.do("submit", by=WRITER)
    seen.append(room.answered())
    room.do("approve", by="chen")
    room.do("approve", by="zhao")
    seen.append(room.answered())

    room.do("publish", by=WRITER)

    assert seen == [(QUESTION, 1)] * 3
    assert room.answered() == (NEW, version)
    row = room.row()
    assert (row.state, row.published_version, row.review_version) == (
        EntryState.PUBLISHED, 2, None,
    )  # fmt: skip


def test_a_newer_draft_waits_beside_the_version_in_review(room: Room) -> None:
    room.load()
    room.save(1, question=NEW)
    room.approve_all(2)
    room.save(2, question="又改了")

    room.do("publish", version=2)

    assert room.answered() == (NEW, 2)
    assert room.row().latest_version == 3
    room.approve_all(3)
    room.do("publish")
    assert room.answered() == ("又改了", 3)


def test_errors_of_the_check_keep_a_version_from_being_published(room: Room) -> None:
    room.load()
    room.save(1, question=NEW)
    room.approve_all(2)
    room.check = lambda _, entry: [{"level": "error", "message": f"{entry.question}有误。"}]

    with pytest.raises(EntryHasFaults) as refused:
        room.do("publish")
    with pytest.raises(EntryHasFaults):
        room.do("schedule", publish_at=NOW.replace(year=2027))
    with pytest.raises(EntryHasFaults):
        room.do("suspend")
        room.do("roll_back", to=1)

    assert refused.value.details["reason"] == f"{NEW}有误"
    assert room.version(2).published_at is None and room.version(2).publish_at is None


def test_of_two_who_publish_at_once_one_wins_and_the_other_is_told(room: Room) -> None:
    room.load()
    room.save(1, question=NEW)
    room.approve_all(2)

    def publish(by: str) -> ServiceError | None:
        try:
            room.do("publish", by=by, version=2)
        except ServiceError as error:
            return error
        return None

    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(publish, ["chen", "zhao"]))

    (lost,) = [error for error in ends if error]
    assert isinstance(lost, EntryMoveNotAllowed)
    assert room.answered() == (NEW, 2)
    assert room.deeds().count("published") == 1
    assert len(room.told()) == 1


@pytest.mark.parametrize("verb", ["suspend", "publish", "retire", "roll_back"])
def test_a_page_that_shows_another_version_is_refused(room: Room, verb: str) -> None:
    published_twice(room)
    room.save(2, question="又改了")
    room.approve_all(3)

    with pytest.raises(EntryChanged) as refused:
        room.do(verb, version=1, **({"to": 1} if verb == "roll_back" else {}))

    about = {"suspend": 2, "publish": 3, "retire": 3, "roll_back": 3}
    assert refused.value.details["version"] == about[verb]
    assert room.answered() == (NEW, 2)


def test_suspending_is_one_persons_deed_with_a_reason_that_stays_with_the_entry(
    room: Room,
) -> None:
    published(room)

    room.do("suspend", by="chen", reason="新公告待核")
    row = room.row()
    silent = room.answered()
    room.do("resume", by="zhao", reason="核过了，没有变")

    assert silent is None
    assert (row.state, row.moved_by, row.reason) == (EntryState.SUSPENDED, "chen", "新公告待核")
    assert room.answered() == (QUESTION, 1)
    assert room.deeds()[-2:] == ["suspended", "resumed"]


def test_a_suspended_entry_is_repaired_by_publishing_a_new_version(room: Room) -> None:
    suspended(room)
    room.save(1, question=NEW)
    room.approve_all(2)

    room.do("publish")

    assert room.answered() == (NEW, 2)


def test_a_suspension_calls_off_what_was_to_be_published_later(room: Room) -> None:
    published(room)
    room.save(1, question=NEW)
    room.approve_all(2)
    room.do("schedule", publish_at=NOW.replace(day=20))
    room.do("suspend")

    room.later(days=10)
    room.work_off()

    assert room.answered() is None


def test_a_retired_entry_cannot_be_edited_either(room: Room) -> None:
    retired(room)

    with pytest.raises(EntryMoveNotAllowed):
        room.save(1, question=NEW)


@ON_SQLITE
def test_what_was_never_answered_is_retired_without_a_word_to_anybody(room: Room) -> None:
    drafted(room)

    room.do("retire")

    assert room.told() == []
    assert room.row().state is EntryState.RETIRED


def test_every_change_of_what_is_answered_is_told_once(room: Room) -> None:
    room.load()
    room.load(flag_entry(question="文件里改过的问法"))
    for move in (
        lambda: room.publish(2, question=NEW),
        lambda: room.do("suspend"),
        lambda: room.do("resume"),
        lambda: room.do("roll_back", to=2),
        lambda: room.do("retire"),
    ):
        room.later(seconds=1)
        move()

    assert room.told() == [
        (1, 2, "loaded"),
        (2, 3, "published"),
        (3, None, "suspended"),
        (3, 3, "resumed"),
        (3, 4, "rolled_back"),
        (4, None, "retired"),
    ]


def test_a_change_without_substance_is_told_to_nobody(room: Room) -> None:
    room.load()
    similar = [*flag_data()["similar"], "又一种问法"]
    room.publish(1, similar=similar, checked_on="2026-09-15", topics=["service", "vat"])

    room.load(flag_entry(similar=[*similar, "文件里的问法"]))

    assert room.answered() == (QUESTION, 3)
    assert room.told() == []


def test_a_first_load_tells_nobody(room: Room) -> None:
    room.load(flag_entry(), flag_entry(id="flags-2"))
    room.load(flag_entry(), flag_entry(id="flags-2"), flag_entry(id="flags-3"))

    assert room.told() == []


def test_files_that_change_take_the_place_of_an_open_review(room: Room) -> None:
    room.load()
    room.save(1, question=NEW)
    room.approve_all(2)
    room.do("schedule", publish_at=NOW.replace(day=20))

    room.load(flag_entry(question="文件里改过的问法"))
    room.later(days=10)
    room.work_off()

    assert room.answered() == ("文件里改过的问法", 3)
    assert room.row().review_version is None
    assert room.refusals(OTHER)["publish"] is not None
