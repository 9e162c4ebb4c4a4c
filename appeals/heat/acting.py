"""What is made of a burst (处置突发): one parent case, a draft entry, a title; noted who did it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from appeals.errors import (
    AppealHeldByColleague,
    AppealMoveRefused,
    AppealRightMissing,
    MergeRefused,
)
from appeals.heat.bursts_shown import get_burst, mergeable_of, view_burst, wordings_of
from appeals.heat.errors import BurstCaseOver, BurstHasEntry, TopicNeedsNoTitle, TopicUnknown
from appeals.heat.parameters import heat_sentences
from appeals.heat_tables import HeatBurst, HeatTopic
from appeals.kinds import Kinds
from appeals.merging import merge_appeal
from appeals.on_behalf import file_parent
from appeals.people import Doer
from appeals.tables import Appeal, AppealStatus
from consultations.learning.settling import NewEntry, skeleton
from consultations.learning.wording import MOST, WordingRefused, check_wordings
from core.audit import write_audit
from core.clock import china_date, china_time
from core.messages import sentence_for
from core.secrets import Keys
from knowledge_base.files import to_yaml
from knowledge_base.library import Snapshot
from knowledge_base.store import save_draft

#: What the parent is where no appeal tells its kind.
_KIND = "consultation"
#: What stands in place of a number of a person.
_MASKED = "*"
_OPEN = (
    AppealStatus.SUBMITTED,
    AppealStatus.ACCEPTED,
    AppealStatus.WORKING,
    AppealStatus.WAITING,
)
_NOT_MERGED = (AppealHeldByColleague, AppealMoveRefused, AppealRightMissing, MergeRefused)


@dataclass(frozen=True)
class OpenedCase:
    """The parent case of a burst, and what was merged under it."""

    number: str
    merged: tuple[str, ...]
    left: tuple[tuple[str, str], ...]  # numbers with why not


def see_burst(session: Session, burst_id: int, *, officer: str, now: datetime) -> HeatBurst:
    """Note that somebody has looked at a burst (已阅); the first one stays."""
    burst = get_burst(session, burst_id, to_change=True)
    if burst.seen_at is None:
        burst.seen_by, burst.seen_at = officer, now
    return burst


def open_case(
    session: Session,
    burst_id: int,
    *,
    actor: Doer,
    snapshot: Snapshot,
    keys: Keys,
    kinds: Kinds,
    now: datetime,
) -> OpenedCase:
    """Open one parent case for a burst (开主单) and merge its appeals; again, merge those since.

    Raises:
        BurstUnknown: There is no such burst.
        BurstCaseOver: Its case is answered already.
    """
    burst = get_burst(session, burst_id, to_change=True)
    appeals = mergeable_of(session, burst)
    parent = _case_of(session, burst)
    if parent is None:
        parent = _open_parent(session, burst, appeals, actor, snapshot, keys, kinds, now)
        burst.case_number, burst.case_by = parent.number, actor.login
    elif parent.status not in _OPEN:
        raise BurstCaseOver(number=parent.number)
    burst.seen_at = burst.seen_at or now
    burst.seen_by = burst.seen_by or actor.login
    merged, left = [], []
    for appeal in appeals:
        try:
            merge_appeal(session, appeal=appeal, parent=parent, actor=actor, now=now)
            merged.append(appeal.number)
        except _NOT_MERGED as error:
            left.append((appeal.number, sentence_for(error)))
    done = {"case": parent.number, "merged": len(merged), "left": len(left)}
    _audit(session, burst, "case_opened", actor.actor, now, **done)
    return OpenedCase(parent.number, tuple(merged), tuple(left))


def _case_of(session: Session, burst: HeatBurst) -> Appeal | None:
    if burst.case_number is None:
        return None
    return session.scalar(select(Appeal).where(Appeal.number == burst.case_number))


def _open_parent(
    session: Session,
    burst: HeatBurst,
    appeals: Sequence[Appeal],
    actor: Doer,
    snapshot: Snapshot,
    keys: Keys,
    kinds: Kinds,
    now: datetime,
) -> Appeal:
    said, view = heat_sentences(), view_burst(session, burst, snapshot)
    question = view.question or next(iter(view.examples), said["untitled"])
    examples = [said["example"].format(text=each) for each in view.examples]
    detail = said["case_detail"].format(
        since=f"{china_time(burst.began_at):%m-%d %H:%M}",
        people=burst.people,
        question=question,
        usual=f"{burst.usual:.1f}",
        examples="\n".join(examples) or said["no_examples"],
    )
    filed = file_parent(
        session,
        kind=_kind_of(appeals, kinds),
        subject=said["case_subject"].format(question=question),
        detail=detail,
        actor=actor,
        keys=keys,
        kinds=kinds,
        now=now,
    )
    return filed.appeal


def _kind_of(appeals: Sequence[Appeal], kinds: Kinds) -> str:
    """The kind of most of the appeals; one with results where any has to be settled."""
    must_settle = [each.kind for each in appeals if each.rules.get("resolutions")]
    counted = Counter(must_settle or [each.kind for each in appeals])
    named = [kind for kind, _ in counted.most_common() if kind in kinds]
    return named[0] if named else _KIND


@dataclass(frozen=True)
class Proposed:
    """What a draft entry of a burst would begin with."""

    id: str
    question: str
    similar: tuple[str, ...]
    topic: str | None


def propose_entry(session: Session, burst: HeatBurst, snapshot: Snapshot) -> Proposed:
    """What a draft entry would begin with: the wordings that may stand in the library."""
    fit: list[str] = []
    for text in wordings_of(session, burst):
        if _MASKED in text:
            continue
        try:
            fit += check_wordings([text], snapshot, entry_id=None, known=fit)
        except WordingRefused:
            continue
    near = view_burst(session, burst, snapshot).near
    topics = [snapshot.entries[each].topics[0] for each in near if each in snapshot.entries]
    topic = session.get_one(HeatTopic, burst.topic_id)
    question = topic.title or next(iter(fit), "")
    return Proposed(
        id=f"burst-{china_date(burst.began_at):%Y%m%d}-{burst.id}",
        question=question,
        similar=tuple(each for each in fit if each != question)[:MOST],
        topic=next(iter(topics), None),
    )


def begin_draft(
    session: Session,
    burst_id: int,
    given: NewEntry,
    *,
    officer: str,
    snapshot: Snapshot,
    now: datetime,
) -> HeatBurst:
    """Begin the entry that will answer a burst (起草条目): its questions only, no law.

    Raises:
        BurstUnknown: There is no such burst.
        BurstHasEntry: The library has an entry for it, or a draft was begun.
        WordingRefused: A wording does not do.
        EntryExists, BrokenEntry: The id is taken or cannot be one.
    """
    burst = get_burst(session, burst_id, to_change=True)
    topic = session.get_one(HeatTopic, burst.topic_id, with_for_update=True)
    if topic.entry_id is not None:
        raise BurstHasEntry(entry=topic.entry_id)
    question, *similar = check_wordings(
        [given.question, *given.similar[:MOST]], snapshot, entry_id=None
    )
    saved = save_draft(
        session,
        yaml_text=to_yaml(skeleton(given, question, similar, china_date(now))),
        base_version=None,
        editor=officer,
        now=now,
    )
    topic.entry_id = burst.draft_entry_id = saved.id
    burst.draft_by = officer
    burst.seen_at, burst.seen_by = burst.seen_at or now, burst.seen_by or officer
    _audit(session, burst, "draft_begun", f"staff:{officer}", now, entry=saved.id)
    return burst


def give_title(
    session: Session, topic_id: int, *, title: str, officer: str, snapshot: Snapshot, now: datetime
) -> HeatTopic:
    """Say how a topic without an entry is put in the public list (拟标题).

    Raises:
        TopicUnknown: There is no such topic.
        TopicNeedsNoTitle: A published entry names it.
        WordingRefused: It is too short or long, or tells of somebody.
    """
    topic = session.get(HeatTopic, topic_id, with_for_update=True)
    if topic is None:
        raise TopicUnknown(topic=topic_id)
    if topic.entry_id is not None and topic.entry_id in snapshot.entries:
        raise TopicNeedsNoTitle(question=snapshot.entries[topic.entry_id].question)
    (topic.title,) = check_wordings([title], snapshot, entry_id=None)
    topic.titled_by, topic.titled_at = officer, now
    write_audit(
        session,
        actor=f"staff:{officer}",
        deed="appeals.heat_topic.titled",
        subject=f"heat_topic:{topic.id}",
        now=now,
        title=topic.title,
    )
    return topic


def _audit(
    session: Session, burst: HeatBurst, verb: str, actor: str, now: datetime, **data: Any
) -> None:
    write_audit(
        session,
        actor=actor,
        deed=f"appeals.burst.{verb}",
        subject=f"burst:{burst.id}",
        now=now,
        **data,
    )
