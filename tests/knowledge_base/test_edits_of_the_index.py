"""An edit is found at once, laid over what is indexed already."""

from __future__ import annotations

import pytest
from flags import flag_entry, library_of

from core.database import Sessions, transaction
from knowledge_base import library
from knowledge_base.layer import Wording
from knowledge_base.library import Library
from knowledge_base.loading import load_files
from knowledge_base.search import SearchIndex
from tests.conftest import NOW
from tests.consultations.conftest import ON_SQLITE
from tests.knowledge_base.test_library_search import ids

BEFORE = [
    Wording("flag", "门店彩旗怎么报备"),
    Wording("flag", "彩旗报备几天"),
    Wording("lamp", "门店彩灯怎么报备"),
]


@pytest.fixture
def before() -> SearchIndex:
    return SearchIndex(BEFORE)


def test_new_wordings_replace_those_of_the_entry(before: SearchIndex) -> None:
    after = before.changed([Wording("flag", "门口旗帜登记")], ["flag"])

    assert ids(after, "旗帜登记") == {"flag"}
    assert ids(after, "几天") == set()
    assert ids(after, "彩灯报备") == {"lamp"}


def test_the_index_before_stays_as_it_was(before: SearchIndex) -> None:
    before.changed([], ["flag", "lamp"])

    assert ids(before, "门店报备") == {"flag", "lamp"}


def test_an_entry_taken_out_is_not_found_and_comes_back(before: SearchIndex) -> None:
    without = before.changed([], ["flag"])
    again = without.changed(BEFORE[:2], ["flag"])

    assert ids(without, "门店彩旗报备") == {"lamp"}
    assert ids(again, "门店彩旗报备") == {"flag", "lamp"}


def test_edits_of_several_changes_add_up(before: SearchIndex) -> None:
    one = before.changed([Wording("sign", "招牌怎么报备")], ["sign"])
    two = one.changed([Wording("band", "横幅怎么报备")], ["band", "lamp"])

    assert ids(two, "怎么报备招牌横幅彩灯彩旗") == {"sign", "band", "flag"}
    assert two.edited == 3
    assert len(two) == 5


def test_an_edit_scores_as_it_would_in_a_whole_index(before: SearchIndex) -> None:
    laid_over = before.changed([Wording("lamp", "门店彩灯怎么报备")], ["lamp"])

    assert laid_over.search("彩灯报备") == before.search("彩灯报备")


def test_words_that_only_an_edit_says_count_as_much_as_rare_ones(before: SearchIndex) -> None:
    after = before.changed(
        [Wording("hat", "斗笠蓑衣"), Wording("band", "彩带怎么报备")], ["hat", "band"]
    )

    found = after.search("斗笠蓑衣怎么报备")

    assert found[0].entry_id == "hat"
    assert after.search("斗笠蓑衣")[0].likeness == pytest.approx(1)


def load(database: Sessions, question: str) -> None:
    with transaction(database) as session:
        files = library_of(flag_entry(question=question))
        load_files(session, files, editor="files", now=NOW)


@pytest.fixture
def current(database: Sessions) -> Library:
    load(database, "门店的彩旗要报备吗")
    library = Library(database)
    library.refresh()
    return library


@ON_SQLITE
def test_a_process_indexes_one_edit_and_leaves_the_rest_alone(
    database: Sessions, current: Library
) -> None:
    before = current.snapshot
    load(database, "门口的旗杆要登记吗")

    assert current.refresh()
    assert ids(current.snapshot.index, "旗杆登记") == {"flags"}
    assert current.snapshot.index.edited == 1
    assert (before.versions, current.snapshot.versions) == ({"flags": 1}, {"flags": 2})


@ON_SQLITE
def test_many_edits_are_indexed_anew(
    database: Sessions, current: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "MOST_EDITS", 0)
    load(database, "门口的旗杆要登记吗")

    assert current.refresh()
    assert ids(current.snapshot.index, "旗杆登记") == {"flags"}
    assert current.snapshot.index.edited == 0
