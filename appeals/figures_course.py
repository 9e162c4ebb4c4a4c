"""What became of one case (一件诉求的经过), as far as figures speak of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from appeals.figures_cases import Case, Step
from appeals.figures_clock import WorkClock
from appeals.kinds import load_kinds
from appeals.lifecycle import OPEN
from appeals.tables import AppealStatus, Verb
from core.calendar import working_days_between
from core.clock import china_date

_DECIDES = (Verb.ACCEPT, Verb.REFUSE, Verb.MERGE)
_ANSWERS = (Verb.ANSWER, Verb.ANSWER_MERGED)
#: A new promise is made with them.
_BEGINS_ROUND = (Verb.REOPEN, Verb.TAKE_BACK)
#: Figures of how many cases a move was made with at least once.
MARKED = {
    "extended": Verb.GRANT_EXTENSION,
    "reopened": Verb.REOPEN,
    "transferred_out": Verb.TRANSFER_OUT,
    "merged": Verb.MERGE,
}
_GIVEN_UP = (AppealStatus.WITHDRAWN, AppealStatus.REFUSED)


@dataclass(frozen=True)
class Promise:
    """One promise of a case, and what became of it; ``days_late`` is of a breached one."""

    round_no: int
    state: Literal["on_time", "breached", "pending"]
    days_late: int = 0


@dataclass(frozen=True)
class Course:
    """One case as figures count it. Spans are working minutes from filing."""

    marks: tuple[str, ...]  # each counts the case once in the figure of that name
    promises: tuple[Promise, ...]
    accept_minutes: int | None
    answer_minutes: int | None
    settle_minutes: int | None


def course_of(case: Case, clock: WorkClock, now: datetime) -> Course:
    """Tell what became of a case until ``now``."""
    row, opened = case.row, case.row.opened_at
    decided = _first(case.steps, _DECIDES)
    answered = _first(case.steps, _ANSWERS)
    is_settled = row.status is AppealStatus.CLOSED
    settled_at = row.closed_at if is_settled else None
    promises = tuple(_promises(case, now))
    marks = [*_marks(case), *(each.state for each in promises)]
    taken = _acceptance(case, decided, clock, now)
    if taken is not None:
        marks.append(f"accepted_{taken}")
    return Course(
        marks=tuple(marks),
        promises=promises,
        accept_minutes=clock.minutes(opened, decided.at) if decided else None,
        answer_minutes=clock.minutes(opened, answered.at) if answered else None,
        settle_minutes=clock.minutes(opened, settled_at) if settled_at else None,
    )


def _marks(case: Case) -> list[str]:
    row, marks = case.row, ["filed"]
    if row.status in OPEN:
        marks.append("open")
    if row.status is AppealStatus.CLOSED:
        marks.append("settled")
    if row.status in _GIVEN_UP:
        marks.append(row.status.value)
    if row.status is AppealStatus.CLOSED or row.rating is not None:
        marks.append("rateable")
    if row.urges:
        marks.append("urged")
    did = [each.verb for each in case.steps]
    marks += [name for name, verb in MARKED.items() if verb in did]
    return marks


def _first(steps: tuple[Step, ...], verbs: tuple[Verb, ...]) -> Step | None:
    return next((each for each in steps if each.verb in verbs), None)


def _acceptance(
    case: Case, decided: Step | None, clock: WorkClock, now: datetime
) -> Literal["in_time", "late"] | None:
    """Whether it was decided in time; None where the time is not over, or it was withdrawn."""
    row = case.row
    last_day = clock.last_day(china_date(row.opened_at), row.days_to_accept)
    if decided is not None:
        return "in_time" if china_date(decided.at) <= last_day else "late"
    until = row.closed_at if row.status is AppealStatus.WITHDRAWN and row.closed_at else now
    return "late" if china_date(until) > last_day else None


def _promises(case: Case, now: datetime) -> list[Promise]:
    """Every promise of the case in turn; one that was given up before its date is none."""
    found: list[Promise] = []
    kept: list[Step | None] = [None]
    for step in case.steps:
        if step.verb in _BEGINS_ROUND:
            kept.append(None)
        elif kept[-1] is None and _keeps(step):
            kept[-1] = step
    for place, keeping in enumerate(kept, 1):
        is_last = place == len(kept)
        if keeping is not None:
            found.append(_kept(case, place, keeping, is_last=is_last))
        elif is_last:
            found += _unkept(case, place, now)
    return found


def _keeps(step: Step) -> bool:
    """Whether a move keeps the promise: an answer, or another office's receipt."""
    if step.verb is Verb.RECEIPT:
        return step.to_status is AppealStatus.TRANSFERRED
    return step.verb in _ANSWERS


def _kept(case: Case, round_no: int, step: Step, *, is_last: bool) -> Promise:
    day = china_date(step.at)
    if is_last and case.row.working_minutes is not None:
        in_time = step.at < case.row.due_at
    else:
        in_time = day <= step.due_on
    if in_time:
        return Promise(round_no, "on_time")
    return Promise(round_no, "breached", _days_late(step.due_on, day))


def _unkept(case: Case, round_no: int, now: datetime) -> list[Promise]:
    """The last promise, which nothing kept: broken, still running, or given up in time."""
    row = case.row
    stopped = _stopped_at(case)
    until = min(now, stopped) if stopped is not None else now
    if until >= row.due_at:
        return [Promise(round_no, "breached", _days_late(row.due_on, china_date(until)))]
    return [] if row.status in _GIVEN_UP else [Promise(round_no, "pending")]


def _stopped_at(case: Case) -> datetime | None:
    """When the clock of the last promise stopped: while waiting, or as it was given up."""
    row = case.row
    if row.paused_since is not None:
        return row.paused_since
    if row.status not in _GIVEN_UP:
        return None
    if case.steps and case.steps[-1].from_status is AppealStatus.WAITING and _pauses(case):
        asked = [each.at for each in case.steps if each.verb is Verb.ASK_FOR_MORE]
        return asked[-1] if asked else row.closed_at
    return row.closed_at


def _pauses(case: Case) -> bool:
    if case.row.pauses is not None:
        return case.row.pauses
    kinds = load_kinds()
    return kinds.get(case.row.kind, kinds["other"]).pauses


def _days_late(due_on: date, day: date) -> int:
    return max(0, working_days_between(due_on, day))
