"""Each fault that is planted in a library is found; the real library has none."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flags import CHECKED_ON, flag_data, flag_document, flag_entry, library_of

from knowledge_base.check import STALE_AFTER, check_library
from knowledge_base.files import Fault, LibraryFiles, read_library
from knowledge_base.stats import library_stats
from policy_rules.parameters import parameters

FIGURE = "vat.small_scale.monthly_threshold"


def findings_in(library: LibraryFiles, today: date = CHECKED_ON) -> list[str]:
    """What is found about flags; the parameters' own documents are not registered here."""
    return [
        str(each)
        for each in check_library(library, today=today)
        if each.place.startswith(("flag", "broken"))
    ]


def with_claim(**changes: Any) -> LibraryFiles:
    return library_of(flag_entry(claims=[{**flag_data()["claims"][0], **changes}]))


def test_a_sound_library_has_no_findings() -> None:
    assert findings_in(library_of(flag_entry())) == []


def with_short(**changes: Any) -> LibraryFiles:
    return library_of(flag_entry(short_answers=[{**flag_data()["short_answers"][0], **changes}]))


def with_handling(**changes: Any) -> LibraryFiles:
    return library_of(flag_entry(handling={"certainty": "verified", **changes}))


def since(year: int) -> dict[str, date]:
    return {"from": date(year, 1, 1)}


REPEALED = flag_document(state="repealed", ended_on=date(2026, 6, 30))
PLANTED = [
    (with_claim(basis=[{"document": "flag-9"}]), "flags.sure", "依据的文件没有登记：flag-9"),
    (with_claim(text="到{{ no.figure }}"), "flags.sure", "没有这个参数：no.figure"),
    (
        with_claim(text=f"{{{{ {FIGURE} }}}}内", **since(1999)),
        "flags.sure",
        f"参数 {FIGURE} 在 1999-01-01 没有数值",
    ),
    (
        with_short(text=f"{{{{ {FIGURE} }}}}", to=date(2051, 1, 1)),
        "flags.short",
        f"参数 {FIGURE} 在 2051-01-01 没有数值",
    ),
    (with_claim(to=date(2026, 12, 31)), "flags.short", "短答的适用期超过了它依据的结论：sure"),
    (with_claim(**since(2027)), "flags.short", "短答的适用期超过了它依据的结论：sure"),
    (library_of(flag_entry(related=["nowhere"])), "flags", "相关条目不存在：nowhere"),
    (library_of(flag_entry(rule="no_such_rule")), "flags", "没有这条测算规则：no_such_rule"),
    (with_handling(basis=[{"document": "flag-9"}]), "flags.handling", "依据的文件没有登记：flag-9"),
    (with_handling(steps=["等{{ no.figure }}"]), "flags.handling", "没有这个参数：no.figure"),
    (
        library_of(flag_entry(), documents=(REPEALED,)),
        "flags.sure",
        "适用期超过了依据文件的有效期（到2026-06-30）：flag-1",
    ),
    (
        library_of(flag_entry(), flag_entry(id="flags-2", question="另一个彩旗问题")),
        "flags、flags-2",
        "同一个问法指向几个条目",
    ),
]


@pytest.mark.parametrize(("library", "place", "what"), PLANTED)
def test_a_planted_fault_is_found(library: LibraryFiles, place: str, what: str) -> None:
    found = findings_in(library)

    assert any(each.startswith(f"{place}：{what}") for each in found), found


def test_an_entry_that_nobody_checked_for_long_is_named_from_the_next_day_on() -> None:
    library = library_of(flag_entry())

    assert findings_in(library, CHECKED_ON + STALE_AFTER) == []
    assert findings_in(library, CHECKED_ON + STALE_AFTER + timedelta(days=1)) == [
        "flags：超过180天没有核对",
        "flag-1：超过180天没有核对",
    ]


def test_a_file_that_could_not_be_read_is_a_finding() -> None:
    library = library_of(flag_entry())
    library.faults.append(Fault("broken.yml", 3, "id", "坏了"))

    assert findings_in(library) == ["broken.yml：broken.yml:3 id 坏了"]


def test_a_document_that_a_figure_stands_on_has_to_be_registered() -> None:
    found = check_library(library_of(), today=CHECKED_ON)

    assert {each.place for each in found} == set(parameters())


def test_the_real_library_has_no_error() -> None:
    errors = [
        str(each)
        for each in check_library(read_library(), today=date(2026, 11, 21))
        if each.is_error
    ]

    assert errors == []


def test_the_statistics_count_what_is_there() -> None:
    counts = library_stats(library_of(flag_entry(), flag_entry(id="flags-2")))

    assert (counts["entries"], counts["claims"], counts["documents"]) == (2, 2, 1)
    assert counts["entries_by_topic"] == {"service": 2}
    assert counts["claims_by_certainty"] == {"verified": 2}
    assert counts["similar_questions"] == 12
