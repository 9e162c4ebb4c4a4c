import pytest
from sqlalchemy import update

from answers.parts import Part
from appeals.access import access_appeal_for_staff
from appeals.filing import file_appeal
from appeals.kinds import load_kinds
from appeals.moves import accept_appeal, answer_appeal, assign_appeal
from channels.answer_links import answer_link
from consultations.hand_over import accept_talk
from consultations.tables import Answer
from core.database import reading, transaction

QUESTION = "没有收入、没开票，还要申报吗？怎么零申报？"


async def test_one_question_gets_its_answer_with_sources(door):
    status, told = await door.call("POST", "/messages", {"text": QUESTION})

    assert status == 200
    assert told["outcome"] == "answered"
    assert told["entries"][0]["id"] == "filing-zero"
    assert told["sources"]
    assert told["answer"]
    assert told["as_of"] == "2026-11-21"


async def test_the_talk_goes_on_with_its_token(door):
    _, first = await door.call("POST", "/messages", {"text": QUESTION})

    _, second = await door.call(
        "POST",
        "/messages",
        {"text": "要带什么材料？", "conversation_token": first["conversation_token"]},
    )

    assert second["conversation_token"] == first["conversation_token"]
    door.token = first["conversation_token"]
    _, talk = await door.call("GET", "/conversation")
    asked = [each["body"]["text"] for each in talk["messages"] if each["author"] == "taxpayer"]
    assert asked == [QUESTION, "要带什么材料？"]


async def test_the_day_can_be_given(door):
    _, told = await door.call("POST", "/messages", {"text": QUESTION, "as_of": "2025-10-15"})

    assert told["as_of"] == "2025-10-15"


async def test_a_made_up_token_opens_nothing(door):
    status, error = await door.call(
        "POST", "/messages", {"text": QUESTION, "conversation_token": "made up"}
    )

    assert (status, error["error"]["code"]) == (401, "conversation_unknown")


@pytest.mark.parametrize(("text", "code"), [("", "empty_text"), ("税" * 1001, "text_too_long")])
async def test_empty_and_endless_questions_are_refused(door, text, code):
    status, error = await door.call("POST", "/messages", {"text": text})

    assert (status, error["error"]["code"]) == (422, code)


async def test_while_a_person_holds_the_talk_the_api_says_so(door):
    await door.open()
    with transaction(door.services.sessions) as session:
        accept_talk(
            session,
            door.conversation(session).id,
            staff_login="agent01",
            staff_name="王坐席",
            now=door.services.clock(),
        )

    _, told = await door.call(
        "POST", "/messages", {"text": QUESTION, "conversation_token": door.token}
    )

    assert told["outcome"] == "handed_over"
    assert told["answer"] == ""


class TestSignedLinks:
    async def test_the_link_shows_question_and_answer(self, door):
        await door.open()
        answer = await door.ask(QUESTION)

        status, shown = await door.call("GET", _path(door, answer["turn_id"]))

        assert status == 200
        assert shown["question"] == QUESTION
        assert shown["parts"][-1]["text"] == answer["body"]["text"]

    async def test_a_changed_link_shows_nothing(self, door):
        await door.open()
        first, second = await door.ask(QUESTION), await door.ask(QUESTION)
        signature = _path(door, first["turn_id"]).rpartition("=")[2]

        status, error = await door.call("GET", f"/answers/{second['turn_id']}?s={signature}")
        without, _ = await door.call("GET", f"/answers/{first['turn_id']}")

        assert (status, without, error["error"]["code"]) == (403, 403, "broken_seal")

    async def test_facts_of_a_firm_are_not_shown_to_whoever_holds_a_link(self, door):
        await door.open()
        answer = await door.ask(QUESTION)
        with transaction(door.services.sessions) as session:
            session.execute(
                update(Answer)
                .where(Answer.turn_id == answer["turn_id"])
                .values(outcome="firm_fact", parts=[Part(text="欠税0元").to_json()])
            )

        status, error = await door.call("GET", _path(door, answer["turn_id"]))

        assert (status, error["error"]["code"]) == (403, "answer_private")

    async def test_a_deleted_answer_is_gone(self, door):
        await door.open()
        answer = await door.ask(QUESTION)
        path = _path(door, answer["turn_id"])
        await door.call("DELETE", "/conversation/my-data")

        assert (await door.call("GET", path))[0] == 404


def _path(door, turn_id: str) -> str:
    link = answer_link(turn_id, keys=door.services.keys, settings=door.services.settings)
    return "/answers/" + link.rpartition("/answer/")[2]


class TestAppeals:
    @pytest.fixture
    async def filed(self, door):
        services = door.services
        await door.open()
        with transaction(services.sessions) as session:
            conversation = door.conversation(session)
            filed = file_appeal(
                session,
                identity_key=conversation.identity_key,
                conversation_id=conversation.id,
                enterprise_id=None,
                kind="consultation",
                subject="没有享受减免",
                detail="第三季度的减半没有享受到",
                contact="13800138000",
                evidence=[],
                keys=services.keys,
                now=services.clock(),
                kinds=load_kinds(),
            )
            return {"number": filed.appeal.number, "check_code": filed.check_code}

    def _answer(self, door, number: str) -> None:
        known = {"actor": "staff:agent01", "now": door.services.clock()}
        with transaction(door.services.sessions) as session:
            appeal = access_appeal_for_staff(session, number=number)
            accept_appeal(session, appeal=appeal, **known)
            assign_appeal(session, appeal=appeal, to="agent01", **known)
            answer_appeal(session, appeal=appeal, text="已退回多缴税款。", **known)

    async def test_number_and_code_show_the_progress_and_no_names(self, door, filed):
        self._answer(door, filed["number"])

        status, view = await door.call("POST", "/appeals/status", filed)

        assert status == 200
        assert view["status"] == "answered"
        assert view["answer"] == "已退回多缴税款。"
        assert "confirm" in view["verbs"]
        assert "agent01" not in str(view)
        assert "138" not in str(view["moves"])

    async def test_small_letters_and_spaces_are_understood(self, door, filed):
        asked = {name: f" {value.lower()} " for name, value in filed.items()}

        assert (await door.call("POST", "/appeals/status", asked))[0] == 200

    async def test_a_wrong_code_and_a_wrong_number_are_told_alike(self, door, filed):
        wrong_code = await door.call("POST", "/appeals/status", {**filed, "check_code": "AAAAAA"})
        wrong_number = await door.call(
            "POST", "/appeals/status", {**filed, "number": "SQ20260101-AAAAAA"}
        )

        assert wrong_code == wrong_number
        assert wrong_code[0] == 404

    async def test_five_wrong_codes_lock_the_number_even_for_the_right_one(self, door, filed):
        for _ in range(5):
            await door.call("POST", "/appeals/status", {**filed, "check_code": "AAAAAA"})

        status, error = await door.call("POST", "/appeals/status", filed)

        assert (status, error["error"]["code"]) == (429, "check_code_locked")

    async def test_guessing_is_slowed_down_by_address(self, door, filed):
        statuses = []
        for number in range(11):
            asked = {"number": f"SQ20261121-AAAAA{number % 8 + 2}", "check_code": "AAAAAA"}
            statuses.append((await door.call("POST", "/appeals/status", asked))[0])

        assert statuses[-1] == 429
        assert door.response.headers["Retry-After"]

    async def test_satisfied_closes_the_appeal_with_its_rating(self, door, filed):
        self._answer(door, filed["number"])

        status, view = await door.call(
            "POST",
            "/appeals/feedback",
            {**filed, "satisfied": True, "rating": 5, "comment": "很快"},
        )

        assert status == 200
        assert (view["status"], view["rating"]) == ("closed", 5)

    async def test_not_satisfied_reopens_it_with_a_new_promise(self, door, filed):
        self._answer(door, filed["number"])

        _, view = await door.call(
            "POST",
            "/appeals/feedback",
            {**filed, "satisfied": False, "rating": 1, "comment": "没退完"},
        )

        assert view["status"] == "working"
        assert view["due_text"]

    async def test_feedback_before_an_answer_is_refused_in_words(self, door, filed):
        status, error = await door.call(
            "POST", "/appeals/feedback", {**filed, "satisfied": True, "rating": 5}
        )

        assert (status, error["error"]["code"]) == (409, "appeal_move_refused")

    async def test_feedback_needs_the_code_too(self, door, filed):
        self._answer(door, filed["number"])

        status, _ = await door.call(
            "POST",
            "/appeals/feedback",
            {**filed, "check_code": "AAAAAA", "satisfied": True, "rating": 5},
        )

        assert status == 404
        with reading(door.services.sessions) as session:
            assert access_appeal_for_staff(session, number=filed["number"]).rating is None

    @pytest.mark.parametrize("rating", [0, 6, "五"])
    async def test_a_rating_out_of_range_is_refused(self, door, filed, rating):
        status, error = await door.call(
            "POST", "/appeals/feedback", {**filed, "satisfied": True, "rating": rating}
        )

        assert (status, error["error"]["details"]["field"]) == (422, "rating")
