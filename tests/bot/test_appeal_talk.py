"""Appeals in the talk (诉求): draft, form, filing, and what follows."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from appeals.access import access_appeal_for_staff
from appeals.drafts import draft_contact, find_draft, keep_contact
from appeals.moves import accept_appeal, answer_appeal, ask_for_more, assign_appeal
from appeals.tables import Appeal, AppealDraft, AppealStatus, Verb
from core.audit import visitor_actor
from core.database import reading, transaction
from core.masking import mask
from tests.bot.talks import FORM_SLOTS, Said, Visit

QUESTION = "小规模纳税人增值税免税标准是多少"
FOREIGN = "火星上开公司怎么交税"
STORY = "电子税务局连着三天打不开，申报不了"
PHONE = "13800138000"
Visits = Callable[..., Visit]


def begin(talk: Visit, text: str = "我要提诉求") -> Said:
    """What the rule does for file_appeal: start, then tell Rasa what the draft holds."""
    turn_id = talk.receive(text)
    said = talk.say("action_start_appeal", text, act="file_appeal", turn_id=turn_id)
    talk.say("action_resume_draft", text, act="file_appeal", turn_id=turn_id)
    talk.form = "appeal_form"
    return said


def phone_in(talk: Visit, text: str) -> None:
    """What the channel does with a phone before the text is masked."""
    services = talk.services
    with transaction(services.sessions) as session:
        for phone in mask(text).phones:
            keep_contact(
                session,
                identity_key=talk.identity_key,
                phone=phone,
                keys=services.keys,
                now=services.clock(),
            )


def file(talk: Visit, contact: str = "不留") -> Said:
    """Go through the whole form."""
    begin(talk, "我要投诉系统故障")
    talk.fill("appeal_detail", STORY)
    phone_in(talk, contact)
    talk.fill("appeal_contact", mask(contact).text)
    return confirm(talk)


def confirm(talk: Visit) -> Said:
    turn_id = talk.receive("确认提交")
    talk.fill("appeal_confirmed", "确认提交", True, act="affirm", turn_id=turn_id)
    talk.form = None
    return talk.say("action_file_appeal", "确认提交", act="affirm", turn_id=turn_id)


def draft_of(talk: Visit) -> AppealDraft | None:
    with reading(talk.services.sessions) as session:
        return find_draft(session, identity_key=talk.identity_key)


def move(talk: Visit, doing: Callable[..., object], **values: object) -> None:
    """An officer does something with the only appeal."""
    with transaction(talk.services.sessions) as session:
        number = talk.appeals()[0].number
        appeal = access_appeal_for_staff(session, number=number)
        doing(session, appeal=appeal, actor="staff:officer", now=talk.services.clock(), **values)


def test_the_form_files_an_appeal_with_number_code_and_promise(visit: Visits):
    talk = visit()
    said = file(talk)
    [appeal] = talk.appeals()

    assert said.outcome == "appeal_filed" and said.parts[0]["kind"] == "appeal"
    assert said.parts[0]["appeal"]["number"] == appeal.number
    assert said.parts[0]["appeal"]["check_code"] in said.text
    assert "11月25日（周三）前" in said.text
    assert (appeal.kind, appeal.detail) == ("system_fault", STORY)
    assert draft_of(talk) is None
    assert said.slots == dict.fromkeys(FORM_SLOTS["appeal_form"])


def test_filed_twice_for_one_turn_it_is_one_appeal(visit: Visits):
    talk = visit()
    first = file(talk)
    again = talk.say("action_file_appeal", "确认提交", turn_id=first.turn_id)

    assert again.parts == first.parts and len(talk.appeals()) == 1


def test_the_same_appeal_again_is_refused_with_the_number_of_the_first(visit: Visits):
    talk = visit()
    file(talk)
    said = file(talk)

    assert said.outcome == "error_appeal_already_open"
    assert talk.appeals()[0].number in said.text and len(talk.appeals()) == 1
    assert said.slots == dict.fromkeys(FORM_SLOTS["appeal_form"])


def test_the_questions_before_it_go_along_with_what_was_answered(visit: Visits):
    talk = visit()
    asked = [talk.ask(QUESTION), talk.ask(FOREIGN)]
    talk.say("action_push_settings", "推送设置", act="push_settings")
    file(talk)
    evidence = talk.appeals()[0].evidence

    assert [each.asked_text for each in evidence] == [QUESTION, FOREIGN]
    assert [each.answer_text for each in evidence] == [each.text for each in asked]
    assert evidence[0].sources and evidence[0].turn_id == asked[0].turn_id


def test_the_bound_firm_is_named_in_the_appeal(visit: Visits):
    talk = visit()
    firm = talk.bind(talk.firms()[0].uscc)
    file(talk)

    assert talk.appeals()[0].enterprise_id == firm.enterprise_id


def test_the_promise_is_told_before_anything_is_filed(visit: Visits):
    talk = visit()
    begin(talk, "我要投诉系统故障")
    talk.fill("appeal_detail", STORY)
    said = talk.fill("appeal_contact", "不留")

    assert "系统故障" in said.text and STORY in said.text
    assert "没有留" in said.text and "11月25日（周三）前" in said.text
    assert talk.appeals() == []


def test_a_phone_is_sealed_and_never_stands_in_a_slot(visit: Visits):
    talk = visit()
    said = file(talk, f"打{PHONE}")
    [appeal] = talk.appeals()

    assert appeal.contact_sealed is not None
    assert talk.services.keys.unseal(appeal.contact_sealed) == PHONE
    assert PHONE not in appeal.contact_sealed and PHONE not in said.text
    assert all(PHONE not in str(value) for value in talk.slots.values())


def test_a_filled_form_holds_only_that_words_and_contact_are_kept(visit: Visits):
    talk = visit()
    begin(talk, "我要投诉系统故障")
    talk.fill("appeal_detail", STORY)
    phone_in(talk, PHONE)
    said = talk.fill("appeal_contact", mask(PHONE).text)

    assert "138****8000" in said.text
    assert (talk.slots["appeal_detail"], talk.slots["appeal_contact"]) == ("kept", "kept")


def test_a_landline_is_taken_as_it_is(visit: Visits):
    talk = visit()
    begin(talk, "我要投诉系统故障")
    talk.fill("appeal_detail", STORY)
    said = talk.fill("appeal_contact", "0571-88886666")
    draft = draft_of(talk)

    assert "0571" not in said.text and talk.slots["appeal_contact"] == "kept"
    assert draft is not None
    assert draft_contact(draft, talk.services.keys) == "0571-88886666"


@pytest.mark.parametrize("text", ["我想想", "138001"])
def test_what_is_no_phone_is_asked_again(visit: Visits, text: str):
    talk = visit()
    begin(talk, "我要投诉系统故障")
    talk.fill("appeal_detail", STORY)
    said = talk.fill("appeal_contact", text)

    assert "没记下电话号码" in said.text and said.slots == {"appeal_contact": None}


def test_a_phone_said_without_a_draft_is_kept_nowhere(visit: Visits):
    talk = visit()
    phone_in(talk, PHONE)

    assert draft_of(talk) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("退税", "refund"),
        ("服务态度", "service_conduct"),
        ("优惠没享受到", "relief_not_delivered"),
        ("权益受侵害", "rights"),
        ("办理拖延", "service_quality"),
        ("其他", "other"),
    ],
)
def test_a_kind_is_read_from_label_or_plain_words(visit: Visits, text: str, kind: str):
    talk = visit()
    begin(talk)

    assert talk.fill("appeal_kind", text).slots == {"appeal_kind": kind}


@pytest.mark.parametrize(
    ("text", "where"), [("我要检举一家公司", "稽查"), ("我要行政复议", "60 日内")]
)
def test_what_is_taken_elsewhere_is_said_and_the_kind_is_asked_again(
    visit: Visits, text: str, where: str
):
    talk = visit()
    begin(talk)

    said = talk.fill("appeal_kind", text)

    assert said.outcome == "error_appeal_taken_elsewhere" and where in said.text
    assert said.slots == {"appeal_kind": None}
    assert draft_of(talk).detail is None


def test_what_was_filed_already_is_shown_before_the_same_is_filed_again(visit: Visits):
    talk = visit()
    begin(talk)
    talk.fill("appeal_kind", "系统故障")
    talk.fill("appeal_detail", "电子税务局一直打不开，提示网络错误")
    talk.fill("appeal_contact", "不留")
    first = talk.say("action_file_appeal", "确认提交")
    number = first.parts[0]["appeal"]["number"]
    begin(talk)
    talk.fill("appeal_kind", "系统故障")
    talk.fill("appeal_detail", "电子税务局还是打不开，总是网络错误")

    summary = talk.fill("appeal_contact", "不留")
    again = talk.say("action_file_appeal", "确认提交")

    assert number in summary.text and "仍然另提" in summary.text
    assert again.outcome == "appeal_filed", "it is shown, not forced"


def test_every_kind_is_understood_by_its_label(visit: Visits):
    for code, kind in visit().services.kinds.items():
        talk = visit(identity_key=f"web:{code}")
        begin(talk)
        assert talk.fill("appeal_kind", kind.label).slots == {"appeal_kind": code}


def test_an_unknown_kind_and_too_few_words_are_asked_again(visit: Visits):
    talk = visit()
    begin(talk)
    assert "没对上类别" in talk.fill("appeal_kind", "绿色").text
    talk.fill("appeal_kind", "系统故障")

    assert talk.fill("appeal_detail", "打不开").slots == {"appeal_detail": None}


def test_a_kind_said_at_the_start_is_not_asked(visit: Visits):
    talk = visit()
    begin(talk, "我要投诉服务态度")

    assert talk.slots["appeal_kind"] == "service_conduct"
    assert talk.slots["appeal_detail"] is None


def test_an_unanswered_question_fills_the_appeal_in_advance(visit: Visits):
    talk = visit()
    talk.ask(FOREIGN)
    said = begin(talk)

    assert FOREIGN in said.text and "咨询未解决" in said.text
    assert talk.slots["appeal_kind"] == "consultation" and talk.slots["appeal_detail"] == "kept"
    talk.fill("appeal_contact", "不留")
    confirm(talk)
    assert talk.appeals()[0].detail == FOREIGN


def test_an_answered_question_is_not_put_into_the_appeal(visit: Visits):
    talk = visit()
    talk.ask(QUESTION)
    begin(talk)

    assert talk.slots["appeal_detail"] is None


def test_a_draft_survives_a_lost_tracker(visit: Visits):
    talk = visit()
    begin(talk, "我要投诉系统故障")
    talk.fill("appeal_detail", STORY)
    later = visit()  # the same person, a new talk: Rasa remembers nothing
    said = begin(later, "继续填写诉求")

    assert STORY in said.text and "重新填写" in said.labels
    assert later.slots["appeal_kind"] == "system_fault" and later.slots["appeal_detail"] == "kept"
    later.fill("appeal_contact", "不留")
    assert confirm(later).outcome == "appeal_filed"


def test_other_answers_remind_of_a_draft_while_no_form_is_active(visit: Visits):
    talk = visit()
    begin(talk, "我要投诉系统故障")
    inside = talk.ask(QUESTION)
    talk.form = None

    assert "继续填写诉求" not in inside.labels
    assert "继续填写诉求" in talk.ask(QUESTION).labels


def test_a_draft_can_be_begun_anew(visit: Visits):
    talk = visit()
    begin(talk, "我要投诉系统故障")
    talk.fill("appeal_detail", STORY)
    begin(talk, "重新填写诉求")

    assert talk.slots == {**talk.slots, **dict.fromkeys(FORM_SLOTS["appeal_form"])}


@pytest.mark.parametrize("slot", ["appeal_detail", "appeal_contact"])
def test_what_was_filled_in_can_be_changed(visit: Visits, slot: str):
    talk = visit()
    begin(talk, "我要投诉系统故障")
    said = talk.fill(slot, "修改一下")

    assert "还没有提交" in said.text
    assert talk.slots["appeal_kind"] is None and talk.slots["appeal_detail"] is None


def test_a_no_to_the_summary_changes_and_files_nothing(visit: Visits):
    talk = visit()
    begin(talk, "我要投诉系统故障")
    talk.fill("appeal_detail", STORY)
    talk.fill("appeal_contact", "不留")
    said = talk.fill("appeal_confirmed", "不对", False, act="deny")

    assert said.slots == {
        "appeal_confirmed": None,
        "appeal_kind": None,
        "appeal_detail": None,
    }
    talk.fill("appeal_kind", "退税")
    again = talk.fill("appeal_detail", "退税申请交了两个月没有消息")
    assert "退税申请交了两个月没有消息" in again.text and talk.appeals() == []


@pytest.mark.parametrize(
    ("text", "act", "probability"),
    [
        (QUESTION, "ask_policy", 0.97),
        ("帮我转人工客服", "ask_person", 0.99),
        ("查诉求", "follow_appeal", 0.9),
        ("我不想活了，罚得没法活", "abuse_or_distress", 0.6),
    ],
)
def test_what_is_no_story_is_handed_back_to_the_rules(
    visit: Visits, text: str, act: str, probability: float
):
    talk = visit()
    begin(talk, "我要投诉系统故障")
    said = talk.fill("appeal_detail", text, act=act, probability=probability)

    assert said.outcome is None
    assert said.events[-1]["event"] == "action_execution_rejected"
    assert said.events[-1]["name"] == "appeal_form" and talk.slots["appeal_detail"] is None


@pytest.mark.parametrize(
    ("text", "act", "probability"),
    [
        (STORY, "ask_calculation", 0.25),
        ("窗口人员说话很难听让我白跑三次", "ask_person", 0.8),
        ("你们这个垃圾系统又崩溃报错", "abuse_or_distress", 0.9),
        ("催办了好几次都没有人管我这件事情", "urge_appeal", 0.9),
        ("第一季度没有收入，要零申报", "ask_policy", 0.9),
    ],
)
def test_a_story_stays_one_whatever_act_it_was_taken_for(
    visit: Visits, text: str, act: str, probability: float
):
    talk = visit()
    begin(talk, "我要投诉系统故障")
    talk.fill("appeal_detail", text, act=act, probability=probability)

    draft = draft_of(talk)
    assert draft is not None and draft.detail == text


@pytest.mark.parametrize("slot", ["appeal_kind", "appeal_contact"])
def test_a_question_at_any_step_is_handed_back_to_the_rules(visit: Visits, slot: str):
    talk = visit()
    begin(talk)
    said = talk.fill(slot, "没有收入还要申报吗", act="ask_policy", probability=0.8)

    assert said.events[-1]["event"] == "action_execution_rejected" and talk.slots[slot] is None


def test_a_kind_taken_for_a_question_is_a_kind(visit: Visits):
    talk = visit()
    begin(talk)

    assert talk.fill("appeal_kind", "退税", act="ask_procedure").slots == {"appeal_kind": "refund"}


def test_complaining_while_the_phone_is_asked_does_not_call_a_person(visit: Visits):
    talk = visit()
    begin(talk, "我要投诉系统故障")
    talk.fill("appeal_detail", STORY)
    said = talk.fill("appeal_contact", "窗口人员说话很难听", act="ask_person", probability=0.4)

    assert "没记下电话号码" in said.text and said.slots == {"appeal_contact": None}


def test_a_draft_that_is_gone_is_not_filed(visit: Visits):
    talk = visit()
    said = talk.say("action_file_appeal", "确认提交", act="affirm")

    assert "没有找到" in said.text and talk.appeals() == []


def test_given_up_the_draft_stays(visit: Visits):
    talk = visit()
    begin(talk, "我要投诉系统故障")
    said = talk.say("action_cancel_form", "算了", act="cancel")

    assert "草稿替您留着" in said.text and draft_of(talk) is not None


def test_an_appeal_of_the_evaluation_channel_is_marked(visit: Visits):
    talk = visit(channel="evaluation")
    file(talk)

    assert talk.appeals()[0].is_evaluation


def test_the_only_appeal_is_followed_without_its_number(visit: Visits):
    talk = visit()
    assert "还没有提过诉求" in follow(talk).text
    file(talk)
    said = follow(talk)

    assert "已提交待受理" in said.text
    assert said.parts[0]["appeal"]["check_code"] is None
    assert "11月25日" in said.parts[0]["appeal"]["due_sentence"]
    assert said.labels == ["查诉求进度", "催办诉求", "补充诉求", "撤回诉求"]


def follow(talk: Visit, number: str | None = None) -> Said:
    entities = {"appeal_number": number} if number else None
    return talk.say("action_follow_appeal", "查诉求", act="follow_appeal", entities=entities)


def test_several_appeals_are_listed(visit: Visits):
    talk = visit()
    file(talk)
    talk.ask(FOREIGN)
    begin(talk)
    talk.fill("appeal_contact", "不留")
    confirm(talk)
    said = follow(talk)
    numbers = [each.number for each in talk.appeals()]

    assert set(said.labels) == set(numbers)
    assert numbers[0] in follow(talk, numbers[0]).text
    asked = talk.say("action_urge_appeal", "催一下", act="urge_appeal")
    assert asked.outcome == "clarifying" and set(asked.labels) == set(numbers)


def test_an_answered_appeal_shows_its_answer(visit: Visits):
    talk = visit()
    file(talk)
    move(talk, accept_appeal)
    move(talk, answer_appeal, text="已经恢复，请重新申报。")

    assert "已经恢复，请重新申报。" in follow(talk).text


@pytest.mark.parametrize(
    "action", ["action_follow_appeal", "action_urge_appeal", "action_withdraw_appeal"]
)
def test_another_persons_appeal_is_not_found(visit: Visits, action: str):
    owner, stranger = visit(), visit(identity_key="web:visitor-2")
    file(owner)
    number = owner.appeals()[0].number
    said = stranger.say(action, f"确认 {number}", entities={"appeal_number": number})

    assert said.outcome == "error_appeal_not_found"
    assert len(owner.appeals()[0].moves) == 1


def test_urging_counts_once_a_day(visit: Visits):
    talk = visit()
    file(talk)
    assert "已经替您催办" in talk.say("action_urge_appeal", "催一下", act="urge_appeal").text
    again = talk.say("action_urge_appeal", "再催一下", act="urge_appeal")

    assert again.outcome == "error_appeal_urged_already"
    assert talk.appeals()[0].urges == 1


def test_the_person_stands_in_the_trail_without_the_key(visit: Visits):
    talk = visit()
    file(talk)
    talk.say("action_urge_appeal", "催一下", act="urge_appeal")

    assert talk.appeals()[0].moves[-1].actor == visitor_actor(talk.identity_key)


def test_a_supplement_is_added_and_work_goes_on(visit: Visits):
    talk = visit()
    file(talk)
    move(talk, accept_appeal)
    move(talk, assign_appeal, to="officer")
    move(talk, ask_for_more, text="哪一天打不开")
    how = talk.say("action_supplement_appeal", "补充诉求", act="supplement_appeal")
    assert "补充诉求：" in how.text and talk.appeals()[0].status is AppealStatus.WAITING
    said = talk.say("action_supplement_appeal", "补充诉求：11月18日到20日", act="supplement_appeal")

    assert "11月18日到20日" in said.text
    [appeal] = talk.appeals()
    assert appeal.status is AppealStatus.WORKING
    assert appeal.moves[-1].verb is Verb.SUPPLEMENT
    assert "11月18日到20日" in (appeal.moves[-1].note_public or "")


def test_the_wish_and_the_number_are_not_part_of_a_supplement(visit: Visits):
    talk = visit()
    file(talk)
    number = talk.appeals()[0].number
    text = f"补充诉求 {number}：我要补充的诉求是发票号写错了"
    talk.say("action_supplement_appeal", text, entities={"appeal_number": number})
    note = talk.appeals()[0].moves[-1].note_public or ""

    assert note.endswith("发票号写错了") and number not in note


def test_an_appeal_is_withdrawn_only_after_a_confirmation(visit: Visits):
    talk = visit()
    file(talk)
    asked = talk.say("action_withdraw_appeal", "撤回诉求", act="withdraw_appeal")
    assert talk.appeals()[0].status is AppealStatus.SUBMITTED
    confirmed = asked.parts[0]["buttons"][0]["value"]
    said = talk.say("action_withdraw_appeal", confirmed, act="withdraw_appeal")

    assert "已经撤回" in said.text
    assert talk.appeals()[0].status is AppealStatus.WITHDRAWN
    again = talk.say("action_withdraw_appeal", "撤回诉求", act="withdraw_appeal")
    assert "没有能这样办的诉求" in again.text


def test_a_final_appeal_cannot_be_urged_by_its_number(visit: Visits):
    talk = visit()
    file(talk)
    talk.say("action_withdraw_appeal", "确认撤回", act="withdraw_appeal")
    number = talk.appeals()[0].number
    said = talk.say("action_urge_appeal", f"催办 {number}", entities={"appeal_number": number})

    assert said.outcome == "error_appeal_move_refused" and "不能催办" in said.text


def test_nothing_of_a_phone_stays_in_the_clear(visit: Visits):
    talk = visit()
    file(talk, PHONE)
    with talk.services.sessions() as session:
        [appeal] = session.query(Appeal).all()
        assert PHONE not in f"{appeal.detail}{appeal.subject}{appeal.contact_hint}"
