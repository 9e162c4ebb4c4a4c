"""A burst becomes one parent case and a draft; once it is answered, all who asked are told once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from appeals.filing import EvidenceTurn, file_appeal
from appeals.heat.acting import begin_draft, give_title, open_case, propose_entry, see_burst
from appeals.heat.answering import tell_who_asked
from appeals.heat.bursts_shown import count_unseen, view_burst
from appeals.heat.errors import BurstCaseOver, BurstHasEntry, BurstUnknown
from appeals.heat_tables import HeatBurst, HeatTopic
from appeals.kinds import load_kinds
from appeals.lifecycle import record_move
from appeals.moves import accept_appeal, answer_appeal
from appeals.people import Doer
from appeals.tables import Appeal, AppealStatus, Origin, Verb
from consultations.learning.settling import NewEntry
from consultations.learning.wording import WordingRefused
from consultations.tables import Conversation, Correction, CorrectionVerdict, Message
from consultations.telling import tell_corrections
from core.database import Sessions, transaction
from core.due_work import DueWork
from core.secrets import Keys
from knowledge_base.store import get_version
from knowledge_base.tables import EntryState, LibraryEntry
from tests.appeals.heat_days import LIBRARY, MORNING, ask, bursts_of, looked, usual_days

HIVES = ("卖蜂箱要交税吗", "蜂箱卖了要不要交税", "养蜂人卖蜂箱交税吗", "卖蜂箱的税怎么交")
NOW = MORNING + timedelta(hours=1)
LEADER = Doer("staff:supervisor01", supervises=True)
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
KINDS = load_kinds()


def file(database: Sessions, keys: Keys, subject: str, at: datetime, **more: str) -> str:
    """Somebody files an appeal about it; gives its number."""
    with transaction(database) as session:
        filed = file_appeal(
            session,
            identity_key=f"web:{subject}{at:%H%M%S}",
            conversation_id=None,
            enterprise_id=None,
            kind=more.get("kind", "consultation"),
            subject=subject,
            detail=f"{subject}，一直没有人答复。",
            contact=None,
            evidence=[EvidenceTurn("问", "答")],
            keys=keys,
            kinds=KINDS,
            now=at,
        )
        return filed.appeal.number


@pytest.fixture
def burst(database: Sessions, keys: Keys) -> HeatBurst:
    """Twelve people ask about what nothing answers, and two of others file an appeal."""
    usual_days(database, last=MORNING.date())
    for number in range(12):
        at = MORNING + timedelta(minutes=3 * number)
        ask(database, HIVES[number % 4], at=at, who=f"web:person-{number}")
    file(database, keys, "卖蜂箱要交税吗", MORNING + timedelta(minutes=40))
    file(database, keys, "蜂箱卖了要不要交税", MORNING + timedelta(minutes=41))
    looked(database, NOW)
    [found] = bursts_of(database)
    return found


def opened(database: Sessions, burst: HeatBurst, keys: Keys, now: datetime = NOW):
    with transaction(database) as session:
        return open_case(
            session, burst.id, actor=LEADER, snapshot=LIBRARY, keys=keys, kinds=KINDS, now=now
        )


def drafted(database: Sessions, burst: HeatBurst) -> str:
    given = NewEntry("sold-hives", "卖蜂箱要不要交增值税", HIVES[1:], "vat")
    with transaction(database) as session:
        begin_draft(session, burst.id, given, officer="editor01", snapshot=LIBRARY, now=NOW)
    return given.id


def publish(database: Sessions, entry_id: str, certainty: str = "verified") -> None:
    """The draft is written and lives; how it is approved is the library's own business."""
    with transaction(database) as session:
        row = session.get_one(LibraryEntry, entry_id)
        version = get_version(session, entry_id, row.latest_version)
        claim = version.body["claims"][0]
        basis = [{"document": "vat-law", "clause": None}]
        changed = {**claim, "certainty": certainty, "basis": basis, "text": "销售蜂箱按规定申报。"}
        short = {**version.body["short_answers"][0], "text": "卖蜂箱要按规定申报。"}
        version.body = {**version.body, "claims": [changed], "short_answers": [short]}
        row.state, row.published_version = EntryState.PUBLISHED, version.version


def told(database: Sessions, entry_id: str, now: datetime = NOW) -> int:
    with transaction(database) as session:
        return tell_who_asked(session, entry_id=entry_id, region="全国", now=now)


def test_a_burst_shows_masked_examples_what_became_of_them_and_its_appeals(
    database: Sessions, burst: HeatBurst
) -> None:
    ask(database, "13812345678，卖蜂箱要交税吗", at=NOW, who="web:numbered")
    ask(database, "我叫李小红，卖蜂箱要交税吗", at=NOW, who="web:named")
    looked(database, NOW + timedelta(minutes=15))

    with transaction(database) as session:
        view = view_burst(session, session.get_one(HeatBurst, burst.id), LIBRARY)

    assert view.question is None
    assert len(view.examples) == 5
    assert "13812345678" not in "".join(view.examples)
    assert "李小红" not in "".join(view.examples)
    assert (view.asked, view.answered, view.appeals, view.mergeable) == (14, 0, 2, 2)


def test_one_click_opens_one_parent_case_and_merges_the_appeals_of_the_burst(
    database: Sessions, burst: HeatBurst, keys: Keys
) -> None:
    found = opened(database, burst, keys)

    assert (len(found.merged), found.left) == (2, ())
    with transaction(database) as session:
        parent = session.scalars(select(Appeal).where(Appeal.number == found.number)).one()
        repeats = session.scalars(select(Appeal).where(Appeal.parent_id == parent.id)).all()
        assert parent.origin is Origin.DESK
        assert {each.status for each in repeats} == {AppealStatus.MERGED}
        assert "卖蜂箱要交税吗" in parent.detail
    assert bursts_of(database)[0].case_number == found.number


def test_again_only_what_came_since_is_merged_and_no_second_case_is_opened(
    database: Sessions, burst: HeatBurst, keys: Keys
) -> None:
    first = opened(database, burst, keys)
    late = file(database, keys, "养蜂人卖蜂箱交税吗", NOW + timedelta(minutes=5))
    looked(database, NOW + timedelta(minutes=15))

    second = opened(database, burst, keys, NOW + timedelta(minutes=20))

    assert (second.number, second.merged) == (first.number, (late,))


def test_what_cannot_be_merged_is_named_with_the_reason_and_stays_as_it_is(
    database: Sessions, burst: HeatBurst, keys: Keys
) -> None:
    with transaction(database) as session:
        held = session.scalars(select(Appeal).order_by(Appeal.id)).first()
        assert held is not None
        record_move(session, held, Verb.ACCEPT, actor="staff:agent01", now=NOW, give_to="agent01")
        number = held.number
    agent = Doer("staff:agent02")

    with transaction(database) as session:
        found = open_case(
            session, burst.id, actor=agent, snapshot=LIBRARY, keys=keys, kinds=KINDS, now=NOW
        )

    assert len(found.merged) == 1
    assert [each for each, _ in found.left] == [number]
    assert "agent01" in found.left[0][1]


def test_nothing_is_merged_under_a_case_that_is_answered(
    database: Sessions, burst: HeatBurst, keys: Keys
) -> None:
    found = opened(database, burst, keys)
    with transaction(database) as session:
        parent = session.scalars(select(Appeal).where(Appeal.number == found.number)).one()
        accept_appeal(session, appeal=parent, actor=LEADER, now=NOW)
        answer_appeal(session, appeal=parent, text="按规定申报。", actor=LEADER, now=NOW)
        repeats = session.scalars(select(Appeal).where(Appeal.parent_id == parent.id)).all()
        assert {each.status for each in repeats} == {AppealStatus.ANSWERED}
        told_of = session.scalars(select(DueWork.key).where(DueWork.kind == "appeals.tell")).all()
        assert not [key for key in told_of if key.startswith(parent.number)]

    with pytest.raises(BurstCaseOver):
        opened(database, burst, keys)


def test_a_draft_has_questions_only_and_names_the_topic_from_then_on(
    database: Sessions, burst: HeatBurst
) -> None:
    with transaction(database) as session:
        proposed = propose_entry(session, session.get_one(HeatBurst, burst.id), LIBRARY)
    assert proposed.question in HIVES
    assert {proposed.question, *proposed.similar} == set(HIVES)

    entry_id = drafted(database, burst)

    with transaction(database) as session:
        row = session.get_one(LibraryEntry, entry_id)
        body = get_version(session, entry_id, row.latest_version).body
        assert row.state is EntryState.DRAFT
        assert [each["certainty"] for each in body["claims"]] == ["unverified"]
        assert session.get_one(HeatTopic, burst.topic_id).entry_id == entry_id
    with pytest.raises(BurstHasEntry):
        drafted(database, burst)


def test_once_the_entry_answers_all_who_asked_are_told_in_their_talk_once(
    database: Sessions, burst: HeatBurst
) -> None:
    entry_id = drafted(database, burst)
    assert told(database, entry_id) == 0  # a draft answers nobody
    ask(database, HIVES[0], at=NOW, who="web:person-0", entry=entry_id)  # answered meanwhile
    looked(database, NOW + timedelta(minutes=15))
    publish(database, entry_id)

    assert told(database, entry_id) == 11
    assert told(database, entry_id) == 0

    with transaction(database) as session:
        talk = session.scalars(
            select(Conversation).where(Conversation.identity_key == "web:person-1")
        ).one()
        [message] = tell_corrections(session, talk, now=NOW + timedelta(days=1))
        assert "卖蜂箱要按规定申报。" in message.body["text"]
        assert message.body["title"] == "您问过的，现在有答复了"
        assert tell_corrections(session, talk, now=NOW + timedelta(days=2)) == []
    assert told(database, entry_id) == 0


def test_an_uncertain_answer_is_not_told_in_short(database: Sessions, burst: HeatBurst) -> None:
    entry_id = drafted(database, burst)
    publish(database, entry_id, "unverified")

    told(database, entry_id)

    with transaction(database) as session:
        talk = session.scalars(
            select(Conversation).where(Conversation.identity_key == "web:person-1")
        ).one()
        tell_corrections(session, talk, now=NOW)
        text = session.scalars(select(Message).order_by(Message.id.desc())).first().body["text"]
        assert "按规定申报" not in text
        assert "点下面的按钮" in text


def test_what_waits_is_taken_back_when_the_entry_answers_no_more(
    database: Sessions, burst: HeatBurst
) -> None:
    entry_id = drafted(database, burst)
    publish(database, entry_id)
    told(database, entry_id)
    with transaction(database) as session:
        session.get_one(LibraryEntry, entry_id).state = EntryState.SUSPENDED

    told(database, entry_id)

    with transaction(database) as session:
        waiting = select(Correction).where(Correction.verdict == CorrectionVerdict.ANSWERED)
        assert session.scalars(waiting).all() == []


@ON_SQLITE
def test_only_the_burst_that_nobody_has_seen_is_counted(
    database: Sessions, burst: HeatBurst
) -> None:
    with transaction(database) as session:
        assert count_unseen(session) == 1
        see_burst(session, burst.id, officer="supervisor01", now=NOW)
        see_burst(session, burst.id, officer="agent01", now=NOW + timedelta(hours=1))
        assert count_unseen(session) == 0
        assert session.get_one(HeatBurst, burst.id).seen_by == "supervisor01"
        with pytest.raises(BurstUnknown):
            see_burst(session, 9999, officer="agent01", now=NOW)


@ON_SQLITE
def test_a_title_tells_of_nobody(database: Sessions, burst: HeatBurst) -> None:
    def title(text: str) -> HeatTopic:
        with transaction(database) as session:
            return give_title(
                session,
                burst.topic_id,
                title=text,
                officer="editor01",
                snapshot=LIBRARY,
                now=NOW,
            )

    for wrong in ("税", "13812345678怎么交税", "润苗蜂业有限公司卖蜂箱怎么交税"):
        with pytest.raises(WordingRefused):
            title(wrong)

    assert title("卖蜂箱要不要交税").title == "卖蜂箱要不要交税"
