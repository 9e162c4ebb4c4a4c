"""Appeals that are still being written (诉求草稿): they survive a restart of everything."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from appeals.receiving import kept_subject, kept_text, sealed_contact
from appeals.tables import AppealDraft
from core.secrets import Keys

#: A phone said later than this after the last word of the draft is not meant for it.
_CONTACT_WITHIN = timedelta(minutes=30)


def save_draft(
    session: Session,
    *,
    identity_key: str,
    keys: Keys,
    now: datetime,
    conversation_id: int | None = None,
    kind: str | None = None,
    subject: str | None = None,
    detail: str | None = None,
    contact: str | None = None,
) -> AppealDraft:
    """Keep what has been said so far; what is None or empty stays as it was.

    Raises:
        InvalidInput: A text is too long.
    """
    draft = find_draft(session, identity_key=identity_key)
    if draft is None:
        draft = AppealDraft(identity_key=identity_key)
        session.add(draft)
    if conversation_id is not None:
        draft.conversation_id = conversation_id
    if kind:
        draft.kind = kind
    if subject and subject.strip():
        draft.subject = kept_subject(subject)
    if detail and detail.strip():
        draft.detail = kept_text(detail, "detail")
    vault = sealed_contact(contact, detail or "", keys)
    if vault.sealed and (contact or draft.contact_sealed is None):
        draft.contact_sealed, draft.contact_hint = vault.sealed, vault.hint
    draft.updated_at = now
    session.flush()
    return draft


def keep_contact(
    session: Session, *, identity_key: str, phone: str, keys: Keys, now: datetime
) -> bool:
    """Seal a phone into the draft that is being written (留联系电话), before it is masked.

    Called with every phone that comes in, because it is masked everywhere else.

    Returns:
        Whether a draft wanted it: one that tells what happened, and was just worked on.
    """
    draft = find_draft(session, identity_key=identity_key)
    if draft is None or not draft.detail or now - draft.updated_at > _CONTACT_WITHIN:
        return False
    save_draft(session, identity_key=identity_key, keys=keys, now=now, contact=phone)
    return True


def find_draft(session: Session, *, identity_key: str) -> AppealDraft | None:
    """The person's draft, or None."""
    return session.scalar(select(AppealDraft).where(AppealDraft.identity_key == identity_key))


def draft_contact(draft: AppealDraft, keys: Keys) -> str | None:
    """The contact of a draft, for filing."""
    return keys.unseal(draft.contact_sealed) if draft.contact_sealed else None


def drop_draft(session: Session, *, identity_key: str) -> None:
    """Forget the person's draft: it was filed, or given up."""
    session.execute(delete(AppealDraft).where(AppealDraft.identity_key == identity_key))
