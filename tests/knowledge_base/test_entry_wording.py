"""What reviewers read, and what changed between two versions."""

from __future__ import annotations

from typing import Any

import pytest

from knowledge_base.diff import Change, diff_entries, has_substance
from knowledge_base.files import read_library
from knowledge_base.rendering import render_entry
from policy_rules.parameters import installed_parameters
from tests.knowledge_base.conftest import SetFee
from tests.knowledge_base.editors_room import ended
from tests.knowledge_base.flags import flag_data, flag_document, flag_entry

DOCUMENTS = {"flag-1": flag_document()}
CLAIM = flag_data()["claims"][0]
SHORT = flag_data()["short_answers"][0]
FEE = CLAIM | {"text": "报备要交 {{ flags.fee }}。"}


def text(documents: Any = None, **changes: Any) -> str:
    return render_entry(flag_entry(**changes), documents or DOCUMENTS).text


def test_a_figure_is_read_for_every_span_in_which_it_is_the_same(set_fee: SetFee) -> None:
    set_fee("60", before="50")

    told = text(claims=[FEE | {"from": "2026-03-01", "to": "2026-12-31"}])

    assert "2026年3月1日至2026年6月30日：报备要交 50元。" in told
    assert "2026年7月1日至2026年12月31日：报备要交 60元。" in told
    assert "2026年7月1日" not in text(claims=[FEE | {"to": "2026-06-30"}])


def test_a_span_without_a_figure_is_named(set_fee: SetFee) -> None:
    told = text(claims=[FEE | {"from": "2025-07-01"}])

    assert "2025年7月1日至2025年12月31日：（“彩旗费”在这段时间没有数值，不能作答）" in told
    assert "2026年1月1日起：报备要交 50元。" in told


def test_every_statement_is_read_with_its_conditions_and_ground() -> None:
    told = text(
        claims=[CLAIM | {"when": {"taxpayer_type": ["small_scale"], "case": "旗子很大"}}],
        traps=[CLAIM | {"id": "trap", "text": "不要挂反。", "certainty": "open", "ask": "旗管处"}],
        handling={
            "steps": ["先量旗子"], "materials": ["尺子"], "time_needed": "一天",
            "certainty": "unverified",
        },
        referral={"office": "彩旗办公室", "telephone": "000"},
    )  # fmt: skip

    for words in (
        "门店的彩旗要报备吗", "要报备。", "门店的彩旗要报备。", "小规模纳税人；旗子很大",
        "不要挂反。",
        "尚未确定", "向旗管处确认", "先量旗子", "尺子", "一天", "待核", "彩旗办公室", "000",
        "彩旗〔2026〕1号第一条", "《彩旗办法》：有效", "2026年1月1日起",
    ):  # fmt: skip
        assert words in told, words


def test_the_text_changes_with_what_it_stands_on_and_with_nothing_else(set_fee: SetFee) -> None:
    entry = flag_entry(claims=[FEE])
    first = render_entry(entry, DOCUMENTS)
    found_otherwise = render_entry(
        flag_entry(claims=[FEE], similar=[*entry.similar, "又一种问法"], checked_on="2026-09-16"),
        DOCUMENTS,
    )
    of_an_ended_document = render_entry(entry, {"flag-1": ended()})
    set_fee("60")
    of_another_figure = render_entry(entry, DOCUMENTS)

    assert found_otherwise == first
    assert of_an_ended_document.digest != first.digest
    assert of_an_ended_document.wording == first.wording
    assert of_another_figure.wording != first.wording


def test_every_entry_of_the_library_can_be_read_by_reviewers() -> None:
    library = read_library()

    for entry in library.entries.values():
        told = render_entry(entry, library.documents).text
        assert "{{" not in told, entry.id
        assert all(claim.id in told for claim in (*entry.claims, *entry.traps)), entry.id


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    return diff_entries(flag_entry(**before), flag_entry(**after), DOCUMENTS)


SUBSTANCE = {
    "question": ({}, {"question": "彩旗怎么报备"}, ("question", "changed", None)),
    "claim added": ({}, {"claims": [CLAIM, CLAIM | {"id": "b"}]}, ("claims", "added", None)),
    "claim removed": ({"claims": [CLAIM, CLAIM | {"id": "b"}]}, {}, ("claims", "removed", None)),
    "claim text": ({}, {"claims": [CLAIM | {"text": "不用报备。"}]}, ("claims", "changed", "text")),
    "span": ({}, {"claims": [CLAIM | {"to": "2026-12-31"}]}, ("claims", "changed", "span")),
    "condition": (
        {}, {"claims": [CLAIM | {"when": {"case": "旗子很大"}}]}, ("claims", "added", "when"),
    ),
    "certainty": (
        {}, {"claims": [CLAIM | {"certainty": "secondary"}]}, ("claims", "changed", "certainty"),
    ),
    "basis": (
        {}, {"claims": [CLAIM | {"basis": [{"document": "flag-1", "clause": "第二条"}]}]},
        ("claims", "changed", "basis"),
    ),
    "region": ({}, {"claims": [CLAIM | {"region": "四川"}]}, ("claims", "changed", "region")),
    "trap": ({}, {"traps": [CLAIM | {"id": "trap"}]}, ("traps", "added", None)),
    "short answer": (
        {}, {"short_answers": [SHORT | {"text": "不用。"}]}, ("short_answers", "changed", "text"),
    ),
    "short span": (
        {}, {"short_answers": [SHORT | {"to": "2026-12-31"}]},
        ("short_answers", "changed", "span"),
    ),
    "step": (
        {}, {"handling": {"steps": ["先量旗子"], "certainty": "verified"}},
        ("handling", "added", "steps"),
    ),
    "referral": ({}, {"referral": {"office": "彩旗办公室"}}, ("referral", "added", "office")),
}  # fmt: skip


@pytest.mark.parametrize("name", SUBSTANCE)
def test_what_a_taxpayer_is_told_otherwise_has_substance(name: str) -> None:
    before, after, expected = SUBSTANCE[name]

    found = changes(before, after)

    assert expected in [(each.field, each.kind, each.aspect) for each in found]
    assert all(each.substance for each in found)
    assert has_substance(flag_entry(**before), flag_entry(**after), DOCUMENTS)


@pytest.mark.parametrize(
    "after",
    [
        {"similar": [*flag_data()["similar"][1:], "又一种问法"]},
        {"topics": ["service", "vat"]},
        {"related": ["flags-2"]},
        {"policies": ["VAT-01"]},
        {"checked_on": "2026-09-16"},
    ],
    ids=lambda after: next(iter(after)),
)
def test_how_an_entry_is_found_and_filed_has_no_substance(after: dict[str, Any]) -> None:
    found = changes({}, after)

    assert found and not any(each.substance for each in found)
    assert {each.field for each in found} == set(after)


def test_similar_questions_are_told_one_by_one() -> None:
    old = flag_data()["similar"]

    found = changes({}, {"similar": [*old[1:], "又一种问法"]})

    told = {(each.kind, each.before, each.after) for each in found}
    assert told == {("removed", old[0], None), ("added", None, "又一种问法")}


def test_a_figure_that_is_named_instead_of_typed_says_the_same(set_fee: SetFee) -> None:
    typed, named = CLAIM | {"text": "报备要交 50元。"}, FEE

    (only,) = changes({"claims": [typed]}, {"claims": [named]})

    assert (only.before, only.after) == (typed["text"], named["text"])
    assert not only.substance


def test_a_changed_claim_is_shown_as_people_read_it(set_fee: SetFee) -> None:
    set_fee("60", before="50")
    after = FEE | {"text": "每面旗要交 {{ flags.fee }}。"}

    (only,) = changes({"claims": [FEE]}, {"claims": [after]})

    assert only.item == "sure"
    assert only.after == (
        "2026年1月1日至2026年6月30日：每面旗要交 50元。\n2026年7月1日起：每面旗要交 60元。"
    )


def test_the_same_versions_do_not_differ() -> None:
    library = read_library()

    for entry in list(library.entries.values())[:40]:
        assert diff_entries(entry, entry, library.documents, installed_parameters()) == []
