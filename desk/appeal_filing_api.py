"""Filing at the desk (代为提交接口): kinds with what they ask, likely repeats, and the filing."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from aiohttp import web
from pydantic import Field
from sqlalchemy.orm import Session

from appeals.access import access_appeal_for_staff
from appeals.deadlines import promised_if_filed
from appeals.duplicates import Alike, find_repeats
from appeals.elsewhere import matters_elsewhere
from appeals.errors import LikelyDuplicate
from appeals.filing import Filed
from appeals.kinds import Kind
from appeals.merging import parent_of, repeats_of
from appeals.on_behalf import ForOther, file_on_behalf, filed_before
from appeals.public import filed_card
from appeals.tables import Origin
from core.secrets import Keys
from desk.appeal_moves import doer_of_officer
from desk.door import Form, answer, change, for_staff, look, read_form, tell_desk
from desk.keys import SERVICES
from desk.roles import AGENTS
from desk.sessions import Officer

_MOST_PARTICULARS = 20


class FilingForm(Form):
    """What somebody told an officer, and that they agreed to its being filed."""

    origin: Literal["agent", "chamber", "grid"]
    source_name: str = Field(min_length=1, max_length=80)
    consented: bool
    contact: str = Field(min_length=1, max_length=100)
    kind: str = Field(max_length=40)
    subject: str = Field(min_length=1, max_length=200)
    detail: str = Field(min_length=1, max_length=5000)
    particulars: dict[str, str] = Field(default_factory=dict, max_length=_MOST_PARTICULARS)
    enterprise_id: int | None = None
    still_file: bool = False
    request_id: str | None = Field(default=None, min_length=16, max_length=64)


class WordsForm(Form):
    """What is going to be filed."""

    text: str = Field(min_length=1, max_length=5000)
    kind: str | None = Field(default=None, max_length=40)


@for_staff(*AGENTS)
async def show_kinds(request: web.Request, _: Officer) -> web.StreamResponse:
    """GET /appeal-kinds: what can be filed, what each kind asks, and what is taken elsewhere."""
    services = request.app[SERVICES]
    kinds, now = services.kinds, services.clock()
    elsewhere = [
        {"code": each.code, "label": each.label, "told": each.told}
        for each in matters_elsewhere().values()
    ]
    return answer({"kinds": [_kind(each, now) for each in kinds.values()], "elsewhere": elsewhere})


@for_staff(*AGENTS)
async def show_similar(request: web.Request, _: Officer) -> web.StreamResponse:
    """POST /appeals/similar: open appeals of anybody that say much the same."""
    form, now = await read_form(request, WordsForm), request.app[SERVICES].clock()
    found = await look(
        request, lambda session: find_repeats(session, kind=form.kind, text=form.text, now=now)
    )
    return answer({"rows": [_alike(each) for each in found]})


@for_staff(*AGENTS)
async def show_repeats(request: web.Request, _: Officer) -> web.StreamResponse:
    """GET /appeals/{number}/similar: what may be merged with this appeal."""
    number, now = request.match_info["number"], request.app[SERVICES].clock()

    def read(session: Session) -> list[Alike]:
        appeal = access_appeal_for_staff(session, number=number)
        parent = parent_of(session, appeal)
        known = [appeal, *repeats_of(session, appeal), *([parent] if parent else [])]
        text = f"{appeal.subject} {appeal.detail}"
        but = [each.number for each in known]
        return find_repeats(session, kind=appeal.kind, text=text, now=now, but=but)

    return answer({"rows": [_alike(each) for each in await look(request, read)]})


@for_staff(*AGENTS)
async def file_appeal(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /appeals: for somebody who called; told of likely duplicates unless still filed."""
    form, services = await read_form(request, FilingForm), request.app[SERVICES]
    now, text = services.clock(), f"{form.subject} {form.detail}"

    def work(session: Session) -> dict[str, Any]:
        again = _sent_again(session, form, officer, services.keys)
        if again is not None:
            return dict(filed_card(again.appeal, again.check_code))
        near = [] if form.still_file else find_repeats(session, kind=form.kind, text=text, now=now)
        if near:
            rows = [_alike(each) for each in near]
            numbers = "、".join(each.number for each in near)
            raise LikelyDuplicate(numbers=numbers, rows=rows)
        filed = file_on_behalf(
            session,
            whose=ForOther(Origin(form.origin), form.source_name, form.consented, form.contact),
            kind=form.kind,
            subject=form.subject,
            detail=form.detail,
            particulars=form.particulars,
            actor=doer_of_officer(officer),
            keys=services.keys,
            kinds=services.kinds,
            now=now,
            enterprise_id=form.enterprise_id,
            still_file=form.still_file,
            request_id=form.request_id,
        )
        return dict(filed_card(filed.appeal, filed.check_code))

    filed = await change(request, work)
    tell_desk(request, "appeal", number=filed["number"])
    return answer(filed, status=201)


def _sent_again(session: Session, form: FilingForm, officer: Officer, keys: Keys) -> Filed | None:
    """What this very request filed before its answer was lost."""
    if form.request_id is None:
        return None
    doer = doer_of_officer(officer)
    return filed_before(session, request_id=form.request_id, actor=doer, keys=keys)


def _kind(kind: Kind, now: datetime) -> dict[str, Any]:
    return {
        "code": kind.code,
        "family": kind.family,
        "label": kind.label,
        "meaning": kind.meaning,
        "working_days": kind.working_days,
        "working_minutes": kind.working_minutes,
        "promised": promised_if_filed(kind, now),
        "origins": sorted(each.value for each in kind.origins),
        "source": kind.source.model_dump(),
        "units": kind.routes,
        "asks": [each.model_dump() for each in kind.asks],
    }


def _alike(each: Alike) -> dict[str, Any]:
    return {
        **asdict(each),
        "opened_at": each.opened_at.isoformat(),
        "due_on": each.due_on.isoformat(),
    }
