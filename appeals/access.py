"""Who may see and touch an appeal (查看权限): owner, staff, whoever knows its check code."""

from __future__ import annotations

import hmac
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from appeals.errors import AppealChanged, AppealNotFound, CheckCodeLocked, CheckCodeWrong
from appeals.filing import CODE_LENGTH, check_code_hash
from appeals.public import PublicView, public_view
from appeals.tables import Appeal, WrongCheckCodes
from core.audit import write_audit
from core.errors import ServiceError
from core.secrets import CLEAR_ALPHABET, Keys

LOCKED_FOR = timedelta(minutes=30)
WRONG_CODES_ALLOWED = 5
_NUMBER = re.compile(rf"SQ\d{{8}}-[{CLEAR_ALPHABET}]{{6}}")
_WIDE = str.maketrans(
    {**{chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)}, "－": "-", "—": "-"}
)


@dataclass(frozen=True)
class Look:
    """What came of a look by check code; read it with :meth:`granted` after the transaction.

    A wrong code must be counted, so it is told by a value: an error raised inside the
    transaction would undo the count.
    """

    view: PublicView | None
    refusal: ServiceError | None

    def granted(self) -> PublicView:
        """Return the appeal as the public sees it.

        Raises:
            CheckCodeWrong: Number and code do not fit.
            CheckCodeLocked: Too many wrong codes.
        """
        if self.view is None:
            raise self.refusal or CheckCodeWrong()
        return self.view


def parse_number(text: str) -> str:
    """Read an appeal number as people type it: small letters, spaces, full-width forms.

    Raises:
        AppealNotFound: It cannot be one.
    """
    number = re.sub(r"\s", "", text.translate(_WIDE)).upper()
    if not _NUMBER.fullmatch(number):
        raise AppealNotFound(appeal_number=number[:20])
    return number


def access_appeal_by_code(
    session: Session, *, number: str, check_code: str, keys: Keys, now: datetime
) -> Look:
    """Look at an appeal with its number and check code (凭编号和查询码查询).

    Five wrong codes lock the number for 30 minutes, whether it exists or not. The door commits,
    then calls :meth:`Look.granted`.
    """
    try:
        number = parse_number(number)
    except AppealNotFound:
        return Look(None, CheckCodeWrong())
    wrong = session.get(WrongCheckCodes, number, with_for_update=True)
    if wrong is not None and now - wrong.last_at >= LOCKED_FOR:
        session.delete(wrong)
        session.flush()
        wrong = None
    if wrong is not None and wrong.tries >= WRONG_CODES_ALLOWED:
        left = LOCKED_FOR - (now - wrong.last_at)
        return Look(None, CheckCodeLocked(minutes=-(-int(left.total_seconds()) // 60) or 1))
    appeal = _find(session, number)
    given = check_code_hash(keys, number, _clean_code(check_code))
    kept = appeal.check_code_hash if appeal else check_code_hash(keys, number, "")
    if not hmac.compare_digest(kept, given) or appeal is None:
        _count_wrong(session, number, wrong, now)
        return Look(None, CheckCodeWrong())
    if wrong is not None:
        session.delete(wrong)
    return Look(public_view(appeal, now), None)


def access_appeal_for(session: Session, *, identity_keys: Collection[str], number: str) -> Appeal:
    """The appeal, if it belongs to one of the person's identities (本人的诉求).

    Raises:
        AppealNotFound: There is none, or it is another person's.
    """
    number = parse_number(number)
    appeal = _find(session, number)
    if appeal is None or appeal.identity_key not in identity_keys:
        raise AppealNotFound(appeal_number=number)
    return appeal


def list_appeals_for(
    session: Session, *, identity_keys: Collection[str], now: datetime | None = None
) -> list[PublicView]:
    """The person's appeals, newest first; ``now`` as in :func:`appeals.public.public_view`."""
    rows = session.scalars(
        select(Appeal)
        .where(Appeal.identity_key.in_(identity_keys))
        .order_by(Appeal.opened_at.desc(), Appeal.id.desc())
    )
    return [public_view(appeal, now) for appeal in rows]


def access_appeal_for_staff(session: Session, *, number: str, version: int | None = None) -> Appeal:
    """The appeal, for staff (工作人员查看); the door has checked the role.

    Args:
        session: Open session.
        number: The appeal's number.
        version: What the officer's screen shows; given whenever the appeal is to be moved.

    Raises:
        AppealNotFound: There is none.
        AppealChanged: Somebody moved it since.
    """
    number = parse_number(number)
    appeal = _find(session, number)
    if appeal is None:
        raise AppealNotFound(appeal_number=number)
    if version is not None and appeal.version != version:
        raise AppealChanged(appeal_number=number)
    return appeal


def retell_check_code(
    session: Session, *, identity_keys: Collection[str], number: str, keys: Keys, now: datetime
) -> str:
    """Tell the owner the check code again (再告知查询码).

    Raises:
        AppealNotFound: There is none, or it is another person's.
    """
    appeal = access_appeal_for(session, identity_keys=identity_keys, number=number)
    _audit_secret(session, appeal, "check_code_told", appeal.identity_key, now)
    return keys.unseal(appeal.check_code_sealed)


def reveal_contact(
    session: Session, *, appeal: Appeal, actor: str, keys: Keys, now: datetime
) -> str | None:
    """Show an officer the contact for a call-back (查看联系方式); audited."""
    if appeal.contact_sealed is None:
        return None
    _audit_secret(session, appeal, "contact_seen", actor, now)
    return keys.unseal(appeal.contact_sealed)


def _find(session: Session, number: str) -> Appeal | None:
    return session.scalar(select(Appeal).where(Appeal.number == number))


def _clean_code(code: str) -> str:
    return re.sub(r"\s", "", code.translate(_WIDE)).upper()[: CODE_LENGTH + 1]


def _count_wrong(
    session: Session, number: str, wrong: WrongCheckCodes | None, now: datetime
) -> None:
    session.execute(delete(WrongCheckCodes).where(WrongCheckCodes.last_at <= now - LOCKED_FOR))
    if wrong is None:
        session.add(WrongCheckCodes(number=number, tries=1, last_at=now))
    else:
        wrong.tries += 1
        wrong.last_at = now
    session.flush()


def _audit_secret(session: Session, appeal: Appeal, deed: str, actor: str, now: datetime) -> None:
    write_audit(
        session,
        actor=actor,
        deed=f"appeals.appeal.{deed}",
        subject=f"appeal:{appeal.number}",
        now=now,
    )
