"""Loading many entries, and listing them, by few statements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, func, select

from core.database import Sessions, reading, transaction
from knowledge_base.listing import list_entries
from knowledge_base.loading import load_files
from knowledge_base.store import get_entry, published_entries
from knowledge_base.tables import EntryState, LibraryVersion
from tests.conftest import NOW
from tests.knowledge_base.flags import flag_entry, library_of

MANY = 1200


@contextmanager
def counted(database: Sessions) -> Iterator[list[str]]:
    """Every statement that is sent meanwhile; one for many rows counts as one."""
    engine, sent = database.kw["bind"], []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def many() -> list:  # type: ignore[type-arg]
    entry = flag_entry()
    return [entry.model_copy(update={"id": f"flags-{number}"}) for number in range(MANY)]


def test_many_entries_are_loaded_by_few_statements(database: Sessions, many) -> None:  # type: ignore[no-untyped-def]
    with counted(database) as first, transaction(database) as session:
        load_files(session, library_of(*many), editor="files", now=NOW)
    changed = [entry.model_copy(update={"question": "彩旗要登记吗"}) for entry in many]
    with counted(database) as second, transaction(database) as session:
        loaded = load_files(session, library_of(*changed), editor="files", now=NOW)

    assert (loaded.added, loaded.changed) == (0, MANY)
    assert len(first) < MANY / 20 and len(second) < MANY / 20, (len(first), len(second))
    with reading(database) as session:
        assert {e.question for e, _ in published_entries(session)} == {"彩旗要登记吗"}
        assert session.scalar(select(func.count(LibraryVersion.id))) == 2 * MANY


def test_a_page_of_the_list_takes_as_many_statements_as_a_row(database: Sessions, many) -> None:  # type: ignore[no-untyped-def]
    with transaction(database) as session:
        load_files(session, library_of(*many), editor="files", now=NOW)

    with reading(database) as session, counted(database) as sent:
        page = list_entries(session, per_page=100)
        told = [(row.entry.id, row.latest.body["question"]) for row in page.rows]

    assert (len(told), page.total) == (100, MANY)
    assert len(sent) == 2


def test_what_the_session_knew_is_looked_up_anew_after_a_load(database: Sessions) -> None:
    with transaction(database) as session:
        load_files(session, library_of(flag_entry()), editor="files", now=NOW)
        row = get_entry(session, "flags")
        load_files(session, library_of(flag_entry(question="改过的")), editor="files", now=NOW)

        assert (row.latest_version, row.question) == (2, "改过的")
        assert row.state is EntryState.PUBLISHED
