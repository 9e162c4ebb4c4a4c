"""Terms that editors keep, at the desk (用语接口)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web
from pydantic import Field
from sqlalchemy.orm import Session

from core.errors import InvalidInput
from desk.door import Form, answer, change, for_staff, look, page_of, read_form, tell_desk
from desk.keys import SERVICES
from desk.labels import say
from desk.sessions import Officer
from desk.staff import staff_names
from knowledge_base.kept_terms import (
    approve_term,
    count_terms,
    list_terms,
    propose_term,
    refuse_term,
    terms_yaml,
    withdraw_term,
)
from knowledge_base.library import Snapshot
from knowledge_base.sentences import label
from knowledge_base.term_tables import KeptTerm, TermState
from knowledge_base.thesaurus import KINDS, file_variants

PER_PAGE = 20
VERBS = "approve|refuse|withdraw"
#: So many entries are named that say a proposed word.
_NAMED = 3


class TermForm(Form):
    """A way of saying a term."""

    text: str = Field(max_length=40)
    term: str = Field(max_length=40)
    kind: str = Field(max_length=10)


class ReasonForm(Form):
    """Why a term is refused or withdrawn."""

    reason: str = Field(default="", max_length=500)


@for_staff("editor")
async def show_terms(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /terms?state=&page=."""
    snapshot = request.app[SERVICES].library.snapshot
    state, page = request.query.get("state"), page_of(request)
    chosen = next((each for each in TermState if each.value == state), None)

    def read(session: Session) -> dict[str, Any]:
        rows, total = list_terms(session, state=chosen, page=page, per_page=PER_PAGE)
        names, counts = staff_names(session), count_terms(session)
        return {
            "rows": [term_view(row, officer, names, snapshot) for row in rows],
            "total": total,
            "page": page,
            "per_page": PER_PAGE,
            "states": [
                {
                    "code": each.value,
                    "label": label("term_states", each.value),
                    "count": counts.get(each, 0),
                }
                for each in TermState
            ],
            "kinds": [{"code": code, "label": label("term_kinds", code)} for code in KINDS],
        }

    return answer(await look(request, read))


@for_staff("editor")
async def add_term(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /terms: propose a term."""
    form = await read_form(request, TermForm)

    def work(session: Session, common: Mapping[str, Any]) -> KeptTerm:
        return propose_term(session, text=form.text, term=form.term, kind=form.kind, **common)

    return answer(await _do(request, officer, work), status=201)


@for_staff("editor")
async def decide_term(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /terms/{id}/{verb}: approve, refuse or withdraw."""
    form, verb = await read_form(request, ReasonForm), request.match_info["verb"]
    term_id = int(request.match_info["id"])
    if verb != "approve" and not form.reason:
        raise InvalidInput(field="reason", reason=say("findings", "reason_needed"))

    def work(session: Session, common: Mapping[str, Any]) -> KeptTerm:
        if verb == "approve":
            return approve_term(session, term_id, **common)
        move = refuse_term if verb == "refuse" else withdraw_term
        return move(session, term_id, reason=form.reason, **common)

    return answer(await _do(request, officer, work))


@for_staff("editor")
async def export_terms(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /terms/export: what is in force, as a file of the thesaurus."""
    text = await look(request, terms_yaml)
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": "attachment; filename*=UTF-8''kept-terms.yml",
    }
    return web.Response(text=text, content_type="application/yaml", headers=headers)


async def _do(
    request: web.Request,
    officer: Officer,
    work: Callable[[Session, Mapping[str, Any]], KeptTerm],
) -> dict[str, Any]:
    services = request.app[SERVICES]
    common = {"officer": officer.login, "now": services.clock()}

    def change_and_show(session: Session) -> dict[str, Any]:
        row = work(session, common)
        return term_view(row, officer, staff_names(session), services.library.snapshot)

    told = await change(request, change_and_show)
    tell_desk(request, "library")
    return told


def term_view(
    row: KeptTerm, officer: Officer, names: Mapping[str, str], snapshot: Snapshot
) -> dict[str, Any]:
    """One term; of a proposed one, which entries say the word."""
    in_file = file_variants().get(row.text)
    said_by = _said_by(row, snapshot) if row.state is TermState.PROPOSED else []
    return {
        "id": row.id,
        "text": row.text,
        "term": row.term,
        "kind": row.kind,
        "kind_label": label("term_kinds", row.kind),
        "state": row.state.value,
        "state_label": label("term_states", row.state.value),
        "proposed_by": names.get(row.proposed_by, row.proposed_by),
        "proposed_at": row.proposed_at.isoformat(),
        "decided_by": names.get(row.decided_by, row.decided_by) if row.decided_by else None,
        "decided_at": row.decided_at.isoformat() if row.decided_at else None,
        "ended_by": names.get(row.ended_by, row.ended_by) if row.ended_by else None,
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
        "reason": row.reason,
        "is_own": row.proposed_by == officer.login,
        "in_files": in_file is not None and in_file.term == row.term,
        "said_by": said_by[:_NAMED],
        "said_by_count": len(said_by),
    }


def _said_by(row: KeptTerm, snapshot: Snapshot) -> list[dict[str, str]]:
    return [
        {"id": entry.id, "question": entry.question}
        for entry in snapshot.entries.values()
        if any(row.text in wording for wording in (entry.question, *entry.similar))
    ]
