"""What rests on a document that ended holds for the days before, and for no later one."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flags import flag_data, flag_document, flag_entry

from knowledge_base.force import figures_in_force, is_among, last_day_of, standing
from knowledge_base.schema import Document
from policy_rules.parameters import NoFigure, Parameter, figure, using

JUNE = date(2026, 6, 30)
ENDED = flag_document(state="repealed", ended_on=JUNE)
FEE = Parameter.model_validate(
    {
        "id": "service.flag_fee",
        "title": "彩旗押金",
        "unit": "yuan",
        "values": [
            {
                "from": "2026-01-01",
                "value": "1500",
                "basis": [{"document": "flag-1"}],
                "certainty": "verified",
            }
        ],
        "checked_on": "2026-09-01",
    }
)


@pytest.mark.parametrize(
    ("changes", "clause", "last"),
    [
        ({}, None, None),
        ({"ended_on": JUNE}, None, JUNE),
        ({"state": "repealed", "ended_on": JUNE}, "第一条", JUNE),
        ({"state": "suspended"}, None, date(2026, 8, 31)),  # the day before it was noticed
        ({"state": "unknown"}, None, None),
        ({"state": "partly_repealed"}, None, None),
        ({"state": "partly_repealed", "ended_clauses": ["第二条"]}, "第一条", None),
        (
            {"state": "partly_repealed", "ended_clauses": ["第二条"], "ended_on": JUNE},
            "第二条",
            JUNE,
        ),
        ({"state": "partly_repealed", "ended_clauses": ["全文"], "ended_on": JUNE}, "第九条", JUNE),
    ],
)
def test_the_last_day_of_a_document(
    changes: dict[str, Any], clause: str | None, last: date | None
) -> None:
    assert last_day_of(flag_document(**changes), clause) == last


@pytest.mark.parametrize(
    ("cited", "ended", "among"),
    [
        ("第二条", "第二条", True),
        ("第二条（一）", "第二条", True),
        ("第二条", "第二条（一）", True),
        ("第二条（二）", "第二条（一）", False),
        ("第一条、第二条", "第二条", True),
        ("第五条至第七条", "第六条", True),
        ("第6条", "第六条", True),
        ("第十二条", "第二条", False),
        ("第二十一条", "第二十条", False),
        ("第二条", "第二十条", False),
        (None, "第二条", True),
    ],
)
def test_a_citation_is_of_a_clause_that_ended(cited: str | None, ended: str, among: bool) -> None:
    assert is_among(cited, [ended]) is among


def left(
    document: Document, first: date, last: date, today: date = date(2026, 9, 1), **changes: Any
) -> tuple[int, int]:
    """How many claims and short answers are left of the flags' entry."""
    data = flag_data()
    data["claims"][0] |= changes
    entry = flag_entry(claims=data["claims"])
    stood = standing(entry, {"flag-1": document}, {}, (first, last), today)
    return len(stood.entry.claims), len(stood.entry.short_answers)


def test_a_period_before_the_end_keeps_its_rule_and_a_later_one_does_not() -> None:
    assert left(ENDED, date(2026, 4, 1), JUNE) == (1, 1)
    assert left(ENDED, date(2026, 7, 1), date(2026, 9, 30)) == (0, 0)


def test_a_period_across_the_end_keeps_its_rule_until_the_last_day() -> None:
    span = (date(2026, 4, 1), date(2026, 9, 30))

    assert left(ENDED, *span, today=JUNE) == (1, 1)
    assert left(ENDED, *span, today=date(2026, 7, 1)) == (0, 0)


def test_a_claim_that_ends_with_its_document_is_said_for_a_longer_period() -> None:
    shorts = [{**flag_data()["short_answers"][0], "to": JUNE}]
    claims = [{**flag_data()["claims"][0], "to": JUNE}]
    entry = flag_entry(claims=claims, short_answers=shorts)
    year = (date(2026, 1, 1), date(2026, 12, 31))

    assert standing(entry, {"flag-1": ENDED}, {}, year, date(2026, 9, 1)).entry is entry


def test_what_is_measured_by_today_goes_by_today() -> None:
    old = (date(2026, 1, 1), date(2026, 3, 31))

    assert left(ENDED, *old, today=JUNE, measured_by="today") == (1, 1)
    assert left(ENDED, *old, today=date(2026, 7, 1), measured_by="today") == (0, 0)


def test_what_is_cited_for_having_ended_stays() -> None:
    basis = [{"document": "flag-1", "clause": "第一条", "history": True}]

    assert left(ENDED, date(2026, 7, 1), date(2026, 9, 30), basis=basis) == (1, 1)


def test_a_claim_falls_with_the_document_of_its_figure() -> None:
    data = flag_data()
    data["claims"][0] |= {"text": "押金{{ service.flag_fee }}。", "basis": [], "certainty": "open"}
    data["claims"][0]["ask"] = "彩旗办公室"
    entry = flag_entry(claims=data["claims"])
    figures = {FEE.id: FEE}

    later = standing(
        entry, {"flag-1": ENDED}, figures, (date(2026, 7, 1), date(2026, 9, 30)), date(2026, 9, 1)
    )

    assert (later.entry.claims, later.entry.short_answers) == ((), ())
    assert later.ended == ("flag-1",)


def test_a_rule_gets_no_figure_for_days_after_the_end_of_its_document() -> None:
    known = figures_in_force({FEE.id: FEE}, {"flag-1": ENDED})

    with using(known):
        assert figure(FEE.id, JUNE) == 1500
        with pytest.raises(NoFigure):
            figure(FEE.id, date(2026, 7, 1))


def test_handling_falls_with_its_document() -> None:
    handling = {"steps": ["去报备"], "certainty": "verified", "basis": [{"document": "flag-1"}]}
    entry = flag_entry(handling=handling)
    old = (date(2026, 1, 1), date(2026, 3, 31))

    stood = standing(entry, {"flag-1": ENDED}, {}, old, date(2026, 9, 1))

    assert stood.entry.handling is None
    assert len(stood.entry.claims) == 1
