"""What editors decide about groups (处理归组): a wording, an entry, a term, or nothing.

Nothing here changes an answer. A wording and an entry become drafts, which two other people have
to approve; a term has to be approved by another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from consultations.learning.groups import GroupChanged, GroupSettled, GroupUnknown
from consultations.learning.wording import MOST, check_wordings, refused, words
from consultations.learning_tables import GroupState, QuestionGroup
from core.audit import write_audit
from core.clock import china_date
from knowledge_base.files import to_yaml
from knowledge_base.kept_terms import propose_term
from knowledge_base.library import Snapshot
from knowledge_base.schema import Entry
from knowledge_base.store import EntryUnknown, get_entry, get_version, save_draft
from knowledge_base.tables import EntryState, LibraryEntry
from knowledge_base.term_tables import KeptTerm, TermState
from policy_rules.parameters import Certainty

#: An entry has at least so many other wordings.
FEWEST_SIMILAR = 6


@dataclass(frozen=True)
class Decision:
    """Who decides about which group, as the page shows it, when."""

    group_id: int
    version: int
    officer: str
    now: datetime


@dataclass(frozen=True)
class NewEntry:
    """What an entry begins with."""

    id: str
    question: str
    similar: Sequence[str]
    topic: str


def add_wordings(
    session: Session,
    decided: Decision,
    *,
    entry_id: str,
    texts: Sequence[str],
    snapshot: Snapshot,
) -> QuestionGroup:
    """Add wordings to an entry, as a draft of it (加相似问法).

    Raises:
        GroupUnknown, GroupSettled, GroupChanged: The page is out of date.
        WordingRefused: A wording does not do.
        EntryUnknown: There is no such entry.
    """
    group = _open(session, decided)
    row = session.get(LibraryEntry, entry_id, with_for_update=True)
    if row is None:
        raise EntryUnknown(entry=entry_id)
    if row.state is not EntryState.PUBLISHED:
        raise refused("not_published", entry=entry_id)
    latest = Entry.model_validate(get_version(session, entry_id, row.latest_version).body)
    known = (latest.question, *latest.similar)
    added = check_wordings(texts[:MOST], snapshot, entry_id=entry_id, known=known)
    changed = latest.model_copy(update={"similar": (*latest.similar, *added)})
    saved = save_draft(
        session,
        yaml_text=to_yaml(changed),
        base_version=row.latest_version,
        editor=decided.officer,
        now=decided.now,
    )
    made = {"entry": entry_id, "version": saved.latest_version}
    return _accept(session, group, decided, made)


def begin_entry(
    session: Session, decided: Decision, given: NewEntry, *, snapshot: Snapshot
) -> QuestionGroup:
    """Begin an entry that answers the group; everything but its questions waits to be written.

    Raises:
        GroupUnknown, GroupSettled, GroupChanged: The page is out of date.
        WordingRefused: A wording does not do.
        EntryExists, BrokenEntry: The id is taken or cannot be one.
    """
    group = _open(session, decided)
    question, *similar = check_wordings(
        [given.question, *given.similar[:MOST]], snapshot, entry_id=None
    )
    today = china_date(decided.now)
    saved = save_draft(
        session,
        yaml_text=to_yaml(skeleton(given, question, similar, today)),
        base_version=None,
        editor=decided.officer,
        now=decided.now,
    )
    made = {"entry": saved.id, "version": saved.latest_version}
    return _accept(session, group, decided, made)


def skeleton(given: NewEntry, question: str, similar: Sequence[str], today: date) -> Entry:
    """An entry that has only its questions (条目骨架); what answers them waits to be written."""
    missing = range(len(similar) + 1, FEWEST_SIMILAR + 1)
    blank = [words()["placeholder"].format(number=number) for number in missing]
    claim = {
        "id": "c1",
        "text": words()["claim"],
        "from": today.isoformat(),
        "certainty": Certainty.UNVERIFIED,
    }
    short = {"text": words()["short"], "from": today.isoformat(), "claims": ["c1"]}
    return Entry.model_validate(
        {
            "id": given.id,
            "question": question,
            "similar": [*similar, *blank],
            "topics": [given.topic],
            "short_answers": [short],
            "claims": [claim],
            "checked_on": today.isoformat(),
        }
    )


def suggest_term(
    session: Session, decided: Decision, *, text: str, term: str, kind: str
) -> QuestionGroup:
    """Propose a way of saying a term; another editor approves it (提出用语).

    Raises:
        GroupUnknown, GroupSettled, GroupChanged: The page is out of date.
        TermRefused: The word contradicts what is known.
    """
    group = _open(session, decided)
    row = propose_term(
        session, text=text, term=term, kind=kind, officer=decided.officer, now=decided.now
    )
    return _accept(session, group, decided, {"term": row.id})


def dismiss(session: Session, decided: Decision, *, reason: str) -> QuestionGroup:
    """Make nothing of a group; it comes back once enough more people ask (不处理).

    Raises:
        GroupUnknown, GroupSettled, GroupChanged: The page is out of date.
        WordingRefused: No reason is given.
    """
    group = _open(session, decided)
    if not reason.strip():
        raise refused("reason")
    _settle(group, GroupState.DISMISSED, decided)
    group.made, group.reason = None, reason.strip()
    _audit(session, group, decided, "dismissed", reason=group.reason)
    return group


def reopen(session: Session, decided: Decision) -> QuestionGroup:
    """Take a group up again that was decided about (重新打开).

    Raises:
        GroupUnknown, GroupChanged: The page is out of date.
        GroupSettled: It is open.
    """
    group = _locked(session, decided)
    if group.state is GroupState.OPEN:
        raise GroupSettled(group=group.id, state=group.state.value, by=group.settled_by)
    group.state = GroupState.OPEN
    group.version += 1
    _audit(session, group, decided, "reopened")
    return group


def may_return_after(session: Session, group: QuestionGroup) -> datetime | None:
    """From when on questions count that bring a settled group back.

    What was made of it has to be answered with first; None while it waits to be.
    """
    made, settled_at = group.made or {}, group.settled_at
    if settled_at is None or not made or group.state is GroupState.DISMISSED:
        return settled_at
    lives_since = _term_since(session, made) if "term" in made else _entry_since(session, made)
    return None if lives_since is None else max(settled_at, lives_since)


def _entry_since(session: Session, made: dict[str, Any]) -> datetime | None:
    row = get_entry(session, made["entry"])
    if row.state is not EntryState.PUBLISHED or (row.published_version or 0) < made["version"]:
        return None
    return get_version(session, row.id, row.published_version or 0).published_at


def _term_since(session: Session, made: dict[str, Any]) -> datetime | None:
    row = session.get(KeptTerm, made["term"])
    if row is None or row.state is TermState.PROPOSED:
        return None
    return row.ended_at or row.decided_at


def _open(session: Session, decided: Decision) -> QuestionGroup:
    group = _locked(session, decided)
    if group.state is not GroupState.OPEN:
        raise GroupSettled(group=group.id, state=group.state.value, by=group.settled_by)
    return group


def _locked(session: Session, decided: Decision) -> QuestionGroup:
    group = session.get(QuestionGroup, decided.group_id, with_for_update=True)
    if group is None:
        raise GroupUnknown(group=decided.group_id)
    if group.version != decided.version:
        if group.state is not GroupState.OPEN:
            raise GroupSettled(group=group.id, state=group.state.value, by=group.settled_by)
        raise GroupChanged(group=group.id)
    return group


def _accept(
    session: Session, group: QuestionGroup, decided: Decision, made: dict[str, Any]
) -> QuestionGroup:
    _settle(group, GroupState.ACCEPTED, decided)
    group.made, group.reason = made, None
    _audit(session, group, decided, "accepted", **made)
    return group


def _settle(group: QuestionGroup, state: GroupState, decided: Decision) -> None:
    group.state, group.settled_by, group.settled_at = state, decided.officer, decided.now
    group.version += 1


def _audit(
    session: Session, group: QuestionGroup, decided: Decision, verb: str, **data: Any
) -> None:
    write_audit(
        session,
        actor=f"staff:{decided.officer}",
        deed=f"consultations.question_group.{verb}",
        subject=f"question_group:{group.id}",
        now=decided.now,
        **data,
    )
