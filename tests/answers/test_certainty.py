"""How sure a statement is, is always said: open is never told as fact, unverified is marked."""

from __future__ import annotations

from datetime import date

import pytest
from asking import TODAY, Asker, shelf_of

from answers.frame import Query, read_frame
from answers.render import render
from knowledge_base.library import Snapshot
from knowledge_base.schema import Claim, Entry, ShortAnswer
from policy_rules.figures import figures_in
from policy_rules.parameters import Basis, Certainty

CAUTION = "标“待核”的内容尚未核到官方原文，请以主管税务机关答复为准。"
QUESTION = "润苗门店的彩旗要报备吗"


def make_claim(claim_id: str, text: str, certainty: Certainty, **only: object) -> Claim:
    """A claim about flags, so that nothing of it can be mistaken for law."""
    settled = certainty in (Certainty.VERIFIED, Certainty.SECONDARY)
    return Claim.model_validate(
        {
            "id": claim_id,
            "text": text,
            "from": date(2026, 1, 1),
            "basis": (Basis(document="flag-1"),) if settled else (),
            "certainty": certainty,
            "ask": "彩旗办公室" if certainty is Certainty.OPEN else None,
            **only,
        }
    )


def make_entry(*claims: Claim, short: str, resting_on: tuple[str, ...], **only: object) -> Entry:
    short_answer = ShortAnswer.model_validate(
        {"text": short, "from": date(2026, 1, 1), "claims": resting_on}
    )
    return Entry.model_validate(
        {
            "id": "flags",
            "question": QUESTION,
            "similar": tuple(f"{QUESTION}，第{place}种问法" for place in range(6)),
            "topics": ("service",),
            "short_answers": (short_answer,),
            "claims": claims,
            "checked_on": TODAY,
            **only,
        }
    )


VERIFIED = make_claim("sure", "彩旗要报备。", Certainty.VERIFIED)
OPEN = make_claim("open", "彩旗多久报备一次没有明确。", Certainty.OPEN)
UNVERIFIED = make_claim("likely", "彩旗不收费。", Certainty.UNVERIFIED)


def test_an_open_claim_is_told_as_undecided_with_whom_to_ask() -> None:
    text = (
        shelf_of(make_entry(VERIFIED, OPEN, short="要报备。", resting_on=("sure",)))(QUESTION)
        .parts[0]
        .text
    )

    assert text.startswith("要报备。")
    assert "尚未确定：彩旗多久报备一次没有明确（请向彩旗办公室确认）" in text


def test_an_open_claim_under_a_short_answer_is_told_as_undecided_too() -> None:
    told = shelf_of(
        make_entry(VERIFIED, OPEN, short="要，多久一次没核到。", resting_on=("sure", "open"))
    )(QUESTION)

    assert "尚未确定：彩旗多久报备一次没有明确（请向彩旗办公室确认）" in told.parts[0].text


def test_nothing_but_open_claims_is_refused_as_uncertain_and_says_what_is_open() -> None:
    told = shelf_of(make_entry(OPEN, short="还没有定。", resting_on=("open",)))(QUESTION)

    assert told.outcome == "refused_uncertain"
    assert "不能给您结论" in told.parts[0].text
    assert "请向彩旗办公室确认" in told.parts[0].text
    assert told.parts[0].evidence == ()


def test_an_unverified_claim_is_marked_and_the_caution_is_shown() -> None:
    told = shelf_of(make_entry(VERIFIED, UNVERIFIED, short="要报备。", resting_on=("sure",)))(
        QUESTION
    )

    assert "彩旗不收费（待核）。" in told.parts[0].text
    assert told.parts[0].caution == CAUTION


def test_a_short_answer_on_an_unverified_claim_is_marked() -> None:
    told = shelf_of(make_entry(UNVERIFIED, short="不收费。", resting_on=("likely",)))(QUESTION)

    assert told.parts[0].text == "不收费（待核）。"
    assert told.parts[0].caution == CAUTION


def test_what_is_verified_is_said_without_a_caution() -> None:
    told = shelf_of(make_entry(VERIFIED, short="要报备。", resting_on=("sure",)))(QUESTION)

    assert told.parts[0].text == "要报备。"
    assert told.parts[0].caution is None


def test_unverified_handling_is_marked() -> None:
    handling = {"steps": ("先挂旗",), "certainty": Certainty.UNVERIFIED}

    told = shelf_of(make_entry(VERIFIED, short="要。", resting_on=("sure",), handling=handling))(
        QUESTION
    )

    assert "【以下办理信息待核】怎么办：\n1. 先挂旗" in told.parts[0].text
    assert told.parts[0].caution == CAUTION


def test_a_claim_of_another_region_is_left_out_unless_it_is_named_or_the_bureaus() -> None:
    local = make_claim("local", "本地彩旗另有颜色。", Certainty.UNVERIFIED, region="江苏")
    ask = shelf_of(make_entry(VERIFIED, local, short="要报备。", resting_on=("sure",)))

    assert "另有颜色" not in ask(QUESTION).parts[0].text
    assert "另有颜色" in ask(QUESTION, region="江苏").parts[0].text
    assert "另有颜色" in ask(f"江苏{QUESTION}").parts[0].text
    assert "另有颜色" not in ask(QUESTION, region="浙江").parts[0].text


def test_procedure_goes_by_today_and_substance_by_the_tax_period() -> None:
    now = make_claim("now", "现在网上报备。", Certainty.UNVERIFIED, measured_by="today")
    old = make_claim(
        "old",
        "那时不用报备。",
        Certainty.UNVERIFIED,
        **{"from": date(2020, 1, 1), "to": date(2025, 12, 31)},
    )
    entry = make_entry(VERIFIED, now, old, short="要报备。", resting_on=("sure",))
    told = shelf_of(
        entry.model_copy(
            update={
                "short_answers": (
                    *entry.short_answers,
                    ShortAnswer.model_validate(
                        {
                            "text": "不用。",
                            "from": date(2020, 1, 1),
                            "to": date(2025, 12, 31),
                            "claims": ("old",),
                        }
                    ),
                )
            }
        )
    )(f"2024年{QUESTION}")

    assert told.parts[0].text.startswith("不用（待核）。")
    assert "现在网上报备" in told.parts[0].text


@pytest.mark.parametrize("year", [2025, 2026])
def test_no_entry_of_the_real_library_tells_an_open_claim_as_fact(
    real_snapshot: Snapshot, year: int
) -> None:
    frame = read_frame(Query(f"{year}年", TODAY))
    seen = 0
    for entry in real_snapshot.entries.values():
        rendered = render(entry, frame, real_snapshot)
        for claim in rendered.claims:
            if claim.certainty is Certainty.OPEN and not figures_in(claim.text):
                seen += 1
                line = next(
                    line for line in rendered.text.splitlines() if claim.text.rstrip("。") in line
                )
                assert "尚未确定：" in line, entry.id
                assert f"（请向{claim.ask}确认）" in line, entry.id

    assert seen > 20


def test_every_unverified_statement_of_the_real_library_is_marked(ask: Asker) -> None:
    frame = read_frame(Query("2026年", TODAY))
    for entry in ask.snapshot.entries.values():
        rendered = render(entry, frame, ask.snapshot)
        for claim in rendered.claims:
            if claim.certainty is Certainty.UNVERIFIED:
                assert "待核" in rendered.text, f"{entry.id}.{claim.id}"
                assert rendered.caution == CAUTION
