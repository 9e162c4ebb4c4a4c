import uuid

from sqlalchemy import func, select

from consultations.tables import Message, Turn
from core.database import reading

QUESTION = "没有收入、没开票，还要申报吗？怎么零申报？"


async def test_a_new_talk_is_empty_and_held_by_the_bot(door):
    talk = await door.open()

    assert talk["holder"] == "bot"
    assert talk["messages"] == []
    assert talk["consented"] is False
    assert talk["firm"] is None


async def test_a_question_is_accepted_at_once_and_answered_with_its_sources(door):
    await door.open()

    status, taken = await door.say(QUESTION)
    await door.services.turns.wait_all()
    _, talk = await door.call("GET", "/conversation")

    assert status == 202
    assert taken["message"]["body"]["text"] == QUESTION
    answer = talk["messages"][-1]
    assert answer["turn_id"] == taken["turn_id"]
    assert answer["author"] == "bot"
    assert answer["body"]["kind"] == "answer"
    assert answer["body"]["evidence"]


async def test_the_same_message_sent_again_is_the_same_turn(door):
    await door.open()
    message_id = str(uuid.uuid4())

    first_status, first = await door.say(QUESTION, message_id)
    second_status, second = await door.say(QUESTION, message_id)
    await door.services.turns.wait_all()

    assert (first_status, second_status) == (202, 200)
    assert first["turn_id"] == second["turn_id"]
    assert first["message"]["id"] == second["message"]["id"]
    with reading(door.services.sessions) as session:
        assert session.scalar(select(func.count(Turn.id))) == 1
        said = select(func.count(Message.id)).where(Message.author == "taxpayer")
        assert session.scalar(said) == 1


async def test_without_the_secret_there_is_no_talk(door):
    await door.open()
    await door.ask(QUESTION)
    secret, door.token = door.token, "made up"

    refused, error = await door.call("GET", "/conversation")
    said, _ = await door.say("在吗")
    older, _ = await door.call("GET", "/conversation/messages?before=99")
    events = await door.client.get(
        "/api/v1/conversation/events", headers={"X-RunMiao-Conversation": "made up"}
    )

    assert (refused, said, older, events.status) == (401, 401, 401, 401)
    assert error["error"]["code"] == "conversation_unknown"
    door.token = secret
    assert (await door.call("GET", "/conversation"))[0] == 200


async def test_one_talk_does_not_see_another(door):
    await door.open()
    await door.ask(QUESTION)

    other = await door.open()

    assert other["messages"] == []


async def test_older_messages_come_page_by_page_without_gaps(door):
    await door.open()
    for number in range(3):
        await door.ask(f"{QUESTION}{number}")

    seen, before = [], 10**9
    for _ in range(10):
        _, page = await door.call("GET", f"/conversation/messages?before={before}&limit=2")
        seen = page["messages"] + seen
        before = page["messages"][0]["id"]
        if not page["has_more"]:
            break

    ids = [each["id"] for each in seen]
    assert ids == sorted(set(ids))
    with reading(door.services.sessions) as session:
        assert len(ids) == session.scalar(select(func.count(Message.id)))


async def test_a_rating_stays_with_the_answer_and_offers_a_way_on(door):
    await door.open()
    answer = await door.ask(QUESTION)

    status, rated = await door.call(
        "POST",
        f"/conversation/turns/{answer['turn_id']}/rating",
        {"value": "wrong", "comment": "我电话13800138000，期限不对"},
    )
    _, talk = await door.call("GET", "/conversation")

    assert status == 200
    assert [button["value"] for button in rated["offer"]["buttons"]] == ["转人工", "我要提诉求"]
    assert talk["messages"][-1]["body"]["rating"] == "wrong"


async def test_an_answer_of_another_talk_cannot_be_rated(door):
    await door.open()
    answer = await door.ask(QUESTION)
    await door.open()

    status, error = await door.call(
        "POST", f"/conversation/turns/{answer['turn_id']}/rating", {"value": "useful"}
    )

    assert (status, error["error"]["code"]) == (404, "answer_unknown")


async def test_the_day_of_the_question_can_be_given(door):
    await door.open()

    status, taken = await door.say(QUESTION, as_of="2025-10-15")
    await door.services.turns.wait_all()
    _, talk = await door.call("GET", "/conversation")

    assert status == 202
    assert talk["messages"][-1]["body"]["as_of"] == "2025-10-15"
    assert talk["messages"][-1]["turn_id"] == taken["turn_id"]


async def test_personal_data_is_masked_before_it_is_stored(door):
    await door.open()

    _, taken = await door.say("我手机13800138000，身份证11010519491231002X，帮我查")

    assert "13800138000" not in taken["message"]["body"]["text"]
    assert "19491231" not in taken["message"]["body"]["text"]


async def test_the_bureau_tells_hours_notices_and_what_to_ask(door):
    status, bureau = await door.call("GET", "/bureau")

    assert status == 200
    assert bureau["open_now"] is False
    assert bureau["next_opening_text"] == "11月23日（周一）09:00"
    assert "365天" in bureau["notices"]["privacy"]
    assert "{" not in "".join(bureau["notices"].values())


async def test_every_suggestion_is_answered_from_the_library(door):
    _, bureau = await door.call("GET", "/bureau")
    await door.open()

    for suggestion in bureau["suggestions"]:
        answer = await door.ask(suggestion)

        assert answer["body"]["outcome"] in ("answered", "computed"), suggestion
        assert answer["body"]["evidence"], suggestion
