"""What to do with what was found (决定): answer, ask back, refer, or refuse with a reason.

How sure a match is, is a probability fitted by logistic regression on questions of our own
(``python -m benchmarks decision`` prints the fit, the curves and the plot). None of the questions
that the service is measured with was used. How sure is sure enough depends on what a wrong answer
would do. An entry that the best one names as related is no rival to it: it is offered below.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from answers.aspects import unspoken
from answers.frame import Frame
from answers.harm import Harm, harm_of
from knowledge_base.library import Snapshot
from knowledge_base.normalise import comparable
from knowledge_base.ranking import Hit

#: The fit: what each of :func:`features` weighs, and the constant.
WEIGHTS = {
    "distance": 2.03,
    "covered": 1.67,
    "of_tax": -0.25,
    "names_tax": 1.25,
    "likeness": 2.31,
    "sense": 1.73,
    "likeness_distance": 1.64,
    "sense_distance": 1.25,
    "length": 0.76,
    "foreign": -2.39,
    "second": 2.3,
    "unspoken": -0.65,
}
CONSTANT = -6.32
#: At or above this probability an entry is answered; less is enough where less harm is done.
SURE = 0.72
LESS_FOR = {Harm.LIGHT: 0.1, Harm.PLAIN: 0.05, Harm.GRAVE: 0.0}
#: Below this probability an answer says that it may be to another question.
CERTAIN = 0.80
#: A wording so like the question is the question.
SAME = 0.97
#: What it takes against an act that says small talk.
SURE_AGAINST_ACT = 0.85
#: An act that says that the question is foreign is believed below this probability.
SURE_AGAINST_FOREIGN = 0.5
#: At or above this score the closest entries are offered.
LIKELY = 0.33
#: An entry so far behind the best is not offered beside it.
OFFER_WITHIN = 0.15
ACT_COUNTS = 0.55
SMALL_TALK = frozenset({"greet", "thanks", "goodbye", "ask_help", "affirm", "deny"})
FOREIGN = "out_of_scope"

#: What stands where nothing else was found.
_NOTHING = Hit("", 0.0, "", 0.0, 0.0)


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
    sure: float = 0.0  # how probable it is that the best of them answers the question

    @property
    def is_certain(self) -> bool:
        """Whether an answer may be given without a word of doubt."""
        return self.sure >= CERTAIN


def features(frame: Frame, hits: list[Hit], snapshot: Snapshot) -> dict[str, float]:
    """What tells whether the best hit answers the question.

    Distances are to the best entry that is not related to it. An act that says that the question
    is foreign does not count against an entry that refers it to another office.
    """
    best, rival, query = hits[0], rival_of(hits, snapshot), frame.query
    entry, second = snapshot.entries[best.entry_id], hits[1] if hits[1:] else _NOTHING
    is_foreign = query.act == FOREIGN and entry.referral is None
    return {
        "distance": best.score - rival.score,
        "covered": best.covered,
        "of_tax": float(best.is_of_tax),
        "names_tax": float(best.names_tax),
        "likeness": best.likeness,
        "sense": best.sense,
        "likeness_distance": best.likeness - rival.likeness,
        "sense_distance": best.sense - rival.sense,
        "length": math.log(1 + len(comparable(query.text))),
        "foreign": query.act_probability if is_foreign else 0.0,
        "second": best.score - second.score,
        "unspoken": float(bool(unspoken(query.text, entry))),
    }


def confidence(frame: Frame, hits: list[Hit], snapshot: Snapshot) -> float:
    """The probability that the best hit answers the question, 0 where nothing was found."""
    if not hits:
        return 0.0
    if hits[0].likeness >= SAME:
        return 1.0
    told = features(frame, hits, snapshot)
    return 1 / (1 + math.exp(-sum(WEIGHTS[name] * told[name] for name in told) - CONSTANT))


def rival_of(hits: list[Hit], snapshot: Snapshot) -> Hit:
    """The best hit that is not related to the first; the last one where all are."""
    first, *others = hits
    rivals = [hit for hit in others if not snapshot.are_related(first.entry_id, hit.entry_id)]
    return (rivals or others[-1:] or [_NOTHING])[0]


def decide(frame: Frame, hits: list[Hit], snapshot: Snapshot) -> Decision:
    """Decide by how sure the match is, by what a wrong one would do, and by the act."""
    query = frame.query
    act = query.act if query.act_probability >= ACT_COUNTS else None
    sure = confidence(frame, hits, snapshot)
    if act in SMALL_TALK and sure < SURE_AGAINST_ACT:
        return Decision(Move.SMALL_TALK, sure=sure)
    if hits and _is_enough(sure, hits[0], snapshot):
        return Decision(Move.ANSWER, _near(hits), sure)
    if act == FOREIGN and sure < SURE_AGAINST_FOREIGN:
        return Decision(Move.REFUSE_FOREIGN, sure=sure)
    if not hits or hits[0].score < LIKELY:
        return Decision(Move.REFUSE_UNKNOWN, sure=sure)
    return Decision(Move.OFFER, _near(hits), sure)


def _is_enough(sure: float, best: Hit, snapshot: Snapshot) -> bool:
    """Tell whether the best hit is sure enough for what a wrong answer would do."""
    if best.likeness >= SAME:
        return True
    needed = SURE - LESS_FOR[harm_of(snapshot.entries[best.entry_id])]
    return sure >= needed and best.names_tax and best.score >= LIKELY


def _near(hits: list[Hit]) -> tuple[Hit, ...]:
    return tuple(hit for hit in hits[:4] if hit.score >= hits[0].score - OFFER_WITHIN)
