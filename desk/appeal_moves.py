"""Every verb of officers (诉求办理): from what the page sends to what the appeals room does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import Field
from sqlalchemy.orm import Session

from appeals.access import access_appeal_for_staff
from appeals.extending import ask_extension, deny_extension, grant_extension
from appeals.merging import merge_appeal, unmerge_appeal
from appeals.moves import (
    accept_appeal,
    answer_appeal,
    ask_for_more,
    assign_appeal,
    inform_filer,
    reassign_appeal,
    refuse_appeal,
    remind_appeal,
    supplement_appeal,
)
from appeals.objecting import object_to_assignment, overrule_objection, uphold_objection
from appeals.people import Doer
from appeals.settling import call_back
from appeals.tables import Appeal
from appeals.transfers import (
    close_transferred,
    record_receipt,
    take_back,
    transfer_appeal,
    transfer_out,
)
from core.errors import InvalidInput
from desk.door import Form
from desk.sessions import Officer
from desk.staff import colleagues

#: The longest extension that can be asked for.
MOST_DAYS = 60


class MoveForm(Form):
    """What a verb needs: the version on screen, words, and whatever else its row asks for.

    ``note`` is the text, the reason or the remark; which of them is said by the verb.
    """

    version: int
    note: str = Field(default="", max_length=3000)
    assignee: str | None = Field(default=None, max_length=60)
    resolution: str | None = Field(default=None, max_length=40)
    unit: str = Field(default="", max_length=80)
    telephone: str = Field(default="", max_length=60)
    receipt: str = Field(default="", max_length=60)
    promised_on: date | None = None
    working_days: int = Field(default=0, ge=0, le=MOST_DAYS)
    parent: str = Field(default="", max_length=30)
    rating: int = Field(default=0, ge=0, le=5)
    reopen: bool = False


@dataclass(frozen=True)
class Asked:
    """One move as it was asked for."""

    session: Session
    appeal: Appeal
    form: MoveForm
    officer: Officer
    now: datetime

    @property
    def doer(self) -> Doer:
        return doer_of_officer(self.officer)

    @property
    def words(self) -> str:
        """What was written.

        Raises:
            InvalidInput: Nothing was.
        """
        if not self.form.note:
            raise InvalidInput(field="note", reason="请填写内容")
        return self.form.note

    @property
    def remark(self) -> str | None:
        return self.form.note or None

    def colleague(self, login: str | None) -> str:
        """The officer who is to have it, by default whoever asks.

        Raises:
            InvalidInput: That account takes no appeals.
        """
        login = login or self.officer.login
        if login not in {each["login"] for each in colleagues(self.session)}:
            raise InvalidInput(field="assignee", reason="这位同事不能承办诉求，请另选")
        return login


def doer_of_officer(officer: Officer) -> Doer:
    """Who moves an appeal, by the right that the account has."""
    return Doer(officer.actor, supervises=officer.supervises, watches=not officer.handles)


def make_move(verb: str, asked: Asked) -> None:
    """Do what the page asks for; raises what the appeals room raises."""
    VERBS[verb](asked)


def _accept(it: Asked) -> None:
    to = it.colleague(it.form.assignee if it.officer.supervises else None)
    accept_appeal(it.session, appeal=it.appeal, actor=it.doer, now=it.now, note=it.remark)
    assign_appeal(it.session, appeal=it.appeal, to=to, actor=it.doer, now=it.now)


def _assign(it: Asked) -> None:
    to = it.colleague(it.form.assignee)
    assign_appeal(it.session, appeal=it.appeal, to=to, actor=it.doer, now=it.now, note=it.remark)


def _reassign(it: Asked) -> None:
    to = it.colleague(it.form.assignee)
    if to == it.appeal.assigned_to:
        raise InvalidInput(field="assignee", reason="请选择另一位承办人")
    reassign_appeal(it.session, appeal=it.appeal, to=to, actor=it.doer, now=it.now, note=it.words)


def _refuse(it: Asked) -> None:
    refuse_appeal(it.session, appeal=it.appeal, why=it.words, actor=it.doer, now=it.now)


def _inform(it: Asked) -> None:
    inform_filer(it.session, appeal=it.appeal, text=it.words, actor=it.doer, now=it.now)


def _ask_for_more(it: Asked) -> None:
    ask_for_more(it.session, appeal=it.appeal, text=it.words, actor=it.doer, now=it.now)


def _supplement(it: Asked) -> None:
    supplement_appeal(it.session, appeal=it.appeal, text=it.words, actor=it.doer, now=it.now)


def _answer(it: Asked) -> None:
    answer_appeal(
        it.session,
        appeal=it.appeal,
        text=it.words,
        actor=it.doer,
        now=it.now,
        resolution=it.form.resolution,
    )


def _remind(it: Asked) -> None:
    remind_appeal(it.session, appeal=it.appeal, note=it.words, actor=it.doer, now=it.now)


def _transfer(it: Asked) -> None:
    unit = it.form.unit
    transfer_appeal(
        it.session, appeal=it.appeal, unit=unit, why=it.words, actor=it.doer, now=it.now
    )


def _transfer_out(it: Asked) -> None:
    transfer_out(
        it.session,
        appeal=it.appeal,
        office=it.form.unit,
        telephone=it.form.telephone,
        why=it.words,
        actor=it.doer,
        now=it.now,
    )


def _receipt(it: Asked) -> None:
    record_receipt(
        it.session,
        appeal=it.appeal,
        receipt_no=it.form.receipt,
        promised_on=it.form.promised_on,
        actor=it.doer,
        now=it.now,
    )


def _take_back(it: Asked) -> None:
    take_back(it.session, appeal=it.appeal, why=it.words, actor=it.doer, now=it.now)


def _close(it: Asked) -> None:
    close_transferred(it.session, appeal=it.appeal, actor=it.doer, now=it.now, text=it.form.note)


def _object(it: Asked) -> None:
    unit = it.form.unit
    object_to_assignment(
        it.session, appeal=it.appeal, unit=unit, why=it.words, actor=it.doer, now=it.now
    )


def _uphold_objection(it: Asked) -> None:
    uphold_objection(
        it.session,
        appeal=it.appeal,
        actor=it.doer,
        now=it.now,
        unit=it.form.unit or None,
        note=it.form.note,
    )


def _overrule_objection(it: Asked) -> None:
    overrule_objection(it.session, appeal=it.appeal, why=it.words, actor=it.doer, now=it.now)


def _ask_extension(it: Asked) -> None:
    ask_extension(
        it.session,
        appeal=it.appeal,
        working_days=it.form.working_days,
        why=it.words,
        actor=it.doer,
        now=it.now,
    )


def _grant_extension(it: Asked) -> None:
    grant_extension(it.session, appeal=it.appeal, actor=it.doer, now=it.now, note=it.remark)


def _deny_extension(it: Asked) -> None:
    deny_extension(it.session, appeal=it.appeal, why=it.words, actor=it.doer, now=it.now)


def _merge(it: Asked) -> None:
    parent = access_appeal_for_staff(it.session, number=it.form.parent)
    merge_appeal(it.session, appeal=it.appeal, parent=parent, actor=it.doer, now=it.now)


def _unmerge(it: Asked) -> None:
    unmerge_appeal(it.session, appeal=it.appeal, why=it.words, actor=it.doer, now=it.now)


def _call_back(it: Asked) -> None:
    call_back(
        it.session,
        appeal=it.appeal,
        rating=it.form.rating,
        comment=it.form.note,
        wants_reopening=it.form.reopen,
        actor=it.doer,
        now=it.now,
    )


#: By the name a verb has in its address.
VERBS: dict[str, Callable[[Asked], None]] = {
    "accept": _accept,
    "assign": _assign,
    "reassign": _reassign,
    "refuse": _refuse,
    "inform": _inform,
    "ask-for-more": _ask_for_more,
    "supplement": _supplement,
    "answer": _answer,
    "remind": _remind,
    "transfer": _transfer,
    "transfer-out": _transfer_out,
    "receipt": _receipt,
    "take-back": _take_back,
    "close": _close,
    "object": _object,
    "uphold-objection": _uphold_objection,
    "overrule-objection": _overrule_objection,
    "ask-extension": _ask_extension,
    "grant-extension": _grant_extension,
    "deny-extension": _deny_extension,
    "merge": _merge,
    "unmerge": _unmerge,
    "call-back": _call_back,
}
#: What an officer may do to a colleague's case too.
ANY_HANDS = ("supplement", "call-back", "unmerge")
