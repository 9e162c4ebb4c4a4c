from __future__ import annotations

import asyncio
import uuid

from sqlalchemy import func, select

from consultations.hand_over import lapse
from consultations.tables import Answer, Conversation, Message
from consultations.talk import open_conversation
from core.audit import AuditLine
from core.database import reading, transaction
from desk.tables import Suggestion

QUESTION = "小规模纳税人每月或每季卖多少钱可以免增值税"
OTHER = "农产品自产自销免增值税吗"


def reply_of(text: str, **changes: object) -> dict[str, object]:
    return {"text": text, "client_message_id": uuid.uuid4().hex, **changes}


async def test_who_waits_longest_stands_first(bench, sign_in):
    bot, _ = bench.talk(QUESTION)
    first, _ = bench.talk(QUESTION, wants_person=True)
    bench.later(minutes=1)
    second, _ = bench.talk(OTHER, wants_person=True)
    agent = await sign_in("agent01")

    everything = await agent.read("/inbox?filter=all")
    waiting = await agent.read("/inbox?filter=waiting")

    assert [row["conversation_id"] for row in everything["rows"]] == [first, second, bot]
    assert [row["conversation_id"] for row in waiting["rows"]] == [first, second]
    assert everything["counts"] == {"waiting": 2, "mine": 0, "bot": 1, "all": 3}
    row = waiting["rows"][0]
    assert row["holder"] == "waiting"
    assert row["waiting_since"] < row["gives_up_at"]
    assert row["outcome_label"] == "已答"
    assert row["last_author"] == "bot"


async def test_whoever_may_hurt_themselves_stands_first_for_a_day(bench, sign_in):
    waiting, _ = bench.talk(QUESTION, wants_person=True)
    bench.later(minutes=1)
    in_danger, _ = bench.talk("罚得我不想活了", "你好")
    agent = await sign_in("agent01")
    rows = (await agent.read("/inbox?filter=all"))["rows"]

    assert [row["conversation_id"] for row in rows] == [in_danger, waiting]
    assert rows[0]["outcome_label"] == "情绪危急，请先关心人"

    bench.later(hours=25)
    later = await sign_in("agent01")
    rows = (await later.read("/inbox?filter=all"))["rows"]
    assert rows[0]["conversation_id"] == waiting


async def test_empty_evaluation_and_deleted_talks_are_not_listed(bench, sign_in):
    deleted, _ = bench.talk(QUESTION)
    with transaction(bench.sessions) as session:
        open_conversation(session, channel="web", identity_key="web:empty", now=bench.now)
        session.get_one(Conversation, deleted).deleted_at = bench.now
    measured, _ = bench.talk(QUESTION)
    with transaction(bench.sessions) as session:
        session.get_one(Conversation, measured).channel = "evaluation"
    agent = await sign_in("agent01")

    assert (await agent.read("/inbox?filter=all"))["rows"] == []
    assert (await agent.get(f"/conversations/{deleted}")).status == 404
    assert (await agent.get("/conversations/99999999999999")).status == 404


async def test_talks_are_found_by_what_was_said_and_by_the_firm(bench, sign_in):
    bound, identity = bench.talk(QUESTION)
    bench.bind(identity)
    other, _ = bench.talk("100%_折扣怎么开票")
    agent = await sign_in("agent01")

    async def found(search: str) -> list[int]:
        page = await agent.read(f"/inbox?filter=all&search={search}")
        return [row["conversation_id"] for row in page["rows"]]

    firm = (await agent.read("/inbox?filter=all&search=每月或每季"))["rows"][0]["firm_name"]
    assert firm.startswith("【示例】")
    assert await found("每月或每季卖多少钱") == [bound]
    assert await found(firm) == [bound]
    assert await found("100%25_折扣") == [other]
    assert await found("没有这样的话") == []


async def test_the_list_comes_in_pages(bench, sign_in):
    for _ in range(23):
        bench.talk("你好")
    agent = await sign_in("agent01")

    first = await agent.read("/inbox?filter=all&page=1")
    second = await agent.read("/inbox?filter=all&page=2")

    ids = [row["conversation_id"] for row in (*first["rows"], *second["rows"])]
    assert (first["total"], len(first["rows"]), len(second["rows"])) == (23, 20, 3)
    assert len(set(ids)) == 23
    assert (await agent.read("/inbox?filter=all&page=x"))["page"] == 1


async def test_of_two_who_accept_one_gets_the_talk(bench, sign_in):
    talk_id, _ = bench.talk(QUESTION, wants_person=True)
    one, two = await sign_in("agent01"), await sign_in("agent02")

    answers = await asyncio.gather(
        one.post(f"/conversations/{talk_id}/accept"), two.post(f"/conversations/{talk_id}/accept")
    )

    assert sorted(answer.status for answer in answers) == [200, 409]
    (refused,) = [await each.json() for each in answers if each.status == 409]
    assert refused["error"]["code"] == "talk_taken"
    assert refused["error"]["details"]["agent"] in ("示例坐席", "示例坐席二")
    with reading(bench.sessions) as session:
        said = session.scalars(select(Message.body).where(Message.conversation_id == talk_id))
        told = [body["text"] for body in said if "已转人工" in body["text"]]
    assert len(told) == 1


async def test_what_an_agent_writes_reaches_the_talk_once(bench, sign_in):
    talk_id, _ = bench.talk(QUESTION, wants_person=True)
    agent = await sign_in("agent01")
    await agent.do(f"/conversations/{talk_id}/accept")
    body = reply_of("您好，28万没有超过标准，免征增值税。")

    with bench.hub.listen(f"conversation:{talk_id}") as heard:
        sent = await agent.do(f"/conversations/{talk_id}/reply", body)
        again = await agent.do(f"/conversations/{talk_id}/reply", body)

    assert sent["message"]["id"] == again["message"]["id"]
    assert heard.get_nowait().kind == "message"
    with reading(bench.sessions) as session:
        last = session.scalars(
            select(Message).where(Message.conversation_id == talk_id).order_by(Message.id.desc())
        ).first()
        assert last.author.value == "agent"
        assert last.body["text"] == body["text"]
        assert last.body["machine_made"] is False
    view = await agent.read(f"/conversations/{talk_id}")
    assert view["messages"][-1]["author_name"] == "示例坐席"
    mine = await agent.read("/inbox?filter=mine")
    assert [row["agent_name"] for row in mine["rows"]] == ["示例坐席"]


async def test_only_the_holder_replies_and_only_something_sendable(bench, sign_in):
    talk_id, _ = bench.talk(QUESTION, wants_person=True)
    agent, other = await sign_in("agent01"), await sign_in("agent02")
    path = f"/conversations/{talk_id}/reply"
    assert (await agent.refused(path, reply_of("还没接入")))["code"] == "talk_not_held"
    await agent.do(f"/conversations/{talk_id}/accept")

    assert (await other.refused(path, reply_of("插话")))["code"] == "talk_not_held"
    assert (await other.refused(f"/conversations/{talk_id}/hand-back"))["code"] == "talk_not_held"
    assert (await agent.refused(path, reply_of("  ")))["code"] == "reply_length"
    assert (await agent.refused(path, reply_of("长" * 2001)))["code"] == "reply_length"
    await agent.do(path, reply_of("长" * 2000))


async def test_a_talk_handed_back_is_the_bots_again(bench, sign_in):
    talk_id, _ = bench.talk(QUESTION, wants_person=True)
    agent = await sign_in("agent01")
    await agent.do(f"/conversations/{talk_id}/accept")

    view = await agent.do(f"/conversations/{talk_id}/hand-back")

    assert view["conversation"]["holder"] == "bot"
    assert view["messages"][-1]["author"] == "system"
    bench.ask(talk_id, OTHER)
    assert (await agent.read(f"/conversations/{talk_id}"))["messages"][-1]["author"] == "bot"


async def test_a_talk_that_lapsed_meanwhile_can_still_be_taken(bench, sign_in):
    talk_id, _ = bench.talk(QUESTION, wants_person=True)
    with transaction(bench.sessions) as session:
        talk = session.get_one(Conversation, talk_id)
        assert lapse(session, talk_id, talk.waiting_since) is not None
    agent = await sign_in("agent01")

    view = await agent.do(f"/conversations/{talk_id}/accept")

    assert view["conversation"]["agent"] == "agent01"


async def test_older_messages_are_fetched_when_asked_for(bench, sign_in):
    talk_id, _ = bench.talk(*[f"你好{each}" for each in range(25)])
    agent = await sign_in("agent01")

    view = await agent.read(f"/conversations/{talk_id}")
    first = view["messages"][0]["id"]
    older = await agent.read(f"/conversations/{talk_id}/messages?before={first}")

    assert (len(view["messages"]), view["has_more"]) == (40, True)
    assert (len(older["messages"]), older["has_more"]) == (10, False)
    assert older["messages"][-1]["id"] < first


async def test_the_firm_is_shown_only_while_bound_and_every_look_is_audited(bench, sign_in):
    talk_id, identity = bench.talk(QUESTION)
    agent = await sign_in("agent01")
    assert (await agent.read(f"/conversations/{talk_id}"))["firm"] is None
    firm_id = bench.bind(identity)

    view = await agent.read(f"/conversations/{talk_id}")
    known = await agent.read(f"/conversations/{talk_id}?known_firm={firm_id}")

    firm = view["firm"]
    assert firm["is_sample"] and firm["name"].startswith("【示例】")
    assert "****" in firm["uscc_masked"]
    assert firm["role_label"].startswith("法定代表人")
    assert firm["filings"]
    assert (known["firm"], known["firm_unchanged"]) == (None, True)
    with reading(bench.sessions) as session:
        lines = session.scalars(
            select(AuditLine).where(
                AuditLine.deed == "enterprises.firm.read", AuditLine.actor == "staff:agent01"
            )
        ).all()
    assert [line.data["conversation_id"] for line in lines] == [talk_id]


async def test_notes_stay_among_colleagues(bench, sign_in):
    talk_id, _ = bench.talk(QUESTION)
    agent, supervisor = await sign_in("agent01"), await sign_in("supervisor01")

    await agent.do(f"/conversations/{talk_id}/note", {"text": "等她发来申报表截图"})

    notes = (await supervisor.read(f"/conversations/{talk_id}"))["notes"]
    assert [(note["author_name"], note["text"]) for note in notes] == [
        ("示例坐席", "等她发来申报表截图")
    ]
    with reading(bench.sessions) as session:
        said = session.scalars(select(Message.body).where(Message.conversation_id == talk_id))
        assert not any("截图" in body["text"] for body in said)


async def test_three_suggestions_come_with_their_sources_and_stay_the_same(bench, sign_in):
    talk_id, _ = bench.talk(QUESTION, wants_person=True)
    agent = await sign_in("agent01")

    offered = await agent.read(f"/conversations/{talk_id}/suggestions")
    again = await agent.read(f"/conversations/{talk_id}/suggestions?fresh=1")

    assert offered == again
    assert offered["question"] == QUESTION
    assert len(offered["suggestions"]) == 3
    assert not offered["stale"]
    best = offered["suggestions"][0]
    assert best["text"] and best["evidence"][0]["document_number"]
    assert offered["suggestions"][0]["score"] >= offered["suggestions"][1]["score"]


async def test_suggestions_are_told_stale_once_the_talk_went_on(bench, sign_in):
    talk_id, _ = bench.talk(QUESTION, wants_person=True)
    agent = await sign_in("agent01")
    path = f"/conversations/{talk_id}/suggestions"
    await agent.do(f"/conversations/{talk_id}/accept")
    offered = await agent.read(path)
    assert not offered["stale"]
    bench.ask(talk_id, OTHER)

    stale = await agent.read(path)
    body = reply_of("原样", suggestion_id=offered["suggestions"][0]["id"], sent_as="as_is")
    refused = await agent.refused(f"/conversations/{talk_id}/reply", body)
    fresh = await agent.read(f"{path}?fresh=1")

    assert stale["stale"] and stale["question"] == QUESTION
    assert refused["code"] == "suggestion_stale"
    assert not fresh["stale"] and fresh["question"] == OTHER
    assert fresh["suggestions"][0]["id"] != offered["suggestions"][0]["id"]


async def test_a_follow_up_is_suggested_what_it_asks_of_the_answer_before(bench, sign_in):
    talk_id, _ = bench.talk(QUESTION, wants_person=True)
    agent = await sign_in("agent01")
    path = f"/conversations/{talk_id}/suggestions"
    await agent.do(f"/conversations/{talk_id}/accept")
    bench.ask(talk_id, "那2025年的呢")
    after_bot = (await agent.read(f"{path}?fresh=1"))["suggestions"]
    bench.ask(talk_id, OTHER)
    sent = (await agent.read(f"{path}?fresh=1"))["suggestions"][0]
    body = reply_of(sent["text"], suggestion_id=sent["id"], sent_as="as_is")
    await agent.do(f"/conversations/{talk_id}/reply", body)

    bench.ask(talk_id, "依据是什么")
    after_agent = (await agent.read(f"{path}?fresh=1"))["suggestions"]

    assert after_bot[0]["entry_id"] == "vat-small-scale-threshold"
    assert "不超过10万元" in after_bot[0]["text"]
    assert sent["entry_id"] == after_agent[0]["entry_id"] != after_bot[0]["entry_id"]
    assert after_agent[0]["text"].startswith("依据是")


async def test_what_was_done_with_a_suggestion_is_recorded(bench, sign_in):
    talk_id, _ = bench.talk(QUESTION, wants_person=True)
    agent = await sign_in("agent01")
    await agent.do(f"/conversations/{talk_id}/accept")
    first, second, third = (await agent.read(f"/conversations/{talk_id}/suggestions"))[
        "suggestions"
    ]

    await agent.do(f"/suggestions/{first['id']}", {"action": "inserted"})
    sent = await agent.do(
        f"/conversations/{talk_id}/reply",
        reply_of(first["text"] + "谢谢", suggestion_id=first["id"], sent_as="edited"),
    )
    await agent.do(
        f"/conversations/{talk_id}/reply",
        reply_of(second["text"], suggestion_id=second["id"], sent_as="as_is"),
    )
    await agent.do(f"/suggestions/{third['id']}", {"action": "dismissed", "reason": "off_topic"})
    await agent.do(f"/suggestions/{first['id']}", {"action": "dismissed"})

    with reading(bench.sessions) as session:
        kept = {row.id: row for row in session.scalars(select(Suggestion))}
    assert (kept[first["id"]].action, kept[first["id"]].sent_as) == ("sent", "edited")
    assert kept[first["id"]].edit_distance == 2
    assert (kept[second["id"]].sent_as, kept[second["id"]].edit_distance) == ("as_is", 0)
    assert (kept[third["id"]].action, kept[third["id"]].reason) == ("dismissed", "off_topic")
    assert kept[third["id"]].acted_by == "agent01"
    assert sent["message"]["body"]["evidence"] == first["evidence"]
    assert (await agent.refused("/suggestions/999999", {"action": "sent"}))["status"] == 404


async def test_a_suggestion_of_another_talk_is_not_sent(bench, sign_in):
    one, _ = bench.talk(QUESTION, wants_person=True)
    two, _ = bench.talk(OTHER, wants_person=True)
    agent = await sign_in("agent01")
    await agent.do(f"/conversations/{two}/accept")
    foreign = (await agent.read(f"/conversations/{one}/suggestions"))["suggestions"][0]

    body = reply_of(foreign["text"], suggestion_id=foreign["id"], sent_as="as_is")

    assert (await agent.refused(f"/conversations/{two}/reply", body))["status"] == 404
    with reading(bench.sessions) as session:
        said = select(func.count(Message.id)).where(Message.author == "agent")
        assert session.scalar(said) == 0


async def test_a_wish_for_a_person_is_no_question_to_suggest_for(bench, sign_in):
    talk_id, _ = bench.talk(QUESTION)
    turn_id = bench.ask(talk_id, "转人工")
    with transaction(bench.sessions) as session:
        session.get_one(Answer, turn_id).outcome = "handed_over"
    agent = await sign_in("agent01")

    offered = await agent.read(f"/conversations/{talk_id}/suggestions")

    assert offered["question"] == QUESTION
