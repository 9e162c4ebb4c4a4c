"""What a taxpayer may see of an appeal (诉求进度): no names, no internal notes, no contact."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from appeals.attachments import is_from_bureau
from appeals.kinds import kind_label, rules_of
from appeals.lifecycle import clock_runs, promised
from appeals.move_table import move_table
from appeals.public_details import (
    PublicAsk,
    PublicReopening,
    PublicTransfer,
    confirm_by,
    handed_to,
    is_merged,
    reopening,
    resolution_label,
    urge_again,
    what_is_asked,
    working_days_left,
)
from appeals.settling import may_be_reopened
from appeals.tables import Appeal, AppealAttachment, AppealStatus, Verb
from appeals.wording import StatusWords, promise_words, sentences, status_words, verb_label

#: What the owner himself can do, in the order of the buttons.
_TAXPAYERS_VERBS = (
    Verb.CONFIRM,
    Verb.REOPEN,
    Verb.SUPPLEMENT,
    Verb.ATTACH,
    Verb.URGE,
    Verb.RATE,
    Verb.WITHDRAW,
)


@dataclass(frozen=True)
class PublicMove:
    """One line of the progress."""

    at: datetime
    verb: str
    label: str
    note: str


@dataclass(frozen=True)
class PublicFile:
    """One attachment (附件); ``by`` is filer or bureau."""

    id: int
    name: str
    kind: str
    size: int
    at: datetime
    by: str


@dataclass(frozen=True)
class PublicView:
    """An appeal as its owner, or whoever knows the check code, may see it.

    ``due_text`` is None once it is answered or over; ``verbs`` are the moves its owner can make.
    ``working_days_left`` counts the days after today, and is None while no clock runs;
    ``confirm_by`` and ``urge_again`` are days in words. ``version`` tells whether it has moved
    since it was shown.
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
    attachments: tuple[PublicFile, ...]
    answer: str | None
    answered_at: datetime | None
    rating: int | None
    urges: int
    verbs: tuple[str, ...]
    version: int
    promise: str
    working_days_left: int | None
    is_late: bool
    is_merged: bool
    asked: PublicAsk | None
    resolution_label: str | None
    handed_to: PublicTransfer | None
    confirm_by: str | None
    rating_comment: str | None
    reopenings: int
    reopening: PublicReopening | None
    urge_again: str | None


def public_view(appeal: Appeal, now: datetime | None = None) -> PublicView:
    """Show an appeal the way the public may see it.

    Args:
        appeal: The appeal.
        now: The moment; without it, a closed appeal is not offered for reopening, and nothing
            is said of days that are left.
    """
    words = _words(appeal)
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
        attachments=_public_files(appeal),
        answer=appeal.answer_text,
        answered_at=appeal.answered_at,
        rating=appeal.rating,
        urges=appeal.urges,
        verbs=tuple(verb.value for verb in _TAXPAYERS_VERBS if _is_offered(appeal, verb, now)),
        version=appeal.version,
        promise=promise_words(rules_of(appeal).promise),
        working_days_left=working_days_left(appeal, now),
        is_late=now is not None and clock_runs(appeal) and now >= appeal.due_at,
        is_merged=is_merged(appeal),
        asked=what_is_asked(appeal),
        resolution_label=resolution_label(appeal),
        handed_to=handed_to(appeal),
        confirm_by=confirm_by(appeal),
        rating_comment=appeal.rating_comment,
        reopenings=appeal.reopenings,
        reopening=reopening(appeal, now),
        urge_again=urge_again(appeal, now),
    )


def filed_card(appeal: Appeal, check_code: str) -> dict[str, str | None]:
    """What the talk shows of a new appeal; the check code is told here and not again."""
    return {
        "number": appeal.number,
        "check_code": check_code,
        "status_label": status_words()[appeal.status].label,
        "due_sentence": due_text(appeal),
        "promise": promise_words(rules_of(appeal).promise),
    }


def due_text(appeal: Appeal) -> str | None:
    """The promise in words; None where nothing is promised any more."""
    if clock_runs(appeal):
        return promised(appeal)
    if appeal.status is AppealStatus.WAITING:
        return sentences()["due_paused"]
    return None


def _is_offered(appeal: Appeal, verb: Verb, now: datetime | None) -> bool:
    if appeal.status not in move_table()[verb].ways:
        return False
    if verb is Verb.REOPEN and appeal.status is AppealStatus.CLOSED:
        return now is not None and may_be_reopened(appeal, now)
    return verb is not Verb.RATE or appeal.rating is None


def _words(appeal: Appeal) -> StatusWords:
    """How its status is said; where the clock runs on, waiting is said so."""
    words = status_words()[appeal.status]
    if appeal.status is AppealStatus.WAITING and appeal.paused_since is None:
        return replace(words, **sentences()["waiting_running"])
    return words


def _public_moves(appeal: Appeal) -> tuple[PublicMove, ...]:
    return tuple(
        PublicMove(move.at, move.verb.value, verb_label(move.verb), move.note_public)
        for move in appeal.moves
        if move.note_public
    )


def _public_files(appeal: Appeal) -> tuple[PublicFile, ...]:
    return tuple(
        public_file(each) for move in appeal.moves for each in move.files if not each.is_internal
    )


def public_file(file: AppealAttachment) -> PublicFile:
    """An attachment as whoever may see it is told of it."""
    by = "bureau" if is_from_bureau(file) else "filer"
    return PublicFile(file.id, file.name, file.kind.value, file.size, file.at, by)
