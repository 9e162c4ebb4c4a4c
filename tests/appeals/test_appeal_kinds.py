"""Kinds, statuses and sentences of appeals (诉求类型、状态、用语)."""

from __future__ import annotations

import inspect
from datetime import date
from pathlib import Path
from string import Formatter

import pytest
import yaml

import appeals.errors
import appeals.heat.errors
from appeals.errors import BrokenKinds
from appeals.kinds import kind_label, load_kinds
from appeals.lifecycle import SAID
from appeals.tables import AppealStatus, Verb
from appeals.wording import sentences, status_words, verb_label
from core.errors import ServiceError
from core.messages import error_sentences, sentence_for
from policy_rules.parameters import figure

LEGAL = {
    "relief_not_delivered": "service.complaint.fast_working_days",
    "service_conduct": "service.complaint.conduct_working_days",
    "service_quality": "service.complaint.quality_working_days",
    "rights": "service.complaint.quality_working_days",
}


def test_the_days_of_complaints_are_those_of_the_law_and_all_others_are_our_own_word():
    kinds = load_kinds()

    for code, parameter in LEGAL.items():
        assert kinds[code].working_days == figure(parameter, date(2026, 11, 21))
        assert kinds[code].source.document == "sta-2019-27"
    for code in kinds.keys() - LEGAL.keys():
        assert (kinds[code].source.document, kinds[code].source.number) == (None, "本系统约定")


def test_the_promises_are_as_agreed():
    assert {kind.code: kind.working_days for kind in load_kinds().values()} == {
        "relief_not_delivered": 3,
        "service_conduct": 5,
        "service_quality": 10,
        "rights": 10,
        "consultation": 3,
        "help": 1,
        "other_department": 3,
        "procedure": 5,
        "system_fault": 3,
        "refund": 5,
        "suggestion": 10,
        "other": 5,
    }


def override(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "bureau.yml"
    path.write_text(text, "utf-8")
    return path


def test_a_bureau_promises_its_own_days(tmp_path, file):
    kinds = load_kinds(override(tmp_path, "working_days: {consultation: 1, rights: 8}"))

    assert (kinds["consultation"].working_days, kinds["rights"].working_days) == (1, 8)
    assert kinds["refund"].working_days == 5
    assert load_kinds()["consultation"].working_days == 3, "the default is left alone"
    filed = file(kind="consultation", kinds=kinds)
    assert (filed.appeal.working_days, filed.appeal.due_on) == (1, date(2026, 9, 18))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("working_days: {relief_not_delivered: 4}", "只能是 1 到 3 个工作日"),
        ("working_days: {consultation: 0}", "只能是 1 到 60 个工作日"),
        ("working_days: {no_such: 3}", "no_such"),
        ("working_days: {consultation: 三}", "working_days.consultation"),
        ("days: {consultation: 3}", "working_days"),
        ("working_days: [", "parsing"),
        ("", "文件"),
    ],
)
def test_a_bureau_file_that_cannot_be_used_is_refused_with_its_name_and_place(
    tmp_path, text, reason
):
    with pytest.raises(BrokenKinds) as refused:
        load_kinds(override(tmp_path, text))

    assert refused.value.details["file"] == "bureau.yml"
    assert reason in refused.value.details["reason"]


def test_every_status_and_verb_has_its_words():
    assert set(status_words()) == set(AppealStatus)
    assert all(verb_label(verb) for verb in Verb)
    assert kind_label("refund") == "退税"
    assert kind_label("no_longer_kept") == "no_longer_kept"


def test_sentences_use_only_what_they_are_given():
    allowed = {"number", "due", "does", "text", *SAID}
    own = [each for moves in sentences()["kinds"].values() for each in moves.items()]
    for name, move in [*sentences()["moves"].items(), *own]:
        for part in ("public", "tell", "internal"):
            fields = {field for _, field, _, _ in Formatter().parse(move.get(part) or "") if field}
            assert fields <= allowed, name


def test_every_error_has_its_sentence():
    errors = [
        each
        for module in (appeals.errors, appeals.heat.errors)
        for _, each in inspect.getmembers(module, inspect.isclass)
        if issubclass(each, ServiceError) and each.__module__ == module.__name__
    ]
    codes = {each.code for each in errors}
    path = Path(appeals.errors.__file__).parent / "error_messages.yml"

    assert codes == set(yaml.safe_load(path.read_text("utf-8")))
    assert codes <= set(error_sentences())


def test_a_refusal_says_where_the_appeal_stands_and_what_cannot_be_done(bring_to, do, now):
    from appeals.errors import AppealMoveRefused
    from appeals.moves import urge_appeal

    number = bring_to(AppealStatus.ANSWERED)
    with pytest.raises(AppealMoveRefused) as refused:
        do(urge_appeal, number, actor="web:visitor-1", now=now)

    assert sentence_for(refused.value) == f"诉求 {number} 现在是“已答复待确认”，不能催办。"
