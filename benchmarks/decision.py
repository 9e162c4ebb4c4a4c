"""How well scores tell right answers from wrong ones: wordings held out, and foreign questions.

Similar questions are searched in an index that was built without them; our own out-of-scope
utterances must stay below the thresholds of ``answers.decide``, unless they are referred. Prints
JSON lines: how often the right entry is found, the fit that ``answers.decide`` uses, the curve.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import yaml

from answers.decide import SURE, confidence, rival_of
from knowledge_base.files import read_library
from knowledge_base.library import Snapshot, build_snapshot, wordings_of
from knowledge_base.ranking import Hit
from knowledge_base.search import SearchIndex

#: Of so many parts of the wordings, so many are held out, one after the other.
PARTS, HELD_OUT = 12, 4
FOREIGN = Path("bot/data/out_of_scope/nlu.yml")
LIMIT = 8


def held_out() -> list[tuple[str, str, list[Hit]]]:
    """(wording, its entry, what was found without it) for a third of the similar questions."""
    entries = read_library().entries.values()
    wordings = [wording for entry in entries for wording in wordings_of(entry)]
    # The standard question carries the body; it stays in.
    similar = [place for place, wording in enumerate(wordings) if not wording.body]
    random.Random(20260101).shuffle(similar)
    found = []
    for part in range(HELD_OUT):
        out = set(similar[part::PARTS])
        index = SearchIndex(w for place, w in enumerate(wordings) if place not in out)
        found += [
            (wordings[at].text, wordings[at].entry_id, index.search(wordings[at].text, limit=LIMIT))
            for at in sorted(out)
        ]
    return found


def foreign(snapshot: Snapshot) -> list[list[Hit]]:
    """What is found for utterances that concern no office."""
    data = yaml.safe_load(FOREIGN.read_text("utf-8"))["nlu"]
    said = [
        line.removeprefix("- ").strip()
        for block in data
        if block.get("intent") == "out_of_scope"
        for line in block["examples"].splitlines()
        if line.strip()
    ]
    return [snapshot.index.search(text, limit=LIMIT) for text in said]


def features(hits: list[Hit], snapshot: Snapshot) -> list[float]:
    """What ``answers.decide`` weighs, in its order; 0 where nothing was found."""
    if not hits:
        return [0.0, 0.0, 0.0, 0.0, 1.0]
    best, rival = hits[0], rival_of(hits, snapshot.are_related)
    return [best.score, best.score - rival.score, best.covered, float(best.is_of_tax), 1.0]


def fit(rows: list[list[float]], labels: list[bool], rounds: int = 100) -> list[float]:
    """Logistic regression by Newton's method."""
    given, wanted = np.array(rows), np.array(labels, float)
    weights = np.zeros(given.shape[1])
    for _ in range(rounds):
        told = 1 / (1 + np.exp(-given @ weights))
        slope = given.T @ (told - wanted)
        bend = (given * (told * (1 - told))[:, None]).T @ given + 1e-6 * np.eye(len(weights))
        weights -= np.linalg.solve(bend, slope)
    return [round(float(each), 2) for each in weights]


def main() -> None:
    """Print quality, the fit and the curve over the threshold."""
    files = read_library()
    snapshot = build_snapshot([(e, 1) for e in files.entries.values()], files.documents, 1)
    own, other = held_out(), foreign(snapshot)
    related = snapshot.are_related
    right = [bool(hits) and hits[0].entry_id == entry for _, entry, hits in own]
    near = [
        ok or (bool(hits) and related(hits[0].entry_id, entry))
        for ok, (_, entry, hits) in zip(right, own, strict=True)
    ]
    third = [entry in [hit.entry_id for hit in hits[:3]] for _, entry, hits in own]
    referred = [
        bool(hits) and files.entries[hits[0].entry_id].referral is not None for hits in other
    ]
    said = {
        "measure": "held_out_wordings",
        "queries": len(own),
        "hit1": round(sum(right) / len(own), 4),
        "hit1_or_related": round(sum(near) / len(own), 4),
        "hit3": round(sum(third) / len(own), 4),
    }
    print(json.dumps(said))
    rows = [features(hits, snapshot) for hits in (*(hits for _, _, hits in own), *other)]
    print(json.dumps({"measure": "fit", "weights": fit(rows, [*near, *referred])}))
    sure = [confidence(hits, related) for _, _, hits in own]
    strange = [confidence(hits, related) for hits in other]
    for step in range(40, 95, 5):
        _print_threshold(step / 100, sure, near, strange, referred)


def _print_threshold(
    at: float, sure: list[float], near: list[bool], strange: list[float], referred: list[bool]
) -> None:
    taken = [ok for ok, score in zip(near, sure, strict=True) if score >= at]
    answered = [not ok for ok, score in zip(referred, strange, strict=True) if score >= at]
    said = {
        "measure": "threshold",
        "at": at,
        "used": abs(at - SURE) < 0.025,
        "coverage": round(len(taken) / len(sure), 4),
        "wrong_and_unrelated": round(1 - sum(taken) / max(len(taken), 1), 4),
        "foreign_answered": round(sum(answered) / max(len(strange), 1), 4),
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main()
