"""How well scores tell right answers from wrong ones: wordings held out, and foreign questions.

Each similar question is searched in an index that was built without it; our own out-of-scope
utterances must stay below the thresholds of ``answers.decide``. Prints JSON lines.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

import yaml

from answers.decide import SURE, confidence
from knowledge_base.files import read_library
from knowledge_base.layer import Wording
from knowledge_base.library import wordings_of
from knowledge_base.search import Hit, SearchIndex

FOLDS = 10
FOREIGN = Path("bot/data/out_of_scope/nlu.yml")


def held_out() -> list[tuple[str, str, list[Hit]]]:
    """(wording, its entry, what was found without it) for every similar question."""
    entries = read_library().entries.values()
    wordings = [wording for entry in entries for wording in wordings_of(entry)]
    order = random.Random(20260101).sample(range(len(wordings)), len(wordings))
    found = []
    for fold in range(FOLDS):
        out = {place for rank, place in enumerate(order) if rank % FOLDS == fold}
        kept: list[Wording] = [w for place, w in enumerate(wordings) if place not in out]
        index = SearchIndex(kept)
        for place in sorted(out):
            wording = wordings[place]
            if wording.body:
                continue  # the standard question carries the body; it stays in
            found.append((wording.text, wording.entry_id, index.search(wording.text)))
    return found


def foreign() -> list[list[Hit]]:
    """What is found for utterances that concern no office."""
    data = yaml.safe_load(FOREIGN.read_text("utf-8"))["nlu"]
    said = [
        line.removeprefix("- ").strip()
        for block in data
        if block.get("intent") == "out_of_scope"
        for line in block["examples"].splitlines()
        if line.strip()
    ]
    index = SearchIndex(w for e in read_library().entries.values() for w in wordings_of(e))
    return [index.search(text) for text in said]


def main() -> None:
    """Print quality and the curve over the threshold."""
    own, other = held_out(), foreign()
    right = [bool(hits) and hits[0].entry_id == entry for _, entry, hits in own]
    best = [confidence(hits) for _, _, hits in own]
    third = [entry in [hit.entry_id for hit in hits[:3]] for _, entry, hits in own]
    print(
        json.dumps(
            {
                "measure": "held_out_wordings",
                "queries": len(own),
                "hit1": round(sum(right) / len(own), 4),
                "hit3": round(sum(third) / len(own), 4),
            }
        )
    )
    strange = [confidence(hits) for hits in other]
    for step in range(30, 95, 5):
        threshold = step / 100
        taken = [ok for ok, score in zip(right, best, strict=True) if score >= threshold]
        print(
            json.dumps(
                {
                    "measure": "threshold",
                    "at": threshold,
                    "used": abs(threshold - SURE) < 0.025,
                    "coverage": round(len(taken) / len(own), 4),
                    "wrong_among_answered": round(1 - sum(taken) / max(len(taken), 1), 4),
                    "foreign_answered": round(
                        sum(score >= threshold for score in strange) / max(len(strange), 1), 4
                    ),
                }
            )
        )


if __name__ == "__main__":
    main()
