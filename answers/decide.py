"""What to do with what was found (决定): answer, ask back, refer, or refuse with a reason.

How sure a match is, is a probability fitted by logistic regression on wordings of our own
entries, each held out of the index it was searched in, and on our own out-of-scope utterances
(``benchmarks/decision.py`` prints the fit and the curve). None of the questions that the service
is measured with was used.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from answers.frame import Frame
from knowledge_base.search import Hit

#: The fit: weight of the best score, of its distance to the second, and the constant.
SCORE_WEIGHT, MARGIN_WEIGHT, CONSTANT = 3.04, 8.35, -1.97
#: At or above this probability an entry is answered.
SURE = 0.55
#: Whatever the distance to the second, a match this weak is offered, not answered.
WEAK = 0.36
#: What it takes against an act that says small talk, or that the question is foreign.
SURE_AGAINST_ACT = 0.80
#: At or above this score the closest entries are offered.
LIKELY = 0.23
#: An entry so far behind the best is not offered beside it.
OFFER_WITHIN = 0.12
ACT_COUNTS = 0.55
SMALL_TALK = frozenset({"greet", "thanks", "goodbye", "ask_help", "affirm", "deny"})


class Move(StrEnum):
    """What the engine does next."""

    ANSWER = "answer"
    OFFER = "offer"
    SMALL_TALK = "small_talk"
    REFUSE_FOREIGN = "refuse_foreign"
    REFUSE_UNKNOWN = "refuse_unknown"


@dataclass(frozen=True)
class Decision:
    """The move, and the hits it is about, best first."""

    move: Move
    hits: tuple[Hit, ...] = ()


def confidence(hits: list[Hit]) -> float:
    """The probability that the best hit answers the question, 0 where nothing was found."""
    if not hits:
        return 0.0
    best = hits[0].score
    margin = best - hits[1].score if len(hits) > 1 else best
    return 1 / (1 + math.exp(-(SCORE_WEIGHT * best + MARGIN_WEIGHT * margin + CONSTANT)))


def decide(frame: Frame, hits: list[Hit]) -> Decision:
    """Decide by how sure the match is and by what the talk understood."""
    query = frame.query
    act = query.act if query.act_probability >= ACT_COUNTS else None
    sure, best = confidence(hits), hits[0].score if hits else 0.0
    if act in SMALL_TALK and sure < SURE_AGAINST_ACT:
        return Decision(Move.SMALL_TALK)
    if act == "out_of_scope" and sure < SURE_AGAINST_ACT:
        return Decision(Move.REFUSE_FOREIGN)
    if sure >= SURE and best >= WEAK:
        return Decision(Move.ANSWER, tuple(hits[:3]))
    if best >= LIKELY:
        near = tuple(hit for hit in hits[:4] if hit.score >= best - OFFER_WITHIN)
        return Decision(Move.OFFER, near)
    return Decision(Move.REFUSE_UNKNOWN)
