"""The library at run time: loaded, edited, published, suspended; every process sees it soon."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flags import as_yaml, flag_data, flag_document, flag_entry, library_of
from sqlalchemy import select

from core.audit import AuditLine
from core.database import Sessions, reading, transaction
from knowledge_base.files import BrokenEntry, LibraryFiles, parse
from knowledge_base.library import Library, speaks_of
from knowledge_base.life_cycle import resume, retire, suspend
from knowledge_base.listing import list_entries
from knowledge_base.loading import Loaded, load_files
from knowledge_base.moves import version_for
from knowledge_base.schema import Entry
from knowledge_base.store import (
    EntryChanged,
    EntryExists,
    EntryUnknown,
    current_revision,
    entry_yaml,
    get_entry,
    get_version,
    published_entries,
    save_draft,
)
from knowledge_base.tables import EntryState, LibraryVersion
from tests.conftest import NOW
from tests.consultations.conftest import ON_SQLITE
from tests.knowledge_base.reviewing import publish_reviewed

MOVE_NAMES = {suspend: "suspend", resume: "resume", retire: "retire"}
QUESTION = "门店的彩旗要报备吗"


def load(database: Sessions, files: LibraryFiles) -> Loaded:
    with transaction(database) as session:
        return load_files(session, files, editor="files", now=NOW)


def revision(database: Sessions) -> int:
    with reading(database) as session:
        return current_revision(session)


def published(database: Sessions) -> dict[str, tuple[str, int]]:
    """The question and the version of what is published."""
    with reading(database) as session:
        return {e.id: (e.question, version) for e, version in published_entries(session)}


def edit(database: Sessions, base_version: int | None, **changes: object) -> int:
    with transaction(database) as session:
        return save_draft(
            session,
            yaml_text=as_yaml(flag_data(**changes)),
            base_version=base_version,
            editor="li",
            now=NOW,
        ).latest_version


def move(database: Sessions, verb, **more: object) -> None:  # type: ignore[no-untyped-def]
    with transaction(database) as session:
        if verb is publish_reviewed:
            verb(session, "flags", editor="li", now=NOW, **more)
            return
        version = version_for(get_entry(session, "flags"), MOVE_NAMES[verb])
        verb(session, "flags", version=version, reason="看过了", officer="li", now=NOW)


def test_loading_twice_changes_nothing(database: Sessions) -> None:
    first = load(database, library_of(flag_entry()))
    seen = revision(database)

    again = load(database, library_of(flag_entry()))

    assert (first.added, first.changed, first.unchanged, first.documents) == (1, 0, 0, 1)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 1)
    assert revision(database) == seen
    assert published(database) == {"flags": (QUESTION, 1)}


def test_a_changed_file_becomes_a_new_published_version_and_the_old_one_stays(
    database: Sessions,
) -> None:
    load(database, library_of(flag_entry()))
    seen = revision(database)

    changed = load(database, library_of(flag_entry(question="彩旗要登记吗")))

    assert (changed.added, changed.changed) == (0, 1)
    assert revision(database) > seen
    assert published(database) == {"flags": ("彩旗要登记吗", 2)}
    with reading(database) as session:
        assert get_version(session, "flags", 1).body["question"] == QUESTION


def test_a_file_that_is_changed_back_is_taken_over_again(database: Sessions) -> None:
    for question in (QUESTION, "彩旗要登记吗", QUESTION):
        load(database, library_of(flag_entry(question=question)))

    assert published(database) == {"flags": (QUESTION, 3)}


def test_a_changed_document_alone_is_news(database: Sessions) -> None:
    load(database, library_of(flag_entry()))
    seen = revision(database)

    load(database, library_of(flag_entry(), documents=(flag_document(number="新文号"),)))

    assert revision(database) > seen
    assert published(database) == {"flags": (QUESTION, 1)}


def test_an_edit_of_the_desk_survives_a_reload_of_unchanged_files(database: Sessions) -> None:
    load(database, library_of(flag_entry()))
    version = edit(database, 1, question="彩旗怎么报备")
    move(database, publish_reviewed, version=version)

    load(database, library_of(flag_entry()))

    assert published(database) == {"flags": ("彩旗怎么报备", 2)}


@pytest.mark.parametrize("verb", [suspend, retire])
def test_what_the_desk_took_out_stays_out_when_its_file_changes(database: Sessions, verb) -> None:  # type: ignore[no-untyped-def]
    load(database, library_of(flag_entry()))
    move(database, verb)

    load(database, library_of(flag_entry(question="彩旗要登记吗")))

    assert published(database) == {}
    with reading(database) as session:
        assert get_entry(session, "flags").latest_version == 2


def test_a_draft_changes_nothing_until_it_is_published(database: Sessions) -> None:
    load(database, library_of(flag_entry()))
    seen = revision(database)

    version = edit(database, 1, question="彩旗怎么报备")

    assert (version, revision(database)) == (2, seen)
    assert published(database) == {"flags": (QUESTION, 1)}
    with reading(database) as session:
        drafted = parse(entry_yaml(session, "flags"), Entry, "flags")[0]
        assert drafted == flag_entry(question="彩旗怎么报备")
    move(database, publish_reviewed, version=2)
    assert revision(database) > seen
    assert published(database) == {"flags": ("彩旗怎么报备", 2)}


def test_of_two_editors_the_second_is_told_that_the_entry_changed(database: Sessions) -> None:
    load(database, library_of(flag_entry()))
    edit(database, 1, question="第一位的改法")

    with pytest.raises(EntryChanged) as refused:
        edit(database, 1, question="第二位的改法")

    assert refused.value.details["version"] == 2
    with reading(database) as session:
        assert "第一位的改法" in entry_yaml(session, "flags")


@ON_SQLITE
def test_a_new_entry_is_saved_only_as_new(database: Sessions) -> None:
    load(database, library_of())
    with pytest.raises(EntryChanged):
        edit(database, 3)

    assert edit(database, None) == 1
    with pytest.raises(EntryExists):
        edit(database, None)
    assert published(database) == {}


def test_what_is_published_is_what_the_editor_has_seen(database: Sessions) -> None:
    load(database, library_of(flag_entry()))
    edit(database, 1, question="别人又改了")

    with pytest.raises(EntryChanged):
        move(database, publish_reviewed, version=1)

    assert published(database) == {"flags": (QUESTION, 1)}


@ON_SQLITE
@pytest.mark.parametrize(
    "changes",
    [
        {"similar": []},
        {"claims": [{**flag_data()["claims"][0], "basis": [{"document": "flag-9"}]}]},
    ],
    ids=["shape", "document"],
)
def test_a_broken_edit_is_refused_with_what_is_wrong(
    database: Sessions, changes: dict[str, object]
) -> None:
    load(database, library_of(flag_entry()))

    with pytest.raises(BrokenEntry) as refused:
        edit(database, 1, **changes)

    assert refused.value.details["faults"]
    with reading(database) as session:
        assert get_entry(session, "flags").latest_version == 1


def test_what_editors_do_is_written_down(database: Sessions) -> None:
    load(database, library_of(flag_entry()))
    move(database, publish_reviewed, version=edit(database, 1, question="彩旗怎么报备"))
    for verb in (suspend, resume, retire):
        move(database, verb)

    with reading(database) as session:
        lines = list(session.scalars(select(AuditLine).order_by(AuditLine.id)))
    verbs = [line.deed.removeprefix("knowledge_base.entry.") for line in lines]
    assert verbs == [
        *("saved", "submitted", "approved", "approved", "published"),
        *("suspended", "resumed", "retired"),
    ]
    assert {line.subject for line in lines} == {"entry:flags"}
    assert {line.actor for line in lines} == {"staff:li", "staff:chen", "staff:zhao"}
    assert {line.data["version"] for line in lines} == {2}
    assert {line.data.get("reason") for line in lines[-3:]} == {"看过了"}


@ON_SQLITE
def test_an_entry_that_is_not_there_is_said_to_be_unknown(database: Sessions) -> None:
    with reading(database) as session:
        for look in (
            lambda: get_entry(session, "nowhere"),
            lambda: get_version(session, "nowhere", 1),
            lambda: entry_yaml(session, "nowhere"),
        ):
            with pytest.raises(EntryUnknown):
                look()


@ON_SQLITE
@pytest.mark.parametrize(
    ("search", "found"),
    [("", 3), ("彩旗", 3), ("flags-2", 1), ("%", 1), ("_", 0), ("' OR 1=1 --", 0), ("  ", 3)],
)
def test_the_editors_list_searches_for_the_very_text(
    database: Sessions, search: str, found: int
) -> None:
    entries = [
        flag_entry(),
        flag_entry(id="flags-2"),
        flag_entry(id="flags-3", question="彩旗100%吗"),
    ]
    load(database, library_of(*entries))

    with reading(database) as session:
        page = list_entries(session, search=search, per_page=2)

    assert page.total == found
    assert len(page.rows) == min(found, 2)


@ON_SQLITE
def test_the_editors_list_filters_by_state_and_topic(database: Sessions) -> None:
    load(database, library_of(flag_entry(), flag_entry(id="flags-2", topics=["vat"])))
    move(database, suspend)

    with reading(database) as session:
        suspended = list_entries(session, state=EntryState.SUSPENDED).rows
        about_vat = list_entries(session, topic="vat").rows
        second = list_entries(session, page=2, per_page=1)

    assert [row.entry.id for row in suspended] == ["flags"]
    assert [row.entry.id for row in about_vat] == ["flags-2"]
    assert (len(second.rows), second.total) == (1, 2)


def found_by(library: Library) -> list[str]:
    return [hit.entry_id for hit in library.snapshot.index.search(QUESTION)]


def test_a_process_takes_over_what_is_published_without_a_restart(database: Sessions) -> None:
    library = Library(database)
    assert library.refresh() is False or library.snapshot.entries == {}
    assert found_by(library) == []
    load(database, library_of(flag_entry()))

    assert library.refresh() is True
    assert found_by(library) == ["flags"]
    assert library.refresh() is False

    for verb in (suspend, resume, retire):
        move(database, verb)
        library.refresh()
        assert found_by(library) == (["flags"] if verb is resume else [])


@ON_SQLITE
def test_a_snapshot_in_use_stays_as_it_is_while_the_next_one_is_taken_over(
    database: Sessions,
) -> None:
    library = Library(database)
    load(database, library_of(flag_entry()))
    library.refresh()
    in_use = library.snapshot

    load(database, library_of(flag_entry(question="彩旗要登记吗")))
    library.refresh()

    assert in_use.entries["flags"].question == QUESTION
    assert (in_use.versions["flags"], library.snapshot.versions["flags"]) == (1, 2)


@ON_SQLITE
def test_versions_are_numbered_one_by_one(database: Sessions) -> None:
    load(database, library_of(flag_entry()))
    for version in (1, 2, 3):
        edit(database, version, question=f"第{version}种改法")

    with reading(database) as session:
        numbers = session.scalars(select(LibraryVersion.version).order_by(LibraryVersion.version))
        assert list(numbers) == [1, 2, 3, 4]


def test_an_entry_speaks_of_the_days_its_claims_hold_for() -> None:
    entry = flag_entry()
    first = date(2026, 1, 1)

    assert speaks_of(entry, first, first)
    assert not speaks_of(entry, first - timedelta(days=9), first - timedelta(days=1))
