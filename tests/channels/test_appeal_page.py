"""Whoever has number and check code acts on an appeal over HTTP; nobody else learns anything."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
from appeal_case import OFFICER, Case

from appeals.access import access_appeal_for_staff
from appeals.merging import merge_appeal
from appeals.moves import accept_appeal, answer_appeal, ask_for_more
from appeals.settling import lapse_appeal
from appeals.tables import Verb
from appeals.transfers import record_receipt, transfer_out
from channels.appeal_page import REFUSED_AFTER_SECONDS
from core.database import transaction
from core.hub import Notice

QUESTION = "请发第三季度的申报表"
#: What each door wants besides number and code.
DOORS = {
    "supplement": {"text": "申报表已经带来"},
    "urge": {},
    "withdraw": {},
    "rate": {"rating": 5},
    "reopen": {"reason": "没有退完"},
    "confirm": {"rating": 5},
}


@pytest.fixture
async def case(door):
    await door.open()
    return Case(door)


def _all(heard: asyncio.Queue[Notice]) -> list[Notice]:
    return [heard.get_nowait() for _ in range(heard.qsize())]


class TestActing:
    async def test_a_question_is_shown_with_its_time_and_answered_by_a_supplement(self, case):
        case.do(accept_appeal)
        case.do(ask_for_more, text=QUESTION)

        waiting = await case.look()
        status, view = await case.act(
            "supplement", text="申报表已带到大厅", version=waiting["version"]
        )

        assert QUESTION in waiting["asked"]["text"]
        assert waiting["asked"]["at"] == waiting["moves"][-1]["at"]
        assert waiting["working_days_left"] is None
        assert status == 200
        assert (view["status"], view["asked"]) == ("working", None)
        assert "申报表已带到大厅" in view["moves"][-1]["note"]

    async def test_what_is_personal_is_masked_before_it_is_stored(self, case):
        _, view = await case.act("supplement", text="打 13912345678 找我，证号 11010519491231002X")

        stored = str([move.note_public for move in case.moves(Verb.SUPPLEMENT)])
        for told in (stored, str(view)):
            assert "13912345678" not in told
            assert "11010519491231002X" not in told
            assert "找我" in told

    @pytest.mark.parametrize(("text", "said"), [("", "不能为空"), ("税" * 5001, "最多 5000 个字")])
    async def test_an_empty_or_endless_supplement_is_refused_in_words(self, case, text, said):
        status, error = await case.act("supplement", text=text)

        assert (status, error["error"]["code"]) == (400, "invalid_input")
        assert said in error["error"]["message"]
        assert case.moves(Verb.SUPPLEMENT) == []

    async def test_a_text_too_long_to_be_read_at_all_is_refused_too(self, case):
        assert (await case.act("supplement", text="a" * 20_001))[0] == 422
        assert (await case.act("supplement", text="税" * 40_000))[0] == 413

    async def test_urging_counts_once_a_working_day_and_says_when_again(self, case):
        status, view = await case.act("urge")
        again, error = await case.act("urge")

        assert (status, view["urges"]) == (200, 1)
        assert view["urge_again"] == "11月23日（周一）"  # today is a Saturday
        assert (again, error["error"]["code"]) == (409, "appeal_urged_already")

        case.services.clock.at += timedelta(days=2)
        assert (await case.look())["urge_again"] is None
        assert (await case.act("urge"))[1]["urges"] == 2

    async def test_withdrawing_is_final(self, case):
        status, view = await case.act("withdraw", reason="已经解决了")
        refused, error = await case.act("urge")

        assert (status, view["status"], view["verbs"]) == (200, "withdrawn", [])
        assert (refused, error["error"]["code"]) == (409, "appeal_move_refused")
        assert "已撤回" in error["error"]["message"]
        assert "已经解决了" not in str(view)

    async def test_confirming_closes_with_a_rating(self, case):
        case.answered()

        before = await case.look()
        _, view = await case.act("confirm", rating=4, comment="挺快", version=before["version"])

        assert before["confirm_by"] == "11月27日（周五）"
        assert (view["status"], view["rating"], view["rating_comment"]) == ("closed", 4, "挺快")

    async def test_it_can_be_confirmed_without_a_rating_and_rated_afterwards(self, case):
        case.answered()

        _, closed = await case.act("confirm")
        _, rated = await case.act("rate", rating=5)

        assert (closed["rating"], "rate" in closed["verbs"]) == (None, True)
        assert (rated["rating"], "rate" in rated["verbs"]) == (5, False)

    async def test_a_low_rating_wants_a_reason_and_can_be_followed_by_reopening(self, case):
        case.answered()
        case.do(lapse_appeal)

        refused, error = await case.act("rate", rating=1)
        _, rated = await case.act("rate", rating=1, comment="没有退完")
        _, view = await case.act("reopen", reason="没有退完", version=rated["version"])

        assert refused == 400
        assert "写明原因" in error["error"]["message"]
        assert rated["reopening"] == {
            "until": "12月4日（周五）", "times_left": 2, "refusal": None
        }  # fmt: skip
        assert (view["status"], view["reopenings"]) == ("working", 1)
        assert view["due_text"]

    async def test_after_the_days_for_it_reopening_is_refused_and_said_so_beforehand(self, case):
        case.answered()
        case.do(lapse_appeal)
        case.services.clock.at += timedelta(days=30)

        view = await case.look()
        status, error = await case.act("reopen")

        assert view["reopening"]["until"] is None
        assert "10 个工作日" in view["reopening"]["refusal"]
        assert "reopen" not in view["verbs"]
        assert (status, error["error"]["code"]) == (409, "appeal_reopening_too_late")

    @pytest.mark.parametrize("rating", [0, 6, "五", None, 2.5])
    async def test_a_rating_out_of_range_is_refused(self, case, rating):
        case.answered()

        assert (await case.act("rate", rating=rating))[0] == 422

    @pytest.mark.parametrize("name", ["confirm", "rate", "reopen"])
    async def test_what_does_not_fit_where_it_stands_is_refused_in_words(self, case, name):
        status, error = await case.act(name, **DOORS[name])

        assert (status, error["error"]["code"]) == (409, "appeal_move_refused")
        assert "已提交待受理" in error["error"]["message"]

    async def test_the_desk_hears_of_it_at_once(self, case):
        with case.services.hub.listen("desk") as heard:
            await case.act("urge")
            await case.act("urge")  # refused: nothing to hear

        assert [(each.kind, each.data) for each in _all(heard)] == [
            ("appeal", {"number": case.number})
        ]


class TestTwoAtOnce:
    async def test_a_stale_page_is_told_and_changes_nothing(self, case):
        seen = (await case.look())["version"]
        case.do(accept_appeal)

        for name, said in DOORS.items():
            status, error = await case.act(name, version=seen, **said)
            assert (status, error["error"]["code"]) == (409, "appeal_changed")

        assert (await case.look())["status"] == "accepted"
        assert case.moves(Verb.SUPPLEMENT) + case.moves(Verb.WITHDRAW) == []

    async def test_of_two_pages_that_act_at_the_same_time_one_wins(self, case):
        seen = (await case.look())["version"]

        told = await asyncio.gather(
            case.act("withdraw", version=seen), case.act("supplement", text="再等等", version=seen)
        )

        assert sorted(status for status, _ in told) == [200, 409]
        assert len(case.moves(Verb.WITHDRAW) + case.moves(Verb.SUPPLEMENT)) == 1


class TestTellsNothing:
    @pytest.mark.parametrize("name", DOORS)
    async def test_a_wrong_code_and_an_unknown_number_are_told_alike(self, case, name):
        said = DOORS[name]

        code = await case.act(name, **said, check_code="AAAAAA")
        number = await case.act(name, **said, number="SQ20260101-AAAAAA")
        no_number = await case.act(name, **said, number="不知道")

        assert code == number == no_number
        assert code[0] == 404
        assert case.moves(Verb[name.upper()]) == []

    async def test_a_wrong_code_and_an_unknown_number_take_the_same_time(self, case):
        taken = []
        for wrong in ({"check_code": "AAAAAA"}, {"number": "SQ20260101-AAAAAA"}, {"number": "?"}):
            started = time.perf_counter()
            await case.act("urge", **wrong)
            taken.append(time.perf_counter() - started)

        assert min(taken) >= REFUSED_AFTER_SECONDS
        assert max(taken) - min(taken) < REFUSED_AFTER_SECONDS / 2

    async def test_wrong_codes_are_counted_over_all_doors_and_lock_the_number(self, case):
        for name in list(DOORS)[:5]:
            await case.act(name, **DOORS[name], check_code="AAAAAA")

        status, error = await case.act("supplement", text="我有码")

        assert (status, error["error"]["code"]) == (429, "check_code_locked")
        assert error["error"]["details"]["minutes"] == 30
        assert case.moves(Verb.SUPPLEMENT) == []

    async def test_an_address_that_guesses_is_stopped_even_with_many_numbers(self, case):
        statuses = [
            (await case.act("urge", number=f"SQ20261121-AAAAA{n % 8 + 2}", check_code="AAAAAA"))[0]
            for n in range(11)
        ]

        assert statuses == [404] * 10 + [429]
        assert (await case.act("urge"))[0] == 429

    async def test_right_codes_do_not_use_up_what_guessing_is_limited_by(self, case):
        statuses = {
            (await case.door.call("POST", "/appeals/status", case.code))[0] for _ in range(15)
        }

        assert statuses == {200}

    async def test_moves_of_one_appeal_are_slowed_down(self, case):
        statuses = [(await case.act("supplement", text=f"第 {n} 条"))[0] for n in range(7)]

        assert statuses == [200] * 6 + [429]
        assert case.door.response.headers["Retry-After"]
        assert (await case.look())["status"] == "submitted"


class TestWhatThePageNeeds:
    async def test_the_promised_date_is_said_with_weekday_and_days_left(self, case):
        view = await case.look()

        assert view["due_text"] == "11月25日（周三）前"
        assert (view["promise"], view["working_days_left"], view["is_late"]) == ("答复", 3, False)

        case.services.clock.at += timedelta(days=8)  # Sunday, the 29th
        late = await case.look()
        assert (late["working_days_left"], late["is_late"]) == (-2, True)

    async def test_a_date_beyond_the_known_calendar_is_provisional(self, door):
        await door.open()

        view = await Case(door, now=datetime(2026, 12, 30, 2, tzinfo=UTC)).look()

        assert view["provisional"]
        assert "暂定" in view["due_text"]

    async def test_what_is_settled_says_how(self, door):
        await door.open()
        case = Case(door, "relief_not_delivered").answered(resolution="delivered")

        view = await case.look()

        assert (view["resolution_label"], view["promise"]) == ("已落实到位", "落实解决")

    async def test_a_transfer_says_where_it_went_and_its_receipt(self, door):
        await door.open()
        case = Case(door, "other_department")
        case.do(accept_appeal)
        case.do(transfer_out, office="市医保局", telephone="12393", why="缴费基数归医保")
        waiting = await case.look()
        case.do(record_receipt, receipt_no="YB-2026-77")

        view = await case.look()

        assert waiting["handed_to"]["receipt_no"] is None
        assert view["handed_to"]["office"] == "市医保局"
        assert view["handed_to"]["telephone"] == "12393"
        assert view["handed_to"]["receipt_no"] == "YB-2026-77"
        assert "缴费基数归医保" not in str(view)

    async def test_a_merged_appeal_says_so_and_names_no_other(self, door):
        await door.open()
        case = Case(door)
        parent = Case(door, identity_key="web:somebody-else", subject="别人的事")
        parent.do(accept_appeal)
        with transaction(door.services.sessions) as session:
            merge_appeal(
                session,
                appeal=access_appeal_for_staff(session, number=case.number),
                parent=access_appeal_for_staff(session, number=parent.number),
                actor=OFFICER,
                now=door.services.clock(),
            )
        merged = await case.look()
        parent.do(answer_appeal, text="已统一处理。")

        answered = await case.look()

        for view in (merged, answered):
            assert view["is_merged"]
            assert parent.number not in str(view)
            assert "别人的事" not in str(view)
        assert answered["answer"] == "已统一处理。"
        assert not (await parent.look())["is_merged"]
