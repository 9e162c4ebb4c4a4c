"""Files that come with an appeal: who brings and sees them, sealed, in the chain, once."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from appeals.access import access_appeal_for_staff, list_appeals_for
from appeals.attachments import (
    MOST_FILES,
    attach_file,
    check_room,
    enclose_file,
    list_files,
    open_file,
    open_file_for_staff,
    open_own_file,
)
from appeals.attachments_pending import (
    CLEAN_UP,
    check_room_to_wait,
    drop_pending,
    handle_waited,
    keep_pending,
    list_pending,
)
from appeals.errors import (
    AppealAlreadyOpen,
    AppealHeldByColleague,
    AppealMoveRefused,
    AppealRightMissing,
    AttachmentBroken,
    AttachmentNotFound,
    AttachmentsWaiting,
    TooManyAttachments,
)
from appeals.my_data import let_go_of_appeals
from appeals.tables import Appeal, AppealAttachment, AppealStatus, Verb
from appeals.trail import verify_appeals
from core.audit import AuditLine
from core.database import reading, transaction
from core.due_work import DueWork
from core.secrets import Keys
from tests.appeals.attachment_files import clean, pdf, plain_file

OWNER, OTHER, OFFICER = "web:visitor-1", "web:visitor-2", "staff:li"
S = AppealStatus
DAY = timedelta(hours=24)


@pytest.fixture
def attach(do, keys, now):
    """The owner adds a file to the appeal with this number."""

    def one(number, content=b"dots", **changes):
        values = {"file": plain_file(content), "actor": OWNER, "keys": keys, "now": now}
        return do(attach_file, number, **(values | changes))

    return one


@pytest.fixture
def enclose(do, keys, now):
    def one(number, content=b"dots", **changes):
        values = {
            "file": plain_file(content), "actor": OFFICER, "keys": keys, "now": now,
            "is_internal": False,
        }  # fmt: skip
        return do(enclose_file, number, **(values | changes))

    return one


@pytest.fixture
def wait(sessions, keys, now):
    """Keep a file for somebody's next appeal; returns its id."""

    def one(content=b"dots", identity_key=OWNER, at=now):
        with transaction(sessions) as session:
            file = plain_file(content)
            return keep_pending(session, identity_key=identity_key, file=file, keys=keys, now=at).id

    return one


def files_of(sessions, number, **more):
    with reading(sessions) as session:
        appeal = access_appeal_for_staff(session, number=number)
        return list_files(session, appeal=appeal, **more)


def holds(sessions):
    with reading(sessions) as session:
        return verify_appeals(session)


def test_a_file_is_a_move_with_its_lines_and_is_kept_sealed(bring_to, attach, sessions):
    number = bring_to(S.WORKING)
    appeal = attach(number, clean().content)

    [file] = files_of(sessions, number)
    with reading(sessions) as session:
        [stored] = session.scalars(select(AppealAttachment.sealed)).all()
        deeds = session.scalars(select(AuditLine.deed)).all()
    assert appeal.moves[-1].verb is Verb.ATTACH and appeal.status is S.WORKING
    assert appeal.moves[-1].note_public == "您补充了附件：截图.jpg"
    assert "appeals.appeal.attach" in deeds
    assert b"JFIF" not in stored and b"JFIF" in clean().content
    assert file.seal_sha256 == hashlib.sha256(stored).hexdigest()
    assert file.sha256 == hashlib.sha256(clean().content).hexdigest()
    assert holds(sessions).holds


def test_what_was_brought_is_opened_as_it_was_by_filer_and_staff(
    bring_to, attach, sessions, keys, now
):
    number = bring_to(S.WORKING)
    content = clean("申报表.pdf", pdf()).content
    attach(number, file=clean("申报表.pdf", pdf()))
    [file] = files_of(sessions, number)

    with transaction(sessions) as session:
        appeal = access_appeal_for_staff(session, number=number)
        mine = open_file(session, appeal=appeal, file_id=file.id, keys=keys)
        own = open_own_file(session, identity_key=OWNER, file_id=file.id, keys=keys)
        theirs = open_file_for_staff(
            session, appeal=appeal, file_id=file.id, actor=OFFICER, keys=keys, now=now
        )
    with reading(sessions) as session:
        seen = session.scalars(
            select(AuditLine).where(AuditLine.deed == "appeals.attachment.seen")
        ).all()

    assert (mine.name, mine.content_type) == ("申报表.pdf", "application/pdf")
    assert mine.content == own.content == theirs.content == content
    assert [(line.actor, line.subject) for line in seen] == [(OFFICER, f"appeal:{number}")]


def test_work_goes_on_when_the_filer_brings_what_was_asked_for(bring_to, attach, sessions, now):
    number = bring_to(S.WAITING)
    appeal = attach(number, now=now + timedelta(days=6))

    assert appeal.status is S.WORKING and appeal.paused_since is None
    assert appeal.paused_working_days == 5, "the Sunday of 20 September is worked"
    assert "继续办理，承诺" in (appeal.moves[-1].note_public or "")


def test_a_file_for_staff_is_shown_to_no_filer_and_one_for_the_filer_is_told(
    bring_to, enclose, sessions, keys
):
    number = bring_to(S.WAITING)
    enclose(number, b"internal", is_internal=True)
    appeal = enclose(number, b"for the filer")

    inner, outer = files_of(sessions, number)
    with reading(sessions) as session:
        [view] = list_appeals_for(session, identity_keys=[OWNER])
        told = session.scalars(select(DueWork).where(DueWork.kind == "appeals.tell")).all()
        with pytest.raises(AttachmentNotFound):
            open_own_file(session, identity_key=OWNER, file_id=inner.id, keys=keys)
        same = access_appeal_for_staff(session, number=number)
        with pytest.raises(AttachmentNotFound):
            open_file(session, appeal=same, file_id=inner.id, keys=keys)
    assert appeal.status is S.WAITING, "an officer's file is not what the filer was asked for"
    assert [(each.id, each.by) for each in view.attachments] == [(outer.id, "bureau")]
    assert "留存" not in str(view)
    assert [each.payload["verb"] for each in told][-1] == "enclose"
    assert "keep_file" not in [each.payload["verb"] for each in told]
    assert holds(sessions).holds


def test_the_same_file_again_changes_nothing(bring_to, attach, sessions):
    number = bring_to(S.WORKING)
    first = attach(number).version
    again = attach(number).version

    assert first == again and len(files_of(sessions, number)) == 1


@pytest.mark.parametrize("status", [S.CLOSED, S.WITHDRAWN, S.REFUSED, S.ANSWERED])
def test_what_is_settled_takes_no_file_of_its_filer(status, bring_to, attach, sessions):
    number = bring_to(status)

    with pytest.raises(AppealMoveRefused) as refused:
        attach(number)
    with reading(sessions) as session, pytest.raises(AppealMoveRefused):
        appeal = access_appeal_for_staff(session, number=number)
        check_room(session, appeal=appeal, verb=Verb.ATTACH, actor=OWNER)
    assert refused.value.details["verb_label"] == "补充附件"
    assert files_of(sessions, number) == []


def test_nine_from_each_side_are_enough(bring_to, attach, enclose, sessions):
    number = bring_to(S.WORKING)
    for count in range(MOST_FILES):
        attach(number, b"dots %d" % count)

    with pytest.raises(TooManyAttachments):
        attach(number, b"one more")
    enclose(number, b"the bureau still may")
    with reading(sessions) as session, pytest.raises(TooManyAttachments):
        appeal = access_appeal_for_staff(session, number=number)
        check_room(session, appeal=appeal, verb=Verb.ATTACH, actor=OWNER)


def test_officers_do_not_speak_to_the_filer_of_a_colleagues_case(bring_to, enclose, attach):
    number = bring_to(S.WORKING)

    with pytest.raises(AppealHeldByColleague):
        enclose(number, actor="staff:zhao")
    with pytest.raises(AppealRightMissing):
        attach(number, actor=OFFICER)
    with pytest.raises(AppealRightMissing):
        enclose(number, actor=OWNER)


class TestTheChain:
    def test_a_swapped_file_shows(self, bring_to, attach, sessions):
        number = bring_to(S.WORKING)
        attach(number, b"one")
        attach(number, b"other")
        one, other = files_of(sessions, number)
        with transaction(sessions) as session:
            swap = select(AppealAttachment.sealed).where(AppealAttachment.id == other.id)
            session.execute(
                update(AppealAttachment)
                .where(AppealAttachment.id == one.id)
                .values(sealed=session.scalar(swap))
            )

        broken = holds(sessions).broken
        assert broken is not None and (broken.number, broken.reason) == (number, "file_changed")
        assert broken.move_id == one.move_id

    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE appeal_attachments SET sha256 = 'x'",
            "UPDATE appeal_attachments SET seal_sha256 = 'x'",
            "UPDATE appeal_attachments SET name = 'x.jpg'",
            "UPDATE appeal_attachments SET is_internal = true",
            "UPDATE appeal_attachments SET added_by = 'staff:li'",
            "UPDATE appeal_attachments SET move_id = move_id - 1",
            "DELETE FROM appeal_attachments",
        ],
    )
    def test_what_is_said_of_a_file_cannot_be_changed(self, change, bring_to, attach, sessions):
        attach(bring_to(S.WORKING))
        assert holds(sessions).holds
        with transaction(sessions) as session:
            session.execute(text(change))

        broken = holds(sessions).broken
        assert broken is not None and broken.reason == "move_changed"

    def test_a_file_that_was_changed_is_not_shown(self, bring_to, attach, sessions, keys):
        number = bring_to(S.WORKING)
        attach(number)
        foreign = Keys("somebody else's key").seal_bytes(b"something else")
        for sealed in (foreign, keys.seal_bytes(b"something else")):
            with transaction(sessions) as session:
                session.execute(update(AppealAttachment).values(sealed=sealed))

            with reading(sessions) as session, pytest.raises(AttachmentBroken):
                appeal = access_appeal_for_staff(session, number=number)
                open_file(session, appeal=appeal, file_id=1, keys=keys)


class TestWaiting:
    def test_what_waits_goes_along_with_the_next_appeal_and_its_line(self, wait, file, sessions):
        wait(b"one")
        wait(b"two")
        wait(b"another visitor's", identity_key=OTHER)

        filed = file().appeal

        [first, second] = files_of(sessions, filed.number)
        assert first.move_id == second.move_id == filed.moves[0].id
        assert filed.version == 1, "one row, written once"
        with reading(sessions) as session:
            [view] = list_appeals_for(session, identity_keys=[OWNER])
            assert [each.by for each in view.attachments] == ["filer", "filer"]
            assert list_pending(session, identity_key=OWNER, now=filed.opened_at) == []
            assert len(list_pending(session, identity_key=OTHER, now=filed.opened_at)) == 1
        assert holds(sessions).holds

    def test_an_appeal_that_is_not_filed_takes_nothing_along(self, wait, file, sessions, now):
        file()
        wait()

        with pytest.raises(AppealAlreadyOpen):
            file()
        with reading(sessions) as session:
            assert len(list_pending(session, identity_key=OWNER, now=now)) == 1

    def test_a_process_killed_before_the_end_leaves_it_waiting(self, wait, file, sessions, now):
        wait()
        session = sessions()
        session.begin()
        file(session)
        session.flush()
        session.connection().invalidate()  # nobody says rollback when a process dies
        session.close()

        with reading(sessions) as session:
            assert session.scalars(select(Appeal)).all() == []
            assert len(list_pending(session, identity_key=OWNER, now=now)) == 1
        assert files_of(sessions, file().appeal.number) != []

    def test_after_a_day_it_is_gone_and_what_was_filed_stays(self, wait, file, sessions, now):
        wait(b"filed")
        number = file().appeal.number
        wait(b"forgotten")

        with transaction(sessions) as session:
            works = session.scalars(select(DueWork).where(DueWork.kind == CLEAN_UP)).all()
            assert [each.due_at for each in works] == [now + DAY, now + DAY]
            for each in works:
                handle_waited(session, each.payload, now + DAY - timedelta(seconds=1))
            assert len(list_pending(session, identity_key=OWNER, now=now)) == 1
            for each in works:
                handle_waited(session, each.payload, now + DAY)
        with reading(sessions) as session:
            assert session.scalars(select(AppealAttachment.pending_for)).all() == [None]
        assert len(files_of(sessions, number)) == 1 and holds(sessions).holds

    def test_what_is_older_than_a_day_is_not_taken_along_even_if_nobody_cleaned_up(
        self, wait, file, sessions, now
    ):
        wait(at=now - DAY)

        assert files_of(sessions, file().appeal.number) == []

    def test_an_id_that_is_given_again_is_cleaned_up_again(self, wait, sessions, now):
        first = wait()
        with transaction(sessions) as session:
            drop_pending(session, identity_key=OWNER, file_id=first)
        second = wait(b"new", at=now + timedelta(hours=1))
        assert second == first, "SQLite gives the number of a deleted last row again"

        with transaction(sessions) as session:
            for work in session.scalars(select(DueWork).where(DueWork.kind == CLEAN_UP)):
                handle_waited(session, work.payload, work.due_at)
        with reading(sessions) as session:
            assert session.scalars(select(AppealAttachment.id)).all() == []

    def test_nobody_removes_or_opens_what_is_not_theirs(self, wait, sessions, keys):
        theirs = wait()

        with transaction(sessions) as session:
            with pytest.raises(AttachmentNotFound):
                drop_pending(session, identity_key=OTHER, file_id=theirs)
            with pytest.raises(AttachmentNotFound):
                open_own_file(session, identity_key=OTHER, file_id=theirs, keys=keys)
            mine = open_own_file(session, identity_key=OWNER, file_id=theirs, keys=keys)
        assert mine.content == b"dots"

    def test_no_more_than_nine_wait_and_the_same_one_is_one(self, wait, sessions, now):
        ids = {wait(b"dots %d" % count) for count in range(MOST_FILES)}

        assert len(ids) == MOST_FILES and wait(b"dots 0") in ids
        with pytest.raises(TooManyAttachments):
            wait(b"one more")
        with reading(sessions) as session, pytest.raises(TooManyAttachments):
            check_room_to_wait(session, identity_key=OWNER, now=now)

    def test_nobody_fills_the_disk_without_filing_anything(self, wait, sessions, now, monkeypatch):
        wait(bytes(4000))
        monkeypatch.setattr("appeals.attachments_pending.MOST_WAITING", 4000)

        with reading(sessions) as session, pytest.raises(AttachmentsWaiting):
            check_room_to_wait(session, identity_key=OTHER, now=now)

    def test_who_wants_his_data_deleted_leaves_nothing_waiting(self, wait, file, sessions, now):
        wait(b"filed")
        number = file().appeal.number
        wait(b"waiting")

        with transaction(sessions) as session:
            let_go_of_appeals(session, identity_key=OWNER, now=now)
        with reading(sessions) as session:
            assert session.scalars(select(AppealAttachment.pending_for)).all() == [None]
        assert len(files_of(sessions, number)) == 1, "a case file stays"
