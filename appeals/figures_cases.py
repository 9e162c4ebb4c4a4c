"""The cases that figures are counted from (统计明细), read in one sweep; no word of a taxpayer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from appeals.figures_period import Period
from appeals.kinds import load_kinds
from appeals.tables import Appeal, AppealMove, AppealStatus, Origin, Verb
from enterprises.tables import Enterprise

#: The moves that figures speak of.
TOLD_OF = (
    Verb.ACCEPT,
    Verb.REFUSE,
    Verb.MERGE,
    Verb.ASK_FOR_MORE,
    Verb.ANSWER,
    Verb.ANSWER_MERGED,
    Verb.RECEIPT,
    Verb.REOPEN,
    Verb.TAKE_BACK,
    Verb.GRANT_EXTENSION,
    Verb.TRANSFER_OUT,
    Verb.WITHDRAW,
)
_AT_ONCE = 2000


class Step(NamedTuple):
    """One move of a case."""

    appeal_id: int
    verb: Verb
    at: datetime
    due_on: date
    from_status: AppealStatus | None
    to_status: AppealStatus


class CaseRow(NamedTuple):
    """One case, as far as figures need it."""

    id: int
    kind: str
    unit: str | None
    region: str | None
    origin: Origin
    assigned_to: str | None
    status: AppealStatus
    opened_at: datetime
    due_on: date
    due_at: datetime
    paused_since: datetime | None
    closed_at: datetime | None
    urges: int
    rating: int | None
    working_minutes: int | None
    accept_days: int | None
    pauses: bool | None

    @property
    def days_to_accept(self) -> int:
        """Working days in which it had to be decided whether it is taken."""
        if self.accept_days is not None:
            return self.accept_days
        kinds = load_kinds()
        return kinds.get(self.kind, kinds["other"]).accept_within.working_days


class Case(NamedTuple):
    """A case and its moves, oldest first."""

    row: CaseRow
    steps: tuple[Step, ...]


def read_cases(session: Session, period: Period) -> Iterator[Case]:
    """Every case that was filed in a period, oldest first.

    What only measures is left out, and so are parents that nobody filed.
    """
    wanted = _wanted(period)
    rows = session.execute(_rows(wanted).execution_options(yield_per=_AT_ONCE))
    steps = session.execute(_steps(wanted).execution_options(yield_per=_AT_ONCE))
    by_case = groupby(map(Step._make, steps), key=attrgetter("appeal_id"))
    coming = next(by_case, None)
    for found in rows:
        row = CaseRow._make(found)
        own: tuple[Step, ...] = ()
        if coming is not None and coming[0] == row.id:
            own = tuple(coming[1])
            coming = next(by_case, None)
        yield Case(row, own)


def _wanted(period: Period) -> tuple[ColumnElement[bool], ...]:
    return (
        Appeal.opened_at >= period.starts_at,
        Appeal.opened_at < period.ends_at,
        Appeal.is_evaluation.is_(False),
        Appeal.origin != Origin.DESK,
    )


def _rows(wanted: tuple[ColumnElement[bool], ...]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Appeal.id,
            Appeal.kind,
            Appeal.unit,
            Enterprise.region_name,
            Appeal.origin,
            Appeal.assigned_to,
            Appeal.status,
            Appeal.opened_at,
            Appeal.due_on,
            Appeal.due_at,
            Appeal.paused_since,
            Appeal.closed_at,
            Appeal.urges,
            Appeal.rating,
            Appeal.rules["working_minutes"].as_integer(),
            Appeal.rules["accept_within"]["working_days"].as_integer(),
            Appeal.rules["pauses"].as_boolean(),
        )
        .outerjoin(Enterprise, Enterprise.id == Appeal.enterprise_id)
        .where(*wanted)
        .order_by(Appeal.id)
    )


def _steps(wanted: tuple[ColumnElement[bool], ...]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            AppealMove.appeal_id,
            AppealMove.verb,
            AppealMove.at,
            AppealMove.due_on,
            AppealMove.from_status,
            AppealMove.to_status,
        )
        .join(Appeal, Appeal.id == AppealMove.appeal_id)
        .where(*wanted, AppealMove.verb.in_(TOLD_OF))
        .order_by(AppealMove.appeal_id, AppealMove.id)
    )
