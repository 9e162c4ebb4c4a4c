"""The officers' and supervisors' list (诉求工作台)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from appeals.moves import (
    accept_appeal,
    answer_appeal,
    ask_for_more,
    assign_appeal,
    reopen_appeal,
    urge_appeal,
)
from appeals.people import Doer
from appeals.queue import FILTERS, counts, list_queue
from core.database import reading

OWNER = "web:visitor-1"
OFFICER = "staff:li"
SUPERVISOR = Doer("staff:wang", supervises=True)
TODAY = date(2026, 9, 23)


@pytest.fixture
def desk(file, do, now):
    """Seven appeals in as many situations, by the name of what is special about each."""

    def working(name: str, **changes) -> str:
        number = file(subject=name, detail=name, **changes).appeal.number
        do(accept_appeal, number, actor=OFFICER, now=now)
        do(assign_appeal, number, actor=SUPERVISOR, to="li", now=now)
        return number

    later = now + timedelta(days=5)  # the 22nd; three working days end on the 28th
    numbers = {
        "late": working("late"),
        "today": working("today", kind="service_conduct"),
        "waiting": working("waiting"),
        "answered": working("answered"),
        "escalated": working("escalated", now=later),
        "urged": working("urged", now=later),
        "new": file(subject="100%_new", detail="new", now=later).appeal.number,
    }
    do(ask_for_more, numbers["waiting"], actor=OFFICER, text="请补", now=now)
    for name in ("answered", "escalated"):
        do(answer_appeal, numbers[name], actor=OFFICER, text="好", now=later)
    do(reopen_appeal, numbers["escalated"], actor=OWNER, now=later)
    do(urge_appeal, numbers["urged"], actor=OWNER, now=later)
    file(subject="evaluation", detail="evaluation", is_evaluation=True)
    return {number: name for name, number in numbers.items()}


@pytest.fixture
def listed(desk, sessions):
    def names(filter: str, **values) -> list[str]:
        with reading(sessions) as session:
            page = list_queue(session, filter=filter, today=TODAY, **values)
        return [desk[row.number] for row in page.rows]

    return names


def test_each_filter_shows_what_its_name_says(listed):
    assert listed("overdue") == ["late"]
    assert listed("due_today") == ["today"]
    assert listed("escalated") == ["escalated"]
    assert set(listed("mine", login="li")) == {"late", "today", "waiting", "escalated", "urged"}
    assert listed("mine", login="zhao") == []
    assert listed("mine") == []
    assert set(listed("open")) == {"late", "today", "waiting", "escalated", "urged", "new"}
    assert set(listed("all")) == {*listed("open"), "answered"}


def test_the_most_pressing_stand_first(listed):
    assert listed("open")[:4] == ["escalated", "urged", "late", "waiting"]


def test_counts_agree_with_the_lists(desk, listed, sessions):
    with reading(sessions) as session:
        counted = counts(session, today=TODAY, login="li")

    assert counted == {each: len(listed(each, login="li")) for each in FILTERS}


def test_kind_and_search_narrow_the_list_and_wildcards_are_plain_text(desk, listed):
    assert listed("all", kind="service_conduct") == ["today"]
    assert listed("all", search="TODA") == ["today"]
    assert listed("all", search="%_") == ["new"]
    assert listed("all", search="%") == ["new"]
    [number] = [number for number, name in desk.items() if name == "urged"]
    assert listed("all", search=number[3:].lower()) == ["urged"]


def test_pages_split_the_list_without_loss(listed, sessions):
    everything = listed("all")

    paged = [name for page in (1, 2, 3) for name in listed("all", page=page, per_page=3)]

    assert paged == everything
    with reading(sessions) as session:
        beyond = list_queue(session, filter="all", today=TODAY, page=9, per_page=3)
        negative = list_queue(session, filter="all", today=TODAY, page=-1, per_page=0)
    assert (beyond.rows, beyond.total) == ((), 7)
    assert len(negative.rows) == 1


def test_a_row_says_how_many_working_days_are_left(desk, sessions):
    with reading(sessions) as session:
        page = list_queue(session, filter="all", today=TODAY)
    rows = {desk[row.number]: row for row in page.rows}

    assert rows["late"].working_days_left == -2
    assert rows["late"].overdue
    assert rows["today"].working_days_left == 0
    assert rows["new"].working_days_left == 2
    assert not rows["answered"].overdue
    assert rows["answered"].due_text is None
    assert (rows["urged"].urges, rows["escalated"].escalation_level) == (1, 1)
