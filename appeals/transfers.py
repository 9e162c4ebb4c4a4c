"""To whom an appeal belongs (转办): another unit or another office, with a receipt."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from appeals.deadlines import restart
from appeals.errors import TransferRefused
from appeals.handling_tables import AppealTransfer
from appeals.kinds import rules_of
from appeals.lifecycle import check_move, record_move, unless_changed
from appeals.merging import check_no_repeats
from appeals.people import Actor, Doer, doer_of
from appeals.receiving import written
from appeals.requests import let_requests_lapse
from appeals.tables import Appeal, AppealMove, AppealStatus, Closing, Verb
from appeals.wording import due_sentence, refusal


@unless_changed
def transfer_appeal(
    session: Session, *, appeal: Appeal, unit: str, why: str, actor: Actor, now: datetime
) -> AppealMove:
    """Give an appeal to another unit of the bureau (转办), which signs for it; the promise stands.

    Raises:
        TransferRefused: It is there already.
    """
    doer = doer_of(actor)
    check_move(appeal, Verb.TRANSFER, doer)
    unit, why = written(unit), written(why)
    move_to_unit(session, appeal, unit, why, doer, now)
    let_requests_lapse(session, appeal, now=now)
    return record_move(session, appeal, Verb.TRANSFER, actor=doer, now=now, text=why, unit=unit)


@unless_changed
def transfer_out(
    session: Session,
    *,
    appeal: Appeal,
    office: str,
    telephone: str,
    why: str,
    actor: Actor,
    now: datetime,
) -> AppealMove:
    """Hand an appeal on to another office (转其他部门); the clock runs until its receipt is there.

    Args:
        session: Open session.
        appeal: The appeal.
        office: The other office, as the taxpayer will read it.
        telephone: Where the taxpayer can ask there.
        why: For staff.
        actor: An officer.
        now: The moment.

    Raises:
        TransferRefused: The kind stays here.
        HasRepeats: Others are merged under it.
    """
    doer = doer_of(actor)
    check_move(appeal, Verb.TRANSFER_OUT, doer)
    if not rules_of(appeal).goes_outside:
        raise TransferRefused(appeal_number=appeal.number, reason=refusal("stays_here"))
    check_no_repeats(session, appeal)
    office, telephone, why = written(office), written(telephone), written(why)
    _file(session, appeal, office, why, doer, now, telephone=telephone)
    appeal.receipt_at = None
    return record_move(
        session,
        appeal,
        Verb.TRANSFER_OUT,
        actor=doer,
        now=now,
        text=why,
        unit=office,
        telephone=telephone,
    )


@unless_changed
def record_receipt(
    session: Session,
    *,
    appeal: Appeal,
    receipt_no: str,
    actor: Actor,
    now: datetime,
    promised_on: date | None = None,
) -> AppealMove:
    """Note the receipt of a transfer (签收回执); inside the bureau whoever signs takes the case.

    Args:
        session: Open session.
        appeal: Transferred, and not signed for yet.
        receipt_no: The number under which the other side has it.
        actor: An officer.
        now: The moment.
        promised_on: By when the other office means to answer, if it said so.

    Raises:
        TransferRefused: No transfer waits for a receipt.
    """
    doer = doer_of(actor)
    check_move(appeal, Verb.RECEIPT, doer)
    transfer = waiting_transfer(session, appeal)
    receipt_no = written(receipt_no)
    if transfer is None:
        raise TransferRefused(appeal_number=appeal.number, reason=refusal("not_transferred"))
    _sign(transfer, receipt_no, doer, now)
    said = {"unit": transfer.to_unit, "receipt": receipt_no}
    if not transfer.is_outside:
        return record_move(
            session, appeal, Verb.RECEIPT, actor=doer, now=now, give_to=doer.login, **said
        )
    transfer.promised_on, appeal.receipt_at = promised_on, now
    return record_move(
        session,
        appeal,
        Verb.RECEIPT,
        actor=doer,
        now=now,
        words="receipt_outside",
        text=due_sentence(promised_on) if promised_on else "",
        **said,
    )


@unless_changed
def take_back(
    session: Session, *, appeal: Appeal, why: str, actor: Actor, now: datetime
) -> AppealMove:
    """Work on it here after all, because the other office sent it back (退回重办)."""
    doer = doer_of(actor)
    check_move(appeal, Verb.TAKE_BACK, doer)
    why = written(why)
    transfer = _latest(session, appeal)
    if transfer is not None:
        transfer.returned_at, transfer.return_reason = now, why
    appeal.receipt_at = None
    if appeal.assigned_to is None:
        appeal.assigned_to = doer.login
    restart(session, appeal, now=now)
    return record_move(session, appeal, Verb.TAKE_BACK, actor=doer, now=now, text=why)


@unless_changed
def close_transferred(
    session: Session, *, appeal: Appeal, actor: Actor, now: datetime, text: str = ""
) -> AppealMove:
    """Close what another office has signed for (转办办结).

    Args:
        session: Open session.
        appeal: Transferred outside.
        actor: An officer.
        now: The moment.
        text: What else the taxpayer should know; may be empty.

    Raises:
        TransferRefused: There is no receipt yet.
    """
    check_move(appeal, Verb.CLOSE, doer_of(actor))
    transfer = _latest(session, appeal)
    if appeal.receipt_at is None or transfer is None:
        raise TransferRefused(appeal_number=appeal.number, reason=refusal("not_signed"))
    appeal.closed_at, appeal.closing = now, Closing.HANDED_ON
    return record_move(
        session,
        appeal,
        Verb.CLOSE,
        actor=actor,
        now=now,
        text=text.strip(),
        unit=transfer.to_unit,
    )


def list_transfers(session: Session, appeal: Appeal) -> list[AppealTransfer]:
    """Every transfer of a case, oldest first (转办记录)."""
    return list(
        session.scalars(
            select(AppealTransfer)
            .where(AppealTransfer.appeal_id == appeal.id)
            .order_by(AppealTransfer.id)
        )
    )


def sign_if_waiting(session: Session, appeal: Appeal, *, doer: Doer, now: datetime) -> None:
    """Let the giving of a transferred case to an officer be its receipt."""
    transfer = waiting_transfer(session, appeal)
    if transfer is not None and not transfer.is_outside:
        _sign(transfer, f"{appeal.number}-{transfer.id}", doer, now)


def move_to_unit(
    session: Session, appeal: Appeal, unit: str, why: str, doer: Doer, now: datetime
) -> None:
    """Let another unit have a case, nobody in it yet, with a transfer that waits for a receipt.

    Raises:
        TransferRefused: It is there already.
    """
    if unit == appeal.unit:
        raise TransferRefused(appeal_number=appeal.number, reason=refusal("same_unit"))
    _file(session, appeal, unit, why, doer, now)
    appeal.unit, appeal.assigned_to = unit, None


def _file(
    session: Session,
    appeal: Appeal,
    unit: str,
    why: str,
    doer: Doer,
    now: datetime,
    telephone: str | None = None,
) -> None:
    session.add(
        AppealTransfer(
            appeal_id=appeal.id,
            at=now,
            by=doer.login or doer.actor,
            is_outside=telephone is not None,
            from_unit=appeal.unit,
            to_unit=unit[:80],
            telephone=telephone,
            reason=why,
        )
    )
    session.flush()


def _sign(transfer: AppealTransfer, receipt_no: str, doer: Doer, now: datetime) -> None:
    transfer.receipt_no, transfer.receipt_at = receipt_no[:60], now
    transfer.receipt_by = doer.login


def _latest(session: Session, appeal: Appeal) -> AppealTransfer | None:
    return session.scalar(
        select(AppealTransfer)
        .where(AppealTransfer.appeal_id == appeal.id)
        .order_by(AppealTransfer.id.desc())
        .limit(1)
    )


def waiting_transfer(session: Session, appeal: Appeal) -> AppealTransfer | None:
    """The transfer that has no receipt yet, if it fits where the appeal stands."""
    transfer = _latest(session, appeal)
    if transfer is None or transfer.receipt_at is not None or transfer.returned_at is not None:
        return None
    return transfer if transfer.is_outside == (appeal.status is AppealStatus.TRANSFERRED) else None
