"""What the progress page tells beside the status (进度详情): asked, handed on, to be confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import object_session

from appeals.kinds import rules_of
from appeals.lifecycle import clock_runs
from appeals.settling import why_not_reopened
from appeals.tables import Appeal, AppealStatus, Closing, Verb
from appeals.transfers import list_transfers
from appeals.wording import due_sentence
from core.calendar import DueDay, due_after, next_workday, working_days_between
from core.clock import china_date

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class PublicAsk:
    """What the filer is asked for, and since when (要求补充)."""

    at: datetime
    text: str


@dataclass(frozen=True)
class PublicTransfer:
    """The other office that has it now, and its receipt (转办回执)."""

    office: str
    telephone: str | None
    at: datetime
    receipt_no: str | None
    receipt_at: datetime | None
    promised_on: date | None


@dataclass(frozen=True)
class PublicReopening:
    """Whether a closed case may still be reopened (能不能要求继续办理).

    ``until`` is the last day in words, ``refusal`` why it is too late; one of them is None.
    """

    until: str | None
    times_left: int
    refusal: str | None


def working_days_left(appeal: Appeal, now: datetime | None) -> int | None:
    """Working days after today up to the promised one; negative once it is over."""
    if now is None or not clock_runs(appeal):
        return None
    return working_days_between(china_date(now), appeal.due_on)


def what_is_asked(appeal: Appeal) -> PublicAsk | None:
    """The officer's question that waits for the filer."""
    if appeal.status is not AppealStatus.WAITING:
        return None
    asked = [move for move in appeal.moves if move.verb is Verb.ASK_FOR_MORE]
    return PublicAsk(asked[-1].at, asked[-1].note_public or "") if asked else None


def resolution_label(appeal: Appeal) -> str | None:
    """How it was settled, for a kind that is settled and not only answered."""
    labels = {each.code: each.label for each in rules_of(appeal).resolutions}
    return labels.get(appeal.resolution or "")


def handed_to(appeal: Appeal) -> PublicTransfer | None:
    """The office outside that has the case, or had it when the case was closed."""
    is_outside = appeal.status is AppealStatus.TRANSFERRED
    session = object_session(appeal)
    if session is None or not (is_outside or appeal.closing is Closing.HANDED_ON):
        return None
    outside = [each for each in list_transfers(session, appeal) if each.is_outside]
    if not outside:
        return None
    last = outside[-1]
    return PublicTransfer(
        office=last.to_unit,
        telephone=last.telephone,
        at=last.at,
        receipt_no=last.receipt_no,
        receipt_at=last.receipt_at,
        promised_on=last.promised_on,
    )


def is_merged(appeal: Appeal) -> bool:
    """Tell whether others said the same and it is, or was last, answered with theirs."""
    answers = [each.verb for each in appeal.moves if each.verb in (Verb.ANSWER, Verb.ANSWER_MERGED)]
    is_answered = appeal.answered_at is not None and answers[-1:] == [Verb.ANSWER_MERGED]
    return appeal.status is AppealStatus.MERGED or is_answered


def confirm_by(appeal: Appeal) -> str | None:
    """The last day on which the answer can be confirmed, in words."""
    if appeal.status is not AppealStatus.ANSWERED or appeal.answered_at is None:
        return None
    return _day(due_after(appeal.answered_at, rules_of(appeal).confirm_within.working_days))


def reopening(appeal: Appeal, now: datetime | None) -> PublicReopening | None:
    """Until when a closed case may be reopened; None for one that is not closed."""
    if now is None or appeal.status is not AppealStatus.CLOSED or appeal.closed_at is None:
        return None
    limit = rules_of(appeal).reopening
    refusal = why_not_reopened(appeal, now)
    return PublicReopening(
        until=None if refusal else _day(due_after(appeal.closed_at, limit.working_days)),
        times_left=max(limit.times - appeal.reopenings, 0),
        refusal=refusal,
    )


def urge_again(appeal: Appeal, now: datetime | None) -> str | None:
    """The day from which it can be urged again, in words; None if that is today or earlier."""
    last = appeal.last_urged_on
    if now is None or last is None or working_days_between(last, china_date(now)) >= 1:
        return None
    day = next_workday(last + _DAY)
    return due_sentence(day).removesuffix("前")


def _day(due: DueDay) -> str:
    return due_sentence(due.due_on, due.provisional).removesuffix("前")
