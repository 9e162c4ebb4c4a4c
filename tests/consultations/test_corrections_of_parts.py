"""A message of several questions, or a corrected one, is put right by the case of each answer."""

from __future__ import annotations

from answers.engine import Engine
from answers.frame import Query
from consultations.tables import Answer, Turn
from consultations.told import told_in
from core.clock import china_date
from knowledge_base.files import read_library
from knowledge_base.library import build_snapshot
from tests.conftest import NOW

TODAY = china_date(NOW)


class Shelf:
    """A library that holds the files for good."""

    def __init__(self) -> None:
        files = read_library()
        self.entries = files.entries
        self.snapshot = build_snapshot(
            [(each, 1) for each in files.entries.values()], files.documents, 1
        )


def test_each_entry_is_read_back_with_its_own_question_and_period() -> None:
    shelf = Shelf()
    text = "2025年三季度小规模28万要交增值税吗？2026年注册资本要交印花税吗"
    reply = Engine(shelf).answer(Query(text, TODAY))  # type: ignore[arg-type]
    answer = Answer(
        outcome=reply.outcome,
        parts=[part.to_json() for part in reply.parts],
        entries=list(reply.entries),
        facts=reply.facts,
        as_of=reply.as_of,
        tax_period_first=reply.tax_period and reply.tax_period[0],
        tax_period_last=reply.tax_period and reply.tax_period[1],
    )
    first, second = (
        told_in(answer, Turn(text=text), shelf.entries[note["id"]], note, "全国")
        for note in reply.entries
    )

    assert first.frame.period.label == "2025年第三季度" and first.computed is not None
    assert [str(each) for each in first.frame.amounts] == ["280000"]
    assert second.frame.period.label == "2026年" and second.computed is None
    assert second.frame.amounts == ()
