"""What a file brings becomes drafts, all of it or nothing, and nothing is published by it."""

from __future__ import annotations

import pytest
from brought_files import put, quiet, read, saved, workbook
from flags import flag_document, flag_entry, library_of
from sqlalchemy import func, select
from test_exchange_faults import broken_workbook

from core.audit import AuditLine, first_broken_line
from core.database import Sessions, reading, transaction
from knowledge_base.exchange.exchange import write_file
from knowledge_base.exchange.faults import ExchangeRefused
from knowledge_base.exchange.judge import Brought
from knowledge_base.exchange.taking_along import library_of as taken_along
from knowledge_base.exchange.taking_over import TakenOver, registered_documents, take_over
from knowledge_base.loading import load_files
from knowledge_base.schema import Document, Entry
from knowledge_base.store import (
    all_documents,
    current_revision,
    get_entry,
    get_version,
    published_entries,
)
from knowledge_base.tables import EntryState, LibraryDocument, LibraryEntry, LibraryVersion
from knowledge_base.trail import check_trail
from tests.conftest import NOW

FILE = "a" * 64


def load(
    database: Sessions, *entries: Entry, documents: tuple[Document, ...] | None = None
) -> None:
    with transaction(database) as session:
        load_files(session, library_of(*entries, documents=documents), editor="files", now=NOW)


def take(database: Sessions, brought: Brought, *, dry_run: bool = False) -> TakenOver:
    with transaction(database) as session:
        return take_over(
            session,
            brought,
            source=FILE,
            editor="li",
            now=NOW,
            progress=quiet,
            dry_run=dry_run,
        )


def everything(database: Sessions) -> dict[str, int]:
    """How many rows there are of anything that an import could touch."""
    with reading(database) as session:
        return {
            table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0
            for table in (LibraryEntry, LibraryVersion, LibraryDocument, AuditLine)
        }


def published(database: Sessions) -> dict[str, tuple[str, int]]:
    with reading(database) as session:
        return {e.id: (e.question, version) for e, version in published_entries(session)}


def exported(database: Sessions, which: str, format: str = "xlsx") -> bytes:
    with reading(database) as session:
        return write_file(*taken_along(session, which=which), format=format)


def test_new_entries_become_drafts_and_are_not_answered(database: Sessions) -> None:
    done = take(database, Brought([flag_entry(), flag_entry(id="kites")], [flag_document()]))

    assert [(each.entry_id, each.version) for each in done.new] == [("flags", 1), ("kites", 1)]
    assert done.new_documents == ["flag-1"]
    assert published(database) == {}
    with reading(database) as session:
        row = get_entry(session, "flags")
        assert (row.state, row.latest_version, row.published_version) == (EntryState.DRAFT, 1, None)
        assert get_version(session, "flags", 1).editor == "li"
        assert check_trail(session, loaded_by="files", since=NOW) == []
        assert first_broken_line(session) is None


def test_a_changed_entry_gets_a_draft_beside_what_is_answered(database: Sessions) -> None:
    load(database, flag_entry(), flag_entry(id="kites"))
    with reading(database) as session:
        seen = current_revision(session)
    changed = flag_entry(question="彩旗要登记吗", related=["kites"])

    done = take(database, Brought([changed, flag_entry(id="kites")], [flag_document()]))

    assert [(each.entry_id, each.version) for each in done.changed] == [("flags", 2)]
    assert set(done.changed[0].fields) == {"标准问题", "相关条目"}
    assert (done.new, done.unchanged, done.unchanged_documents) == ([], 1, 1)
    assert published(database)["flags"] == ("门店的彩旗要报备吗", 1)
    with reading(database) as session:
        assert current_revision(session) == seen
        assert get_entry(session, "flags").state is EntryState.PUBLISHED


def test_the_same_file_again_changes_nothing(database: Sessions) -> None:
    brought = Brought([flag_entry()], [flag_document()])
    take(database, brought)
    before = everything(database)

    done = take(database, brought)

    assert (done.new, done.changed, done.unchanged) == ([], [], 1)
    assert everything(database) == before


def test_a_dry_run_tells_the_same_and_writes_nothing(database: Sessions) -> None:
    load(database, flag_entry())
    brought = Brought(
        [flag_entry(question="彩旗要登记吗"), flag_entry(id="kites")],
        [flag_document(), flag_document(id="flag-2")],
    )
    before = everything(database)

    tried = take(database, brought, dry_run=True)
    unchanged = everything(database)
    done = take(database, brought)

    assert unchanged == before
    assert tried == done
    assert everything(database)["library_versions"] == before["library_versions"] + 2


def test_a_broken_file_leaves_the_database_untouched_and_tells_every_fault(
    database: Sessions,
) -> None:
    load(database, flag_entry())
    before = everything(database)
    with reading(database) as session:
        registered = registered_documents(session)
    brought = read(broken_workbook(), *registered)
    brought.entries.append(flag_entry(id="tents"))  # what is right does not come in either

    with pytest.raises(ExchangeRefused) as refused:
        take(database, brought)

    assert len({fault.code for fault in refused.value.faults}) >= 12
    assert everything(database) == before
    assert published(database) == {"flags": ("门店的彩旗要报备吗", 1)}


def test_one_retired_entry_refuses_the_whole_file(database: Sessions) -> None:
    load(database, flag_entry())
    with transaction(database) as session:
        get_entry(session, "flags").state = EntryState.RETIRED
    before = everything(database)

    with pytest.raises(ExchangeRefused) as refused:
        take(
            database,
            Brought(
                [flag_entry(id="kites"), flag_entry(question="彩旗要登记吗")], [flag_document()]
            ),
        )

    assert [fault.code for fault in refused.value.faults] == ["retired"]
    assert everything(database) == before


def test_a_document_that_is_cited_is_kept_and_another_is_changed(database: Sessions) -> None:
    load(database, flag_entry(), documents=(flag_document(), flag_document(id="flag-2")))
    brought = Brought(
        [], [flag_document(number="新文号"), flag_document(id="flag-2", number="新文号")]
    )

    done = take(database, brought)

    assert done.kept_documents == {"flag-1": ["文号"]}
    assert done.changed_documents == {"flag-2": ["文号"]}
    with reading(database) as session:
        documents = all_documents(session)
    assert documents["flag-1"] == flag_document()
    assert documents["flag-2"].number == "新文号"


@pytest.mark.parametrize("format", ["xlsx", "csv", "yaml"])
def test_a_file_that_is_imported_and_exported_again_is_the_same_file(
    database: Sessions, format: str
) -> None:
    entries = [flag_entry(), flag_entry(id="kites", topics=["vat", "service"])]
    first = write_file(entries, [flag_document()], format=format)

    take(database, read(first))

    assert exported(database, "latest", format) == first
    assert exported(database, "published", format) != first


def test_what_is_published_is_exported_without_the_drafts_beside_it(database: Sessions) -> None:
    load(database, flag_entry())
    published_before = exported(database, "published")
    take(database, Brought([flag_entry(question="彩旗要登记吗")], []))

    assert exported(database, "published") == published_before
    assert exported(database, "latest") != published_before


def test_an_edit_made_in_a_spreadsheet_comes_in_as_a_draft(database: Sessions) -> None:
    load(database, flag_entry())
    book = workbook(flag_entry(), documents=(flag_document(),))
    put(book, "结论", 2, "内容", "门店的彩旗不用报备。")

    done = take(database, read(saved(book)))

    assert done.changed[0].fields == ("结论",)
    with reading(database) as session:
        body = get_version(session, "flags", 2).body
    assert body["claims"][0]["text"] == "门店的彩旗不用报备。"


def test_many_entries_are_taken_over_in_a_few_statements(database: Sessions) -> None:
    entries = [flag_entry(id=f"flags-{number}") for number in range(1200)]

    done = take(database, Brought(entries, [flag_document()]))

    assert len(done.new) == 1200
    assert everything(database)["library_versions"] == 1200
