"""How sure the decision is, and how often it is right (决定的校准): the fit, the curves, the plot.

Fitted on questions of our own with what the trained model makes of them: the frozen questions of
the gate; the same with the expected entries taken out of what was found, which is how a question
looks whose entry nobody wrote; wordings held out of the library; utterances that concern no
office, none of them trained on. The curves are drawn with every frozen question judged by a fit
that did not see it. Prints JSON lines and draws ``docs/images/decision.png``.
"""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from answers.decide import CONSTANT, LESS_FOR, SURE, WEIGHTS, features
from answers.frame import Query, read_frame
from answers.harm import Harm, harm_of
from app.gate import ASKED_ON
from app.gate_questions import Question, read_questions
from app.understanding import PYTHON, Understood, understand
from knowledge_base.files import read_library
from knowledge_base.library import Snapshot, build_snapshot, wordings_of
from knowledge_base.ranking import Hit
from knowledge_base.search import SearchIndex

SEED = 20260101
#: Of so many parts of the wordings, one is held out.
PARTS = 12
#: What a row counts for in the fit, by where it comes from.
COUNTS = {"asked": 1.0, "without": 0.25, "wording": 0.2, "foreign": 0.5}
#: Weights are held this much towards zero.
RIDGE = 1.0
FOLDS, ROUNDS = 10, 5
LIMIT = 8
FOREIGN = Path("tests/nlu/out_of_scope.yml")
PLOT = Path("docs/images/decision.png")
BINS = (0, 0.2, 0.35, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0001)


@dataclass(frozen=True)
class Row:
    """A question with what was found for it."""

    text: str
    source: str
    told: tuple[float, ...]  # the features, and 1
    right: float  # 1 where the best hit answers it, a half where it is related to what does
    harm: Harm


def rows(snapshot: Snapshot) -> list[Row]:
    """Everything that is fitted on."""
    questions = [each for each in read_questions() if each.outcome != "clarifying"]
    held_out = _held_out()
    foreign = [
        line.removeprefix("- ").strip()
        for block in yaml.safe_load(FOREIGN.read_text("utf-8"))["nlu"]
        for line in block["examples"].splitlines()
    ]
    texts = [*(each.text for each in questions), *(text for text, _, _ in held_out), *foreign]
    acts = understand(list(dict.fromkeys(texts)))
    found = [*_asked(questions, snapshot)]
    found += [("wording", text, {entry}, hits) for text, entry, hits in held_out]
    found += [
        ("foreign", text, set(), snapshot.index.search(text, limit=LIMIT)) for text in foreign
    ]
    return [_row(*each, acts[each[1]], snapshot) for each in found if each[3]]


Found = tuple[str, str, set[str], list[Hit]]


def _asked(questions: Iterable[Question], snapshot: Snapshot) -> Iterator[Found]:
    """Each frozen question; and again as if no entry were there that answers it.

    A question that an entry was written for is only looked at as it was before.
    """
    for each in questions:
        hits = snapshot.index.search(each.text, limit=LIMIT)
        right = set(each.entries) if each.wants_answer else set()
        if each.was_missing:
            yield "asked", each.text, set(), [hit for hit in hits if hit.entry_id not in right]
            continue
        yield "asked", each.text, right, hits
        if right:
            rest = [hit for hit in hits if hit.entry_id not in right]
            yield "without", each.text, right, rest


def _held_out() -> list[tuple[str, str, list[Hit]]]:
    """(wording, its entry, what was found without it); the standard question stays in."""
    wordings = [w for entry in read_library().entries.values() for w in wordings_of(entry)]
    similar = [place for place, wording in enumerate(wordings) if not wording.body]
    random.Random(SEED).shuffle(similar)
    out = set(similar[::PARTS])
    index = SearchIndex(w for place, w in enumerate(wordings) if place not in out)
    return [
        (wordings[at].text, wordings[at].entry_id, index.search(wordings[at].text, limit=LIMIT))
        for at in sorted(out)
    ]


def _row(
    source: str, text: str, right: set[str], hits: list[Hit], act: Understood, snapshot: Snapshot
) -> Row:
    frame = read_frame(Query(text, ASKED_ON, act.act, act.probability))
    best = hits[0].entry_id
    entry = snapshot.entries[best]
    share = 1.0 if best in right else 0.0
    if not share and any(snapshot.are_related(best, each) for each in right):
        share = 0.5
    if source == "foreign" and entry.referral is not None:
        share = 1.0
    told = (*features(frame, hits, snapshot).values(), 1.0)
    return Row(text, source, told, share, harm_of(entry))


def fit(given: list[Row]) -> np.ndarray:
    """Logistic regression by Newton's method; the constant is held towards nothing."""
    told = np.array([row.told for row in given])
    right = np.array([row.right for row in given])
    counts = np.array([COUNTS[row.source] for row in given])
    hold = np.diag([RIDGE] * (told.shape[1] - 1) + [1e-6])
    weights = np.zeros(told.shape[1])
    for _ in range(60):
        sure = 1 / (1 + np.exp(-told @ weights))
        slope = told.T @ (counts * (sure - right)) + hold @ weights
        bend = (told * (counts * sure * (1 - sure))[:, None]).T @ told + hold
        weights -= np.linalg.solve(bend, slope)
    return weights


def unseen(given: list[Row]) -> dict[str, float]:
    """How sure a fit is of each frozen question that saw neither it nor its like without entry."""
    asked = [row for row in given if row.source == "asked"]
    sums = {row.text: 0.0 for row in asked}
    for turn in range(ROUNDS):
        places = np.random.default_rng(SEED + turn).permutation(len(asked)) % FOLDS
        for fold in range(FOLDS):
            out = {row.text for row, place in zip(asked, places, strict=True) if place == fold}
            weights = fit([row for row in given if row.text not in out])
            for row in asked:
                if row.text in out:
                    sums[row.text] += float(np.array(row.told) @ weights) / ROUNDS
    return {text: float(1 / (1 + np.exp(-each))) for text, each in sums.items()}


def reliability(sure: np.ndarray, right: np.ndarray) -> list[dict[str, float]]:
    """How sure and how often right, by bands of sureness."""
    bands = []
    for low, high in zip(BINS, BINS[1:], strict=False):
        within = (sure >= low) & (sure < high)
        if within.any():
            bands.append(
                {
                    "sure": round(float(sure[within].mean()), 3),
                    "right": round(float(right[within].mean()), 3),
                    "questions": int(within.sum()),
                }
            )
    return bands


def at_threshold(sure: np.ndarray, right: np.ndarray, threshold: float) -> dict[str, float]:
    """What is answered at a threshold, and how it turns out."""
    taken = right[sure >= threshold]
    return {
        "at": round(threshold, 2),
        "coverage": round(len(taken) / len(sure), 4),
        "right": round(float((taken == 1).sum()) / len(sure), 4),
        "related": round(float((taken == 0.5).sum()) / len(sure), 4),
        "wrong": round(float((taken == 0).sum()) / len(sure), 4),
        "risk": round(1 - float(taken.mean()), 4) if len(taken) else 0.0,
    }


def main() -> None:
    """Print the fit and the curves, and draw them."""
    files = read_library()
    snapshot = build_snapshot([(e, 1) for e in files.entries.values()], files.documents, 1)
    given = rows(snapshot)
    fitted = [round(float(each), 2) for each in fit(given)]
    names = [*WEIGHTS, "constant"]
    _print("fit", weights=dict(zip(names, fitted, strict=True)))
    _print("used", weights={**WEIGHTS, "constant": CONSTANT})
    asked = [row for row in given if row.source == "asked"]
    sure_of = unseen(given)
    sure = np.array([sure_of[row.text] for row in asked])
    right = np.array([row.right for row in asked])
    bands = reliability(sure, right)
    for band in bands:
        _print("reliability", **band)
    curve = [at_threshold(sure, right, step / 20) for step in range(4, 20)]
    for point in curve:
        _print("threshold", **point)
    chosen = {}
    for harm in Harm:
        of = np.array([row.harm is harm for row in asked])
        chosen[harm.name.lower()] = at_threshold(sure[of], right[of], SURE - LESS_FOR[harm])
        _print(
            "chosen", harm=harm.name.lower(), questions=int(of.sum()), **chosen[harm.name.lower()]
        )
    _draw({"bands": bands, "curve": _risks(sure, right), "chosen": chosen})


def _risks(sure: np.ndarray, right: np.ndarray) -> list[list[float]]:
    """Coverage and risk as ever less sure questions are answered, with the threshold there."""
    order = np.argsort(-sure, kind="stable")
    risks = 1 - np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    return [
        [(place + 1) / len(order), float(risk), float(sure[order[place]])]
        for place, risk in enumerate(risks)
    ]


def _draw(told: dict[str, object]) -> None:
    """Draw with the matplotlib that Rasa's environment has."""
    command = [str(PYTHON), "-W", "ignore", "benchmarks/decision_plot.py", str(PLOT)]
    subprocess.run(command, input=json.dumps(told), text=True, check=True)


def _print(measure: str, **told: object) -> None:
    print(json.dumps({"measure": measure, **told}), flush=True)


if __name__ == "__main__":
    main()
