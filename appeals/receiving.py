"""What a taxpayer writes is made fit to be kept (收件): checked, masked, the contact sealed."""

from __future__ import annotations

from dataclasses import dataclass

from appeals.wording import refusal
from core.errors import InvalidInput
from core.masking import mask
from core.secrets import Keys

LONGEST_TEXT = 5000
LONGEST_SUBJECT = 80
_LONGEST_CONTACT = 100


@dataclass(frozen=True)
class SealedContact:
    """How the person can be called back: sealed for the vault, and a hint for the screen."""

    sealed: str | None
    hint: str | None


def kept_text(text: str, field: str) -> str:
    """Mask what a person wrote.

    Raises:
        InvalidInput: It is empty or longer than may be kept.
    """
    text = text.strip()
    if not text:
        raise InvalidInput(field=field, reason="内容不能为空")
    if len(text) > LONGEST_TEXT:
        raise InvalidInput(field=field, reason=f"内容最多 {LONGEST_TEXT} 个字，请分几次补充")
    return mask(text).text


def kept_subject(subject: str) -> str:
    """Mask a subject, and shorten it to what the list can show.

    Raises:
        InvalidInput: It is empty.
    """
    line = kept_text(" ".join(subject.split()), "subject")
    return line if len(line) <= LONGEST_SUBJECT else line[: LONGEST_SUBJECT - 1] + "…"


def written(text: str) -> str:
    """What an officer writes: kept whole, for the bureau's own numbers must stay readable.

    Raises:
        InvalidInput: It is empty.
    """
    text = text.strip()
    if not text:
        raise InvalidInput(field="text", reason=refusal("empty"))
    return text


def sealed_contact(contact: str | None, detail: str, keys: Keys) -> SealedContact:
    """Seal the contact; where none was given, a phone found in ``detail`` takes its place.

    Raises:
        InvalidInput: The contact is too long to be one.
    """
    contact = (contact or "").strip()
    if len(contact) > _LONGEST_CONTACT:
        raise InvalidInput(field="contact", reason=f"联系方式最多 {_LONGEST_CONTACT} 个字")
    if not contact:
        phones = mask(detail).phones
        contact = phones[0] if phones else ""
    if not contact:
        return SealedContact(None, None)
    masked = mask(contact)
    hint = masked.text if masked.found else f"{contact[0]}***"
    return SealedContact(keys.seal(contact), hint[:80])
