"""The moves of an entry at the desk (条目操作): who may make them, what they need, what they do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.clock import china_date
from desk.library_check import findings_of
from desk.library_forms import (
    ApproveForm,
    ExpireForm,
    MoveForm,
    PublishForm,
    ReasonForm,
    RollBackForm,
    SubmitForm,
)
from knowledge_base import life_cycle, review, schedule
from knowledge_base.files import to_yaml
from knowledge_base.moves import begin
from knowledge_base.neighbours import neighbours
from knowledge_base.release_publishing import publish_one
from knowledge_base.schema import Entry
from knowledge_base.store import all_documents, get_version

EDITORS = ("editor",)
REVIEWERS = ("editor", "supervisor")

Finding = dict[str, Any]


def findings_in(session: Session, text: str, *, entry_id: str, now: datetime) -> list[Finding]:
    """What is wrong with an entry as written; every page and every move asks here."""
    return findings_of(
        text,
        entry_id=entry_id,
        documents=all_documents(session),
        others=neighbours(session, entry_id, text),
        today=china_date(now),
    )


def check_at(now: datetime) -> life_cycle.Check:
    """The check that stands before every publication."""

    def errors(session: Session, entry: Entry) -> list[Finding]:
        found = findings_in(session, to_yaml(entry), entry_id=entry.id, now=now)
        return [each for each in found if each["level"] == "error"]

    return errors


@dataclass(frozen=True)
class Asked:
    """Who asks for a move on which entry, when."""

    session: Session
    entry_id: str
    officer: str
    now: datetime
    verdict: dict[str, Any] | None = None  # of the gate, where it was asked

    def do(self, move: Callable[..., Any], **values: Any) -> None:
        """Make a move of the library's."""
        move(self.session, self.entry_id, officer=self.officer, now=self.now, **values)

    def do_checked(self, move: Callable[..., Any], **values: Any) -> None:
        """Make a move that errors in the entry stand against."""
        self.do(move, check=check_at(self.now), **values)


@dataclass(frozen=True)
class DeskMove:
    """A move: the roles that may make it, the form it needs, what is done."""

    roles: tuple[str, ...]
    form: type[MoveForm]
    make: Callable[[Asked, Any], None]


def _publish(asked: Asked, form: PublishForm) -> None:
    if form.publish_at is None:
        asked.do_checked(publish_one, version=form.version, verdict=asked.verdict)
    else:
        asked.do_checked(schedule.schedule, version=form.version, publish_at=form.publish_at)


def asks_the_gate(verb: str, form: MoveForm) -> bool:
    """Tell whether a move makes people hear something new at once."""
    return verb == "publish" and isinstance(form, PublishForm) and form.publish_at is None


def check_publishable(asked: Asked, version: int) -> None:
    """Let nobody wait for the gate whose version may not be published anyway."""
    begin(asked.session, asked.entry_id, "publish", version=version, officer=asked.officer)
    found = get_version(asked.session, asked.entry_id, version)
    life_cycle.check_faults(asked.session, found, check_at(asked.now))


def _with_reason(move: Callable[..., Any]) -> Callable[[Asked, ReasonForm], None]:
    return lambda asked, form: asked.do(move, version=form.version, reason=form.reason)


def _plain(move: Callable[..., Any]) -> Callable[[Asked, MoveForm], None]:
    return lambda asked, form: asked.do(move, version=form.version)


def _submit(asked: Asked, form: SubmitForm) -> None:
    asked.do(review.submit, version=form.version, note=form.note)


def _approve(asked: Asked, form: ApproveForm) -> None:
    asked.do(review.approve, version=form.version, rendering=form.rendering)


def _expire(asked: Asked, form: ExpireForm) -> None:
    values = {"day": form.expires_on, "reason": form.reason}
    asked.do(schedule.expire_on, version=form.version, **values)


def _roll_back(asked: Asked, form: RollBackForm) -> None:
    values = {"to": form.to, "reason": form.reason}
    asked.do_checked(life_cycle.roll_back, version=form.version, **values)


#: By the name of the move in ``knowledge_base.moves``; the address says it with dashes.
DESK_MOVES: dict[str, DeskMove] = {
    "submit": DeskMove(EDITORS, SubmitForm, _submit),
    "withdraw": DeskMove(EDITORS, MoveForm, _plain(review.withdraw)),
    "return": DeskMove(REVIEWERS, ReasonForm, _with_reason(review.return_to_draft)),
    "approve": DeskMove(REVIEWERS, ApproveForm, _approve),
    "publish": DeskMove(EDITORS, PublishForm, _publish),
    "cancel_schedule": DeskMove(EDITORS, MoveForm, _plain(schedule.cancel_schedule)),
    "suspend": DeskMove(REVIEWERS, ReasonForm, _with_reason(life_cycle.suspend)),
    "resume": DeskMove(REVIEWERS, ReasonForm, _with_reason(life_cycle.resume)),
    "expire": DeskMove(EDITORS, ExpireForm, _expire),
    "cancel_expiry": DeskMove(EDITORS, MoveForm, _plain(schedule.cancel_expiry)),
    "roll_back": DeskMove(EDITORS, RollBackForm, _roll_back),
    "retire": DeskMove(EDITORS, ReasonForm, _with_reason(life_cycle.retire)),
}
PATHS = "|".join(verb.replace("_", "-") for verb in DESK_MOVES)


def may(roles: frozenset[str], verb: str) -> bool:
    """Tell whether somebody with these roles may ever make a move."""
    return bool(roles.intersection(DESK_MOVES[verb].roles))
