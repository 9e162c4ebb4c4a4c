"""Answers are put right too when their entry reads as before, but what it rests on has changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import yaml
from sqlalchemy import select

from answers.engine import Engine
from answers.frame import Query
from consultations.corrections import queue_corrections
from consultations.tables import Conversation, CorrectionVerdict
from consultations.talk import finish_turn, receive_turn, record_answer
from consultations.telling import tell_corrections, waiting_corrections
from core.clock import china_date
from core.database import Sessions, reading, transaction
from core.due_work import DueWork
from knowledge_base import life_cycle
from knowledge_base.changes import ENTRY_CHANGED
from knowledge_base.files import read_library
from knowledge_base.ground import FiguresBehind, check_figures, note_figures
from knowledge_base.library import Library
from knowledge_base.loading import load_files
from knowledge_base.register import Ending, end_document, undo_ending
from knowledge_base.register_tables import SeenFigure
from knowledge_base.schedule import expire_due, expire_on
from knowledge_base.schema import DocumentState, Entry
from policy_rules.parameters import Parameter, installed_parameters, using
from tests.conftest import NOW
from tests.consultations.conftest import Opener
from tests.knowledge_base.flags import flag_document, library_of

FIGURE = "vat.small_scale.monthly_threshold"
#: Invented, with a real figure in it, as figures are read from the files.
ENTRY = f"""\
id: flags
question: 门店的彩旗押金要交多少
similar: [彩旗押金标准, 彩旗押金, 彩旗押金多少, 挂彩旗押金多少, 店门口彩旗押金, 彩旗押金交几多]
topics: [service]
short_answers:
  - text: 彩旗押金是{{{{ {FIGURE} }}}}。
    from: 2026-01-01
    claims: [deposit]
claims:
  - id: deposit
    text: 门店挂彩旗的，押金按{{{{ {FIGURE} }}}}交。
    from: 2026-01-01
    basis: [{{document: flag-1, clause: 第一条}}]
    certainty: verified
  - id: colour
    text: 彩旗的颜色由门店自己定。
    from: 2026-01-01
    basis: [{{document: flag-2}}]
    certainty: verified
  - id: place
    text: 挂旗当天到窗口登记。
    from: 2026-01-01
    measured_by: today
    basis: [{{document: flag-1, clause: 第二条}}]
    certainty: verified
handling:
  steps: [到窗口登记。]
  time_needed: 3个工作日
  certainty: verified
checked_on: 2026-09-01
"""
DOCUMENTS = (flag_document(), flag_document(id="flag-2", number="彩旗〔2026〕2号"))
TODAY = china_date(NOW)  # in the third quarter of 2026, which is what people then ask about
Answered = Callable[[], int]


def entry(**changes: Any) -> Entry:
    return Entry.model_validate({**yaml.safe_load(ENTRY), **changes})


def load(database: Sessions, *entries: Entry, documents=DOCUMENTS, now: datetime = NOW) -> None:
    with transaction(database) as session:
        load_files(session, library_of(*entries, documents=documents), editor="files", now=now)


@pytest.fixture
def answered(database: Sessions, open_talk: Opener) -> Answered:
    """The entry, and somebody who was answered with it; gives the talk."""

    def answer() -> int:
        load(database, entry())
        talk, _ = open_talk()
        ask(database, talk, "彩旗押金多少", "answered")
        return talk

    return answer


def ask(database: Sessions, talk: int, text: str, outcome: str) -> None:
    library = Library(database)
    library.refresh()
    reply = Engine(library).answer(Query(text=text, today=TODAY))
    assert reply.outcome == outcome
    with transaction(database) as session:
        conversation = session.get_one(Conversation, talk)
        turn, _ = receive_turn(session, conversation, text=text, client_message_id=text, now=NOW)
        record_answer(session, turn.id, reply, now=NOW)
        finish_turn(session, turn.id, now=NOW)


def queue(
    database: Sessions,
    *,
    now: datetime = NOW,
    figures: Mapping[str, Parameter] | None = None,
    entry_id: str = "flags",
) -> int:
    with using(figures) if figures else nullcontext(), transaction(database) as session:
        return queue_corrections(session, entry_id=entry_id, region="全国", now=now)


def told(database: Sessions, talk: int) -> str:
    with transaction(database) as session:
        conversation = session.get_one(Conversation, talk)
        messages = tell_corrections(session, conversation, now=NOW + timedelta(days=30))
        return "\n".join(message.body["text"] for message in messages)


def filed(database: Sessions) -> list[dict[str, Any]]:
    with reading(database) as session:
        works = select(DueWork).where(DueWork.kind == ENTRY_CHANGED).order_by(DueWork.id)
        return [work.payload for work in session.scalars(works)]


def with_value(name: str, place: int, value: str, **more: Any) -> dict[str, Parameter]:
    """The figures of the files, one of them another."""
    known = installed_parameters()
    values = list(known[name].values)
    values[place] = values[place].model_copy(update={"value": value, **more})
    return {**known, name: known[name].model_copy(update={"values": tuple(values)})}


def start(database: Sessions, figures: Mapping[str, Parameter]) -> int:
    with transaction(database) as session:
        return note_figures(session, figures, now=NOW)


def test_a_figure_that_changes_in_its_file_is_put_right_as_it_stood_in_the_bubble(
    database: Sessions, answered: Answered
) -> None:
    talk = answered()
    assert start(database, installed_parameters()) == 0
    changed = with_value(FIGURE, -1, "120000")

    assert start(database, changed) == 1
    assert [(each["cause"], each["figures"]) for each in filed(database)] == [("figure", [FIGURE])]
    assert queue(database, figures=changed) == 1
    assert "原来说：彩旗押金是10万元。\n  现在是：彩旗押金是12万元。" in told(database, talk)
    assert start(database, changed) == 0


def test_a_figure_of_another_period_or_a_note_beside_it_disturbs_nobody(
    database: Sessions, answered: Answered
) -> None:
    answered()
    start(database, installed_parameters())
    earlier = with_value(FIGURE, 0, "120000")

    assert start(database, with_value(FIGURE, -1, "100000", note="另有说明")) == 0
    assert start(database, earlier) == 1
    assert queue(database, figures=earlier) == 0


def test_a_figure_whose_days_are_cut_is_no_longer_said(
    database: Sessions, answered: Answered
) -> None:
    talk = answered()
    cut = with_value(FIGURE, -1, "100000", to=date(2026, 6, 30))

    assert queue(database, figures=cut) == 1
    said = told(database, talk)
    assert "原来说：彩旗押金是10万元。\n  现在是：这一条的依据有变化" in said
    assert "{{" not in said


def test_work_about_figures_waits_for_a_process_that_has_them(database: Sessions) -> None:
    start(database, installed_parameters())
    with transaction(database) as session:
        check_figures(session, [FIGURE])
        row = session.get_one(SeenFigure, FIGURE)
        row.body = {**row.body, "unit": "days"}

    with pytest.raises(FiguresBehind), reading(database) as session:
        check_figures(session, [FIGURE])


def test_a_document_ended_at_the_desk_is_told_to_those_whom_it_was_the_ground_for(
    database: Sessions, answered: Answered
) -> None:
    talk = answered()
    end(database, date(2026, 6, 30))

    assert [each["entry"] for each in filed(database)] == ["flags"]
    assert queue(database) == 1
    said = told(database, talk)
    assert "原来说：彩旗押金是10万元。\n  现在是：这一条的依据有变化" in said
    assert "颜色" not in said

    with transaction(database) as session:
        later = NOW + timedelta(hours=1)
        undo_ending(session, "flag-1", officer="wang", reason="弄错了", now=later)
    assert len(filed(database)) == 2
    assert queue(database) == 1
    assert "原来的答复仍然有效" in told(database, talk)


def end(database: Sessions, last: date | None) -> None:
    with transaction(database) as session:
        ending = Ending(DocumentState.REPEALED, "被新办法取代", ended_on=last)
        end_document(session, "flag-1", ending, editor="li", now=NOW)


def test_a_document_that_ends_after_the_period_asked_about_disturbs_nobody(
    database: Sessions, answered: Answered
) -> None:
    answered()
    end(database, date(2026, 9, 30))

    assert queue(database, now=NOW + timedelta(days=60)) == 0


def test_a_document_that_a_file_ends_is_told_the_same_and_one_reworded_is_not(
    database: Sessions, answered: Answered
) -> None:
    talk = answered()
    load(database, entry(), documents=(flag_document(title="彩旗管理办法"), DOCUMENTS[1]))
    assert filed(database) == []

    over = flag_document(state="repealed", ended_on="2026-06-30")
    load(database, entry(), documents=(over, DOCUMENTS[1]))

    assert [each["cause"] for each in filed(database)] == ["document"]
    assert queue(database) == 1
    assert "依据有变化" in told(database, talk)


def test_a_statement_that_goes_by_another_name_and_says_the_same_disturbs_nobody(
    database: Sessions, answered: Answered
) -> None:
    answered()
    claims = yaml.safe_load(ENTRY)["claims"]
    claims[1]["id"] = "own-colour"
    load(database, entry(claims=claims))

    assert queue(database) == 0


def test_instructions_that_change_are_told(database: Sessions, answered: Answered) -> None:
    talk = answered()
    handling = {**yaml.safe_load(ENTRY)["handling"], "time_needed": "5个工作日"}
    load(database, entry(handling=handling))

    assert queue(database) == 1
    assert "原来说：3个工作日\n  现在是：5个工作日" in told(database, talk)


def test_a_computed_result_is_computed_again(database: Sessions, open_talk: Opener) -> None:
    files = read_library()
    name, figure = "vat-small-scale-threshold", "vat.small_scale.quarterly_threshold"
    with transaction(database) as session:
        kept = {name: files.entries[name]}
        load_files(session, replace(files, entries=kept), editor="files", now=NOW)
    talk, _ = open_talk()
    ask(database, talk, "小规模纳税人季度销售额28万元要交增值税吗", "computed")
    assert queue(database, entry_id=name) == 0
    lower = with_value(figure, -1, "200000")

    assert queue(database, entry_id=name, figures=lower) == 1
    said = told(database, talk)
    assert "原来说：免征增值税，应缴0元" in said
    assert "现在是：" in said.partition("免征增值税")[2]


@pytest.mark.parametrize(("day", "queued"), [(date(2026, 9, 20), 1), (date(2026, 10, 10), 0)])
def test_an_entry_that_expires_is_told_only_where_the_answer_reached_that_day(
    database: Sessions, answered: Answered, day: date, queued: int
) -> None:
    talk = answered()
    then = NOW + (day - TODAY)
    with transaction(database) as session:
        values = {"version": 1, "officer": "li", "reason": "公告到期"}
        expire_on(session, "flags", day=day, now=NOW, **values)
        assert expire_due(session, {"entry": "flags", "expires_on": day.isoformat()}, now=then)

    assert queue(database, now=then) == queued
    said = told(database, talk)
    assert ("已经停用，不再更新" in said) is bool(queued)
    assert "登记" not in said  # what went by the day of asking was right on that day


def move(database: Sessions, verb: str, now: datetime) -> None:
    with transaction(database) as session:
        values = {"version": 1, "reason": "不再使用", "officer": "li", "now": now}
        getattr(life_cycle, verb)(session, "flags", **values)


def test_a_retired_entry_is_told_like_an_expired_one(
    database: Sessions, answered: Answered
) -> None:
    answered()
    later = NOW + timedelta(days=60)
    move(database, "retire", later)

    assert queue(database, now=later) == 0


def test_a_doubt_that_was_told_does_not_stay_open_when_the_entry_is_retired(
    database: Sessions, answered: Answered
) -> None:
    talk = answered()
    move(database, "suspend", NOW)
    assert queue(database) == 1
    assert "正在重新核对" in told(database, talk)

    later = NOW + timedelta(days=60)
    move(database, "retire", later)

    assert queue(database, now=later) == 1
    with transaction(database) as session:
        [row] = waiting_corrections(session, "web:visitor-1")
        assert row.verdict is CorrectionVerdict.ENDED
