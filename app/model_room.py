"""Models as the desk and the command line see them (理解模型): one object over file and rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.model_files import ModelShelf
from app.model_gate import ModelGate
from app.model_release_tables import ModelRelease, ModelState
from app.model_releases import (
    get_model,
    note_model_verdict,
    release_model,
    roll_back_model,
    see_models,
    take_back_unloadable,
    try_model,
)
from core.clock import Clock
from core.database import Sessions, in_transaction, reading
from core.errors import ServiceError
from core.messages import sentence_for

_PER_PAGE = 20


class ModelRoom:
    """Everything that is done with models, beside the keeper who runs them."""

    def __init__(self, shelf: ModelShelf, gate: ModelGate, sessions: Sessions) -> None:
        self.shelf = shelf
        self._gate = gate
        self._sessions = sessions

    def page(self, session: Session, *, page: int = 1) -> dict[str, Any]:
        """The folder and one page of trials."""
        seen = see_models(session, self.shelf, page=page, per_page=_PER_PAGE)
        return {
            "current": seen.current,
            "candidates": seen.candidates,
            "rows": [_view(each, seen.current) for each in seen.rows],
            "total": seen.total,
            "page": page,
            "per_page": _PER_PAGE,
        }

    def try_file(
        self, session: Session, name: str, *, officer: str, now: datetime
    ) -> dict[str, Any]:
        """Check a candidate and have it measured; see :func:`app.model_releases.try_model`."""
        row = try_model(session, self.shelf, name, officer=officer, now=now)
        return _view(row, self.shelf.current_digest())

    def try_here(self, name: str, *, officer: str, clock: Clock) -> dict[str, Any]:
        """Check a candidate and measure it at once, in this process."""
        row = in_transaction(
            self._sessions,
            lambda session: try_model(
                session, self.shelf, name, officer=officer, now=clock(), measured_here=True
            ),
        )
        return self.measure(row.id, clock)

    def release(
        self, session: Session, model_id: int, *, reason: str | None, officer: str, now: datetime
    ) -> dict[str, Any]:
        """Let Rasa run on a measured model; see :func:`app.model_releases.release_model`."""
        row = release_model(session, self.shelf, model_id, officer=officer, now=now, reason=reason)
        return _view(row, self.shelf.current_digest())

    def roll_back(
        self, session: Session, *, reason: str, officer: str, now: datetime
    ) -> dict[str, Any]:
        """Let Rasa run on the model before; see :func:`app.model_releases.roll_back_model`."""
        row = roll_back_model(session, self.shelf, reason=reason, officer=officer, now=now)
        return _view(row, self.shelf.current_digest())

    def put_back(self, digest: str, now: datetime) -> None:
        """Write down that the keeper put a model back that Rasa cannot load."""
        in_transaction(
            self._sessions,
            lambda session: take_back_unloadable(
                session, self.shelf, digest, reason="Rasa 装不上，已自动换回", now=now
            ),
        )

    def measure(self, model_id: int, clock: Clock) -> dict[str, Any]:
        """Measure a trial beside the current model; takes about a minute."""
        with reading(self._sessions) as session:
            row = get_model(session, model_id)
            seen = _view(row, None)
        if row.state is not ModelState.MEASURING:
            return seen
        verdict, fault, before = None, None, self.shelf.current_digest()
        try:
            verdict = self._gate.judge(self.shelf.current, self.shelf.kept_path(row.digest))
        except ServiceError as error:
            fault = sentence_for(error)

        def note(session: Session) -> dict[str, Any]:
            note_model_verdict(
                session, model_id, before=before, verdict=verdict, fault=fault, now=clock()
            )
            return _view(get_model(session, model_id), before)

        return in_transaction(self._sessions, note)


def _view(row: ModelRelease, current: str | None) -> dict[str, Any]:
    return {
        "id": row.id,
        "number": row.number,
        "state": row.state.value,
        "file": row.file_name,
        "digest": row.digest,
        "is_current": row.digest == current,
        "is_comparable": row.before == current,
        "size": row.size,
        "trained_at": _moment(row.trained_at),
        "tried_by": row.tried_by,
        "tried_at": _moment(row.tried_at),
        "measured_at": _moment(row.measured_at),
        "verdict": row.verdict,
        "fault": row.fault,
        "released_by": row.released_by,
        "released_at": _moment(row.released_at),
        "reason": row.reason,
        "ended_by": row.ended_by,
        "ended_at": _moment(row.ended_at),
        "end_reason": row.end_reason,
    }


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
