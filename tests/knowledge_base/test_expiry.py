"""What ends is listed, told apart from what something follows, and warned of once at each stage."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from flags import flag_data, flag_document, flag_entry, library_of
from sqlalchemy import select

from app.due_handlers import handlers
from core.database import Sessions, reading, transaction
from core.due_work import DueWork
from knowledge_base.expiry import (
    STAGES,
    WATCH,
    End,
    Shelf,
    ended_unfollowed,
    ending_within,
    file_warnings,
    plan_watch,
    stage_of,
    stored_shelf,
    watch,
)
from knowledge_base.files import read_library
from knowledge_base.loading import load_files
from knowledge_base.register_tables import ExpiryWarning
from knowledge_base.schema import Entry
from policy_rules.parameters import installed_parameters

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)  # half past six in China
END = date(2026, 12, 31)


def ending_entry(**later: object) -> Entry:
    """The flags' entry, ending with the year; ``later`` begins the next day."""
    data = flag_data()
    data["claims"][0]["to"] = data["short_answers"][0]["to"] = END
    if later:
        data["claims"].append({**data["claims"][0], "to": None, "from": date(2027, 1, 1), **later})
    return flag_entry(claims=data["claims"], short_answers=data["short_answers"])


def named(ends: list[End]) -> list[tuple[str, str, bool]]:
    return [(end.kind, end.subject, end.followed) for end in ends]


def test_what_ends_within_a_span_is_named_with_both_ends_of_the_span() -> None:
    shelf = Shelf([ending_entry()], {}, {})
    expected = [("claim", "flags.sure", False), ("short_answer", "flags/0", False)]

    assert named(ending_within(shelf, today=TODAY, days=40)) == expected
    assert named(ending_within(shelf, today=TODAY, days=39)) == []
    assert named(ending_within(shelf, today=END, days=0)) == expected
    assert named(ending_within(shelf, today=END + timedelta(days=1), days=90)) == []


def test_a_claim_from_the_next_day_follows_but_not_one_that_knows_nothing() -> None:
    followed = Shelf([ending_entry(id="next")], {}, {})
    unknown = Shelf([ending_entry(id="next", certainty="open", ask="彩旗办公室", basis=[])], {}, {})

    assert named(ending_within(followed, today=TODAY, days=90))[0] == ("claim", "flags.sure", True)
    assert named(ending_within(unknown, today=TODAY, days=90))[0] == ("claim", "flags.sure", False)


def test_what_ended_and_nothing_followed_is_listed_afterwards() -> None:
    later = END + timedelta(days=30)

    assert named(ended_unfollowed(Shelf([ending_entry()], {}, {}), today=later)) == [
        ("claim", "flags.sure", False),
        ("short_answer", "flags/0", False),
    ]
    assert ended_unfollowed(Shelf([ending_entry()], {}, {}), today=END) == []


def test_documents_with_a_planned_end_and_expiries_of_the_desk_are_listed() -> None:
    document = flag_document(ended_on=END)
    shelf = Shelf([flag_entry()], {"flag-1": document}, {}, {"flags": date(2027, 1, 1)})

    assert named(ending_within(shelf, today=TODAY, days=90)) == [
        ("document", "flag-1", False),
        ("entry", "flags", False),
    ]


def test_a_document_that_another_replaces_is_followed() -> None:
    documents = {
        "flag-1": flag_document(ended_on=END),
        "flag-2": flag_document(id="flag-2", replaces=["flag-1"]),
    }

    assert named(ending_within(Shelf([], documents, {}), today=TODAY, days=90)) == [
        ("document", "flag-1", True)
    ]


@pytest.mark.parametrize(
    ("left", "stage"),
    [(91, None), (90, 90), (31, 90), (30, 30), (8, 30), (7, 7), (0, 7), (-1, None)],
)
def test_the_stage_of_a_warning(left: int, stage: int | None) -> None:
    assert stage_of(TODAY + timedelta(days=left), TODAY) == stage


def test_editors_are_warned_once_at_each_stage(database: Sessions) -> None:
    shelf = Shelf([ending_entry()], {}, {})
    filed = []
    for left in (91, 90, 60, 30, 30, 8, 7, 1, 0, -1):
        day = END - timedelta(days=left)
        with transaction(database) as session:
            ends = ending_within(shelf, today=day, days=max(STAGES))
            filed.append(file_warnings(session, ends, today=day, now=NOW))

    assert filed == [0, 2, 0, 2, 0, 0, 2, 0, 0, 0]
    with reading(database) as session:
        rows = session.execute(select(ExpiryWarning.subject, ExpiryWarning.stage)).tuples().all()
    assert set(rows) == {
        (s, n) for s in ("claim:flags.sure", "short_answer:flags/0") for n in STAGES
    }


def test_the_daily_look_goes_through_what_is_published_and_plans_the_next(
    database: Sessions,
) -> None:
    assert WATCH in handlers(None, None)  # type: ignore[arg-type]
    with transaction(database) as session:
        load_files(session, library_of(ending_entry()), editor="files", now=NOW)
        plan_watch(session, TODAY)
        plan_watch(session, TODAY)

    with transaction(database) as session:
        assert watch(session, {}, now=NOW) == 2
        assert watch(session, {}, now=NOW) == 0

    with reading(database) as session:
        keys = session.scalars(select(DueWork.key).where(DueWork.kind == WATCH)).all()
        assert sorted(keys) == ["2026-11-21", "2026-11-22"]


def test_the_cliffs_of_2026_and_2027_are_in_the_real_list(database: Sessions) -> None:
    with transaction(database) as session:
        load_files(session, read_library(), editor="files", now=NOW)
    with reading(database) as session:
        shelf = stored_shelf(session, installed_parameters())
        entries = {entry.id: entry for entry in shelf.entries}
    soon = ending_within(shelf, today=TODAY, days=90)
    far = ending_within(shelf, today=TODAY, days=410)

    assert {end.subject for end in soon if end.kind == "parameter"} >= {
        "filing.deadline.monthly",
        "employment.expansion_subsidy",
        "employment.steady_jobs.small_ratio",
    }
    policies = {
        policy
        for end in far
        if end.last_day == date(2027, 12, 31) and end.entry_id
        for policy in entries[end.entry_id].policies
    }
    assert policies >= {
        "VAT-01", "VAT-02", "VAT-03", "VAT-08", "VAT-10", "VAT-12", "VAT-13", "VAT-14", "VAT-15",
        "VAT-16", "VAT-17", "VAT-22", "CIT-01", "CIT-03", "CIT-04", "CIT-07", "CIT-12", "CIT-13",
        "IIT-01", "IIT-06", "IIT-07", "IIT-11", "SUR-01", "SUR-05", "SUR-06", "EMP-01", "EMP-02",
        "EMP-03", "EMP-04", "VEH-01", "STAMP-01",
    }  # fmt: skip
