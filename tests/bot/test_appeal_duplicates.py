"""Likely duplicates and waiting files in the appeal form: shown, added to, or filed anyway."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from appeals.access import access_appeal_for_staff
from appeals.attachments import list_files
from appeals.attachments_pending import keep_pending
from appeals.drafts import find_draft
from appeals.moves import accept_appeal, answer_appeal
from appeals.tables import AppealStatus, Verb
from core.database import reading, transaction
from tests.appeals.attachment_files import plain_file
from tests.bot.talks import Said, Visit

FIRST = "电子税务局连着三天打不开，申报不了"
AGAIN = "电子税务局又打不开了，三天申报不了"
OTHER_MATTER = "柜台说我们的退税要等半年，没有说原因"
Visits = Callable[..., Visit]


def fill_in(talk: Visit, story: str) -> Said:
    """Go through the form up to the last look."""
    turn_id = talk.receive("我要投诉系统故障")
    talk.say("action_start_appeal", "我要投诉系统故障", act="file_appeal", turn_id=turn_id)
    talk.say("action_resume_draft", "我要投诉系统故障", act="file_appeal", turn_id=turn_id)
    talk.form = "appeal_form"
    talk.fill("appeal_detail", story)
    return talk.fill("appeal_contact", "不留")


def confirm(talk: Visit) -> Said:
    turn_id = talk.receive("确认提交")
    talk.fill("appeal_confirmed", "确认提交", True, act="affirm", turn_id=turn_id)
    talk.form = None
    return talk.say("action_file_appeal", "确认提交", act="affirm", turn_id=turn_id)


def add_to(talk: Visit, number: str) -> Said:
    """What the button says, and what the rule for it calls."""
    talk.slots["requested_slot"] = "appeal_confirmed"
    return talk.say(
        "action_supplement_appeal",
        f"补充诉求 {number}",
        act="supplement_appeal",
        entities={"appeal_number": number},
    )


def wait(talk: Visit, content: bytes = b"dots") -> None:
    services = talk.services
    with transaction(services.sessions) as session:
        keep_pending(
            session,
            identity_key=talk.identity_key,
            file=plain_file(content),
            keys=services.keys,
            now=services.clock(),
        )


def file_names(talk: Visit, number: str) -> list[str]:
    with reading(talk.services.sessions) as session:
        appeal = access_appeal_for_staff(session, number=number)
        return [each.name for each in list_files(session, appeal=appeal)]


def test_a_likely_duplicate_is_shown_with_what_can_be_done(visit: Visits):
    talk = visit()
    fill_in(talk, FIRST)
    confirm(talk)
    [first] = talk.appeals()
    said = fill_in(talk, AGAIN)

    warning = said.parts[-1]
    assert f"{first.number}（{FIRST}）：已提交待受理，时限：11月25日（周三）前" in warning["text"]
    assert [(each["label"], each["value"]) for each in warning["buttons"]] == [
        ("补充到那一件", f"补充诉求 {first.number}"),
        ("仍然另提", "确认提交"),
        ("不提了", "算了"),
    ]
    assert len(talk.appeals()) == 1


def test_another_matter_is_not_taken_for_a_duplicate(visit: Visits):
    talk = visit()
    fill_in(talk, FIRST)
    confirm(talk)
    said = fill_in(talk, OTHER_MATTER)

    assert "相近" not in said.text


def test_it_is_added_to_the_other_and_nothing_new_is_filed(visit: Visits):
    talk = visit()
    fill_in(talk, FIRST)
    confirm(talk)
    [first] = talk.appeals()
    wait(talk)
    fill_in(talk, AGAIN)
    said = add_to(talk, first.number)

    [appeal] = talk.appeals()
    assert said.outcome == "answered" and "没有另提" in said.text
    assert "1 个附件也一并带上了" in said.text
    assert appeal.moves[-1].verb is Verb.SUPPLEMENT
    assert appeal.moves[-1].note_public == f"您补充了：{AGAIN}"
    assert file_names(talk, first.number) == ["截图.jpg"]
    assert talk.form is None and talk.slots["appeal_detail"] is None
    assert [each["event"] for each in said.events[-3:]] == ["active_loop", "slot", "followup"]
    with reading(talk.services.sessions) as session:
        assert find_draft(session, identity_key=talk.identity_key) is None


def test_the_only_one_shown_needs_no_number(visit: Visits):
    talk = visit()
    fill_in(talk, FIRST)
    confirm(talk)
    fill_in(talk, AGAIN)
    talk.slots["requested_slot"] = "appeal_confirmed"
    said = talk.say("action_supplement_appeal", "补充到那一件吧", act="supplement_appeal")

    assert "没有另提" in said.text
    assert [each.moves[-1].note_public for each in talk.appeals()] == [f"您补充了：{AGAIN}"]


def test_it_is_still_filed_if_that_is_wished(visit: Visits):
    talk = visit()
    fill_in(talk, FIRST)
    confirm(talk)
    fill_in(talk, AGAIN)
    said = confirm(talk)

    assert said.outcome == "appeal_filed" and len(talk.appeals()) == 2


def test_a_case_of_the_firm_is_shown_and_added_to_by_a_colleague(visit: Visits):
    one, other = visit(), visit(identity_key="web:visitor-2")
    firm = one.firms()[0].uscc
    one.bind(firm)
    other.bind(firm)
    fill_in(one, FIRST)
    confirm(one)
    [first] = one.appeals()
    shown = fill_in(other, AGAIN)
    said = add_to(other, first.number)

    [appeal] = one.appeals()
    assert first.number in shown.text and "您企业的诉求" in said.text
    assert appeal.moves[-1].note_public == f"您企业的其他人员补充了：{AGAIN}"
    assert all(part.get("appeal") is None for part in said.parts), "the card is its filer's"


def test_a_stranger_cannot_add_to_it_by_naming_its_number(visit: Visits):
    one, other = visit(), visit(identity_key="web:visitor-2")
    fill_in(one, FIRST)
    confirm(one)
    [first] = one.appeals()
    shown = fill_in(other, AGAIN)
    said = add_to(other, first.number)

    assert first.number not in shown.text
    assert said.outcome == "error_appeal_not_found"
    assert one.appeals()[0].moves[-1].verb is Verb.FILE


def test_what_takes_no_more_is_shown_without_that_button(visit: Visits):
    talk = visit()
    fill_in(talk, FIRST)
    confirm(talk)
    with transaction(talk.services.sessions) as session:
        appeal = access_appeal_for_staff(session, number=talk.appeals()[0].number)
        now = talk.services.clock()
        accept_appeal(session, appeal=appeal, actor="staff:li", now=now)
        answer_appeal(session, appeal=appeal, text="已修好", actor="staff:li", now=now)
    said = fill_in(talk, AGAIN)

    assert talk.appeals()[0].status is AppealStatus.ANSWERED
    assert [each["label"] for each in said.parts[-1]["buttons"]] == ["仍然另提", "不提了"]


@pytest.mark.parametrize("count", [1, 3])
def test_how_many_files_will_go_along_is_told_and_they_do(visit: Visits, count: int):
    talk = visit()
    for each in range(count):
        wait(talk, b"dots %d" % each)
    said = fill_in(talk, FIRST)
    confirm(talk)

    assert f"会一并提交 {count} 个附件。" in said.text
    assert len(file_names(talk, talk.appeals()[0].number)) == count


def test_files_go_along_with_words_that_are_added_later(visit: Visits):
    talk = visit()
    fill_in(talk, FIRST)
    confirm(talk)
    [first] = talk.appeals()
    wait(talk)
    said = talk.say(
        "action_supplement_appeal", "补充诉求：截图上有错误代码", act="supplement_appeal"
    )

    assert "1 个附件也一并带上了" in said.text
    assert file_names(talk, first.number) == ["截图.jpg"]
