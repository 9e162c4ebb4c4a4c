"""Statements that cannot both hold are found; those for other cases, days or things are not."""

from __future__ import annotations

import cProfile
from datetime import date
from typing import Any

import pytest
from flags import flag_data, flag_document, flag_entry, library_of

from knowledge_base.check import check_library
from knowledge_base.checks.contradictions import contradictions, unequal_parameters
from knowledge_base.checks.duplicates import bare_wording, near_duplicates, shared_wordings
from knowledge_base.checks.finding import Finding
from knowledge_base.files import read_library
from knowledge_base.schema import Entry
from policy_rules.parameters import Parameter, read_parameters

FEE = "门店挂彩旗要向街道交押金300元，取下彩旗后当场退还。"
ALLOWED = "门店的彩旗可以挂到节日过后，晚上要收进屋里。"


def saying(entry_id: str, text: str, **changes: Any) -> Entry:
    claim = {**flag_data()["claims"][0], "text": text, **changes}
    shorts = [{**flag_data()["short_answers"][0], "from": claim["from"], "to": claim.get("to")}]
    return flag_entry(id=entry_id, claims=[claim], short_answers=shorts)


def between(one: Entry, other: Entry) -> list[Finding]:
    return list(contradictions([one, other], {}))


@pytest.mark.parametrize(
    ("one", "other", "what"),
    [
        (FEE, FEE.replace("300", "500"), "数值不同"),
        (FEE, FEE.replace("300元", "3万元"), "数值不同"),
        (ALLOWED, ALLOWED.replace("可以", "不得"), "一说是、一说否"),
        (ALLOWED, ALLOWED.replace("可以", "不能"), "一说是、一说否"),
        ("门店的彩旗免征手续费。", "门店的彩旗不免征手续费。", "一说是、一说否"),
        ("挂彩旗需要先向街道报备。", "挂彩旗不需要先向街道报备。", "一说是、一说否"),
    ],
)
def test_a_planted_contradiction_is_an_error(one: str, other: str, what: str) -> None:
    [found] = between(saying("flags", one), saying("flags-2", other))

    assert found.is_error
    assert found.place == "flags-2.sure、flags.sure"
    assert what in found.what


@pytest.mark.parametrize(
    "changes",
    [
        {"from": date(2027, 1, 1)},
        {"when": {"taxpayer_type": ["general"]}},
        {"when": {"case": "有两面旗的"}},
        {"region": "北京"},
        {"certainty": "open", "ask": "彩旗办公室", "basis": []},
    ],
)
def test_other_days_cases_and_regions_and_open_claims_contradict_nothing(
    changes: dict[str, Any],
) -> None:
    first: dict[str, Any] = {"to": date(2026, 12, 31)}
    if "when" in changes and "taxpayer_type" in changes["when"]:
        first["when"] = {"taxpayer_type": ["small_scale"]}
    if "region" in changes:
        first["region"] = "上海"

    one = saying("flags", FEE, **first)
    assert between(one, saying("flags-2", FEE.replace("300", "500"), **changes)) == []
    assert between(one, saying("flags-2", FEE.replace("300", "500"))) != []


def test_the_same_statement_twice_and_other_things_contradict_nothing() -> None:
    kites = "放风筝的人要自己看好线，放完风筝交场地费500元。"

    assert between(saying("flags", FEE), saying("flags-2", FEE)) == []
    assert between(saying("flags", FEE), saying("flags-2", kites)) == []


def test_two_claims_of_one_entry_can_contradict() -> None:
    claims = [
        {**flag_data()["claims"][0], "text": FEE},
        {**flag_data()["claims"][0], "id": "other", "text": FEE.replace("300", "400")},
    ]

    [found] = contradictions([flag_entry(claims=claims)], {})

    assert found.place == "flags.other、flags.sure"


def parameter(name: str, title: str, value: str, **span: str) -> Parameter:
    dates = {"from": "2026-01-01", **span}
    basis = [{"document": "flag-1"}]
    values = [{**dates, "value": value, "basis": basis, "certainty": "verified"}]
    unit = {"unit": "yuan", "checked_on": "2026-09-01"}
    return Parameter.model_validate({"id": name, "title": title, "values": values, **unit})


def test_figures_of_one_name_have_to_be_equal_while_both_hold() -> None:
    one = parameter("flags.fee", "彩旗的押金（每面）", "300")
    late = parameter("poles.fee", "彩旗押金：每面", "500", **{"from": "2027-01-01"})
    early = parameter(
        "poles.fee", "彩旗押金：每面", "500", **{"from": "2025-01-01", "to": "2025-12-31"}
    )
    other = parameter("poles.fee", "旗杆押金（每根）", "500")

    def found(*known: Parameter) -> list[str]:
        return [each.place for each in unequal_parameters({each.id: each for each in known})]

    assert found(one, late) == ["flags.fee、poles.fee"]
    assert found(one, early) == []
    assert found(one, other) == []
    assert found(one, late.model_copy(update={"values": one.values})) == []


def test_wordings_are_the_same_whatever_their_filler_width_and_signs() -> None:
    one = flag_entry(question="请问，彩旗要报备吗？")
    other = flag_entry(
        id="flags-2", question="彩旗要报备吗", similar=[f"旗帜{n}号" for n in range(6)]
    )

    assert bare_wording("ＡＢＣ，彩旗！") == bare_wording("abc彩旗")
    [found] = shared_wordings([one.model_copy(update={"similar": ()}), other])
    assert found.place == "flags、flags-2"
    assert not found.is_error


def test_entries_whose_questions_are_nearly_the_same_are_named() -> None:
    one = flag_entry(question="门店门口挂的彩旗要不要向街道办事处报备")
    other = flag_entry(id="flags-2", question="门店门口挂的彩旗要不要向街道办事处报备呀？")
    far = flag_entry(id="flags-3", question="风筝的线断了找谁")

    assert [each.place for each in near_duplicates([one, other, far])] == ["flags、flags-2"]


def test_an_entry_that_no_other_leads_to_is_named() -> None:
    found = check_library(
        library_of(flag_entry(related=["flags-2"]), flag_entry(id="flags-2")),
        today=date(2026, 9, 1),
    )

    alone = [each.place for each in found if "没有别的条目" in each.what]
    assert alone == ["flags"]


def test_a_document_that_nobody_checked_for_long_is_named() -> None:
    old = flag_document(checked_on=date(2026, 1, 1))
    found = check_library(library_of(flag_entry(), documents=(old,)), today=date(2026, 9, 1))

    assert "flag-1：超过180天没有核对" in map(str, found)


def test_the_work_grows_with_the_library_and_not_with_its_square() -> None:
    library, parameters = read_library(), read_parameters()
    entries = list(library.entries.values())

    def calls(times: int) -> int:
        many = [
            each.model_copy(update={"id": f"{each.id}-{copy}", "claims": claims_of(each, copy)})
            for copy in range(times)
            for each in entries[:200]
        ]
        counting = cProfile.Profile()
        counting.runcall(list, contradictions(many, parameters))
        return sum(each.callcount for each in counting.getstats())

    assert calls(8) < 8 * 3 * calls(1)


def claims_of(entry: Entry, copy: int) -> tuple[Any, ...]:
    """The claims with a word of their own in every copy, so that the copies are not alike."""
    mark = chr(0x5000 + copy) * 40
    return tuple(
        claim.model_copy(update={"text": f"{mark}{claim.text}{mark}"}) for claim in entry.claims
    )
