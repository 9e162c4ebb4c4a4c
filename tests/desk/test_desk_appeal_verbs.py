"""Every verb at the desk: what its form must hold, who may not, and two officers at once."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from appeals.tables import AppealMove
from core.database import reading
from desk.appeal_moves import VERBS

SENT = {"note": "写明原因", "unit": "征收管理", "telephone": "12333", "receipt": "R-1"}
#: Each verb with the fields without which it is refused; beside the version.
NEEDED = {
    "refuse": ["note"],
    "inform": ["note"],
    "ask-for-more": ["note"],
    "supplement": ["note"],
    "answer": ["note"],
    "remind": ["note"],
    "reassign": ["note"],
    "transfer": ["unit", "note"],
    "transfer-out": ["unit", "telephone", "note"],
    "object": ["unit", "note"],
    "ask-extension": ["note"],
}
#: Where the verb can be made; every other is made from ``working``.
FROM_ACCEPTED = ("refuse",)


async def prepared(bench, page, verb: str) -> dict:
    """A case from which the verb can be made, in the hands of whoever asks."""
    number = bench.appeal()
    view = await page.do(f"/appeals/{number}/accept", {"version": 1})
    if verb in FROM_ACCEPTED:
        body = {"version": view["version"], "unit": "办税服务厅", "note": "归大厅"}
        view = await page.do(f"/appeals/{number}/transfer", body)
    return view


def form_of(verb: str, view: dict) -> dict:
    extra = {"reassign": {"assignee": "agent02"}, "ask-extension": {"working_days": 2}}
    return {"version": view["version"], **SENT, **extra.get(verb, {})}


@pytest.mark.parametrize(("verb", "field"), [(v, f) for v, each in NEEDED.items() for f in each])
async def test_a_verb_without_what_it_needs_is_refused_and_nothing_moves(
    verb, field, bench, sign_in
):
    page = await sign_in("supervisor01")
    view = await prepared(bench, page, verb)

    for blank in ("", "   "):
        error = await page.refused(
            f"/appeals/{view['number']}/{verb}", form_of(verb, view) | {field: blank}
        )
        told = error["message"] + str(error["details"])
        assert error["status"] == 400, error
        assert "不能为空" in told or "请填写" in told, error

    after = await page.read(f"/appeals/{view['number']}")
    assert (after["version"], after["status"]) == (view["version"], view["status"])
    await page.do(f"/appeals/{view['number']}/{verb}", form_of(verb, view))


@pytest.mark.parametrize(
    "bad",
    [
        {"version": "x"},
        {"note": "长" * 3001},
        {"unit": "长" * 81},
        {"working_days": 61},
        {"working_days": -1},
        {"rating": 6},
        {"promised_on": "昨天"},
        {"nobody_asked": 1},
    ],
)
async def test_a_form_that_cannot_be_read_is_refused_with_its_field(bad, bench, sign_in):
    page = await sign_in("supervisor01")
    number = bench.appeal()

    error = await page.refused(f"/appeals/{number}/accept", {"version": 1} | bad)

    assert (error["status"], error["code"]) == (422, "desk_form_invalid")
    assert error["details"]["field"] == next(iter(bad))


@pytest.mark.parametrize("days", [0, 6, 60])
async def test_more_days_than_the_kind_allows_are_refused_with_how_many_it_does(
    days, bench, sign_in
):
    page = await sign_in("agent01")
    view = await prepared(bench, page, "ask-extension")
    body = {"version": view["version"], "note": "要调档案", "working_days": days}

    error = await page.refused(f"/appeals/{view['number']}/ask-extension", body)

    assert (error["status"], error["code"]) == (409, "appeal_extension_refused")
    assert "5 个工作日" in error["message"]


async def test_what_the_page_offers_can_be_done_and_nothing_else(bench, sign_in):
    page = await sign_in("supervisor01")
    view = await prepared(bench, page, "answer")
    offered = {each["verb"] for each in view["actions"]}

    for verb in sorted(set(VERBS) - offered):
        error = await page.refused(
            f"/appeals/{view['number']}/{verb}",
            form_of(verb, view) | {"parent": view["number"], "rating": 5, "working_days": 1},
        )
        assert error["status"] in (403, 409), (verb, error)
        assert error["message"], verb


@pytest.mark.parametrize("verb", ["inform", "transfer", "ask-extension", "object"])
async def test_of_two_officers_at_once_one_wins_and_the_other_is_told_who(verb, bench, sign_in):
    one, two = await sign_in("supervisor01"), await sign_in("oversight01")
    view = await prepared(bench, one, verb)
    path = f"/appeals/{view['number']}/{verb}"

    answers = await asyncio.gather(
        one.post(path, form_of(verb, view)), two.post(path, form_of(verb, view))
    )

    assert sorted(each.status for each in answers) == [200, 409]
    loser = next(each for each in answers if each.status == 409)
    error = (await loser.json())["error"]
    winner = "示例督办负责人" if loser is answers[0] else "示例班长"
    assert error["code"] == "appeal_changed"
    assert error["details"]["changed_by"] == winner and error["details"]["changed_what"]
    with reading(bench.sessions) as session:
        made = session.scalars(
            select(AppealMove.verb).where(AppealMove.actor.startswith("staff:"))
        ).all()
    assert [each.value.replace("_", "-") for each in made].count(verb) == 1
