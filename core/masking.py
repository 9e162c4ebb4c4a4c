"""Personal data is masked before it is stored or logged (脱敏).

Masked are identity cards (with a right check digit), mobile phones, bank cards (Luhn) and
e-mail addresses. The 20 digits of a digital invoice, a USCC and amounts are left alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ID_CARD = re.compile(
    r"(?<![0-9A-Za-z])[1-8]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx](?![0-9A-Za-z])"
)
_PHONE = re.compile(r"(?<!\d)(?<!\d\.)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)(?!\.\d)")
_CARD = re.compile(r"(?<![0-9A-Za-z])\d{4}(?:[ -]?\d{4}){3}(?:[ -]?\d{1,3})?(?![0-9A-Za-z])")
#: From the beginning of a run only: from within it, a long run would be read once per character.
_MAIL = re.compile(r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_WIDE_DIGITS = {0xFF10 + digit: str(digit) for digit in range(10)}
#: A USCC of digits only is as long as some bank cards, and begins like this.
_USCC = re.compile(r"9[1-3]\d{16}")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True)
class Masked:
    """The text as it may be kept, and what was found in it, by kind."""

    text: str
    found: tuple[str, ...]
    phones: tuple[str, ...]


def mask(text: str) -> Masked:
    """Mask personal data in ``text``; a phone is handed back for the vault.

    Full-width digits become ordinary ones, so that they hide nothing.
    """
    text = text.translate(_WIDE_DIGITS)
    found: list[str] = []
    phones: list[str] = []

    def id_card(match: re.Match[str]) -> str:
        if not is_id_card(match[0]):
            return match[0]
        found.append("id_card")
        return match[0][:3] + "*" * 11 + match[0][-4:-2] + "**"

    def bank_card(match: re.Match[str]) -> str:
        digits = re.sub(r"\D", "", match[0])
        if _USCC.fullmatch(digits) or not passes_luhn(digits):
            return match[0]
        found.append("bank_card")
        return f"{digits[:4]}********{digits[-4:]}"

    def phone(match: re.Match[str]) -> str:
        digits = re.sub(r"\D", "", match[0])[-11:]
        found.append("phone")
        phones.append(digits)
        return f"{digits[:3]}****{digits[-4:]}"

    def mail(match: re.Match[str]) -> str:
        found.append("mail")
        return f"{match[0][0]}***@***"

    for pattern, replace in (
        (_ID_CARD, id_card),
        (_CARD, bank_card),
        (_PHONE, phone),
        (_MAIL, mail),
    ):
        text = pattern.sub(replace, text)
    return Masked(text, tuple(found), tuple(phones))


def is_id_card(text: str) -> bool:
    """Tell whether 18 characters are an identity card number with a right check digit."""
    total = sum(int(digit) * weight for digit, weight in zip(text[:17], _ID_WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == text[17].upper()


def passes_luhn(digits: str) -> bool:
    """Tell whether a bank card number's check digit fits."""
    total = 0
    for place, char in enumerate(reversed(digits)):
        number = int(char)
        if place % 2:
            number = number * 2 - 9 if number > 4 else number * 2
        total += number
    return total % 10 == 0


def masked_uscc(uscc: str) -> str:
    """A USCC for the log: ``9132****1234``."""
    return f"{uscc[:4]}****{uscc[-4:]}"
