"""What to do with what was found (决定): answer, ask back, refer, or refuse with a reason.

The thresholds were set on wordings of our own entries held out one at a time and on our own
out-of-scope utterances (``benchmarks/decision.py`` prints the curve); none of the questions that
the service is measured with was used.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from answers.frame import Frame
from knowledge_base.search import Hit

#: At or above this an entry is answered.
SURE = 0.52
#: At or above this, but below ``SURE``, the closest entries are offered.
LIKELY = 0.36
#: What a question must reach that the talk understands as foreign, or as small talk.
SURE_AGAINST_ACT = 0.66
#: Two entries this close together are told apart by asking.
TIE = 0.03
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


def decide(frame: Frame, hits: list[Hit]) -> Decision:
    """Decide by the scores and by what the talk understood."""
    query = frame.query
    act = query.act if query.act_probability >= ACT_COUNTS else None
    best = hits[0].score if hits else 0.0
    if act in SMALL_TALK and best < SURE_AGAINST_ACT:
        return Decision(Move.SMALL_TALK)
    if act == "out_of_scope" and best < SURE_AGAINST_ACT:
        return Decision(Move.REFUSE_FOREIGN)
    if best >= SURE:
        rivals = [hit for hit in hits[1:3] if best - hit.score < TIE]
        if rivals and best < SURE_AGAINST_ACT:
            return Decision(Move.OFFER, (hits[0], *rivals))
        return Decision(Move.ANSWER, tuple(hits[:3]))
    if best >= LIKELY:
        return Decision(Move.OFFER, tuple(hit for hit in hits[:4] if hit.score >= LIKELY - TIE))
    return Decision(Move.REFUSE_UNKNOWN)
