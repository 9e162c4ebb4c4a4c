"""What a case should be, reckoned apart from the code: the model of the model test."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache

import chinese_calendar

from appeals.tables import AppealStatus as S
from appeals.tables import Verb
from core.clock import CHINA
from tests.appeals.expected_moves import (
    ANY_HANDS,
    EXPECTED,
    FILERS,
    FILERS_ALONE,
    NOT_TOLD,
    SUPERVISORS_ALONE,
    THE_CLOCKS,
)

#: Days, extension, whether it pauses, whether supervisors answer, whether it may leave the bureau.
KINDS = {
    "consultation": (3, 5, True, False, True),
    "relief_not_delivered": (3, 0, False, False, False),
    "service_conduct": (5, 10, True, True, False),
    "help": (1, 0, False, False, True),
    "other_department": (3, 0, True, False, True),
}
UNITS = ("纳税服务", "信息中心", "征收管理")
FIRST_UNIT = {"help": "办税服务厅"}
CONFIRM_WITHIN, REOPEN_WITHIN, REOPENINGS = 5, 10, 2
FILES_OF_A_SIDE = 9
SPANS = ((time(9), time(12)), (time(13, 30), time(17)))
OPEN = (S.SUBMITTED, S.ACCEPTED, S.WORKING, S.WAITING, S.MERGED, S.TRANSFERRED)


@dataclass(frozen=True)
class Who:
    """Somebody who tries things: a filer, an officer, or an officer who supervises."""

    name: str
    is_filer: bool = False
    supervises: bool = False


@dataclass
class Case:
    """One case as it should be."""

    number: str
    kind: str
    filer: str
    clock_from: datetime
    status: S = S.SUBMITTED
    holder: str | None = None
    parent: Case | None = None
    round: int = 1
    paused_since: datetime | None = None
    paused: int = 0
    extended: int = 0
    extensions: int = 0
    reopenings: int = 0
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    urged_on: date | None = None
    unit: str = ""
    #: Who asked, for how many days or for which unit.
    asks_extension: tuple[str, int] | None = None
    objects: tuple[str, str] | None = None
    #: Of the latest transfer: outside, signed, returned.
    transfer: tuple[bool, bool, bool] | None = None
    receipt: bool = False
    moves: int = 1
    filers_files: int = 0
    bureaus_files: int = 0
    told: int = 0
    rungs: set[tuple[int, str]] = field(default_factory=set)
    due_at: datetime = datetime(1, 1, 1, tzinfo=CHINA)

    def __post_init__(self) -> None:
        self.unit = self.unit or FIRST_UNIT.get(self.kind, UNITS[0])
        self.promise()

    def promise(self) -> None:
        """Count the end of the promise, day by day or stretch by stretch."""
        if self.kind == "help":
            self.due_at = after_minutes(self.clock_from, 240)
            return
        days = KINDS[self.kind][0] + self.paused + self.extended
        self.due_at = midnight(after_days(day_of(self.clock_from), days) + timedelta(days=1))

    @property
    def due_on(self) -> date:
        return day_of(self.due_at - timedelta(microseconds=1))

    @property
    def clock_runs(self) -> bool:
        if self.status is S.TRANSFERRED:
            return not self.receipt
        return self.status in OPEN and self.paused_since is None

    def resume(self, now: datetime) -> None:
        if self.paused_since is not None:
            self.paused += days_between(day_of(self.paused_since), day_of(now))
            self.paused_since = None
            self.promise()

    def restart(self, now: datetime) -> None:
        self.clock_from, self.paused_since, self.paused, self.extended = now, None, 0, 0
        self.round += 1
        self.receipt = False
        self.promise()


def may(who: Who, verb: Verb, case: Case, now: datetime, repeats: list[Case]) -> bool:
    """Tell whether ``who`` may make the move, said otherwise than the code says it."""
    if (verb, case.status) not in EXPECTED or verb in THE_CLOCKS:
        return False
    if who.is_filer and (verb not in FILERS or case.filer != who.name):
        return False
    if not who.is_filer and verb in FILERS_ALONE:
        return False
    if not who.is_filer and not who.supervises:
        in_hands = verb in ANY_HANDS or case.holder in (None, who.name)
        if verb in SUPERVISORS_ALONE or not in_hands:
            return False
    return _is_ripe(who, verb, case, now, repeats)


def _is_ripe(who: Who, verb: Verb, case: Case, now: datetime, repeats: list[Case]) -> bool:
    _, longest, _, by_supervisor, leaves = KINDS[case.kind]
    in_time = now < case.due_at
    match verb:
        case Verb.ANSWER:
            return who.supervises or not by_supervisor
        case Verb.REFUSE | Verb.MERGE:
            return not repeats
        case Verb.TRANSFER_OUT:
            return leaves and not repeats
        case Verb.RECEIPT:
            outside = case.status is S.TRANSFERRED
            return case.transfer == (outside, False, False)
        case Verb.CLOSE:
            return case.receipt
        case Verb.REOPEN:
            return case.reopenings < REOPENINGS and (
                case.closed_at is None
                or days_between(day_of(case.closed_at), day_of(now)) <= REOPEN_WITHIN
            )
        case Verb.URGE:
            return case.urged_on is None or days_between(case.urged_on, day_of(now)) >= 1
        case Verb.ATTACH:
            return case.filers_files < FILES_OF_A_SIDE
        case Verb.ENCLOSE | Verb.KEEP_FILE:
            return case.bureaus_files < FILES_OF_A_SIDE
        case Verb.OBJECT:
            return case.objects is None
        case Verb.UPHOLD_OBJECTION:
            asked = case.objects
            return asked is not None and asked[0] != who.name and asked[1] != case.unit
        case Verb.OVERRULE_OBJECTION:
            return case.objects is not None and case.objects[0] != who.name
        case Verb.ASK_EXTENSION:
            return bool(longest) and not case.extensions and in_time and not case.asks_extension
        case Verb.GRANT_EXTENSION:
            return (
                case.asks_extension is not None and case.asks_extension[0] != who.name and in_time
            )
        case Verb.DENY_EXTENSION:
            return case.asks_extension is not None and case.asks_extension[0] != who.name
        case _:
            return True


def moved(case: Case, verb: Verb, *, by_filer: bool) -> None:
    """Note a move: where it leads, and whether the taxpayer has to be told."""
    case.status = EXPECTED[verb, case.status]
    case.moves += 1
    case.told += verb not in NOT_TOLD and not by_filer
    if case.status not in (S.ACCEPTED, S.WORKING):
        case.asks_extension = case.objects = None


@cache
def is_working_day(day: date) -> bool:
    return chinese_calendar.is_workday(day)


def after_days(day: date, count: int) -> date:
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


@cache
def days_between(first: date, last: date) -> int:
    """Working days after ``first`` up to ``last``; negative the other way round."""
    if last < first:
        return -days_between(last, first)
    span = (last - first).days
    return sum(is_working_day(first + timedelta(days=n)) for n in range(1, span + 1))


def after_minutes(moment: datetime, minutes: int) -> datetime:
    left, day = timedelta(minutes=minutes), day_of(moment)
    while True:
        for opens, closes in SPANS if is_working_day(day) else ():
            begin = max(moment, datetime.combine(day, opens, CHINA))
            end = datetime.combine(day, closes, CHINA)
            if begin + left <= end:
                return begin + left
            left -= max(timedelta(0), end - begin)
        day += timedelta(days=1)


def day_of(moment: datetime) -> date:
    return moment.astimezone(CHINA).date()


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), CHINA)
