"""Filing for somebody else (代为提交): during a call, by a chamber, by a grid officer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from appeals.errors import ConsentMissing
from appeals.filing import Brought, EvidenceTurn, Filed, file_appeal
from appeals.kinds import Kinds
from appeals.people import Actor, Doer, doer_of
from appeals.receiving import written
from appeals.tables import Appeal, Origin
from appeals.wording import refusal
from core.audit import write_audit
from core.errors import InvalidInput
from core.secrets import Keys

#: Who may bring in an appeal of somebody else.
ON_BEHALF = (Origin.AGENT, Origin.CHAMBER, Origin.GRID)
_LONGEST_SOURCE = 80


@dataclass(frozen=True)
class ForOther:
    """For whom, through whom, and that the person agreed.

    ``source_name`` is the hotline, the chamber or the grid; ``contact`` is how the person is
    reached, because no talk of theirs is known.
    """

    origin: Origin
    source_name: str
    consented: bool
    contact: str


def file_on_behalf(
    session: Session,
    *,
    whose: ForOther,
    kind: str,
    subject: str,
    detail: str,
    particulars: Mapping[str, str],
    actor: Actor,
    keys: Keys,
    kinds: Kinds,
    now: datetime,
    enterprise_id: int | None = None,
    conversation_id: int | None = None,
    evidence: list[EvidenceTurn] | None = None,
    still_file: bool = False,
    request_id: str | None = None,
) -> Filed:
    """File an appeal for a person who told it to somebody (代为提交).

    The number and the check code are told to that person, who follows it on the public page.

    Args:
        session: Open session.
        whose: For whom and through whom.
        kind: A code of ``kinds``.
        subject: One line.
        detail: What the person said.
        particulars: What the kind asks for.
        actor: The officer who writes it down.
        keys: For the vault and the check code.
        kinds: Kinds as promised by this bureau.
        now: The moment.
        enterprise_id: The firm, if it is on record.
        conversation_id: The talk, if there is one.
        evidence: Its turns.
        still_file: The person was told of likely duplicates, and files all the same.
        request_id: What the officer's page calls this filing; see :func:`filed_before`.

    Raises:
        ConsentMissing: The person has not agreed.
        InvalidInput: The origin is none of these, or something is missing.
    """
    if whose.origin not in ON_BEHALF:
        raise InvalidInput(field="origin", reason=refusal("origin"))
    if not whose.consented:
        raise ConsentMissing
    doer, contact = doer_of(actor), written(whose.contact)
    brought = Brought(
        origin=whose.origin,
        source_name=written(whose.source_name)[:_LONGEST_SOURCE],
        consented_at=now,
        particulars=particulars,
        still_file=still_file,
        request_key=_request_key(keys, doer, request_id) if request_id else None,
    )
    filed = file_appeal(
        session,
        identity_key=_identity(keys, contact),
        conversation_id=conversation_id,
        enterprise_id=enterprise_id,
        kind=kind,
        subject=subject,
        detail=detail,
        contact=contact,
        evidence=evidence or [],
        keys=keys,
        now=now,
        kinds=kinds,
        actor=doer,
        brought=brought,
    )
    write_audit(
        session,
        actor=doer.actor,
        deed="appeals.appeal.consent_noted",
        subject=f"appeal:{filed.appeal.number}",
        now=now,
        origin=whose.origin.value,
    )
    return filed


def filed_before(session: Session, *, request_id: str, actor: Actor, keys: Keys) -> Filed | None:
    """What the same officer filed by the same request (重复提交); None if it is new.

    A page that got no answer sends its request again: it is told what was filed, and nothing is
    filed twice.

    Args:
        session: Open session.
        request_id: What the page calls its filing; another one for every filing.
        actor: The officer.
        keys: For the check code.
    """
    key = _request_key(keys, doer_of(actor), request_id)
    found = session.scalar(select(Appeal).where(Appeal.request_key == key))
    return Filed(found, keys.unseal(found.check_code_sealed)) if found is not None else None


def file_parent(
    session: Session,
    *,
    kind: str,
    subject: str,
    detail: str,
    actor: Actor,
    keys: Keys,
    kinds: Kinds,
    now: datetime,
) -> Filed:
    """Open a case that nobody filed (主单), for repeats of one matter to be merged under."""
    return file_appeal(
        session,
        identity_key=f"desk:{doer_of(actor).actor}",
        conversation_id=None,
        enterprise_id=None,
        kind=kind,
        subject=subject,
        detail=detail,
        contact=None,
        evidence=[],
        keys=keys,
        now=now,
        kinds=kinds,
        actor=actor,
        brought=Brought(origin=Origin.DESK),
    )


def _request_key(keys: Keys, doer: Doer, request_id: str) -> str:
    return keys.keyed_hash("appeals.request", f"{doer.actor}:{request_id}")


def _identity(keys: Keys, contact: str) -> str:
    """The same contact is the same person; the contact itself is not in it."""
    digits = "".join(each for each in contact if each.isdigit())
    return f"call:{keys.keyed_hash('appeals.caller', digits or contact)[:40]}"
