"""Ending a document silences exactly what rests on it, at once, and can be undone by another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from flags import flag_document, flag_entry, library_of
from sqlalchemy import select

from answers.engine import Engine
from answers.frame import Query
from answers.parts import Reply
from consultations.relied import Source, answers_relying_on
from consultations.talk import finish_turn, open_conversation, receive_turn, record_answer
from core.audit import AuditLine
from core.clock import china_date
from core.database import Sessions, reading, transaction
from core.errors import InvalidInput
from knowledge_base.files import ENTRIES, LibraryFiles, read_library
from knowledge_base.library import Library
from knowledge_base.loading import load_files
from knowledge_base.register import (
    DocumentEndedAlready,
    DocumentNotEnded,
    DocumentUnknown,
    Ending,
    UndoneByYourself,
    end_document,
    find_ending,
    get_document,
    undo_ending,
)
from knowledge_base.relied import Relied, relied_on
from knowledge_base.schema import DocumentState
from knowledge_base.store import current_revision
from policy_rules.parameters import FOLDER, installed_parameters
from tests.conftest import NOW

TODAY = china_date(NOW)
#: What soldiers who leave the army and start or join a firm may deduct.
SOLDIERS = "mof-sta-mva-2023-14"
REPEALED = Ending(DocumentState.REPEALED, "文件被废止")


def load(database: Sessions, files: LibraryFiles) -> None:
    with transaction(database) as session:
        load_files(session, files, editor="files", now=NOW)


@pytest.fixture
def library(database: Sessions) -> Library:
    """The real library, as a process holds it."""
    load(database, read_library())
    found = Library(database)
    found.refresh()
    return found


@pytest.fixture
def ask(library: Library) -> Callable[..., Reply]:
    engine = Engine(library)

    def asked(text: str, today: date = TODAY) -> Reply:
        library.refresh()
        return engine.answer(Query(text, today))

    return asked


def relied(database: Sessions, document_id: str) -> Relied:
    with reading(database) as session:
        return relied_on(session, document_id, installed_parameters())


def files_naming(folder: Path, words: set[str]) -> set[str]:
    """The ids of the files in which one of the words stands by itself, read as plain text."""
    found = set()
    for path in folder.rglob("*.yml"):
        text = path.read_text("utf-8")
        pieces = set(text.replace("{", " ").replace("}", " ").replace(",", " ").split())
        if pieces & words:
            found.add(yaml.safe_load(text)["id"])
    return found


def test_retiring_a_document_lists_what_relied_on_it_and_silences_just_that(
    database: Sessions, library: Library, ask: Callable[..., Reply]
) -> None:
    figures = files_naming(FOLDER, {SOLDIERS})
    named = files_naming(ENTRIES, {SOLDIERS} | figures)
    relying = relied(database, SOLDIERS)

    assert {each.parameter.id for each in relying.figures} == figures
    assert {each.id for each in relying.entries} == named
    assert named
    assert figures

    snapshot = library.snapshot
    others = sorted(snapshot.entries.keys() - named)[:40]
    questions = {name: snapshot.entries[name].question for name in (*sorted(named), *others)}
    before = {name: ask(question) for name, question in questions.items()}
    turns = tell(database, questions, before)
    source = Source(SOLDIERS, figures=spans_of(relying))
    with reading(database) as session:
        told = answers_relying_on(session, source, per_page=100)
    assert {row.turn_id for row in told.rows} == {
        turns[name] for name, reply in before.items() if rests(reply, relying)
    }
    assert told.total == len(told.rows) > 0

    with transaction(database) as session:
        end_document(session, SOLDIERS, REPEALED, editor="editor", now=NOW)

    silenced = 0
    for name, question in questions.items():
        after = ask(question)
        if not rests(before[name], relying):
            assert after.parts[0].text == before[name].parts[0].text, name
            continue
        silenced += after.outcome == "refused_uncertain"
        assert not rests(after, relying), name
    assert silenced >= 2


def tell(
    database: Sessions, questions: dict[str, str], replies: dict[str, Reply]
) -> dict[str, str]:
    """Record every question and its answer in a talk; gives the turn by entry."""
    turns = {}
    with transaction(database) as session:
        talk, _ = open_conversation(session, channel="web", identity_key="web:1", now=NOW)
        for name, question in questions.items():
            turn, _ = receive_turn(session, talk, text=question, client_message_id=name, now=NOW)
            record_answer(session, turn.id, replies[name], now=NOW)
            finish_turn(session, turn.id, now=NOW)
            turns[name] = turn.id
    return turns


def spans_of(relying: Relied) -> dict[str, dict[str, list[object]]]:
    values = {each.parameter.id: each.values for each in relying.figures}
    return {
        entry.id: {
            claim: [span for name in names for span in values[name]]
            for claim, names in entry.through.items()
        }
        for entry in relying.entries
        if entry.through
    }


def rests(reply: Reply, relying: Relied) -> bool:
    """Whether a reply names the document as its source, or says a claim that rests on it."""
    claims = {entry.id: {*entry.claims, *entry.through} for entry in relying.entries}
    return any(each["document"] == SOLDIERS for each in reply.sources) or any(
        claims.get(note["id"], set()).intersection(note.get("claims", ())) for note in reply.entries
    )


def test_a_refusal_says_why_and_offers_a_person(
    database: Sessions, ask: Callable[..., Reply]
) -> None:
    question = "退役士兵创业有什么税收优惠"
    assert ask(question).outcome == "answered"

    with transaction(database) as session:
        end_document(session, SOLDIERS, REPEALED, editor="editor", now=NOW)

    told = ask(question)
    assert told.outcome == "refused_uncertain"
    assert "正在复核" in told.parts[0].text
    assert "公告2023年第14号" in told.parts[0].text
    assert [each.label for each in told.parts[0].buttons][:1] == ["转人工"]


def test_an_earlier_period_is_still_answered_by_the_old_rule(
    database: Sessions, ask: Callable[..., Reply]
) -> None:
    old = ask("2025年第二季度退役士兵创业有什么税收优惠")

    with transaction(database) as session:
        end_document(session, SOLDIERS, REPEALED, editor="editor", now=NOW)

    assert old.outcome == "answered"
    again = ask("2025年第二季度退役士兵创业有什么税收优惠")
    assert again.parts[0].text == old.parts[0].text
    assert ask("2026年第三季度退役士兵创业有什么税收优惠").outcome == "refused_uncertain"


def test_a_document_that_ends_later_is_gone_by_until_its_last_day(
    database: Sessions, ask: Callable[..., Reply]
) -> None:
    last = TODAY + timedelta(days=3)
    with transaction(database) as session:
        ending = Ending(DocumentState.REPEALED, "到期", ended_on=last)
        end_document(session, SOLDIERS, ending, editor="editor", now=NOW)

    question = "退役士兵创业有什么税收优惠"
    assert ask(question, last).outcome == "answered"
    assert ask(question, last + timedelta(days=1)).outcome == "refused_uncertain"


def test_a_load_leaves_an_ended_document_alone_until_its_file_changes(database: Sessions) -> None:
    files = library_of(flag_entry())
    load(database, files)
    with transaction(database) as session:
        end_document(session, "flag-1", REPEALED, editor="editor", now=NOW)

    load(database, files)
    with reading(database) as session:
        assert get_document(session, "flag-1").state is DocumentState.REPEALED

    changed = flag_document(note="第二条已修改")
    load(database, library_of(flag_entry(), documents=(changed,)))
    with reading(database) as session:
        assert get_document(session, "flag-1") == changed
        assert find_ending(session, "flag-1") is None


def test_somebody_else_brings_a_document_back(database: Sessions) -> None:
    load(database, library_of(flag_entry()))
    with transaction(database) as session:
        end_document(session, "flag-1", REPEALED, editor="editor", now=NOW)
        revision = current_revision(session)

    with pytest.raises(UndoneByYourself), transaction(database) as session:
        undo_ending(session, "flag-1", officer="editor", reason="弄错了", now=NOW)
    with transaction(database) as session:
        undo_ending(session, "flag-1", officer="editor2", reason="没有废止", now=NOW)

    with reading(database) as session:
        assert get_document(session, "flag-1") == flag_document()
        assert current_revision(session) == revision + 1
        deeds = session.scalars(
            select(AuditLine.deed).where(AuditLine.subject == "document:flag-1")
        ).all()
        assert deeds == ["knowledge_base.document.ended", "knowledge_base.document.brought_back"]
    with pytest.raises(DocumentNotEnded), transaction(database) as session:
        undo_ending(session, "flag-1", officer="editor2", reason="再来一次", now=NOW)


@pytest.mark.parametrize(
    ("ending", "error"),
    [
        (Ending(DocumentState.IN_FORCE, "理由"), InvalidInput),
        (Ending(DocumentState.REPEALED, " "), InvalidInput),
        (Ending(DocumentState.REPEALED, "理由", clauses=("第一条",)), InvalidInput),
        (Ending(DocumentState.REPEALED, "理由", replaced_by="flag-1"), InvalidInput),
        (Ending(DocumentState.REPEALED, "理由", replaced_by="flag-9"), DocumentUnknown),
    ],
)
def test_an_ending_that_makes_no_sense_is_refused(
    database: Sessions, ending: Ending, error: type[Exception]
) -> None:
    load(database, library_of(flag_entry()))

    with pytest.raises(error), transaction(database) as session:
        end_document(session, "flag-1", ending, editor="editor", now=NOW)


def test_a_document_is_ended_once(database: Sessions) -> None:
    load(database, library_of(flag_entry()))
    with transaction(database) as session:
        end_document(session, "flag-1", REPEALED, editor="editor", now=NOW)

    with pytest.raises(DocumentEndedAlready), transaction(database) as session:
        end_document(session, "flag-1", REPEALED, editor="editor2", now=NOW)


def test_of_a_partly_repealed_document_only_its_clauses_are_listed(database: Sessions) -> None:
    second = {
        "id": "second",
        "text": "彩旗要晾干。",
        "from": date(2026, 1, 1),
        "basis": [{"document": "flag-1", "clause": "第二条（一）"}],
        "certainty": "verified",
    }
    load(database, library_of(flag_entry(traps=[second])))

    with reading(database) as session:
        found = relied_on(session, "flag-1", {}, clauses=("第二条",))

    assert [(each.id, each.claims, each.shorts) for each in found.entries] == [
        ("flags", ("second",), ())
    ]
