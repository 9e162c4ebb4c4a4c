"""Questions that may teach the library: grouped, shown to editors, and decided by them alone."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from answers.engine import Engine
from answers.frame import Query
from consultations.hand_over import accept_talk
from consultations.learning.collecting import GROWN_BY
from consultations.learning_tables import GroupedQuestion, QuestionGroup
from consultations.my_data import delete_talks
from consultations.ratings import rate_answer
from consultations.tables import Conversation
from consultations.talk import finish_turn, open_conversation, receive_turn, record_answer
from core.audit import AuditLine
from core.database import reading, transaction
from desk.learning_run import collect
from desk.tables import Suggestion
from knowledge_base.library import Library
from knowledge_base.thesaurus import keep
from tests.desk.bench import Bench, Page
from tests.desk.reviewing import move, publish_reviewed, reviewers

#: Nothing in the library is about beehives.
BEEHIVES = ("养蜂人卖蜂箱要交税吗", "蜂箱卖了要不要交税", "卖蜂箱要交税吗")
OFFERED = "没开票的钱要不要申报呀亲"
ANSWERED = "起征点是多少"


@pytest.fixture(autouse=True)
def _nothing_kept_afterwards() -> Iterator[None]:
    yield
    keep(())


@pytest.fixture
def own_library(bench: Bench) -> Library:
    """A library of this test's own, for tests that publish."""
    bench.library = Library(bench.sessions)
    bench.library.refresh()
    bench.engine = Engine(bench.library)
    return bench.library


async def collected(bench: Bench, editor: Page, **query: str) -> list[dict[str, Any]]:
    """The groups after a look at everything that was asked until now."""
    an_hour_on = bench.now + timedelta(hours=1)
    collect(bench.sessions, bench.library.snapshot, now=an_hour_on)
    asked = "&".join(f"{name}={value}" for name, value in ({"state": "open"} | query).items())
    return (await editor.read(f"/learning?{asked}"))["rows"]


def rate(bench: Bench, talk_id: int, turn_id: str, rating: Any) -> None:
    with transaction(bench.sessions) as session:
        talk = session.get_one(Conversation, talk_id)
        rate_answer(session, talk, turn_id, rating=rating, now=bench.now)


def answer_now(bench: Bench, question: str) -> tuple[str, list[str]]:
    reply = bench.engine.answer(Query(question, bench.now.date()))
    return reply.outcome, [each["id"] for each in reply.entries]


async def accepted_talk(bench: Bench, sign_in: Any, question: str) -> tuple[Page, int]:
    """A talk that an agent has taken over, with its suggestions made."""
    talk_id, _ = bench.talk(question, wants_person=True)
    agent = await sign_in("agent01")
    with transaction(bench.sessions) as session:
        accept_talk(session, talk_id, staff_login="agent01", staff_name="示例坐席", now=bench.now)
    bench.later(seconds=1)
    return agent, talk_id


async def reply(agent: Page, talk_id: int, text: str, **values: Any) -> None:
    form = {"text": text, "client_message_id": uuid.uuid4().hex, **values}
    await agent.do(f"/conversations/{talk_id}/reply", form)


async def test_questions_of_one_matter_are_one_group_that_counts_talks(bench, sign_in):
    editor = await sign_in("editor01")
    for question in BEEHIVES:
        bench.talk(question)
    bench.talk(BEEHIVES[0], BEEHIVES[0])

    [group] = await collected(bench, editor)

    assert (group["talks"], group["questions"]) == (4, 5)
    assert (group["state_label"], group["kind_label"]) == ("待处理", "写新条目")
    told = await editor.read(f"/learning/{group['id']}")
    assert {each["text"] for each in told["examples"]} == set(BEEHIVES)
    assert told["examples"][0]["outcome"] == "无依据未答"
    assert told["examples"][0]["now"] == {"outcome": "无依据未答", "entry": None}
    assert told["channels"] == [{"label": "网页", "count": 5}]
    assert told["first_at"] < told["last_at"]
    assert (await editor.read("/counts"))["learning"] == 1


async def test_a_talk_that_still_goes_on_is_not_looked_at(bench, sign_in):
    editor = await sign_in("editor01")
    bench.talk(BEEHIVES[0])

    noted = (await editor.do("/learning/collect"))["noted"]
    bench.later(minutes=31)
    again = await sign_in("editor01")

    assert noted == 0
    assert (await again.do("/learning/collect"))["noted"] == 1


async def test_talks_of_the_evaluation_channel_never_show_up(bench, sign_in):
    editor = await sign_in("editor01")
    for question in (*BEEHIVES, OFFERED):
        with transaction(bench.sessions) as session:
            talk, _ = open_conversation(
                session, channel="evaluation", identity_key="evaluation:x", now=bench.now
            )
            turn, _ = receive_turn(
                session, talk, text=question, client_message_id=question, now=bench.now
            )
            found = bench.engine.answer(Query(question, bench.now.date()))
            record_answer(session, turn.id, found, now=bench.now)
            finish_turn(session, turn.id, now=bench.now)
            rate_answer(session, talk, turn.id, rating="wrong", now=bench.now)

    assert await collected(bench, editor) == []
    with reading(bench.sessions) as session:
        assert session.scalars(select(GroupedQuestion)).all() == []


async def test_an_offer_teaches_only_where_nothing_of_it_was_chosen(bench, sign_in):
    editor = await sign_in("editor01")
    outcome, offered = answer_now(bench, OFFERED)
    assert outcome == "clarifying"
    chosen = bench.library.snapshot.entries[offered[0]].question
    bench.talk(OFFERED, chosen)

    assert await collected(bench, editor) == []

    bench.talk(OFFERED, "算了")
    [group] = await collected(bench, editor)
    assert group["talks"] == 1
    told = await editor.read(f"/learning/{group['id']}")
    assert told["signals"] == [{"label": "给了选项没有选", "count": 1}]
    assert offered[0] in [each["id"] for each in told["nearest"]]


async def test_an_answer_that_was_rated_down_points_to_what_the_entry_says(bench, sign_in):
    editor = await sign_in("editor01")
    for rating in ("useful", "wrong"):
        talk_id, _ = bench.talk()
        turn_id = bench.ask(talk_id, ANSWERED)
        rate(bench, talk_id, turn_id, rating)

    [group] = await collected(bench, editor)

    assert (group["talks"], group["kind"]) == (1, "content")
    assert group["entry"]["id"] == answer_now(bench, ANSWERED)[1][0]
    told = await editor.read(f"/learning/{group['id']}")
    assert (told["examples"][0]["rating"], told["examples"][0]["signals"]) == (
        "答得不对", ["评了答得不对"],
    )  # fmt: skip


async def test_a_wrong_answer_that_was_found_right_teaches_nothing(bench, sign_in):
    editor = await sign_in("editor01")
    talk_id, _ = bench.talk()
    rate(bench, talk_id, bench.ask(talk_id, ANSWERED), "wrong")
    report = (await editor.read("/wrong-answers"))["rows"][0]
    await editor.do(f"/wrong-answers/{report['id']}", {"state": "right", "note": "答得对"})

    assert await collected(bench, editor) == []


async def test_a_question_that_an_agent_answered_with_another_entry_belongs_there(bench, sign_in):
    editor = await sign_in("editor01")
    agent, talk_id = await accepted_talk(bench, sign_in, ANSWERED)
    offered = (await agent.read(f"/conversations/{talk_id}/suggestions"))["suggestions"]
    other = next(each for each in offered if each["entry_id"] != answer_now(bench, ANSWERED)[1][0])
    await reply(agent, talk_id, other["text"], suggestion_id=other["id"], sent_as="as_is")

    [group] = await collected(bench, editor)

    assert (group["kind"], group["entry"]["id"]) == ("similar", other["entry_id"])
    told = await editor.read(f"/learning/{group['id']}")
    assert told["examples"][0]["signals"] == ["坐席另答"]
    assert told["examples"][0]["agent_entry"]["id"] == other["entry_id"]


async def test_a_suggestion_sent_as_the_bot_had_answered_teaches_nothing(bench, sign_in):
    editor = await sign_in("editor01")
    agent, talk_id = await accepted_talk(bench, sign_in, ANSWERED)
    first, *_ = (await agent.read(f"/conversations/{talk_id}/suggestions"))["suggestions"]
    assert first["entry_id"] == answer_now(bench, ANSWERED)[1][0]
    await reply(agent, talk_id, first["text"], suggestion_id=first["id"], sent_as="as_is")

    assert await collected(bench, editor) == []
    with reading(bench.sessions) as session:
        assert session.scalars(select(Suggestion).where(Suggestion.action == "sent")).one()


async def test_an_agents_own_words_teach_and_a_greeting_does_not(bench, sign_in):
    editor = await sign_in("editor01")
    for words in ("您好，请稍等。", "这个要看合同怎么签，先到办税服务厅带合同来核对一下再定。"):
        agent, talk_id = await accepted_talk(bench, sign_in, ANSWERED)
        await agent.read(f"/conversations/{talk_id}/suggestions")
        await reply(agent, talk_id, words)

    [group] = await collected(bench, editor)

    assert (group["talks"], group["kind"]) == (1, "content")


async def test_what_was_asked_is_shown_without_numbers_names_and_firms(bench, sign_in):
    editor = await sign_in("editor01")
    talk_id, identity = bench.talk()
    bench.bind(identity)
    card = bench.ask(talk_id, "我卖蜂箱给合肥宏达贸易有限公司要交税吗，电话13800138000")
    assert card

    [group] = await collected(bench, editor)

    assert group["lead"] == "我卖蜂箱给某企业要交税吗，电话138****8000"
    assert "conversation_id" not in str(await editor.read(f"/learning/{group['id']}"))


async def test_deleting_ones_talks_takes_the_questions_out_of_the_groups(bench, sign_in):
    editor = await sign_in("editor01")
    identities = [bench.talk(question)[1] for question in BEEHIVES]
    [group] = await collected(bench, editor)

    with transaction(bench.sessions) as session:
        delete_talks(session, identity_key=identities[0], now=bench.now)

    told = await editor.read(f"/learning/{group['id']}")
    assert (told["talks"], BEEHIVES[0] in str(told)) == (2, False)
    with transaction(bench.sessions) as session:
        for identity in identities[1:]:
            delete_talks(session, identity_key=identity, now=bench.now)
    assert (await editor.read("/learning?state=open"))["rows"] == []
    gone = await editor.get(f"/learning/{group['id']}")
    assert gone.status == 404
    await collected(bench, editor)
    with reading(bench.sessions) as session:
        assert session.scalars(select(QuestionGroup)).all() == []


async def test_nothing_is_answered_otherwise_before_two_others_approved(
    bench, sign_in, own_library
):
    desk = await reviewers(sign_in)
    editor = desk["editor01"]
    bench.talk(OFFERED)
    [group] = await collected(bench, editor)
    before = answer_now(bench, OFFERED)
    entry_id = before[1][0]

    form = {"version": group["version"], "entry_id": entry_id, "wordings": [OFFERED]}
    told = await editor.do(f"/learning/{group['id']}/similar", form)

    assert (told["state"], told["made"]["id"], told["made"]["live"]) == (
        "accepted",
        entry_id,
        False,
    )
    own_library.refresh()
    assert answer_now(bench, OFFERED) == before
    entry = await editor.read(f"/library/{entry_id}")
    assert OFFERED in entry["yaml"]
    refused = await editor.refused(
        f"/library/{entry_id}/publish",
        {"version": next(m["version"] for m in entry["moves"] if m["verb"] == "publish") or 0},
    )
    assert refused["code"] in ("entry_move_not_allowed", "entry_changed")

    await publish_reviewed(desk, entry_id)
    own_library.refresh()
    assert answer_now(bench, OFFERED) == ("answered", [entry_id])
    assert (await editor.read(f"/learning/{group['id']}"))["made"]["live"] is True


async def test_a_new_entry_begins_as_a_draft_that_cannot_be_published_unwritten(bench, sign_in):
    editor = await sign_in("editor01")
    bench.talk(BEEHIVES[0])
    [group] = await collected(bench, editor)

    form = {
        "version": group["version"], "id": "vat-beehives", "question": "卖蜂箱要交增值税吗？",
        "similar": [BEEHIVES[1]], "topic": "vat",
    }  # fmt: skip
    told = await editor.do(f"/learning/{group['id']}/entry", form)

    assert told["made"]["id"] == "vat-beehives"
    entry = await editor.read("/library/vat-beehives")
    assert (entry["state"], entry["published_version"]) == ("draft", None)
    errors = [each["message"] for each in entry["findings"] if each["level"] == "error"]
    assert len(errors) == 7 and all("还没有改写" in each for each in errors)
    assert answer_now(bench, BEEHIVES[0])[0] == "refused_no_evidence"


async def test_a_term_counts_once_another_editor_agrees(bench, sign_in, own_library):
    editor, other = await sign_in("editor01"), await sign_in("editor02")
    bench.talk(OFFERED)
    [group] = await collected(bench, editor)
    asked = "嗡嗡点是多少"
    before = answer_now(bench, asked)

    form = {"version": group["version"], "text": "嗡嗡点", "term": "起征点", "kind": "said"}
    told = await editor.do(f"/learning/{group['id']}/term", form)

    assert told["made"]["state_label"] == "待同意"
    [term] = (await editor.read("/terms?state=proposed"))["rows"]
    assert (term["is_own"], term["said_by_count"]) == (True, 0)
    own_library.refresh()
    assert answer_now(bench, asked) == before
    own = await editor.refused(f"/terms/{term['id']}/approve")
    assert (own["status"], own["code"]) == (409, "term_of_your_own")

    await other.do(f"/terms/{term['id']}/approve")
    own_library.refresh()
    assert answer_now(bench, asked) == ("answered", ["vat-small-scale-threshold"])
    exported = await editor.get("/terms/export")
    assert "起征点:\n  said:\n  - 嗡嗡点" in await exported.text()

    await editor.do(f"/terms/{term['id']}/withdraw", {"reason": "有歧义"})
    own_library.refresh()
    assert answer_now(bench, asked) == before


async def test_a_word_that_means_something_else_is_refused_with_the_reason(bench, sign_in):
    editor = await sign_in("editor01")

    refused = await editor.refused("/terms", {"text": "个税", "term": "增值税", "kind": "said"})

    assert (refused["status"], refused["code"]) == (422, "term_refused")
    assert "“个税”已经归到“个人所得税”" in refused["message"]


@pytest.mark.parametrize(
    ("wordings", "told"),
    [
        (["税"], "要有 4 到 60 个字"),
        (["打13800138000问卖蜂箱"], "像是有号码"),
        (["宏达贸易有限公司卖蜂箱交税吗"], "企业名称"),
        (["卖蜂箱交税吗", "卖蜂箱交税吗"], "写了两遍"),
        (["  "], "至少写一种问法"),
    ],
)
async def test_a_wording_that_tells_of_somebody_or_nothing_is_refused(
    bench, sign_in, wordings, told
):
    editor = await sign_in("editor01")
    bench.talk(OFFERED)
    [group] = await collected(bench, editor)
    form = {
        "version": group["version"], "wordings": wordings,
        "entry_id": "vat-small-scale-threshold",
    }  # fmt: skip

    refused = await editor.refused(f"/learning/{group['id']}/similar", form)

    assert (refused["status"], refused["code"]) == (422, "wording_refused")
    assert told in refused["message"]


async def test_a_wording_of_another_entry_is_refused_by_its_name(bench, sign_in):
    editor = await sign_in("editor01")
    bench.talk(OFFERED)
    [group] = await collected(bench, editor)
    taken = bench.library.snapshot.entries["vat-small-scale-threshold"]
    form = {
        "version": group["version"], "wordings": [taken.similar[0]],
        "entry_id": "vat-online-shop-income",
    }  # fmt: skip

    refused = await editor.refused(f"/learning/{group['id']}/similar", form)

    assert f"已经是另一个条目“{taken.question}”的问法" in refused["message"]


async def test_a_dismissed_group_comes_back_only_when_enough_more_ask(bench, sign_in):
    editor = await sign_in("editor01")
    bench.talk(BEEHIVES[0])
    [group] = await collected(bench, editor)
    await editor.do(
        f"/learning/{group['id']}/dismiss", {"version": group["version"], "reason": "太少"}
    )
    for _ in range(GROWN_BY - 1):
        bench.talk(BEEHIVES[1])

    assert await collected(bench, editor) == []

    bench.talk(BEEHIVES[2])
    [again] = await collected(bench, editor)
    assert (again["id"], again["returned"], again["reason"]) == (group["id"], True, "太少")
    assert again["version"] > group["version"]


async def test_what_was_accepted_does_not_come_back_while_its_draft_waits(bench, sign_in):
    editor = await sign_in("editor01")
    bench.talk(OFFERED)
    [group] = await collected(bench, editor)
    form = {
        "version": group["version"], "wordings": [OFFERED], "entry_id": "vat-online-shop-income",
    }  # fmt: skip
    await editor.do(f"/learning/{group['id']}/similar", form)
    for _ in range(GROWN_BY + 1):
        bench.talk(OFFERED)

    assert await collected(bench, editor) == []


async def test_of_two_editors_the_second_is_told_who_was_first(bench, sign_in):
    first, second = await sign_in("editor01"), await sign_in("editor02")
    bench.talk(BEEHIVES[0])
    [group] = await collected(bench, first)
    form = {"version": group["version"], "reason": "与税无关"}
    await first.do(f"/learning/{group['id']}/dismiss", form)

    refused = await second.refused(f"/learning/{group['id']}/dismiss", form)

    assert (refused["status"], refused["code"]) == (409, "question_group_settled")
    assert "示例编辑" in refused["message"]
    stale = await second.refused(f"/learning/{group['id']}/reopen", {"version": group["version"]})
    assert stale["status"] == 409
    now = await second.read(f"/learning/{group['id']}")
    again = await second.do(f"/learning/{group['id']}/reopen", {"version": now["version"]})
    assert again["state"] == "open"


async def test_a_page_that_shows_an_earlier_suggestion_is_refused(bench, sign_in):
    editor = await sign_in("editor01")
    bench.talk(BEEHIVES[0])
    [group] = await collected(bench, editor)

    refused = await editor.refused(
        f"/learning/{group['id']}/dismiss", {"version": group["version"] + 1, "reason": "旧"}
    )

    assert (refused["status"], refused["code"]) == (409, "question_group_changed")


async def test_only_editors_see_and_decide(bench, sign_in):
    editor = await sign_in("editor01")
    bench.talk(BEEHIVES[0])
    [group] = await collected(bench, editor)

    for login in ("agent01", "supervisor01", "admin01"):
        page = await sign_in(login)
        for path in ("/learning", f"/learning/{group['id']}", "/terms"):
            assert (await page.get(path)).status == 403
        form = {"version": group["version"], "reason": "不要"}
        refused = await page.refused(f"/learning/{group['id']}/dismiss", form)
        assert refused["status"] == 403


async def test_every_decision_is_in_the_audit_trail_without_a_taxpayers_words(bench, sign_in):
    editor = await sign_in("editor01")
    bench.talk(BEEHIVES[0])
    [group] = await collected(bench, editor)
    form = {"version": group["version"], "reason": "与税无关"}
    await editor.do(f"/learning/{group['id']}/dismiss", form)

    with reading(bench.sessions) as session:
        lines = session.scalars(
            select(AuditLine).where(AuditLine.subject == f"question_group:{group['id']}")
        ).all()
    assert [(line.actor, line.deed) for line in lines] == [
        ("staff:editor01", "consultations.question_group.dismissed")
    ]
    assert "蜂箱" not in str([line.data for line in lines])


async def test_groups_are_found_by_state_kind_and_topic(bench, sign_in):
    editor = await sign_in("editor01")
    bench.talk(BEEHIVES[0])
    bench.talk(OFFERED)
    both = await collected(bench, editor)
    assert len(both) == 2

    page = await editor.read("/learning?state=open&kind=similar&topic=vat")

    assert [each["lead"] for each in page["rows"]] == [OFFERED]
    assert {each["code"]: each["count"] for each in page["kinds"]} == {
        "similar": 1, "term": 0, "entry": 1, "content": 0,
    }  # fmt: skip
    assert (await editor.read("/learning?state=dismissed"))["rows"] == []


async def test_a_published_wording_that_does_not_help_brings_the_group_back(
    bench, sign_in, own_library
):
    desk = await reviewers(sign_in)
    editor, entry_id = desk["editor01"], "vat-online-shop-income"
    bench.talk(OFFERED)
    [group] = await collected(bench, editor)
    form = {
        "version": group["version"],
        "wordings": ["没开票的网店收入怎么报"],
        "entry_id": entry_id,
    }
    await editor.do(f"/learning/{group['id']}/similar", form)
    await publish_reviewed(desk, entry_id)
    own_library.refresh()
    await move(desk["editor01"], entry_id, "suspend", reason="试一下")
    own_library.refresh()
    for _ in range(GROWN_BY):
        bench.talk(OFFERED)
    assert await collected(bench, editor) == []
    await move(desk["editor01"], entry_id, "resume", reason="恢复")

    bench.talk(OFFERED)
    [again] = await collected(bench, editor)
    assert (again["id"], again["returned"]) == (group["id"], True)
