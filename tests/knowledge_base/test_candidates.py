"""What is looked up for a question: the rarest terms first, and no more than can be read soon."""

from __future__ import annotations

import pytest

from knowledge_base import candidates
from knowledge_base.candidates import Wanted, candidates_query
from knowledge_base.layer import Layer, Wording, make_schema
from knowledge_base.ranking import read_question
from knowledge_base.search import SearchIndex

FLAGS = [Wording(f"flag-{number}", f"第{number}家门店彩旗报备") for number in range(40)]
LAMP = Wording("lamp", "门店彩灯报备")


def query_for(question: str, layer: Layer) -> str | None:
    asked = read_question(question, layer.idf, 1.0, None)
    query = candidates_query(make_schema(), asked, Wanted(), layer.spread)
    return None if query is None else str(query)


@pytest.fixture(scope="module")
def layer() -> Layer:
    return Layer(make_schema(), [*FLAGS, LAMP], None)


def test_a_term_that_no_wording_has_is_not_looked_up(layer: Layer) -> None:
    query = query_for("彩灯熊猫", layer)

    assert query is not None
    assert '"彩灯"' in query
    assert "熊" not in query


def test_where_the_index_has_nothing_of_a_question_nothing_is_asked(layer: Layer) -> None:
    assert query_for("熊猫", layer) is None


def test_common_terms_are_left_out_once_enough_wordings_are_named(
    layer: Layer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "MOST_LOOKED_UP", 20)

    query = query_for("门店彩灯报备", layer)

    assert query is not None
    assert '"彩灯"' in query
    assert '"报备"' not in query


def test_the_rarest_term_is_looked_up_however_common_it_is(
    layer: Layer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "MOST_LOOKED_UP", 1)

    query = query_for("报备", layer)

    assert query is not None
    assert query.count("Term(") == 1


def test_what_is_rare_is_found_though_common_terms_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(candidates, "MOST_LOOKED_UP", 5)

    found = SearchIndex([*FLAGS, LAMP]).search("门店的彩灯怎么报备")

    assert found[0].entry_id == "lamp"
