"""What a taxpayer may see of an appeal (诉求进度): no names, no internal notes, no contact."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from appeals.kinds import kind_label
from appeals.lifecycle import ALLOWED_MOVES, RUNNING
from appeals.tables import Appeal, AppealStatus, Verb
from appeals.wording import due_sentence, sentences, status_words, verb_label

#: What the owner himself can do, in the order of the buttons.
_TAXPAYERS_VERBS = (Verb.CONFIRM, Verb.REOPEN, Verb.SUPPLEMENT, Verb.URGE, Verb.WITHDRAW)


@dataclass(frozen=True)
class PublicMove:
    """One line of the progress."""

    at: datetime
    verb: str
    label: str
    note: str


@dataclass(frozen=True)
class PublicView:
    """An appeal as its owner, or whoever knows the check code, may see it.

    ``due_text`` is None once it is answered or over; ``verbs`` are the moves its owner can make.
    """

    number: str
    kind: str
    kind_label: str
    subject: str
    status: str
    status_label: str
    colour: str
    meaning: str
    next: str
    opened_at: datetime
    due_on: date
    provisional: bool
    due_text: str | None
    moves: tuple[PublicMove, ...]
    answer: str | None
    answered_at: datetime | None
    rating: int | None
    urges: int
    verbs: tuple[str, ...]


def public_view(appeal: Appeal) -> PublicView:
    """Show an appeal the way the public may see it."""
    words = status_words()[appeal.status]
    return PublicView(
        number=appeal.number,
        kind=appeal.kind,
        kind_label=kind_label(appeal.kind),
        subject=appeal.subject,
        status=words.code,
        status_label=words.label,
        colour=words.colour,
        meaning=words.meaning,
        next=words.next,
        opened_at=appeal.opened_at,
        due_on=appeal.due_on,
        provisional=appeal.provisional,
        due_text=due_text(appeal),
        moves=_public_moves(appeal),
        answer=appeal.answer_text,
        answered_at=appeal.answered_at,
        rating=appeal.rating,
        urges=appeal.urges,
        verbs=tuple(v.value for v in _TAXPAYERS_VERBS if appeal.status in ALLOWED_MOVES[v]),
    )


def filed_card(appeal: Appeal, check_code: str) -> dict[str, str | None]:
    """What the talk shows of a new appeal; the check code is told here and not again."""
    return {
        "number": appeal.number,
        "check_code": check_code,
        "status_label": status_words()[appeal.status].label,
        "due_sentence": due_text(appeal),
    }


def due_text(appeal: Appeal) -> str | None:
    """The promise in words; None where nothing is promised any more."""
    if appeal.status in RUNNING:
        return due_sentence(appeal.due_on, appeal.provisional)
    if appeal.status is AppealStatus.WAITING:
        return sentences()["due_paused"]
    return None


def _public_moves(appeal: Appeal) -> tuple[PublicMove, ...]:
    return tuple(
        PublicMove(move.at, move.verb.value, verb_label(move.verb), move.note_public)
        for move in appeal.moves
        if move.note_public
    )
