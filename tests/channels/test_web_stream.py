import asyncio

import pytest

from answers.parts import Part
from channels import web_stream
from channels.web_stream import MOST_STREAMS, STREAMS
from consultations.hand_over import accept_talk, ask_for_person
from consultations.tables import Author
from consultations.talk import add_message
from core.database import transaction

QUESTION = "没有收入、没开票，还要申报吗？怎么零申报？"


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch):
    monkeypatch.setattr(web_stream, "LOOK_EVERY", 0.1)


async def test_a_question_brings_its_stages_and_then_its_answer(door):
    await door.open()

    async with door.stream() as stream:
        assert (await stream.next())["event"] == "holder"
        _, taken = await door.say(QUESTION)
        said = await stream.next("message")
        received = await stream.next("status")
        understanding = await stream.next("status")
        answers = [await stream.next("message"), await stream.next("message")]

    assert said["data"] == taken["message"]
    assert received["data"] == {"turn_id": taken["turn_id"], "stage": "received"}
    assert understanding["data"]["stage"] == "understanding"
    assert [each["data"]["turn_id"] for each in answers] == [taken["turn_id"]] * 2
    assert answers[-1]["data"]["body"]["kind"] == "answer"
    assert answers[-1]["id"] == str(answers[-1]["data"]["id"])


async def test_the_answer_stands_before_the_turn_is_said_to_be_done(door):
    await door.open()

    async with door.stream() as stream:
        await door.say(QUESTION)
        names = []
        while names[-1:] != ["done"]:
            event = await stream.next()
            names.append(event["data"].get("stage", event["data"].get("author")))

    assert names.index("bot") < names.index("done")


async def test_reconnecting_after_the_last_message_loses_and_repeats_nothing(door):
    await door.open()
    async with door.stream() as stream:
        await door.say(QUESTION)
        first = await stream.next("message")
    await door.services.turns.wait_all()

    async with door.stream(after=first["data"]["id"]) as stream:
        later = [await stream.next("message") for _ in range(2)]

    _, talk = await door.call("GET", "/conversation")
    ids = [first["data"]["id"], *(each["data"]["id"] for each in later)]
    assert ids == [each["id"] for each in talk["messages"]]


async def test_what_another_process_wrote_is_found_without_a_notice(door):
    await door.open()

    async with door.stream() as stream:
        await stream.next("holder")
        with transaction(door.services.sessions) as session:
            add_message(
                session,
                door.conversation(session),
                author=Author.AGENT,
                part=Part(text="您好", machine_made=False),
                now=door.services.clock(),
                staff_login="agent01",
            )
        message = await stream.next("message")

    assert message["data"]["author"] == "agent"
    assert message["data"]["body"]["text"] == "您好"


async def test_the_page_hears_who_holds_the_talk_and_only_then_that_a_person_is_there(door):
    await door.open()

    async with door.stream() as stream:
        await stream.next("holder")
        with transaction(door.services.sessions) as session:
            conversation = door.conversation(session)
            ask_for_person(
                session,
                conversation,
                reason="转人工",
                within=door.services.settings.hand_over_within,
                now=door.services.clock(),
            )
            conversation_id = conversation.id
        waiting = await stream.next("holder")
        with transaction(door.services.sessions) as session:
            accept_talk(
                session,
                conversation_id,
                staff_login="agent01",
                staff_name="王坐席",
                now=door.services.clock(),
            )
        told = await stream.next("message")
        held = await stream.next("holder")

    assert waiting["data"]["holder"] == "waiting"
    assert waiting["data"]["waiting"]["place"] == 1
    assert "已转人工" in told["data"]["body"]["text"]
    assert held["data"]["holder"] == "person"
    assert held["data"]["agent_name"] == "王坐席"


async def test_a_person_holding_the_talk_gets_the_message_and_the_bot_is_silent(door):
    await door.open()
    with transaction(door.services.sessions) as session:
        accept_talk(
            session,
            door.conversation(session).id,
            staff_login="agent01",
            staff_name="王坐席",
            now=door.services.clock(),
        )

    status, _ = await door.say(QUESTION)
    await door.services.turns.wait_all()
    _, talk = await door.call("GET", "/conversation")

    assert status == 202
    assert [each["author"] for each in talk["messages"]] == ["system", "taxpayer"]


async def test_a_deleted_talk_ends_its_streams(door):
    await door.open()

    async with door.stream() as stream:
        await stream.next("holder")
        await door.call("DELETE", "/conversation/my-data")

        assert await stream.is_over()


async def test_a_page_that_went_away_leaves_no_reader_behind(door):
    await door.open()

    async with door.stream() as stream:
        await stream.next("holder")
    async with asyncio.timeout(5):
        while door.client.app[STREAMS]:
            await door.say(QUESTION)
            await asyncio.sleep(0.05)


async def test_one_talk_can_be_open_in_a_few_places_only(door):
    await door.open()
    headers = {"X-RunMiao-Conversation": door.token}
    opened = [
        await door.client.get("/api/v1/conversation/events", headers=headers)
        for _ in range(MOST_STREAMS)
    ]

    refused = await door.client.get("/api/v1/conversation/events", headers=headers)

    assert {each.status for each in opened} == {200}
    assert refused.status == 429
    assert (await refused.json())["error"]["code"] == "too_many_streams"
    for each in opened:
        each.close()


async def test_shutting_down_ends_the_streams_at_once(door):
    await door.open()
    response = await door.client.get(
        "/api/v1/conversation/events", headers={"X-RunMiao-Conversation": door.token}
    )

    async with asyncio.timeout(5):
        await web_stream.end_streams(door.client.app)
        while door.client.app[STREAMS]:
            await asyncio.sleep(0.01)
    response.close()
