"""Releases of the trained model (理解模型发布): tried, released, taken back.

The file changes last in its transaction: what is killed before it has changed nothing, and what
is killed after it finds on looking again which model is current.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.model_files import ModelFile, ModelShelf, ModelUnknown, check_model
from app.model_release_tables import ModelRelease, ModelState
from core.audit import write_audit
from core.due_work import file_work
from core.errors import Conflict
from knowledge_base.release_publishing import gate_failed

#: The kind of due work that measures a model.
MEASURE_MODEL = "app.measure_model"


class ModelNotReleasable(Conflict):
    """The model's state does not allow that; the details say why (模型状态不允许)."""

    code = "model_not_releasable"


def try_model(
    session: Session,
    shelf: ModelShelf,
    name: str,
    *,
    officer: str,
    now: datetime,
    measured_here: bool = False,
) -> ModelRelease:
    """Check a candidate and have it measured beside the current model.

    Args:
        session: Open session.
        shelf: The folder of models.
        name: The file.
        officer: Who tries it.
        now: The moment.
        measured_here: Whether the caller measures it, so that no due work is filed.

    Raises:
        ModelUnknown: There is no such file.
        ModelRefused: It is no model of this version of Rasa.
        ModelNotReleasable: It is the current model.
    """
    found = check_model(shelf.path_of(name))
    if found.digest == shelf.current_digest():
        raise ModelNotReleasable(file=name, why="它就是正在使用的模型")
    row = _add(session, found, officer, now)
    shelf.keep(shelf.path_of(name))
    if not measured_here:
        payload = {"model": row.id}
        file_work(session, kind=MEASURE_MODEL, key=str(row.id), due_at=now, payload=payload)
    _audit(session, "tried", row, officer, now)
    return row


def _add(session: Session, found: ModelFile, officer: str, now: datetime) -> ModelRelease:
    row = ModelRelease(
        state=ModelState.MEASURING,
        file_name=found.name,
        digest=found.digest,
        size=found.size,
        trained_at=found.trained_at,
        tried_by=officer,
        tried_at=now,
    )
    session.add(row)
    session.flush()
    return row


def note_model_verdict(
    session: Session,
    model_id: int,
    *,
    before: str | None,
    verdict: dict[str, Any] | None,
    fault: str | None,
    now: datetime,
) -> None:
    """Write down what the gate found of a model beside the one with the digest ``before``."""
    row = get_model(session, model_id)
    if row.state is not ModelState.MEASURING:
        return
    row.state, row.measured_at = ModelState.MEASURED, now
    row.before, row.verdict, row.fault = before, verdict, fault
    _audit(session, "measured", row, None, now, passed=bool(verdict and verdict["passed"]))


def release_model(
    session: Session,
    shelf: ModelShelf,
    model_id: int,
    *,
    officer: str,
    now: datetime,
    reason: str | None = None,
) -> ModelRelease:
    """Let Rasa run on a measured model.

    Args:
        session: Open session.
        shelf: The folder of models.
        model_id: The trial.
        officer: Who releases it.
        now: The moment.
        reason: Why it goes out although the gate failed.

    Raises:
        ModelUnknown: There is no such trial, or its file is not kept any more.
        ModelNotReleasable: It is not measured, or not beside the model that is current now.
        ReleaseGateFailed: The gate failed and no reason against it is given.
    """
    rows = _locked(session)
    row = next((each for each in rows if each.id == model_id), None)
    if row is None:
        raise ModelUnknown(file=str(model_id))
    _check_measured(row, shelf)
    assert row.verdict is not None
    if not row.verdict["passed"] and reason is None:
        raise gate_failed(row.verdict)
    if shelf.current.exists():
        shelf.keep(shelf.current)
    for each in rows:
        if each.state is ModelState.CURRENT:
            each.state = ModelState.REPLACED
    row.state, row.released_by, row.released_at = ModelState.CURRENT, officer, now
    row.number = max((each.number or 0 for each in rows), default=0) + 1
    row.reason = None if row.verdict["passed"] else reason
    session.flush()
    _audit(session, "released", row, officer, now, reason=row.reason)
    shelf.make_current(row.digest)
    return row


def _check_measured(row: ModelRelease, shelf: ModelShelf) -> None:
    if row.state is not ModelState.MEASURED:
        why = "正在检验" if row.state is ModelState.MEASURING else "它发布过了，要再用请重新检验"
    elif row.verdict is None:
        why = f"检验没有做成（{row.fault}）"
    elif row.before != shelf.current_digest():
        why = "检验之后，正在使用的模型换过，请重新检验"
    else:
        return
    raise ModelNotReleasable(file=row.file_name, why=why)


def roll_back_model(
    session: Session, shelf: ModelShelf, *, reason: str, officer: str | None, now: datetime
) -> ModelRelease:
    """Let Rasa run on the model before the last release again.

    Returns:
        The release that was taken back.

    Raises:
        ModelNotReleasable: There is no release to take back.
        ModelUnknown: The model before it is not kept any more.
    """
    rows = _locked(session)
    row = next((each for each in rows if each.state is ModelState.CURRENT), None)
    if row is None or row.before is None:
        raise ModelNotReleasable(file=shelf.current.name, why="没有可以回退的发布")
    row.state, row.ended_by, row.ended_at, row.end_reason = (
        ModelState.TAKEN_BACK, officer, now, reason,
    )  # fmt: skip
    earlier = [
        each for each in rows if each.digest == row.before and each.state is ModelState.REPLACED
    ]
    if earlier:
        earlier[-1].state = ModelState.CURRENT
    session.flush()
    _audit(session, "rolled_back", row, officer, now, reason=reason)
    if shelf.current_digest() != row.before:
        shelf.make_current(row.before)
    return row


def take_back_unloadable(
    session: Session, shelf: ModelShelf, digest: str, *, reason: str, now: datetime
) -> bool:
    """Write down that a released model was put back because Rasa cannot load it.

    Returns:
        False where it was not brought by a release.
    """
    query = select(ModelRelease).where(
        ModelRelease.state == ModelState.CURRENT, ModelRelease.digest == digest
    )
    if session.scalar(query) is None:
        return False
    roll_back_model(session, shelf, reason=reason, officer=None, now=now)
    return True


def get_model(session: Session, model_id: int) -> ModelRelease:
    """Return a trial.

    Raises:
        ModelUnknown: There is none with that id.
    """
    row = session.get(ModelRelease, model_id)
    if row is None:
        raise ModelUnknown(file=str(model_id))
    return row


def _locked(session: Session) -> Sequence[ModelRelease]:
    """Every trial, so that one release at a time decides what is current."""
    query = select(ModelRelease).order_by(ModelRelease.id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).all()


@dataclass(frozen=True)
class ModelsSeen:
    """What stands in the folder and what became of trials."""

    current: str | None
    candidates: list[str]
    rows: list[ModelRelease]
    total: int


def see_models(
    session: Session, shelf: ModelShelf, *, page: int = 1, per_page: int = 20
) -> ModelsSeen:
    """List candidates and trials, the newest first."""
    rows = session.scalars(
        select(ModelRelease)
        .order_by(ModelRelease.id.desc())
        .offset((page - 1) * per_page)
        .limit(per_page)
    )
    total = session.scalar(select(func.count(ModelRelease.id))) or 0
    return ModelsSeen(shelf.current_digest(), shelf.candidates(), list(rows), total)


def _audit(
    session: Session,
    verb: str,
    row: ModelRelease,
    officer: str | None,
    now: datetime,
    **data: Any,
) -> None:
    write_audit(
        session,
        actor=f"staff:{officer}" if officer else "system",
        deed=f"app.model.{verb}",
        subject=f"model:{row.digest[:12]}",
        now=now,
        number=row.number,
        file=row.file_name,
        **data,
    )
