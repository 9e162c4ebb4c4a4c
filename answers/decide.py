"""What to do with what was found (决定): answer, ask back, refer, or refuse with a reason.

How sure a match is, is a probability fitted by logistic regression on wordings of our own
entries, each held out of the library it was searched in, and on our own out-of-scope utterances
(``python -m benchmarks decision`` prints the fit and the curve). None of the questions that the
service is measured with was used. An entry that the best one names as related is no rival to it:
it is offered below the answer.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from answers.frame import Frame
from knowledge_base.ranking import Hit

#: The fit: weights of the best score, of its distance to the best entry that is not related to
#: it, of how much of the question the entry speaks of, of a question about taxes; the constant.
SCORE, DISTANCE, COVERED, OF_TAX, CONSTANT = 1.96, 10.27, 0.82, 0.63, -2.17
#: At or above this probability an entry is answered.
SURE = 0.68
#: A wording so like the question is the question.
SAME = 0.97
#: What it takes against an act that says small talk, or that the question is foreign.
SURE_AGAINST_ACT = 0.85
#: At or above this score the closest entries are offered.
LIKELY = 0.33
#: An entry so far behind the best is not offered beside it.
OFFER_WITHIN = 0.15
ACT_COUNTS = 0.55
SMALL_TALK = frozenset({"greet", "thanks", "goodbye", "ask_help", "affirm", "deny"})

#: What stands where nothing else was found.
_NOTHING = Hit("", 0.0, "")

#: Tells whether two entries name each other as related.
Related = Callable[[str, str], bool]


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


def confidence(hits: list[Hit], related: Related) -> float:
    """The probability that the best hit answers the question, 0 where nothing was found."""
    if not hits:
        return 0.0
    best = hits[0]
    if best.likeness >= SAME:
        return 1.0
    nearest = rival_of(hits, related).score
    sum_ = SCORE * best.score + DISTANCE * (best.score - nearest) + COVERED * best.covered
    return 1 / (1 + math.exp(-(sum_ + OF_TAX * best.is_of_tax + CONSTANT)))


def rival_of(hits: list[Hit], related: Related) -> Hit:
    """The best hit that is not related to the first; the last one where all are."""
    first, *others = hits
    rivals = [hit for hit in others if not related(first.entry_id, hit.entry_id)]
    return (rivals or others[-1:] or [_NOTHING])[0]


def decide(frame: Frame, hits: list[Hit], related: Related) -> Decision:
    """Decide by how sure the match is and by what the talk understood."""
    query = frame.query
    act = query.act if query.act_probability >= ACT_COUNTS else None
    sure = confidence(hits, related)
    if act in SMALL_TALK and sure < SURE_AGAINST_ACT:
        return Decision(Move.SMALL_TALK)
    if act == "out_of_scope" and sure < SURE_AGAINST_ACT:
        return Decision(Move.REFUSE_FOREIGN)
    if not hits or hits[0].score < LIKELY:
        return Decision(Move.REFUSE_UNKNOWN)
    near = tuple(hit for hit in hits[:4] if hit.score >= hits[0].score - OFFER_WITHIN)
    is_about_it = hits[0].names_tax or hits[0].likeness >= SAME
    return Decision(Move.ANSWER if sure >= SURE and is_about_it else Move.OFFER, near)
