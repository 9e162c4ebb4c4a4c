"""What has changed since the last time is read, whatever the clocks of those who changed it say."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flags import flag_entry, library_of
from sqlalchemy import update

from core.database import Sessions, reading, transaction
from knowledge_base.loading import load_files
from knowledge_base.published import Changes, changes_since
from knowledge_base.tables import EntryState, LibraryEntry
from tests.conftest import NOW

LATER, EARLIER = NOW + timedelta(minutes=5), NOW - timedelta(minutes=5)


def load(database: Sessions, name: str, question: str, now: datetime) -> None:
    with transaction(database) as session:
        files = library_of(flag_entry(id=name, question=question))
        load_files(session, files, editor="files", now=now)


def read(database: Sessions, before: Changes | None = None) -> Changes:
    with reading(database) as session:
        if before is None:
            return changes_since(session, {}, None)
        return changes_since(session, before.versions, before.latest)


@pytest.fixture
def first(database: Sessions) -> Changes:
    load(database, "flags", "门店的彩旗要报备吗", NOW)
    load(database, "lamps", "门店的彩灯要报备吗", NOW)
    return read(database)


def test_the_first_time_everything_is_new(first: Changes) -> None:
    assert first.versions == first.news == {"flags": 1, "lamps": 1}
    assert (first.gone, first.latest) == (frozenset(), NOW)


def test_where_nothing_changed_nothing_is_new(database: Sessions, first: Changes) -> None:
    again = read(database, first)

    assert (again.versions, again.news, again.gone) == (first.versions, {}, frozenset())


@pytest.mark.parametrize("now", [LATER, NOW, EARLIER])
def test_an_edit_is_new_whatever_the_clock_says(
    database: Sessions, first: Changes, now: datetime
) -> None:
    load(database, "flags", "门口的旗杆要登记吗", now)

    after = read(database, first)

    assert after.versions == {"flags": 2, "lamps": 1}
    assert (after.news, after.gone) == ({"flags": 2}, frozenset())


@pytest.mark.parametrize("now", [LATER, NOW, EARLIER])
def test_what_is_no_longer_answered_is_gone_and_comes_back(
    database: Sessions, first: Changes, now: datetime
) -> None:
    set_state(database, EntryState.SUSPENDED, now)
    without = read(database, first)
    set_state(database, EntryState.PUBLISHED, now)
    again = read(database, without)

    assert (without.versions, without.news, without.gone) == ({"lamps": 1}, {}, {"flags"})
    assert (again.versions, again.news) == (first.versions, {"flags": 1})


def test_several_changes_between_two_readings_are_all_seen(
    database: Sessions, first: Changes
) -> None:
    load(database, "signs", "门店的招牌要报备吗", LATER)
    load(database, "lamps", "门店的灯箱要报备吗", LATER)
    set_state(database, EntryState.RETIRED, EARLIER)

    after = read(database, first)

    assert after.versions == after.news == {"signs": 1, "lamps": 2}
    assert after.gone == {"flags"}


def set_state(database: Sessions, state: EntryState, now: datetime) -> None:
    with transaction(database) as session:
        session.execute(
            update(LibraryEntry)
            .where(LibraryEntry.id == "flags")
            .values(state=state, updated_at=now)
        )
