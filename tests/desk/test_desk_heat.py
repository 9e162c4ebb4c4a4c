"""Bursts and the list of what is asked most, at the desk."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.heat_work import take_stock
from tests.appeals.heat_days import ask, moments
from tests.desk.bench import Bench

ENTRY = "vat-small-scale-threshold"
HIVES = ("卖蜂箱要交税吗", "蜂箱卖了要不要交税", "养蜂人卖蜂箱交税吗", "卖蜂箱的税怎么交")


async def said(call: Any, *given: Any) -> tuple[int, Any]:
    """The status and the body of an answer."""
    response = await call(*given)
    return response.status, await response.json()


@pytest.fixture
def busy(bench: Bench) -> Bench:
    """Ten days as usual; then twelve people ask about what nothing answers, and one appeals."""
    sessions, start = bench.sessions, bench.now
    for back in range(10, 0, -1):
        for hour in (2, 5):  # of UTC: in office hours in China
            at = (start - timedelta(days=back)).replace(hour=hour)
            ask(sessions, "季度免税额是多少", at=at, entry=ENTRY)
    for number, at in enumerate(moments(start, 12)):
        ask(sessions, HIVES[number % 4], at=at, who=f"web:person-{number}")
    bench.later(minutes=40)
    bench.appeal(subject="卖蜂箱要交税吗", detail="卖蜂箱要交税吗，没有人说得清。")
    bench.later(minutes=20)
    take_stock(sessions, bench.library.snapshot, now=bench.now)
    return bench


async def test_a_supervisor_sees_a_burst_opens_its_case_and_the_badge_goes(busy, sign_in) -> None:
    leader = await sign_in("supervisor01")
    counts = await leader.read("/counts")
    assert counts["bursts"] == 1
    heat = await leader.read("/heat")
    [burst] = heat["bursts"]
    assert (burst["library"], burst["appeals"], burst["mergeable"]) == ("silent", 1, 1)
    assert 1 <= len(burst["examples"]) <= 5
    assert heat["may"] == {"open_case": True, "draft": True, "title": False}

    status, opened = await said(leader.post, f"/heat/bursts/{burst['id']}/case", {})

    assert status == 200
    assert len(opened["merged"]) == 1
    assert opened["burst"]["case_number"] == opened["number"]
    counts = await leader.read("/counts")
    assert counts["bursts"] == 0


async def test_an_editor_begins_the_draft_and_gives_the_topic_its_title(busy, sign_in) -> None:
    editor = await sign_in("editor01")
    heat = await editor.read("/heat")
    [burst] = heat["bursts"]
    hot = await editor.read("/heat/hot")
    [row] = [each for each in hot["rows"] if each["topic_id"] == burst["topic_id"]]
    assert (row["question"], row["is_public"]) == (None, False)

    status, _ = await said(
        editor.post, f"/heat/topics/{row['topic_id']}/title", {"title": HIVES[1]}
    )
    assert status == 200
    hot = await editor.read("/heat/hot")
    assert HIVES[1] in [each["question"] for each in hot["rows"] if each["is_public"]]

    given = await editor.read(f"/heat/bursts/{burst['id']}/draft")
    form = {name: given[name] for name in ("id", "question", "similar")}
    status, made = await said(
        editor.post, f"/heat/bursts/{burst['id']}/draft", {**form, "topic": "vat"}
    )
    assert status == 201
    assert (made["draft_entry_id"], made["library"]) == (given["id"], "draft")
    status, again = await said(
        editor.post, f"/heat/bursts/{burst['id']}/draft", {**form, "topic": "vat"}
    )
    assert (status, again["error"]["code"]) == (409, "burst_has_entry")


async def test_who_may_not_act_is_refused_and_what_is_not_there_is_said(busy, sign_in) -> None:
    agent = await sign_in("agent01")
    heat = await agent.read("/heat")
    burst = heat["bursts"][0]["id"]

    for path in (f"/heat/bursts/{burst}/case", f"/heat/bursts/{burst}/draft"):
        status, _ = await said(agent.post, path, {})
        assert status == 403
    status, body = await said(agent.post, "/heat/bursts/999/seen", {})
    assert (status, body["error"]["code"]) == (404, "burst_unknown")
    admin = await sign_in("admin01")
    status, _ = await said(admin.get, "/heat")
    assert status == 403


async def test_a_day_without_a_list_and_a_wrong_day_are_no_errors(busy, sign_in) -> None:
    agent = await sign_in("agent01")

    status, old = await said(agent.get, "/heat/hot?day=2020-01-01")
    assert (status, old["rows"]) == (200, [])
    status, today = await said(agent.get, "/heat/hot?day=yesterday")
    assert status == 200 and today["rows"]
    status, past = await said(agent.get, "/heat/past")
    assert (status, past["total"]) == (200, 0)
