"""One look at the heat (热度检查): levels once a day, bursts every time, the list by the hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from appeals.heat.bursts import detect
from appeals.heat.hot import list_the_day
from appeals.heat.keeping import forget_old
from appeals.heat.parameters import heat_parameters
from appeals.heat.usual import learn
from appeals.heat_tables import HeatState
from core.clock import china_date
from core.due_work import file_work

#: The kind of the work that looks by itself.
LOOK = "appeals.heat"
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Outcome:
    """What a look led to."""

    found: int = 0
    has_changed: bool = False


def look_at_heat(session: Session, *, now: datetime) -> Outcome:
    """Compare what is counted with what is usual; one worker at a time."""
    state = session.get_one(HeatState, 1, with_for_update=True)
    if state.fitted_on != china_date(now):
        forget_old(session, now=now)
        learn(session, state, now=now)
    found = detect(session, state, now=now)
    is_new_hour = state.listed_at is None or not timedelta() <= now - state.listed_at < _HOUR
    if is_new_hour:
        list_the_day(session, now=now)
        state.listed_at = now.replace(minute=0, second=0, microsecond=0)
    return Outcome(found=len(found), has_changed=bool(found) or is_new_hour)


def plan_look(session: Session, *, now: datetime) -> None:
    """File the next look; filing it again changes nothing, unless it was done already.

    A clock that was set back comes to moments whose looks are done: they are done once more, so
    that the chain of looks never ends.
    """
    step = timedelta(minutes=heat_parameters().every_minutes)
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    due_at = day + ((now - day) // step + 1) * step
    again = 0
    while True:
        key = due_at.isoformat() + (f"/{again}" if again else "")
        work = file_work(session, kind=LOOK, key=key, due_at=due_at, payload={})
        if work.done_at is None and work.failed_at is None:
            return
        again += 1
