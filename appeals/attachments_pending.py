"""Files that wait for their sender's next appeal (待提交附件), a day at most."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from appeals.attachments import MOST_FILES, is_from_bureau, list_files, same_file, sealed_file
from appeals.attachments_cleaning import MEGABYTE, CleanFile
from appeals.errors import AttachmentNotFound, AttachmentsWaiting, TooManyAttachments
from appeals.tables import Appeal, AppealAttachment
from core.audit import visitor_actor
from core.due_work import file_work
from core.secrets import Keys

#: How long a file waits.
KEPT_FOR = timedelta(hours=24)
#: What may wait in all, so that nobody fills the disk without filing anything.
MOST_WAITING = 2048 * MEGABYTE
CLEAN_UP = "appeals.attachment_waited"


def check_room_to_wait(session: Session, *, identity_key: str, now: datetime) -> None:
    """Refuse a file before it is read, where it could not be kept anyway.

    Raises:
        TooManyAttachments: As many wait as an appeal may have.
        AttachmentsWaiting: As much waits in all as can be kept.
    """
    _check_count(list_pending(session, identity_key=identity_key, now=now))
    waiting = select(func.coalesce(func.sum(AppealAttachment.size), 0)).where(
        AppealAttachment.move_id.is_(None)
    )
    if (session.scalar(waiting) or 0) >= MOST_WAITING:
        raise AttachmentsWaiting


def keep_pending(
    session: Session, *, identity_key: str, file: CleanFile, keys: Keys, now: datetime
) -> AppealAttachment:
    """Keep a file for the visitor's next appeal (将随诉求提交); the same one again is one.

    Raises:
        TooManyAttachments: As many wait as an appeal may have.
    """
    made = sealed_file(file, added_by=visitor_actor(identity_key), keys=keys, now=now)
    present = list_pending(session, identity_key=identity_key, now=now)
    if (same := same_file(present, made)) is not None:
        return same
    _check_count(present)
    made.pending_for = identity_key
    session.add(made)
    session.flush()
    file_work(
        session,
        kind=CLEAN_UP,
        key=f"{made.id}:{now.isoformat()}",  # an id may be given again after its row is gone
        due_at=now + KEPT_FOR,
        payload={"attachment_id": made.id},
    )
    return made


def list_pending(session: Session, *, identity_key: str, now: datetime) -> list[AppealAttachment]:
    """What waits for the visitor's next appeal, oldest first."""
    return list(session.scalars(_waiting_for(identity_key, now)))


def hold_pending(session: Session, *, identity_key: str, now: datetime) -> list[AppealAttachment]:
    """What waits, for the move that takes it along in this transaction; nobody removes it now."""
    return list(session.scalars(_waiting_for(identity_key, now).with_for_update()))


def files_to_add(
    session: Session, *, appeal: Appeal, identity_key: str, now: datetime
) -> list[AppealAttachment]:
    """What waits, for a supplement of an appeal that is there already.

    Raises:
        TooManyAttachments: With these it would have more than it may.
    """
    files = hold_pending(session, identity_key=identity_key, now=now)
    if files:
        there = [each for each in list_files(session, appeal=appeal) if not is_from_bureau(each)]
        if len(there) + len(files) > MOST_FILES:
            raise TooManyAttachments(most=MOST_FILES)
    return files


def drop_pending(session: Session, *, identity_key: str, file_id: int) -> None:
    """Remove a file that waits (删除待提交附件).

    Raises:
        AttachmentNotFound: None of the visitor's has that id.
    """
    found = session.get(AppealAttachment, file_id)
    if found is None or found.pending_for != identity_key:
        raise AttachmentNotFound
    session.delete(found)
    session.flush()


def forget_pending(session: Session, *, identity_key: str) -> None:
    """Remove all that waits for the visitor, who wants his data deleted."""
    session.execute(delete(AppealAttachment).where(AppealAttachment.pending_for == identity_key))


def handle_waited(session: Session, payload: dict[str, Any], now: datetime) -> None:
    """Remove a file for which no appeal came in a day; one that was filed since stays."""
    session.execute(
        delete(AppealAttachment).where(
            AppealAttachment.id == payload["attachment_id"],
            AppealAttachment.move_id.is_(None),
            AppealAttachment.at <= now - KEPT_FOR,
        )
    )


def _waiting_for(identity_key: str, now: datetime) -> Select[AppealAttachment]:
    return (
        select(AppealAttachment)
        .where(
            AppealAttachment.pending_for == identity_key,
            AppealAttachment.at > now - KEPT_FOR,
        )
        .order_by(AppealAttachment.id)
    )


def _check_count(present: list[AppealAttachment]) -> None:
    if len(present) >= MOST_FILES:
        raise TooManyAttachments(most=MOST_FILES)
