"""Reminding of deadlines (申报期限提醒): one message a day, in the visitor's own talk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from answers.parts import Button, Part
from consultations.tables import Author, Message
from consultations.talk import add_message
from core.clock import china_date
from enterprises.binding import list_bindings
from enterprises.deadlines import Deadlines
from enterprises.kinds import EnterpriseStatus
from enterprises.labels import label
from enterprises.service import audit_read
from enterprises.tables import Enterprise, Filing
from outreach.due_filings import DueFiling, may_be_near, near_filings
from outreach.planning import may_disturb
from outreach.reaching import is_wanted, latest_talk
from outreach.tables import PushKind, ReminderTold
from outreach.wording import kind_label, say_day, sentences

FIRMS_IN_ONE_MESSAGE = 5


@dataclass(frozen=True)
class FirmDue:
    """A firm, and what it has to file about now."""

    enterprise_id: int
    name: str
    is_sample: bool
    filings: tuple[DueFiling, ...]


def remind(
    session: Session, payload: dict[str, Any], *, now: datetime, deadlines: Deadlines
) -> Message | None:
    """Remind one visitor, if it is still so: the wish, the binding, the open filing.

    Only firms named in the message count as told; the others come on the next days.

    Args:
        session: Open session.
        payload: ``identity_key``, and the ``day`` that the reminder was planned for.
        now: The moment.
        deadlines: The announced filing days.

    Returns:
        The message, or None where nothing is to be said any more.
    """
    identity_key = payload["identity_key"]
    on_time = payload["day"] == china_date(now).isoformat() and may_disturb(now)
    if not on_time or not is_wanted(session, identity_key, PushKind.DEADLINE_REMINDER):
        return None
    conversation = latest_talk(session, identity_key)
    firms = list(_firms_due(session, identity_key, now, deadlines))
    if conversation is None or not firms:
        return None
    firms.sort(key=lambda firm: (firm.filings[0].overdue, firm.filings[0].due_on))
    for firm in firms[:FIRMS_IN_ONE_MESSAGE]:
        _keep_told(session, identity_key, firm, now)
    return add_message(
        session, conversation, author=Author.SYSTEM, part=reminder_part(firms, now), now=now
    )


def _firms_due(
    session: Session, identity_key: str, now: datetime, deadlines: Deadlines
) -> Iterator[FirmDue]:
    """The visitor's firms with something due about now that was not told yet."""
    today = china_date(now)
    for bound in list_bindings(session, identity_key=identity_key, now=now):
        firm = session.get_one(Enterprise, bound.enterprise_id)
        if firm.status is EnterpriseStatus.DEREGISTERED:
            continue
        told = _told_days(session, identity_key, firm.id)
        filings = session.scalars(
            select(Filing).where(Filing.enterprise_id == firm.id, may_be_near(today))
        )
        near = near_filings(filings, deadlines, today)
        untold = tuple(each for each in near if each.due_on not in told)
        if untold:
            yield FirmDue(firm.id, firm.name, firm.is_sample, untold)


def _told_days(session: Session, identity_key: str, enterprise_id: int) -> set[date]:
    days = select(ReminderTold.due_on).where(
        ReminderTold.identity_key == identity_key, ReminderTold.enterprise_id == enterprise_id
    )
    return set(session.scalars(days))


def _keep_told(session: Session, identity_key: str, firm: FirmDue, now: datetime) -> None:
    audit_read(
        session,
        identity_key=identity_key,
        enterprise_id=firm.enterprise_id,
        purpose=PushKind.DEADLINE_REMINDER.value,
        now=now,
    )
    for due_on in sorted({each.due_on for each in firm.filings}):
        session.add(
            ReminderTold(
                identity_key=identity_key,
                enterprise_id=firm.enterprise_id,
                due_on=due_on,
                told_at=now,
            )
        )
    session.flush()


def reminder_part(firms: list[FirmDue], now: datetime) -> Part:
    """Write the reminder: who, what, by when, what to do, why it came and how to stop it."""
    words = sentences()["reminder"]
    named = firms[:FIRMS_IN_ONE_MESSAGE]
    overdue = any(filing.overdue for firm in firms for filing in firm.filings)
    lines = [words["head_overdue" if overdue else "head"]]
    for firm in named:
        lines += [words["firm"].format(firm=firm.name), *_filing_lines(firm.filings)]
    if len(firms) > len(named):
        lines.append(words["more"].format(count=len(firms) - len(named)))
    lines += [words["what_overdue" if overdue else "what"], words["done"]]
    kind = kind_label(PushKind.DEADLINE_REMINDER)
    lines.append(words["why"].format(kind=kind))
    sample = any(firm.is_sample for firm in named)
    return Part(
        text="\n".join(lines),
        kind="notice",
        title=kind,
        as_of=china_date(now),
        caution=words["sample" if sample else "caution"],
        buttons=(
            Button(words["ask_label"], "say", words["ask"]),
            Button(words["stop_label"], "say", words["stop"]),
        ),
    )


def _filing_lines(filings: tuple[DueFiling, ...]) -> Iterator[str]:
    """One line for the taxes of one period and one last day."""

    def shared(each: DueFiling) -> tuple[bool, date, date, date]:
        return each.overdue, each.due_on, each.period.first, each.period.last

    for _, group in groupby(sorted(filings, key=shared), key=shared):
        same = list(group)
        yield _filing_line(same[0], "、".join(label("tax", each.tax.value) for each in same))


def _filing_line(filing: DueFiling, taxes: str) -> str:
    words = sentences()["reminder"]
    line = words[_how_far(filing)].format(
        taxes=taxes,
        period=filing.period.label,
        day=say_day(filing.due_on),
        days=filing.working_days_left,
    )
    return line + (words["provisional"] if filing.provisional else "")


def _how_far(filing: DueFiling) -> str:
    if filing.overdue:
        return "overdue"
    if filing.days_left == 0:
        return "today"
    return "left" if filing.working_days_left else "soon"
