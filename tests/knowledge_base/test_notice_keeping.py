"""Proposals are kept once per file; accepting makes drafts and registers the document."""

from __future__ import annotations

from datetime import date, timedelta
from threading import Thread
from typing import Any

import pytest
from flags import flag_document, library_of
from notice_files import NOTICE
from sqlalchemy import select

from core.audit import AuditLine, first_broken_line
from core.database import Sessions, open_engine, open_sessions, reading, transaction
from knowledge_base.check import check_one
from knowledge_base.files import LibraryFiles, parse
from knowledge_base.loading import load_files
from knowledge_base.notice_tables import NoticeProposal, ProposalState
from knowledge_base.notices.candidate import Candidate
from knowledge_base.notices.keeping import (
    Chosen,
    NoticeIncomplete,
    NoticeSettled,
    NoticeUnknown,
    accept_proposal,
    discard_proposal,
    find_kept,
    get_proposal,
    keep_proposal,
    list_proposals,
)
from knowledge_base.notices.proposal import propose
from knowledge_base.register import DocumentExists, get_document
from knowledge_base.schema import DocumentState, Entry
from knowledge_base.store import (
    EntryExists,
    EntryUnknown,
    all_documents,
    entry_yaml,
    get_entry,
    published_entries,
)
from knowledge_base.tables import EntryState
from knowledge_base.trail import check_trail
from policy_rules.parameters import Certainty
from tests.conftest import NOW

EDITOR, OTHER = "li", "wang"


def keep(sessions: Sessions, text: str = NOTICE, *, by: str = EDITOR) -> tuple[int, bool]:
    with transaction(sessions) as session:
        row, is_new = keep_proposal(
            session, propose(text.encode()), file_name="公告.txt", officer=by, now=NOW
        )
        return row.id, is_new


def accept(
    sessions: Sessions, notice: int, *keys: str, candidate: Candidate | None = None, **ids: str
) -> NoticeProposal:
    chosen = [Chosen(key) for key in keys] + [
        Chosen(key.removeprefix("k"), name) for key, name in ids.items()
    ]
    with transaction(sessions) as session:
        return accept_proposal(
            session, notice, candidate=candidate, chosen=chosen, officer=OTHER, now=NOW
        )


def candidate(sessions: Sessions, notice: int, **changes: Any) -> Candidate:
    with reading(sessions) as session:
        return Candidate.model_validate(get_proposal(session, notice).body["document"] | changes)


def deeds(sessions: Sessions) -> list[tuple[str, str, str]]:
    with reading(sessions) as session:
        assert first_broken_line(session) is None
        lines = session.scalars(select(AuditLine).order_by(AuditLine.id))
        return [(line.actor, line.deed, line.subject) for line in lines]


def test_a_proposal_is_kept_with_who_when_and_what_was_read(database):
    notice, is_new = keep(database)

    with reading(database) as session:
        row = get_proposal(session, notice)
    assert is_new
    assert (row.state, row.proposed_by, row.proposed_at) == (ProposalState.OPEN, EDITOR, NOW)
    assert (row.kind, row.file_name, row.digest) == (
        "txt",
        "公告.txt",
        propose(NOTICE.encode()).digest,
    )
    assert row.body == propose(NOTICE.encode()).body
    assert deeds(database) == [
        (f"staff:{EDITOR}", "knowledge_base.notice.proposed", f"notice:{notice}")
    ]


def test_the_same_file_gives_its_earlier_proposal(database):
    first = keep(database)

    again = keep(database, by=OTHER)

    assert (first[1], again) == (True, (first[0], False))
    with reading(database) as session:
        assert get_proposal(session, first[0]).proposed_by == EDITOR
    assert len(deeds(database)) == 1


def test_two_editors_who_bring_one_file_at_once_share_a_proposal(database_url):
    engine = open_engine(database_url)
    sessions = open_sessions(engine)
    found: list[tuple[int, bool]] = []
    with sessions() as session, session.begin():
        row, _ = keep_proposal(
            session, propose(NOTICE.encode()), file_name="一.txt", officer=EDITOR, now=NOW
        )
        first = row.id
        second = Thread(target=lambda: found.append(keep(sessions, by=OTHER)))
        second.start()
        second.join(0.5)
        assert second.is_alive()
    second.join(20)

    assert found == [(first, False)]
    engine.dispose()


def test_a_discarded_file_may_be_brought_again(database):
    notice, _ = keep(database)
    with transaction(database) as session:
        discard_proposal(session, notice, reason="不是税费文件", officer=OTHER, now=NOW)

    again, is_new = keep(database)

    assert (again != notice, is_new) == (True, True)
    with reading(database) as session:
        row = get_proposal(session, notice)
        assert (row.state, row.reason, row.decided_by, row.decided_at) == (
            ProposalState.DISCARDED, "不是税费文件", OTHER, NOW,
        )  # fmt: skip
        kept = find_kept(session, row.digest)
        assert kept is not None and kept.id == again


def test_accepting_registers_the_document_and_makes_drafts_that_are_not_answered(database):
    notice, _ = keep(database)

    row = accept(database, notice, "1", "2")

    assert (row.state, row.decided_by, row.decided_at) == (ProposalState.ACCEPTED, OTHER, NOW)
    assert (row.document_id, row.is_registered) == ("sta-2026-99", True)
    assert row.entries == ["sta-2026-99-1", "sta-2026-99-2"]
    with reading(database) as session:
        document = get_document(session, "sta-2026-99")
        assert published_entries(session) == []
        for name in row.entries:
            found = get_entry(session, name)
            assert (found.state, found.latest_version) == (EntryState.DRAFT, 1)
        assert check_trail(session, loaded_by="files", since=NOW - timedelta(1)) == []
    assert (document.number, document.in_force_from) == (
        "国家税务总局公告2026年第99号",
        date(2026, 10, 1),
    )
    assert (document.state, document.certainty) == (DocumentState.UNKNOWN, Certainty.UNVERIFIED)
    assert [deed for _, deed, _ in deeds(database)] == [
        "knowledge_base.notice.proposed",
        "knowledge_base.document.registered",
        "knowledge_base.entry.saved",
        "knowledge_base.entry.saved",
        "knowledge_base.notice.accepted",
    ]


def test_a_draft_names_clauses_and_holds_none_of_the_notices_words(database):
    notice, _ = keep(database)
    accept(database, notice, "2")

    with reading(database) as session:
        entry, faults = parse(entry_yaml(session, "sta-2026-99-2"), Entry, "")
    assert entry is not None and not faults
    assert {each.document for claim in entry.claims for each in claim.basis} == {"sta-2026-99"}
    assert [claim.basis[0].clause for claim in entry.claims] == ["第二条"]
    for claim in entry.claims:
        assert claim.certainty is Certainty.UNVERIFIED
        assert (claim.from_, claim.to) == (date(2026, 10, 1), date(2027, 12, 31))
        assert claim.text.startswith("（待改写）") and "挂旗" not in claim.text


def test_a_draft_that_nobody_rewrote_cannot_be_published(database):
    notice, _ = keep(database)
    accept(database, notice, "1")

    with reading(database) as session:
        entry, _ = parse(entry_yaml(session, "sta-2026-99-1"), Entry, "")
        documents = all_documents(session)
    assert entry is not None
    found = [
        each for each in check_one(entry, documents, [], today=date(2026, 9, 17)) if each.is_error
    ]
    assert {each.place for each in found} == {"sta-2026-99-1.short", "sta-2026-99-1.c1"}
    assert all("还没有改写" in each.what for each in found)


def test_the_editors_corrections_and_ids_are_taken(database):
    notice, _ = keep(database, "关于彩旗的通知\n一、应当报备彩旗。")
    put_right = candidate(
        database, notice, id="flags-2", number="彩旗〔2026〕2号", issuers=["彩旗办公室"],
        issued_on="2026-08-01",
    )  # fmt: skip

    row = accept(database, notice, candidate=put_right, k1="flag-reporting")

    assert (row.document_id, row.entries) == ("flags-2", ["flag-reporting"])
    with reading(database) as session:
        assert get_document(session, "flags-2").issuers == ("彩旗办公室",)
        entry, _ = parse(entry_yaml(session, "flag-reporting"), Entry, "")
    assert entry is not None
    assert entry.claims[0].from_ == date(2026, 8, 1)
    assert "彩旗〔2026〕2号第一条" in entry.claims[0].text


def test_what_is_on_register_stays_as_it_is_and_is_cited(database):
    known = flag_document(id="banners", number="税务总局公告 2026 年第 99 号")
    with transaction(database) as session:
        load_files(session, library_of(documents=(known,)), editor="files", now=NOW)
    notice, _ = keep(database)

    row = accept(database, notice, "1", candidate=candidate(database, notice, title="另一个标题"))

    assert (row.document_id, row.is_registered) == ("banners", False)
    with reading(database) as session:
        assert get_document(session, "banners") == known
        assert list(all_documents(session)) == ["banners"]
        assert "document: banners" in entry_yaml(session, row.entries[0])


def test_a_file_that_is_loaded_later_may_correct_a_registered_document(database):
    notice, _ = keep(database)
    accept(database, notice)
    better = flag_document(id="sta-2026-99", number="国家税务总局公告2026年第99号")

    with transaction(database) as session:
        load_files(session, LibraryFiles(documents={better.id: better}), editor="files", now=NOW)

    with reading(database) as session:
        assert get_document(session, "sta-2026-99") == better


@pytest.mark.parametrize(
    ("text", "changes", "keys", "field"),
    [
        ("关于彩旗的通知\n一、应当报备彩旗。", {}, ["1"], "issuers"),
        ("记者获悉\n国家税务总局推广彩旗。", {"issuers": ["国家税务总局"]}, [], "number"),
        (NOTICE, {"ended_on": "2026-01-01"}, ["1"], "ended_on"),
        (NOTICE, {}, ["99"], "skeletons"),
        (NOTICE, {}, ["1", "1"], "skeletons"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_made(database, text, changes, keys, field):
    notice, _ = keep(database, text)

    with pytest.raises(NoticeIncomplete) as caught:
        accept(database, notice, *keys, candidate=candidate(database, notice, **changes))

    assert caught.value.details["field"] == field
    with reading(database) as session:
        assert get_proposal(session, notice).state is ProposalState.OPEN
        assert all_documents(session) == {}


def test_a_known_document_without_any_entry_leaves_nothing_to_accept(database):
    known = flag_document(id="banners", number="国家税务总局公告2026年第99号")
    with transaction(database) as session:
        load_files(session, library_of(documents=(known,)), editor="files", now=NOW)
    notice, _ = keep(database)

    with pytest.raises(NoticeIncomplete):
        accept(database, notice)


def test_ids_that_are_taken_undo_everything(database):
    with transaction(database) as session:
        load_files(session, library_of(documents=(flag_document(),)), editor="files", now=NOW)
    first, _ = keep(database, "关于彩旗的通知\n财税〔2026〕1号\n一、应当报备彩旗。\n财政部")
    second, _ = keep(database, "关于风筝的通知\n财税〔2026〕2号\n一、应当报备风筝。\n财政部")
    accept(database, first, k1="flag-reporting")

    with pytest.raises(EntryExists):
        accept(database, second, k1="flag-reporting")
    with pytest.raises(DocumentExists):
        accept(database, second, "1", candidate=candidate(database, second, id="flag-1"))

    with reading(database) as session:
        assert get_proposal(session, second).state is ProposalState.OPEN
        assert set(all_documents(session)) == {"flag-1", "caishui-2026-1"}
        with pytest.raises(EntryUnknown):
            get_entry(session, "caishui-2026-2-1")


def test_nobody_decides_twice(database):
    notice, _ = keep(database)
    accept(database, notice, "1")

    with pytest.raises(NoticeSettled) as caught:
        accept(database, notice, "2")
    with pytest.raises(NoticeSettled), transaction(database) as session:
        discard_proposal(session, notice, reason="算了", officer=EDITOR, now=NOW)

    assert (caught.value.details["by"], caught.value.details["verb"]) == (OTHER, "收录")
    with reading(database) as session:
        assert get_proposal(session, notice).state is ProposalState.ACCEPTED


def test_a_proposal_that_is_not_there_is_unknown(database):
    with reading(database) as session, pytest.raises(NoticeUnknown):
        get_proposal(session, 7)
    with pytest.raises(NoticeUnknown):
        accept(database, 7)


def test_the_list_is_newest_first_and_by_state(database):
    first, _ = keep(database)
    second, _ = keep(database, NOTICE + "附件")
    with transaction(database) as session:
        discard_proposal(session, first, reason="重复", officer=OTHER, now=NOW)

    with reading(database) as session:
        rows, total = list_proposals(session, state=None, page=1, per_page=1)
        assert ([row.id for row in rows], total) == ([second], 2)
        rows, total = list_proposals(session, state=None, page=2, per_page=1)
        assert [row.id for row in rows] == [first]
        rows, total = list_proposals(session, state=ProposalState.OPEN, page=1, per_page=9)
        assert ([row.id for row in rows], total) == ([second], 1)
