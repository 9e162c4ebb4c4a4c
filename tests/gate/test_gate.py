"""The gate holds as things are, and fails, naming questions, when the search is made worse."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.cli import main
from app.gate import BASELINE, Drop, Report, Result, compare, measure, read_baseline
from app.gate_questions import Question, read_questions
from core.errors import InvalidInput
from knowledge_base.files import ENTRIES, read_library
from knowledge_base.layer import Wording
from knowledge_base.library import Snapshot, build_snapshot, wordings_of

Run = Callable[..., tuple[int, str]]
ROOT = Path(__file__).parents[2]
REFERRALS = ENTRIES / "referral"
LEGAL_AID, HOUSING_FUND = "欠钱不还我要起诉他，怎么弄", "公积金我想取出来还房贷咋办"


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    files = read_library()
    assert not files.faults
    return build_snapshot([(each, 1) for each in files.entries.values()], files.documents, 1)


@pytest.fixture(scope="module")
def questions() -> list[Question]:
    return read_questions()


@pytest.fixture(scope="module")
def report(snapshot: Snapshot, questions: list[Question]) -> Report:
    return measure(questions, snapshot)


def only(report: Report, wanted: Callable[[Question], bool]) -> Report:
    return Report(tuple(each for each in report.results if wanted(each.question)))


def asked_in(report: Report) -> list[Question]:
    return [each.question for each in report.results]


def test_the_set_is_large_and_has_every_topic_and_much_that_must_not_be_answered(
    questions: list[Question], snapshot: Snapshot
) -> None:
    outcomes = [each.outcome for each in questions]
    topics = {snapshot.entries[name].topics[0] for each in questions for name in each.entries}

    assert len(questions) >= 420
    assert outcomes.count("refused") >= 60
    assert outcomes.count("referred") >= 30
    assert {each.because for each in questions} >= {"foreign", "near_domain", "near_miss"}
    assert topics == {each.name for each in ENTRIES.iterdir() if each.is_dir()}


def test_no_frozen_question_is_a_wording_that_something_learns_from(
    questions: list[Question], snapshot: Snapshot
) -> None:
    """Whoever adds one of them to an entry or to the training data takes its witness away."""
    known = {bare(w.text) for entry in snapshot.entries.values() for w in wordings_of(entry)}
    for path in [*ROOT.glob("bot/data/*/nlu.yml"), *ROOT.glob("tests/nlu/*.yml")]:
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", path.read_text("utf-8"))
        known |= {bare(line.strip()[2:]) for line in text.splitlines() if line.strip()[:2] == "- "}

    copied = [
        each.text
        for each in questions
        if each.because != "foreign" and each.outcome != "clarifying" and bare(each.text) in known
    ]
    assert len(known) > 5000
    assert copied == []


def bare(text: str) -> str:
    return re.sub(r"\W", "", text).lower()


def test_the_library_as_it_is_passes(report: Report) -> None:
    assert compare(report, read_baseline(BASELINE, "alone")) == []


def test_an_index_without_the_wordings_of_some_entries_fails_and_names_their_questions(
    report: Report, snapshot: Snapshot
) -> None:
    lost = {name for name, each in snapshot.entries.items() if each.topics[0] == "invoice"}
    some = only(report, lambda q: bool(lost & set(q.entries)) or q.because == "foreign")
    broken = replace(snapshot, index=snapshot.index.changed([], lost))

    drops = compare(measure(asked_in(some), broken), some.to_baseline())

    told = {drop.name: drop for drop in drops}
    assert {"hit1", "refusal_precision"} <= told.keys()
    found_before = {r.question.text for r in some.results if r.found_within(1)}
    kept = {q.text for q in asked_in(some) if set(q.entries) - lost}
    assert found_before - kept <= set(told["hit1"].questions) <= found_before
    refused = set(told["refusal_precision"].questions)
    assert refused and refused <= {q.text for q in asked_in(some) if q.wants_answer}


def test_an_entry_that_claims_questions_of_others_fails_and_they_are_named(
    report: Report, snapshot: Snapshot
) -> None:
    some = only(report, lambda q: q.outcome == "refused")
    foreign = [r.question.text for r in some.results if r.question.because == "foreign"]
    claimed = [r.question.text for r in some.results if not r.is_answer and not r.question.period]
    # Where a year is spoken of, it may be asked for instead of answered.
    claimed = [text for text in claimed if text not in foreign and "年" not in text][:5]
    greedy = snapshot.entries["iit-dividend-equity"]
    wordings = [*wordings_of(greedy), *(Wording(greedy.id, text) for text in claimed)]
    broken = replace(snapshot, index=snapshot.index.changed(wordings, {greedy.id}))

    drops = compare(measure(asked_in(some), broken), some.to_baseline())

    recall = next(drop for drop in drops if drop.name == "refusal_recall")
    assert set(recall.questions) >= set(claimed)


@pytest.mark.parametrize(("lost", "fails"), [(0, False), (2, False), (3, True)])
def test_a_drop_of_one_point_is_borne_and_more_is_not(lost: int, fails: bool) -> None:
    def of(missed: int) -> Report:
        return Report(
            tuple(result_of(place, "a" if place >= missed else "b") for place in range(200))
        )

    drops = compare(of(lost), of(0).to_baseline())

    wanted = Drop("hit1", 1.0, 1 - lost / 200, tuple(f"第{n}题" for n in range(lost)))
    assert drops == ([wanted] if fails else [])


def result_of(place: int, found: str) -> Result:
    question = Question(text=f"第{place}题", outcome="answered", entries=("a",))
    return Result(question, (found,), "clarifying", (), None, is_near=False)


def test_a_question_that_failed_before_is_not_named_as_worse() -> None:
    before = Report(tuple(result_of(n, "b" if n in (0, 1) else "a") for n in range(10)))
    after = Report(tuple(result_of(n, "b" if n in (1, 2, 3) else "a") for n in range(10)))

    (drop,) = compare(after, before.to_baseline())

    assert drop.questions == ("第2题", "第3题")


def test_a_baseline_of_other_questions_is_not_compared_with() -> None:
    one, two = (Report((result_of(place, "a"),)) for place in (1, 2))

    with pytest.raises(InvalidInput) as refused:
        compare(one, two.to_baseline())

    assert "第1题；第2题" in str(refused.value.details["reason"])


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"text": "甲", "outcome": "answered"}, "没有写条目"),
        ({"text": "甲", "outcome": "refused"}, "because"),
        ({"text": "甲", "outcome": "answered", "entries": ["a"], "because": "foreign"}, "because"),
        ({"text": "甲", "outcome": "perhaps"}, "第 1 题"),
        ({"text": "甲", "outcome": "clarifying", "entry": "a"}, "第 1 题"),
    ],
)
def test_a_row_that_is_not_as_it_should_be_is_named(
    tmp_path: Path, row: dict[str, Any], told: str
) -> None:
    (tmp_path / "some.yml").write_text(yaml.safe_dump([row], allow_unicode=True), "utf-8")

    with pytest.raises(InvalidInput) as refused:
        read_questions(tmp_path)

    assert told in str(refused.value.details["reason"])
    assert "some.yml" in str(refused.value.details["reason"])


def test_an_expected_entry_that_is_not_in_the_library_is_named(snapshot: Snapshot) -> None:
    question = Question(text="甲", outcome="answered", entries=("no-such-entry",))

    with pytest.raises(InvalidInput) as refused:
        measure([question], snapshot)

    assert "no-such-entry" in str(refused.value.details["reason"])


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Run]:
    """The command over the referrals alone, with three questions."""
    monkeypatch.setenv("RUNMIAO_DATA_FOLDER", str(tmp_path / "var"))
    rows = [
        {"text": LEGAL_AID, "outcome": "referred", "entries": ["referral-legal-aid"]},
        {"text": HOUSING_FUND, "outcome": "referred", "entries": ["referral-housing-fund"]},
        {"text": "鱼香肉丝的做法", "outcome": "refused", "because": "foreign"},
    ]
    (tmp_path / "questions").mkdir()
    (tmp_path / "questions" / "some.yml").write_text(yaml.safe_dump(rows), "utf-8")
    places = {"questions": "questions", "baseline": "baseline.json"}
    given = [f"--{name}={tmp_path / place}" for name, place in places.items()]
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def run(*arguments: str) -> tuple[int, str]:
        status = main(["evaluate", "gate", *given, f"--library={REFERRALS}", *arguments])
        told = capsys.readouterr()
        return status, told.out + told.err

    yield run
    root.handlers[:] = handlers
    root.setLevel(level)


def test_the_command_records_then_passes_then_fails_by_its_status(run: Run, tmp_path: Path) -> None:
    status, told = run()
    assert status == 1
    assert "--record" in told

    assert run("--record")[0] == 0
    status, told = run()
    assert status == 0
    assert json.loads(told.splitlines()[-1])["passed"] is True

    path = tmp_path / "questions" / "some.yml"
    rows = yaml.safe_load(path.read_text("utf-8"))
    rows[1]["entries"] = ["referral-court"]
    path.write_text(yaml.safe_dump(rows), "utf-8")
    status, told = run()
    assert status == 1
    assert f"  · {HOUSING_FUND}" in told
    assert f"  · {LEGAL_AID}" not in told
    assert HOUSING_FUND in json.loads(told.splitlines()[-1])["drops"]["hit1"]


def test_intents_are_a_measure_where_the_model_judges_with_a_baseline_of_its_own(
    run: Run, tmp_path: Path
) -> None:
    assert "intent_accuracy" not in run("--record")[1]
    status, told = run("--record", "--understanding")
    assert (status, json.loads(told.splitlines()[-1])["intent_accuracy"]) == (0, 1.0)

    path = tmp_path / "questions" / "some.yml"
    rows = yaml.safe_load(path.read_text("utf-8"))
    rows[2]["acts"] = ["greet"]
    path.write_text(yaml.safe_dump(rows), "utf-8")
    status, told = run("--understanding")

    assert status == 1
    assert json.loads(told.splitlines()[-1])["drops"]["intent_accuracy"] == ["鱼香肉丝的做法"]
    recorded = json.loads((tmp_path / "baseline.json").read_text("utf-8"))
    assert recorded.keys() == {"alone", "understood"}


@pytest.mark.parametrize(
    ("content", "told_of"), [(None, "先执行 make run"), (b"no model", "读不了")]
)
def test_a_model_that_is_missing_or_broken_is_named(
    run: Run, tmp_path: Path, content: bytes | None, told_of: str
) -> None:
    model = tmp_path / "other.tar.gz"
    if content is not None:
        model.write_bytes(content)

    status, told = run("--understanding", f"--model={model}")

    assert status == 1
    assert str(model) in told
    assert told_of in told
