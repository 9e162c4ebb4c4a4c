"""Figures of appeals against a second count, on both databases and in the workbook."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

import pytest
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from appeals.figures import BY, Told, read_figures
from appeals.figures_book import Made, write_book
from appeals.figures_period import Period
from appeals.figures_tally import Figures
from appeals.figures_words import figures_meant, words
from appeals.kinds import kind_label
from appeals.tables import Appeal, Origin
from core.bureau import read_bureau
from core.database import Sessions, reading
from core.secrets import Keys
from enterprises.tables import Enterprise
from tests.appeals.figure_cases import make_histories
from tests.appeals.recount import promises, recount, working_minutes

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
PERIOD = Period(date(2026, 9, 1), date(2026, 10, 31))
BUREAU = read_bureau()
HIDDEN = ("satisfied_share", "rating_average")
SEEDS = range(3)


def count(database: Sessions, period: Period = PERIOD, by: Iterable[str] = BY) -> Told:
    with reading(database) as session:
        return read_figures(
            session, period, by=by, hours=BUREAU.hours, region=BUREAU.region, now=NOW
        )


def counted_again(database: Sessions, period: Period = PERIOD) -> list[Appeal]:
    """The cases of the period, chosen by the plainest means."""
    with reading(database) as session:
        found = session.scalars(select(Appeal).options(selectinload(Appeal.moves))).all()
    first = datetime.fromisoformat(f"{period.first}T00:00:00+08:00")
    after = datetime.fromisoformat(f"{period.last + timedelta(days=1)}T00:00:00+08:00")
    return [
        each
        for each in found
        if first <= each.opened_at < after
        and not each.is_evaluation
        and each.origin is not Origin.DESK
    ]


def keys_of(database: Sessions) -> dict[str, Callable[[Appeal], str]]:
    with reading(database) as session:
        regions = {each.id: each.region_name for each in session.scalars(select(Enterprise))}

    def day(appeal: Appeal) -> date:
        return (appeal.opened_at + timedelta(hours=8)).date()

    return {
        "kind": lambda a: a.kind,
        "unit": lambda a: a.unit or "",
        "region": lambda a: regions.get(a.enterprise_id, ""),
        "origin": lambda a: a.origin.value,
        "week": lambda a: day(a).strftime("%G-W%V"),
        "month": lambda a: day(a).strftime("%Y-%m"),
        "officer": lambda a: a.assigned_to or "",
    }


def check_row(row: Figures, expected: dict[str, object], where: str) -> None:
    """Equal in every figure; hidden only where too few gave a rating, or to keep that hidden."""
    assert set(row.values) == set(expected)
    for code, value in expected.items():
        wanted = None if row.is_hidden and code in HIDDEN else value
        assert row.values[code] == wanted, (where, row.key, code)
    if 0 < expected["rated"] < words()["least_cell"]:  # type: ignore[operator]
        assert row.is_hidden and row.ratings is None


@pytest.mark.parametrize("seed", SEEDS)
def test_every_figure_of_every_group_equals_a_second_count(
    database: Sessions, keys: Keys, seed: int
) -> None:
    make_histories(database, keys, seed=seed, cases=90)
    told, cases = count(database), counted_again(database)

    check_row(told.total, recount(cases, NOW), "all")
    assert told.total.values["filed"] > 40
    for by, key in keys_of(database).items():
        ordered = sorted(cases, key=key)
        expected = {k: recount(group, NOW) for k, group in groupby(ordered, key)}
        assert {row.key for row in told.groups[by]} == set(expected)
        for row in told.groups[by]:
            check_row(row, expected[row.key], by)
    made = [each for case in cases for each in promises(case, NOW)]
    for each in told.total.rounds:
        for state in ("on_time", "breached", "pending"):
            own = [p for p in made if p[0] == each["round"] and p[1] == state]
            assert each[state] == len(own)
    assert sum(bucket["count"] for bucket in told.answers_took) == len(spans_of(cases))


def spans_of(cases: list[Appeal]) -> list[int]:
    verbs = ("answer", "answer_merged")
    firsts = [(a.opened_at, [m.at for m in a.moves if m.verb.value in verbs]) for a in cases]
    return [working_minutes(opened, min(ats)) for opened, ats in firsts if ats]


def test_the_histories_hold_all_that_figures_speak_of(database: Sessions, keys: Keys) -> None:
    seen: dict[str, float] = {}
    for seed in SEEDS:
        make_histories(database, keys, seed=100 + seed, cases=90)
    for code, value in count(database).total.values.items():
        seen[code] = value or 0

    assert [code for code, value in seen.items() if not value] == []


@pytest.mark.parametrize("seed", [7])
def test_a_workbook_opened_again_holds_every_figure_of_a_second_count(
    database: Sessions, keys: Keys, seed: int
) -> None:
    make_histories(database, keys, seed=seed, cases=90)
    told, before = count(database), count(database, PERIOD.before(), by=())
    made = write_book(told, before, Made(NOW, "示例班长"))
    book = load_workbook(io.BytesIO(made))
    cases = counted_again(database)
    figures = figures_meant()

    totals = recount(cases, NOW), recount(counted_again(database, PERIOD.before()), NOW)
    rows = {row[0].value: row for row in book["总览"].iter_rows() if row[0].value}
    for each in figures:
        wanted = [known[each.code] for known in totals]
        hidden = [t.total.is_hidden and each.code in HIDDEN for t in (told, before)]
        shown = [None if h else w for h, w in zip(hidden, wanted, strict=True)]
        assert [cell.value for cell in rows[each.label][1:3]] == shown, each.code
    sheet = book["分类"]
    heads = [cell.value for cell in sheet[1]]
    assert heads == ["分组方式", "分组", *(each.label for each in figures)]
    by_kind = keys_of(database)["kind"]
    expected = {
        kind_label(k): recount(g, NOW) for k, g in groupby(sorted(cases, key=by_kind), by_kind)
    }
    kinds = [row for row in sheet.iter_rows(min_row=2) if row[0].value == "类型"]
    assert {row[1].value for row in kinds} == set(expected)
    for row in kinds:
        values = dict(zip([f.code for f in figures], [c.value for c in row[2:]], strict=True))
        for code, value in expected[row[1].value].items():
            assert values[code] == value or (code in HIDDEN and values[code] is None), code
    weeks = [row[1].value for row in book["周"].iter_rows(min_row=2)]
    assert weeks == [row.values["filed"] for row in told.groups["week"]]
    assert sum(weeks) == len(cases)
    meanings = {row[0].value: row[2].value for row in book["定义"].iter_rows(min_row=2)}
    assert all(meanings[each.label] == each.meaning for each in figures)


def test_a_workbook_is_made_for_reading(database: Sessions, keys: Keys) -> None:
    make_histories(database, keys, seed=3, cases=30)
    told = count(database)

    made = write_book(told, count(database, PERIOD.before(), by=()), Made(NOW, "示例班长"))
    book = load_workbook(io.BytesIO(made))

    assert book.sheetnames == ["总览", "分类", "周", "定义"]
    assert {sheet.title: sheet.freeze_panes for sheet in book} == {
        "总览": "B7", "分类": "C2", "周": "B2", "定义": "A2",
    }  # fmt: skip
    assert book["总览"].column_dimensions["A"].width == 34
    formats = {
        row[0].value: row[1].number_format for row in book["总览"].iter_rows(min_row=7, max_row=41)
    }
    assert formats["按时率"] == "0.0%" and formats["提交"] == "0"
    assert [row[1].value for row in book["总览"].iter_rows(min_row=2, max_row=5)] == [
        "2026-09-01 至 2026-10-31",
        "2026-07-02 至 2026-08-31",
        "2026-11-20 11:00:00",
        "示例班长",
    ]


def test_words_that_look_like_formulas_stay_words(database: Sessions, keys: Keys) -> None:
    make_histories(database, keys, seed=4, cases=20)
    evil = ['=HYPERLINK("http://x")', "+1+1", "-2", "@SUM(A1)", "\t=1", "\x00\ud800坏"]
    with database() as session, session.begin():
        found = session.scalars(select(Appeal).where(Appeal.opened_at > NOW - timedelta(days=75)))
        for place, appeal in enumerate(found):
            appeal.unit = evil[place % 5]
    told = count(database)

    made = write_book(told, count(database, PERIOD.before(), by=()), Made(NOW, evil[0]))
    cells = [c for s in load_workbook(io.BytesIO(made)) for row in s.iter_rows() for c in row]

    assert {c.data_type for c in cells} <= {"s", "n", "inlineStr"}
    assert set(evil[:4]) <= {c.value for c in cells}
