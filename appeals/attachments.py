"""Files that come with an appeal (附件): kept sealed, brought by a move, shown to who may see it.

Who brings or asks is settled before: a filer by identity or check code in :mod:`appeals.access`,
an officer by the door. A file is made harmless by :mod:`appeals.attachments_cleaning` first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session

from appeals.attachments_cleaning import CleanFile
from appeals.deadlines import resume
from appeals.errors import AttachmentBroken, AttachmentNotFound, TooManyAttachments
from appeals.lifecycle import check_move, record_move, unless_changed
from appeals.people import Actor, Right, doer_of
from appeals.tables import Appeal, AppealAttachment, AppealMove, AppealStatus, FileKind, Verb
from core.audit import write_audit
from core.secrets import BrokenSeal, Keys

#: So many files from the filer, and as many from the bureau.
MOST_FILES = 9
CONTENT_TYPES = {FileKind.PICTURE: "image/jpeg", FileKind.PDF: "application/pdf"}
_STAFF = "staff:"


@dataclass(frozen=True)
class OpenedFile:
    """A file for whoever may see it."""

    name: str
    content_type: str
    content: bytes

    @property
    def headers(self) -> dict[str, str]:
        """What every door sends along, so that no browser runs, guesses or keeps it."""
        return {
            "Content-Type": self.content_type,
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(self.name)}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        }


def sealed_file(
    file: CleanFile, *, added_by: str, keys: Keys, now: datetime, is_internal: bool = False
) -> AppealAttachment:
    """Seal a clean file, still without a place."""
    sealed = keys.seal_bytes(file.content)
    return AppealAttachment(
        at=now,
        added_by=added_by,
        is_internal=is_internal,
        kind=file.kind,
        name=file.name,
        size=len(file.content),
        sha256=hashlib.sha256(file.content).hexdigest(),
        seal_sha256=hashlib.sha256(sealed).hexdigest(),
        sealed=sealed,
    )


def check_room(session: Session, *, appeal: Appeal, verb: Verb, actor: Actor) -> None:
    """Refuse a file before it is read, where it could not be taken anyway.

    Args:
        session: Open session.
        appeal: The appeal.
        verb: ``ATTACH`` for a filer; ``ENCLOSE`` or ``KEEP_FILE`` for an officer.
        actor: Who brings it.

    Raises:
        AppealMoveRefused: The appeal takes none where it stands.
        AppealRightMissing: It is not for whoever asks.
        AppealHeldByColleague: It is for the officer who has the case.
        TooManyAttachments: There are as many as may be.
    """
    doer = doer_of(actor)
    check_move(appeal, verb, doer)
    _check_count(list_files(session, appeal=appeal), by_filer=doer.right is Right.FILER)


@unless_changed
def attach_file(
    session: Session,
    *,
    appeal: Appeal,
    file: CleanFile,
    actor: Actor,
    keys: Keys,
    now: datetime,
) -> AppealAttachment:
    """Add the filer's file (补充附件); if more was asked for, work goes on.

    The same file again changes nothing: a page may send twice what was not confirmed.

    Args:
        session: Open session.
        appeal: The appeal, as :mod:`appeals.access` gave it.
        file: The file, made harmless.
        actor: The filer.
        keys: For the seal.
        now: The moment.

    Raises:
        TooManyAttachments: There are as many as may be.
    """
    made = sealed_file(file, added_by=doer_of(actor).actor, keys=keys, now=now)
    return _added(session, appeal, Verb.ATTACH, made, actor)


@unless_changed
def enclose_file(
    session: Session,
    *,
    appeal: Appeal,
    file: CleanFile,
    is_internal: bool,
    actor: Actor,
    keys: Keys,
    now: datetime,
) -> AppealAttachment:
    """Add an officer's file: for the filer, who is told (附上材料), or for staff alone (留存材料).

    Args:
        session: Open session.
        appeal: The appeal.
        file: The file, made harmless.
        is_internal: Whether only staff see it.
        actor: The officer.
        keys: For the seal.
        now: The moment.

    Raises:
        TooManyAttachments: There are as many as may be.
    """
    verb = Verb.KEEP_FILE if is_internal else Verb.ENCLOSE
    by = doer_of(actor).actor
    made = sealed_file(file, added_by=by, keys=keys, now=now, is_internal=is_internal)
    return _added(session, appeal, verb, made, actor)


def _added(
    session: Session, appeal: Appeal, verb: Verb, made: AppealAttachment, actor: Actor
) -> AppealAttachment:
    doer, words = doer_of(actor), None
    check_move(appeal, verb, doer)
    present = list_files(session, appeal=appeal)
    if (same := same_file(present, made)) is not None:
        return same
    _check_count(present, by_filer=doer.right is Right.FILER)
    if verb is Verb.ATTACH and appeal.status is AppealStatus.WAITING:
        resume(session, appeal, now=made.at)
        words = "attach_resume"
    record_move(session, appeal, verb, [made], actor=doer, now=made.at, words=words, text=made.name)
    return made


def list_files(
    session: Session, *, appeal: Appeal, with_internal: bool = True
) -> list[AppealAttachment]:
    """The files of a case, oldest first, without their content."""
    wanted = [AppealMove.appeal_id == appeal.id]
    if not with_internal:
        wanted.append(AppealAttachment.is_internal.is_(False))
    return list(
        session.scalars(
            select(AppealAttachment)
            .join(AppealMove, AppealMove.id == AppealAttachment.move_id)
            .where(*wanted)
            .order_by(AppealAttachment.id)
        )
    )


def open_file(session: Session, *, appeal: Appeal, file_id: int, keys: Keys) -> OpenedFile:
    """Open a file for the filer of its appeal (查看附件).

    Raises:
        AttachmentNotFound: The appeal has none with that id, or it is for staff.
        AttachmentBroken: What is stored is not what was brought.
    """
    return _opened(_found(session, appeal, file_id, with_internal=False), keys)


def open_file_for_staff(
    session: Session, *, appeal: Appeal, file_id: int, actor: str, keys: Keys, now: datetime
) -> OpenedFile:
    """Open a file for an officer (查看附件); audited.

    Raises:
        AttachmentNotFound: The appeal has none with that id.
        AttachmentBroken: What is stored is not what was brought.
    """
    found = _found(session, appeal, file_id, with_internal=True)
    write_audit(
        session,
        actor=actor,
        deed="appeals.attachment.seen",
        subject=f"appeal:{appeal.number}",
        now=now,
        attachment=found.id,
    )
    return _opened(found, keys)


def open_own_file(session: Session, *, identity_key: str, file_id: int, keys: Keys) -> OpenedFile:
    """Open a file of a visitor's own: one that waits, or one of their appeals.

    Raises:
        AttachmentNotFound: There is none with that id, or it is not theirs.
        AttachmentBroken: What is stored is not what was brought.
    """
    found = session.get(AppealAttachment, file_id)
    if found is None:
        raise AttachmentNotFound
    if found.pending_for == identity_key:
        return _opened(found, keys)
    move = session.get(AppealMove, found.move_id or 0)
    if move is None or move.appeal.identity_key != identity_key or found.is_internal:
        raise AttachmentNotFound
    return _opened(found, keys)


def is_from_bureau(file: AppealAttachment) -> bool:
    """Tell whether an officer brought it."""
    return file.added_by.startswith(_STAFF)


def same_file(
    present: Sequence[AppealAttachment], made: AppealAttachment
) -> AppealAttachment | None:
    """What is there already of the same content, from the same side, for the same eyes."""
    for each in present:
        same_side = is_from_bureau(each) == is_from_bureau(made)
        if each.sha256 == made.sha256 and each.is_internal == made.is_internal and same_side:
            return each
    return None


def _check_count(present: Sequence[AppealAttachment], *, by_filer: bool) -> None:
    if sum(is_from_bureau(each) is not by_filer for each in present) >= MOST_FILES:
        raise TooManyAttachments(most=MOST_FILES)


def _found(
    session: Session, appeal: Appeal, file_id: int, *, with_internal: bool
) -> AppealAttachment:
    files = list_files(session, appeal=appeal, with_internal=with_internal)
    found = next((each for each in files if each.id == file_id), None)
    if found is None:
        raise AttachmentNotFound
    return found


def _opened(file: AppealAttachment, keys: Keys) -> OpenedFile:
    try:
        content = keys.unseal_bytes(file.sealed)
    except BrokenSeal as error:
        raise AttachmentBroken from error
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise AttachmentBroken
    return OpenedFile(file.name, CONTENT_TYPES[file.kind], content)
