"""A second count of every figure, in the plainest way, that shares nothing with the first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any

from appeals.kinds import rules_of
from appeals.tables import Appeal, AppealMove
from core.bureau import read_bureau
from core.calendar import is_workday

DAY = timedelta(days=1)
OPEN = {"submitted", "accepted", "working", "waiting", "merged", "transferred"}


def china_day(moment: datetime) -> date:
    return (moment + timedelta(hours=8)).date()


def working_minutes(first: datetime, last: datetime) -> int:
    """Stretch by stretch, day by day."""
    worked, day = timedelta(), china_day(first)
    while day <= china_day(last):
        if is_workday(day):
            for each in read_bureau().hours:
                opens, closes = (
                    datetime.fromisoformat(f"{day}T{clock}+08:00")
                    for clock in (each.opens, each.closes)
                )
                worked += max(timedelta(), min(last, closes) - max(first, opens))
        day += DAY
    return int(worked / timedelta(minutes=1))


def workdays_after(first: date, last: date) -> int:
    return sum(is_workday(first + DAY * n) for n in range(1, (last - first).days + 1))


def day_after_workdays(first: date, count: int) -> date:
    day = first
    while count:
        day += DAY
        count -= is_workday(day)
    return day


def rounds_of(appeal: Appeal) -> list[list[AppealMove]]:
    found: list[list[AppealMove]] = [[]]
    for move in appeal.moves:
        if move.verb.value in ("reopen", "take_back"):
            found.append([])
        found[-1].append(move)
    return found


def keeps(move: AppealMove) -> bool:
    if move.verb.value == "receipt":
        return move.to_status.value == "transferred"
    return move.verb.value in ("answer", "answer_merged")


def promises(appeal: Appeal, now: datetime) -> list[tuple[int, str, int]]:
    """Round, state, working days late."""
    found, rounds = [], rounds_of(appeal)
    in_minutes = rules_of(appeal).working_minutes is not None
    for number, moves in enumerate(rounds, 1):
        is_last = number == len(rounds)
        kept = [move for move in moves if keeps(move)]
        if kept:
            day = china_day(kept[0].at)
            late = day > kept[0].due_on
            if is_last and in_minutes:
                late = kept[0].at >= appeal.due_at
            days = workdays_after(kept[0].due_on, day) if late else 0
            found.append((number, "breached" if late else "on_time", days))
        elif is_last:
            until = stopped(appeal) or now
            if until >= appeal.due_at:
                days = workdays_after(appeal.due_on, china_day(until))
                found.append((number, "breached", days))
            elif appeal.status.value not in ("withdrawn", "refused"):
                found.append((number, "pending", 0))
    return found


def stopped(appeal: Appeal) -> datetime | None:
    if appeal.paused_since:
        return appeal.paused_since
    if appeal.status.value not in ("withdrawn", "refused"):
        return None
    last = appeal.moves[-1]
    if last.from_status.value == "waiting" and rules_of(appeal).pauses:
        return max(m.at for m in appeal.moves if m.verb.value == "ask_for_more")
    return appeal.closed_at


def decided_at(appeal: Appeal) -> datetime | None:
    verbs = ("accept", "refuse", "merge")
    return min((m.at for m in appeal.moves if m.verb.value in verbs), default=None)


def first_answer(appeal: Appeal) -> datetime | None:
    verbs = ("answer", "answer_merged")
    return min((m.at for m in appeal.moves if m.verb.value in verbs), default=None)


def acceptance(appeal: Appeal, now: datetime) -> str | None:
    days = rules_of(appeal).accept_within.working_days
    last = day_after_workdays(china_day(appeal.opened_at), days)
    done = decided_at(appeal)
    if done:
        return "in_time" if china_day(done) <= last else "late"
    withdrawn = appeal.status.value == "withdrawn"
    return "late" if china_day(appeal.closed_at if withdrawn else now) > last else None


def share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def rank(values: list[int], hundredths: int) -> int | None:
    """The first value with at least so many hundredths at or below it."""
    for value in sorted(values):
        if 100 * sum(v <= value for v in values) >= hundredths * len(values):
            return value
    return None


def recount(appeals: Iterable[Appeal], now: datetime) -> dict[str, Any]:
    """Every figure of a group, except what is hidden because too few gave a rating."""
    cases = list(appeals)

    def count(holds: Callable[[Appeal], bool]) -> int:
        return sum(bool(holds(each)) for each in cases)

    def did(verb: str) -> int:
        return count(lambda a: any(move.verb.value == verb for move in a.moves))

    def is_in(*states: str) -> int:
        return count(lambda a: a.status.value in states)

    made = [each for case in cases for each in promises(case, now)]
    states = {s: sum(p[1] == s for p in made) for s in ("on_time", "breached", "pending")}
    late = [days for _, state, days in made if state == "breached"]
    taken = [acceptance(case, now) for case in cases]
    stars = [case.rating for case in cases if case.rating is not None]
    closed_or_rated = count(lambda a: a.status.value == "closed" or a.rating is not None)
    spans = {
        "accept": [(a.opened_at, d) for a in cases if (d := decided_at(a))],
        "answer": [(a.opened_at, d) for a in cases if (d := first_answer(a))],
        "settle": [(a.opened_at, a.closed_at) for a in cases if a.status.value == "closed"],
    }
    told: dict[str, Any] = {
        "filed": len(cases),
        "open": is_in(*OPEN),
        "settled": is_in("closed"),
        "accepted_in_time": taken.count("in_time"),
        "accepted_late": taken.count("late"),
        "accept_share": share(taken.count("in_time"), len(taken) - taken.count(None)),
        **states,
        "on_time_share": share(states["on_time"], states["on_time"] + states["breached"]),
        "late_median": rank(late, 50),
        "late_worst": max(late, default=None),
        "extended": did("grant_extension"),
        "reopened": did("reopen"),
        "urged": count(lambda a: a.urges > 0),
        "transferred_out": did("transfer_out"),
        "merged": did("merge"),
        "withdrawn": is_in("withdrawn"),
        "refused": is_in("refused"),
        "rated": len(stars),
        "rated_share": share(len(stars), closed_or_rated),
        "satisfied_share": share(sum(s >= 3 for s in stars), len(stars)),
        "rating_average": round(sum(stars) / len(stars), 4) if stars else None,
    }
    for name, pairs in spans.items():
        minutes = [working_minutes(*pair) for pair in pairs]
        told[f"{name}_median"] = rank(minutes, 50)
        told[f"{name}_p90"] = rank(minutes, 90)
        told[f"{name}_p99"] = rank(minutes, 99)
        told[f"{name}_worst"] = max(minutes, default=None)
    return told
