"""The contact vault (联系方式保险箱): phones sealed, known by a keyed hash, shown as a hint."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import write_audit
from core.errors import InvalidInput, NotFound
from core.secrets import Keys
from core.settings import Settings
from enterprises.binding_tables import Contact
from enterprises.tables import Person

_PHONE = re.compile(r"1[3-9]\d{9}")


class InvalidPhone(InvalidInput):
    """The text is no mobile phone of the mainland (手机号有误)."""

    code = "invalid_phone"


class ContactGone(NotFound):
    """The contact has expired or was withdrawn (联系方式已删除)."""

    code = "contact_gone"


def parse_phone(text: str) -> str:
    """Read a mobile phone: eleven digits, with or without +86 and separators.

    Raises:
        InvalidPhone: It is none.
    """
    digits = re.sub(r"[\s\-()]", "", unicodedata.normalize("NFKC", text))
    digits = re.sub(r"^(\+|00)?86(?=1\d{10}$)", "", digits)
    if not _PHONE.fullmatch(digits):
        raise InvalidPhone
    return digits


def hint_of(phone: str) -> str:
    """What may be shown of a phone: ``199****0001``."""
    return f"{phone[:3]}****{phone[-4:]}"


def make_person(*, name: str, phone: str, keys: Keys) -> Person:
    """A person whose phone only the vault's key can read; the caller adds it to the session."""
    phone = parse_phone(phone)
    return Person(
        name=name,
        phone_sealed=keys.seal(phone),
        phone_hint=hint_of(phone),
        phone_hash=keys.keyed_hash("person_phone", phone),
    )


def known_person(session: Session, *, name: str, phone: str, keys: Keys) -> Person:
    """The person of that name and phone, added where unknown; a new phone makes a new person."""
    person = make_person(name=name, phone=phone, keys=keys)
    found = session.scalars(
        select(Person).where(Person.phone_hash == person.phone_hash, Person.name == name)
    ).first()
    if found is not None:
        return found
    session.add(person)
    session.flush()
    return person


def keep_contact(
    session: Session,
    *,
    identity_key: str,
    phone: str,
    purpose: str,
    keys: Keys,
    now: datetime,
    settings: Settings,
) -> Contact:
    """Keep a phone for a call-back (留回访电话) until the retention time is over.

    Raises:
        InvalidPhone: The text is no mobile phone.
    """
    phone = parse_phone(phone)
    contact = Contact(
        identity_key=identity_key,
        phone_sealed=keys.seal(phone),
        phone_hint=hint_of(phone),
        purpose=purpose,
        expires_at=now + timedelta(days=settings.keep_contacts_days),
    )
    session.add(contact)
    session.flush()
    return contact


def read_contact(
    session: Session, *, contact_id: int, staff: str, keys: Keys, now: datetime
) -> str:
    """Read a kept phone in order to call back (查看回访电话); the look is audited.

    Raises:
        ContactGone: It has expired or was withdrawn.
    """
    contact = session.get(Contact, contact_id)
    if contact is None or contact.expires_at <= now:
        raise ContactGone
    write_audit(
        session,
        actor=f"staff:{staff}",
        deed="enterprises.contact.read",
        subject=f"contact:{contact_id}",
        now=now,
        purpose=contact.purpose,
    )
    return keys.unseal(contact.phone_sealed)
