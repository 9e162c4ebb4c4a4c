"""Binding a firm in the talk (绑定企业): form, codes, switching, letting go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.actions.switch_firm import PAGE
from core.database import reading, transaction
from enterprises.binding_tables import Binding
from enterprises.kinds import Role
from enterprises.tables import EnterpriseRole
from tests.bot.talks import MovableClock, Said, Visit

Visits = Callable[..., Visit]


def begin(talk: Visit) -> Said:
    said = talk.say("action_start_binding", "绑定企业", act="bind_firm")
    talk.form = "bind_form"
    return said


def ask_for_code(talk: Visit) -> str:
    """Fill the form up to the code, which the demo shows."""
    begin(talk)
    talk.fill("uscc", talk.firms()[0].uscc)
    said = talk.fill("role", "我是老板")
    assert said.parts[0]["kind"] == "sms"
    return "".join(each for each in said.text.partition("，")[0] if each.isdigit())


def submit(talk: Visit, code: str) -> Said:
    """The last slot of the form is checked, and Rasa calls the submission in the same turn."""
    turn_id = talk.receive(code)
    checked = talk.fill("one_time_code", code, turn_id=turn_id)
    assert checked.outcome is None
    talk.form = None
    return talk.say("action_bind_firm", code, turn_id=turn_id)


def test_the_start_says_what_is_asked_and_that_no_password_is(visit: Visits):
    said = begin(visit())

    assert "信用代码、身份、验证码" in said.text and "不需要密码" in said.text
    assert said.slots == {"uscc": None, "role": None, "one_time_code": None}


def test_a_firm_is_bound_with_the_code_that_was_sent(visit: Visits):
    talk = visit()
    said = submit(talk, ask_for_code(talk))

    assert said.outcome == "answered"
    assert talk.firms()[0].name in said.text and "2027年5月19日" in said.text
    bound = talk.bound()
    assert bound is not None and bound.role is Role.LEGAL_REPRESENTATIVE
    assert said.slots == {"uscc": None, "role": None, "one_time_code": None}


def test_submitted_twice_it_binds_once(visit: Visits):
    talk = visit()
    first = submit(talk, ask_for_code(talk))
    again = talk.say("action_bind_firm", "again", turn_id=first.turn_id)

    assert again.parts == first.parts and again.events == first.events
    with reading(talk.services.sessions) as session:
        assert session.query(Binding).count() == 1


@pytest.mark.parametrize(
    ("typed", "explained"),
    [("9132011", "18位"), ("91320115MA1KX00I0X", "第16位"), ("91990101000000027H", "校验位")],
)
def test_a_malformed_uscc_is_explained_and_asked_again(visit: Visits, typed: str, explained: str):
    talk = visit()
    begin(talk)
    said = talk.fill("uscc", typed)

    assert explained in said.text
    assert said.slots == {"uscc": None}


def test_an_unknown_role_is_asked_again(visit: Visits):
    talk = visit()
    begin(talk)
    talk.fill("uscc", talk.firms()[0].uscc)
    said = talk.fill("role", "我是路过的")

    assert "没对上您的身份" in said.text and said.slots == {"role": None}


@pytest.mark.parametrize(
    ("said", "role"),
    [("财务", "finance_officer"), ("办税员", "tax_clerk"), ("法人", "legal_representative")],
)
def test_roles_are_read_the_way_people_say_them(visit: Visits, said: str, role: str):
    talk = visit()
    begin(talk)
    talk.fill("uscc", talk.firms()[0].uscc)

    assert talk.fill("role", said).slots == {"role": role}


def test_wrong_codes_count_although_the_form_goes_on(visit: Visits):
    talk = visit()
    code = ask_for_code(talk)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"

    first = submit(talk, wrong)
    assert first.outcome == "error_wrong_code" and "还可以再试4次" in first.text
    assert talk.form == "bind_form" and talk.slots["requested_slot"] == "one_time_code"
    assert talk.slots["one_time_code"] is None and talk.slots["role"] == "legal_representative"
    assert "还可以再试3次" in submit(talk, wrong).text
    assert talk.bound() is None
    assert submit(talk, code).outcome == "answered"


def test_the_fifth_wrong_code_locks_and_says_how_long(visit: Visits):
    talk = visit()
    code = ask_for_code(talk)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    said = [submit(talk, wrong) for _ in range(5)][-1]

    assert "暂停验证30分钟" in said.text
    assert talk.form is None and set(talk.slots.values()) <= {None, "one_time_code"}
    begin(talk)
    talk.fill("uscc", talk.firms()[0].uscc)
    refused = talk.fill("role", "法人")
    assert refused.outcome == "error_binding_locked" and refused.slots == {"role": None}


def test_a_code_that_came_too_late_is_sent_anew(visit: Visits, moving: MovableClock):
    talk = visit()
    code = ask_for_code(talk)
    moving.now += timedelta(minutes=6)
    said = submit(talk, code)

    assert "验证码已过期" in said.text
    assert said.parts[1]["kind"] == "sms" and talk.form == "bind_form"
    fresh = "".join(c for c in said.parts[1]["text"].partition("，")[0] if c.isdigit())
    assert submit(talk, fresh).outcome == "answered"


def test_a_code_can_be_sent_again(visit: Visits):
    talk = visit()
    ask_for_code(talk)
    said = talk.fill("one_time_code", "没收到，重发一下")

    assert said.parts[0]["kind"] == "sms" and said.slots == {"one_time_code": None}


def test_a_code_of_another_form_is_asked_again_without_counting(visit: Visits):
    talk = visit()
    code = ask_for_code(talk)
    said = talk.fill("one_time_code", "一二三")

    assert "6位数字" in said.text and said.slots == {"one_time_code": None}
    assert submit(talk, f" {code[:3]} {code[3:]} ").outcome == "answered"


def test_a_form_that_only_goes_on_has_nothing_to_check(visit: Visits):
    talk = visit()
    begin(talk)
    talk.slots["requested_slot"] = "uscc"
    said = talk.say("validate_bind_form", "个体户要交什么税")

    assert said.events == [] and said.outcome is None


def test_a_binding_that_is_given_up_says_how_to_come_back(visit: Visits):
    talk = visit()
    begin(talk)
    said = talk.say("action_cancel_form", "算了", act="cancel")

    assert "先不绑定" in said.text


def hold_many(talk: Visit, number: int) -> None:
    """One person comes to hold several firms, as a bookkeeper does."""
    firms = talk.firms(number)
    first = talk.bind(firms[0].uscc)
    for firm in firms[1:]:
        with transaction(talk.services.sessions) as session:
            now = talk.services.clock()
            session.add(
                EnterpriseRole(
                    enterprise_id=firm.id,
                    person_id=first.person_id,
                    role=Role.TAX_CLERK,
                    since=now.date() - timedelta(days=9),
                )
            )
            session.add(
                Binding(
                    person_id=first.person_id,
                    enterprise_id=firm.id,
                    role=Role.TAX_CLERK,
                    bound_at=now,
                    expires_at=first.expires_at,
                )
            )


def test_another_firm_is_chosen_by_name(visit: Visits):
    talk = visit()
    hold_many(talk, 4)
    wanted = talk.firms(4)[2].name
    said = talk.say("action_switch_firm", f"切换到{wanted}", act="switch_firm")

    assert wanted in said.text
    bound = talk.bound()
    assert bound is not None and bound.name == wanted


def test_many_firms_are_listed_in_pages_with_a_button_each(visit: Visits):
    talk = visit()
    hold_many(talk, PAGE + 3)
    first = talk.say("action_switch_firm", "切换企业", act="switch_firm")
    second = talk.say("action_switch_firm", "切换企业第2页", act="switch_firm")

    assert len(first.labels) == PAGE + 1 and first.labels[-1] == "下一页"
    assert len(second.labels) == 3 and f"{PAGE + 1}. " in second.text
    assert not set(first.labels) & set(second.labels)


def test_a_place_in_the_list_is_enough(visit: Visits):
    talk = visit()
    hold_many(talk, 4)
    listed = talk.say("action_switch_firm", "切换企业", act="switch_firm").labels
    said = talk.say("action_switch_firm", "第3家", act="switch_firm")

    assert listed[2] in said.text


@pytest.mark.parametrize("place", ["第0家", "第99家"])
def test_a_place_that_is_not_in_the_list_switches_nothing(visit: Visits, place: str):
    talk = visit()
    hold_many(talk, 4)
    before = talk.bound()
    said = talk.say("action_switch_firm", place, act="switch_firm")

    assert f"没有“{place}”" in said.text and talk.bound() == before


def test_a_firm_that_is_not_held_is_not_found(visit: Visits):
    talk = visit()
    hold_many(talk, 3)
    said = talk.say("action_switch_firm", "换成不存在的贸易行", act="switch_firm")

    assert "没有“不存在的贸易行”" in said.text


def test_with_one_firm_there_is_nothing_to_switch_to(visit: Visits):
    talk = visit()
    assert "请先绑定企业" in talk.say("action_switch_firm", "换企业", act="switch_firm").text
    talk.bind(talk.firms()[0].uscc)

    assert "只绑定了" in talk.say("action_switch_firm", "换企业", act="switch_firm").text


def test_a_firm_is_let_go_only_after_a_confirmation(visit: Visits):
    talk = visit()
    assert "没有绑定企业" in talk.say("action_unbind_firm", "解绑", act="unbind_firm").text
    name = talk.bind(talk.firms()[0].uscc).name
    asked = talk.say("action_unbind_firm", "解除绑定", act="unbind_firm")

    assert name in asked.text and asked.labels == ["确认解除"] and talk.bound() is not None
    confirmed = asked.parts[0]["buttons"][0]["value"]
    done = talk.say("action_unbind_firm", confirmed, act="unbind_firm")
    assert "已经解除" in done.text and talk.bound() is None


def test_of_several_firms_the_named_one_is_let_go(visit: Visits):
    talk = visit()
    hold_many(talk, 3)
    name = talk.firms(3)[1].name
    talk.say("action_unbind_firm", f"确认解除绑定{name}", act="unbind_firm")
    listed = talk.say("action_switch_firm", "切换企业", act="switch_firm").labels

    assert name not in listed and len(listed) == 2


def test_signing_out_leaves_no_firm_on_this_door(visit: Visits):
    talk = visit()
    hold_many(talk, 3)
    said = talk.say("action_unbind_firm", "退出登录", act="unbind_firm")

    assert "已经退出" in said.text and talk.bound() is None
    assert "请先绑定企业" in talk.say("action_switch_firm", "换企业", act="switch_firm").text
