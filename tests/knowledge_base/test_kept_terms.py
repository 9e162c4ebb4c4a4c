"""Terms that editors keep: two people, one meaning for each word, and every process takes over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from sqlalchemy import select

from core.audit import AuditLine
from core.database import Sessions, reading, transaction
from knowledge_base.files import ENTRIES, read_library
from knowledge_base.kept_terms import (
    TermOfYourOwn,
    TermRefused,
    TermSettled,
    TermUnknown,
    approve_term,
    propose_term,
    refuse_term,
    terms_in_force,
    terms_yaml,
    withdraw_term,
)
from knowledge_base.library import Library
from knowledge_base.loading import load_files
from knowledge_base.normalise import comparable
from knowledge_base.thesaurus import keep
from tests.conftest import NOW
from tests.knowledge_base.flags import flag_entry, library_of

WRITER, OTHER = "li", "wang"
#: A word that nobody says, so that no file will ever have it.
WORD, TERM = "嗡嗡纸", "增值税专用发票"


@pytest.fixture(autouse=True)
def _nothing_kept_afterwards() -> Iterator[None]:
    yield
    keep(())


def propose(database: Sessions, text: str = WORD, term: str = TERM, kind: str = "said") -> int:
    with transaction(database) as session:
        return propose_term(session, text=text, term=term, kind=kind, officer=WRITER, now=NOW).id


def approve(database: Sessions, term_id: int, by: str = OTHER) -> None:
    with transaction(database) as session:
        approve_term(session, term_id, officer=by, now=NOW)


def withdraw(database: Sessions, term_id: int) -> None:
    with transaction(database) as session:
        withdraw_term(session, term_id, reason="有歧义", officer=WRITER, now=NOW)


def in_force(database: Sessions) -> list[str]:
    with reading(database) as session:
        return [each.text for each in terms_in_force(session)]


@pytest.fixture
def library(database: Sessions) -> Library:
    files = read_library(ENTRIES / "invoice")
    with transaction(database) as session:
        load_files(session, files, editor="files", now=NOW)
    library = Library(database)
    library.refresh()
    return library


def best(library: Library, question: str) -> tuple[str, float]:
    hit = library.snapshot.index.search(question, limit=1)[0]
    return hit.entry_id, hit.score


def test_a_term_counts_in_every_process_once_another_person_agrees(library, database) -> None:
    other_process = Library(database)
    other_process.refresh()
    asked, meant = f"{WORD}丢了怎么办", f"{TERM}丢了怎么办"
    before = best(library, asked)
    term_id = propose(database)

    assert not library.refresh()
    assert best(library, asked) == before
    assert comparable(asked) != comparable(meant)

    approve(database, term_id)
    assert library.refresh() and other_process.refresh()
    assert best(library, asked) == best(other_process, asked)
    assert best(library, asked)[0] == best(library, meant)[0]
    assert best(library, asked)[1] > before[1]
    assert comparable(asked) == comparable(meant)

    withdraw(database, term_id)
    assert library.refresh()
    assert best(library, asked) == before
    assert comparable(asked) != comparable(meant)


def test_a_wording_of_the_library_that_has_the_word_is_indexed_anew(database) -> None:
    with transaction(database) as session:
        load_files(session, library_of(flag_entry()), editor="files", now=NOW)
    library = Library(database)
    library.refresh()
    asked = "门店的小型微利企业要报备吗"
    before = best(library, asked)

    approve(database, propose(database, "彩旗", "小型微利企业"))
    library.refresh()

    assert library.snapshot.index.edited == 1
    assert best(library, asked)[1] > before[1] + 0.1


def test_whoever_proposed_a_term_does_not_approve_it(database) -> None:
    term_id = propose(database)

    with pytest.raises(TermOfYourOwn):
        approve(database, term_id, by=WRITER)

    assert in_force(database) == []


def test_a_term_is_decided_about_once(database) -> None:
    term_id = propose(database)
    with transaction(database) as session:
        refuse_term(session, term_id, reason="没人这么说", officer=OTHER, now=NOW)

    with pytest.raises(TermSettled):
        approve(database, term_id)
    with pytest.raises(TermSettled):
        withdraw(database, term_id)
    with pytest.raises(TermUnknown):
        approve(database, 4711)


@pytest.mark.parametrize(
    ("text", "term", "kind", "why"),
    [
        (WORD, TERM, "rumour", "kind"),
        ("嗡", TERM, "said", "form"),
        ("嗡嗡 纸", TERM, "said", "form"),
        ("嗡嗡纸！", TERM, "said", "form"),
        ("13812345678", TERM, "said", "personal"),
        (TERM, TERM, "said", "same"),
        ("个人所得税", "增值税", "said", "is_standard"),
        ("个税", "增值税", "said", "means_another"),
        (WORD, "个税", "said", "term_is_variant"),
        (WORD, "嗡嗡税制", "said", "nobody_says"),
    ],
)
def test_what_contradicts_what_is_known_is_refused_with_the_reason(
    database, text: str, term: str, kind: str, why: str
) -> None:
    with pytest.raises(TermRefused) as refused:
        propose(database, text, term, kind)

    assert refused.value.details["why"] == why
    assert refused.value.details["reason"]


def test_a_word_that_waits_or_counts_already_is_not_proposed_again(database) -> None:
    term_id = propose(database)

    for term, why in ((TERM, "proposed_already"), ("增值税", "means_another")):
        with pytest.raises(TermRefused) as refused:
            propose(database, WORD, term)
        assert refused.value.details["why"] == why
    approve(database, term_id)
    with pytest.raises(TermRefused):
        propose(database)
    withdraw(database, term_id)

    assert propose(database) > term_id


def test_chains_of_kept_terms_are_refused_either_way(database) -> None:
    propose(database, WORD, TERM)

    for text, term, why in (
        ("嗡嗡单", WORD, "term_is_variant"),
        (TERM, "增值税", "is_standard"),
    ):
        with pytest.raises(TermRefused) as refused:
            propose(database, text, term)
        assert refused.value.details["why"] == why


def test_full_width_and_traditional_writing_is_kept_as_questions_are_compared(database) -> None:
    with transaction(database) as session:
        row = propose_term(
            session, text=" 嗡嗡專紙 ", term=TERM, kind="said", officer=WRITER, now=NOW
        )
        assert row.text == "嗡嗡专纸"


def test_what_is_in_force_is_exported_as_a_file_of_the_thesaurus(database) -> None:
    approve(database, propose(database))
    propose(database, "嗡嗡税票", TERM)

    with reading(database) as session:
        exported = yaml.safe_load(terms_yaml(session))

    assert exported == {TERM: {"said": [WORD]}}


def test_every_deed_is_in_the_audit_trail(database) -> None:
    term_id = propose(database)
    approve(database, term_id)
    withdraw(database, term_id)

    with reading(database) as session:
        lines: list[Any] = list(session.scalars(select(AuditLine).order_by(AuditLine.id)))
    assert [(line.actor, line.deed) for line in lines] == [
        ("staff:li", "knowledge_base.term.proposed"),
        ("staff:wang", "knowledge_base.term.approved"),
        ("staff:li", "knowledge_base.term.withdrawn"),
    ]
    assert {line.subject for line in lines} == {f"term:{term_id}"}
