"""A release is measured by the real engine in the background, and goes out only if it passes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from answers.frame import Query
from app import library_gate
from app.due_handlers import handlers, senders
from app.due_loop import LEASE, DueLoop
from app.gate import ASKED_ON, Result, ask_all
from app.gate_questions import Question
from app.library_gate import LibraryGate
from app.wiring import Parts
from appeals.kinds import load_kinds
from core.database import reading, transaction
from core.due_work import claim_work
from core.errors import InvalidInput
from knowledge_base import life_cycle
from knowledge_base.files import to_yaml
from knowledge_base.library import Snapshot
from knowledge_base.release_measuring import MEASURE
from knowledge_base.release_publishing import (
    ReleaseGateFailed,
    publish_release,
    roll_back_release,
)
from knowledge_base.release_rows import get_release
from knowledge_base.release_tables import LibraryRelease, ReleaseState
from knowledge_base.releases import discard_release, open_release
from knowledge_base.schedule import schedule
from knowledge_base.schema import Entry
from knowledge_base.store import get_entry, get_version, published_entries, save_draft
from tests.conftest import NOW
from tests.knowledge_base.reviewing import approved, no_faults

THRESHOLD, CAPITAL = "vat-small-scale-threshold", "property-stamp-tax-capital"
ABOUT_CAPITAL = ("实收资本印花税怎么交", "注册资金的印花税要交多少", "公司增资要交印花税吗")
QUESTIONS = [
    *(Question(text=text, outcome="answered", entries=(CAPITAL,)) for text in ABOUT_CAPITAL),
    Question(text="小规模一季度卖多少免增值税", outcome="answered", entries=(THRESHOLD,)),
    Question(text="鱼香肉丝的做法", outcome="refused", because="foreign"),
    Question(text="房东不给开发票怎么办", outcome="answered", entries=("no-such-entry",)),
]


@pytest.fixture
def parts(stocked_parts: Parts) -> Parts:
    gate = LibraryGate(stocked_parts.library, stocked_parts.sessions, lambda: QUESTIONS)
    return replace(stocked_parts, gate=gate)


async def work_off(parts: Parts, **later: int) -> None:
    moment = parts.clock() + timedelta(**later)
    moved = replace(parts, clock=lambda: moment)
    loop = DueLoop(moved, handlers(moved, load_kinds()), senders(moved, None))
    while await loop.once():
        pass


def entry_of(parts: Parts, entry_id: str) -> tuple[Entry, int]:
    with reading(parts.sessions) as session:
        latest = get_entry(session, entry_id).latest_version
        return Entry.model_validate(get_version(session, entry_id, latest).body), latest


def prepare(parts: Parts, entry_id: str, **changes: Any) -> int:
    """Have an edit of an entry approved; returns its version."""
    entry, base = entry_of(parts, entry_id)
    text = to_yaml(entry.model_copy(update=changes))
    with transaction(parts.sessions) as session:
        save_draft(session, yaml_text=text, base_version=base, editor="li", now=NOW)
        approved(session, entry_id, version=base + 1, now=NOW)
    return base + 1


def worse(parts: Parts) -> int:
    """An edit after which nobody finds the entry by its own words."""
    words = ("彩旗怎么挂", *(f"彩旗挂{height}米高行不行" for height in range(3, 9)))
    return prepare(parts, CAPITAL, question=words[0], similar=words[1:])


def better(parts: Parts) -> int:
    entry, _ = entry_of(parts, CAPITAL)
    return prepare(parts, CAPITAL, similar=(*entry.similar, "股东又打钱进公司账上要贴花不"))


def opened(parts: Parts) -> int:
    with transaction(parts.sessions) as session:
        return open_release(session, note="", officer="li", now=parts.clock()).id


def row(parts: Parts, release: int) -> LibraryRelease:
    with reading(parts.sessions) as session:
        return get_release(session, release)


def publish(parts: Parts, release: int) -> None:
    with transaction(parts.sessions) as session:
        publish_release(session, release, officer="wang", now=parts.clock(), check=no_faults)


def answered(parts: Parts) -> int | None:
    with reading(parts.sessions) as session:
        return {entry.id: version for entry, version in published_entries(session)}.get(CAPITAL)


async def test_a_candidate_that_makes_questions_worse_is_refused_and_they_are_named(
    parts: Parts,
) -> None:
    worse(parts)
    release = opened(parts)

    await work_off(parts)

    found = row(parts, release)
    verdict = found.verdict
    assert verdict is not None and found.state is ReleaseState.MEASURED
    assert (found.asked, found.total) == (10, 10)
    hit1 = next(each for each in verdict["measures"] if each["name"] == "hit1")
    named = {each["text"] for each in verdict["worse"] if each["dropped"]}
    assert (hit1["before"], hit1["dropped"]) == (1.0, True)
    assert named and named <= set(ABOUT_CAPITAL)
    assert verdict["left_out"] == ["房东不给开发票怎么办"]
    with pytest.raises(ReleaseGateFailed) as refused:
        publish(parts, release)
    assert set(refused.value.details["questions"].split("；")) == named
    assert answered(parts) == 1


async def test_a_good_candidate_goes_out_and_is_answered_at_once(parts: Parts) -> None:
    version = better(parts)
    release = opened(parts)
    await work_off(parts)

    verdict = row(parts, release).verdict
    publish(parts, release)
    parts.library.refresh()

    assert verdict is not None and verdict["passed"] and verdict["worse"] == []
    reply = parts.engine.answer(Query("股东又打钱进公司账上要贴花不", ASKED_ON))
    assert [(each["id"], each["version"]) for each in reply.entries] == [(CAPITAL, version)]


async def test_a_process_killed_in_the_gate_leaves_it_to_another_and_nothing_half(
    parts: Parts,
) -> None:
    version = better(parts)
    release = opened(parts)
    with transaction(parts.sessions) as session:
        assert claim_work(session, kinds=[MEASURE], now=parts.clock(), lease=LEASE)

    await work_off(parts)
    untouched = row(parts, release)
    await work_off(parts, seconds=90)
    measured = row(parts, release)
    await work_off(parts, seconds=300)

    assert (untouched.state, untouched.asked) == (ReleaseState.MEASURING, 0)
    assert measured.state is ReleaseState.MEASURED
    assert answered(parts) == 1
    publish(parts, release)
    assert answered(parts) == version


async def test_a_roll_back_is_measured_afterwards_beside_what_it_took_back(parts: Parts) -> None:
    better(parts)
    release = opened(parts)
    await work_off(parts)
    publish(parts, release)
    with transaction(parts.sessions) as session:
        back = roll_back_release(
            session, release, reason="说错了", officer="wang", now=parts.clock(), check=no_faults
        ).id
    before = row(parts, back)

    await work_off(parts)

    assert before.verdict is None and before.state is ReleaseState.PUBLISHED
    found = row(parts, back).verdict
    assert found is not None and found["passed"] and found["questions"] == 5


async def test_a_discarded_candidate_is_measured_no_more(parts: Parts) -> None:
    better(parts)
    release = opened(parts)
    with transaction(parts.sessions) as session:
        discard_release(session, release, reason="不发了", officer="li", now=parts.clock())

    await work_off(parts)

    assert row(parts, release).verdict is None


async def test_questions_that_cannot_be_read_are_said_and_nothing_goes_out(parts: Parts) -> None:
    def broken() -> list[Question]:
        raise InvalidInput(reason="检验用题读不了")

    better(parts)
    release = opened(parts)
    gate = LibraryGate(parts.library, parts.sessions, broken)

    await work_off(replace(parts, gate=gate))

    found = row(parts, release)
    assert (found.verdict, found.state) == (None, ReleaseState.MEASURED)
    assert "检验用题读不了" in (found.fault or "")


async def test_what_was_planned_and_makes_questions_worse_is_not_published_and_says_why(
    parts: Parts,
) -> None:
    version = worse(parts)
    at = parts.clock() + timedelta(hours=1)
    with transaction(parts.sessions) as session:
        schedule(
            session, CAPITAL, version=version, publish_at=at, officer="li", now=parts.clock(),
            check=no_faults,
        )  # fmt: skip

    await work_off(parts, hours=2)

    assert answered(parts) == 1
    with reading(parts.sessions) as session:
        missed = get_version(session, CAPITAL, version).missed or ""
    assert "发布前检验没有通过" in missed and any(text in missed for text in ABOUT_CAPITAL)


def test_what_was_measured_as_a_candidate_is_not_asked_again_once_it_stands(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def counting(questions: list[Question], snapshot: Snapshot) -> Iterator[Result]:
        asked.append(len(questions))
        return ask_all(questions, snapshot)

    monkeypatch.setattr(library_gate, "ask_all", counting)
    version = better(parts)
    first, _ = parts.gate.judge({CAPITAL: version})
    assert len(asked) == 2
    with transaction(parts.sessions) as session:
        life_cycle.publish(
            session, CAPITAL, version=version, officer="wang", now=NOW, check=no_faults
        )

    second, _ = parts.gate.judge({CAPITAL: 1})

    assert len(asked) == 2
    assert {each["name"]: each["before"] for each in second["measures"]} == {
        each["name"]: each["after"] for each in first["measures"]
    }
