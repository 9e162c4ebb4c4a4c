"""What is to happen by itself (定时发布与到期停用): set at the desk, done by due work.

The row says what is wanted; the work only knocks. Work that finds the row otherwise does nothing,
so calling off, changing one's mind and working twice are all harmless.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from core.clock import china_date, start_of_day
from core.due_work import file_work
from core.errors import InvalidInput
from knowledge_base.answering import fall_silent, go_live
from knowledge_base.life_cycle import Check, EntryHasFaults, check_faults
from knowledge_base.moves import begin
from knowledge_base.sentences import label, say
from knowledge_base.standing import APPROVALS_NEEDED, Standing
from knowledge_base.store import get_version, write_entry_audit
from knowledge_base.tables import EntryState, LibraryEntry, LibraryVersion

#: Kinds of due work.
PUBLISH = "knowledge_base.publish"
EXPIRE = "knowledge_base.expire"


def schedule(
    session: Session,
    entry_id: str,
    *,
    version: int,
    publish_at: datetime,
    officer: str,
    now: datetime,
    check: Check,
) -> None:
    """Let the approved version in review be published by itself.

    Raises:
        InvalidInput: The moment is not in the future.
        EntryChanged: Another version is in review.
        EntryMoveNotAllowed: It lacks approvals that count, or is scheduled already.
        EntryHasFaults: The check finds errors.
    """
    if publish_at <= now:
        raise InvalidInput(field="publish_at", reason=say("refusals", "in_the_past"))
    begin(session, entry_id, "schedule", version=version, officer=officer)
    found = get_version(session, entry_id, version)
    check_faults(session, found, check)
    found.publish_at, found.scheduled_by, found.missed = publish_at, officer, None
    moment = publish_at.isoformat()
    file_work(
        session,
        kind=PUBLISH,
        key=f"{entry_id}:{version}:{publish_at:%Y%m%dT%H%M%S%f}",
        due_at=publish_at,
        payload={"entry": entry_id, "version": version, "publish_at": moment},
    )
    write_entry_audit(session, "scheduled", found, officer, now, publish_at=moment)


def cancel_schedule(
    session: Session, entry_id: str, *, version: int, officer: str, now: datetime
) -> None:
    """Call a scheduled publication off; the review stays as it is.

    Raises:
        EntryChanged: Another version is in review.
        EntryMoveNotAllowed: Nothing is scheduled.
    """
    begin(session, entry_id, "cancel_schedule", version=version, officer=officer)
    found = get_version(session, entry_id, version)
    found.publish_at = None
    write_entry_audit(session, "schedule_cancelled", found, officer, now)


def publish_due(session: Session, payload: dict[str, Any], *, now: datetime, check: Check) -> bool:
    """Publish what was scheduled for now, if everything for it still holds.

    Returns:
        Whether anything changed that the desk should see: it was published, or it was not and the
        version says why.
    """
    if not is_planned(session, payload, lock=True):
        return False
    row = session.get_one(LibraryEntry, payload["entry"])
    found = get_version(session, row.id, payload["version"])
    found.missed = _against(session, row, found, check)
    if found.missed is None:
        officer = found.scheduled_by or found.editor
        go_live(session, row, found, verb="published", officer=officer, now=now)
        write_entry_audit(session, "published", found, None, now, scheduled_by=officer)
    else:
        found.publish_at = None
        row.updated_at = now
        reason = found.missed
        write_entry_audit(session, "publication_missed", found, None, now, reason=reason)
    return True


def is_planned(session: Session, payload: dict[str, Any], *, lock: bool = False) -> bool:
    """Tell whether a publication that falls due is still wanted as it was filed."""
    row = session.get(LibraryEntry, payload["entry"], with_for_update=lock or None)
    if row is None or row.review_version != payload["version"]:
        return False
    planned = get_version(session, row.id, payload["version"]).publish_at
    return planned is not None and planned.isoformat() == _in_utc(payload["publish_at"])


def _in_utc(moment: str) -> str:
    """A moment as it reads when it comes back from the database."""
    return datetime.fromisoformat(moment).astimezone(UTC).isoformat()


def _against(
    session: Session, row: LibraryEntry, version: LibraryVersion, check: Check
) -> str | None:
    """What stands against a publication that has fallen due."""
    if row.state is EntryState.RETIRED:
        return say("missed", "state", state=label("states", row.state.value))
    review = Standing(session, row).review
    if review is None or review.missing:
        holding = len(review.holding) if review else 0
        return say("missed", "approvals", holding=holding, needed=APPROVALS_NEEDED)
    try:
        check_faults(session, version, check)
    except EntryHasFaults as error:
        return say("missed", "faults", reason=error.details["reason"])
    return None


def expire_on(
    session: Session,
    entry_id: str,
    *,
    version: int,
    day: date,
    reason: str,
    officer: str,
    now: datetime,
) -> None:
    """Let an entry be answered no more from a day on.

    Raises:
        InvalidInput: The day is not in the future.
        EntryChanged: Another version is answered.
        EntryMoveNotAllowed: It is not published.
    """
    if day <= china_date(now):
        raise InvalidInput(field="expires_on", reason=say("refusals", "in_the_past"))
    row = begin(session, entry_id, "expire", version=version, officer=officer).row
    row.expires_on, row.updated_at = day, now
    file_work(
        session,
        kind=EXPIRE,
        key=f"{entry_id}:{day.isoformat()}",
        due_at=start_of_day(day),
        payload={"entry": entry_id, "expires_on": day.isoformat()},
    )
    found = get_version(session, entry_id, version)
    told = {"expires_on": day.isoformat(), "reason": reason}
    write_entry_audit(session, "expiry_set", found, officer, now, **told)


def cancel_expiry(
    session: Session, entry_id: str, *, version: int, officer: str, now: datetime
) -> None:
    """Let an entry be answered without an end again.

    Raises:
        EntryChanged: There is a newer version.
        EntryMoveNotAllowed: No day was set.
    """
    row = begin(session, entry_id, "cancel_expiry", version=version, officer=officer).row
    row.expires_on, row.updated_at = None, now
    found = get_version(session, entry_id, version)
    write_entry_audit(session, "expiry_cancelled", found, officer, now)


def expire_due(session: Session, payload: dict[str, Any], *, now: datetime) -> bool:
    """Stop answering with an entry whose last day was yesterday.

    Returns:
        Whether anything changed that the desk should see.
    """
    row = session.get(LibraryEntry, payload["entry"], with_for_update=True)
    day = date.fromisoformat(payload["expires_on"])
    if row is None or row.expires_on != day:
        return False
    row.expires_on = None
    if row.state is EntryState.PUBLISHED and row.published_version is not None:
        reason = say("causes", "expired", day=day.isoformat())
        state = EntryState.SUSPENDED
        fall_silent(session, row, state, verb="expired", officer=None, now=now, reason=reason)
        found = get_version(session, row.id, row.published_version)
        write_entry_audit(session, "expired", found, None, now, expires_on=day.isoformat())
    return True
