"""The Unified Social Credit Code (统一社会信用代码): read, checked, and made for samples.

Source: GB 32100-2015 (layout, character set, check character); GB 11714-1997 (organisation code).
"""

from __future__ import annotations

import re
import unicodedata
from typing import ClassVar

from core.errors import InvalidInput

LENGTH = 18
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_REGION_PLACES = range(2, 8)
_SEPARATORS = re.compile(r"[\s\-_.·—]+")
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)

#: No place in China has this code, so a code made with it is nobody's.
SAMPLE_REGION = "990101"


class InvalidUscc(InvalidInput):
    """The text is no Unified Social Credit Code (统一社会信用代码有误)."""

    code = "invalid_uscc"
    reason: ClassVar[str] = "form"


class UsccWrongLength(InvalidUscc):
    """It has not 18 characters (位数不对)."""

    code = "invalid_uscc_length"
    reason = "length"


class UsccWrongCharacter(InvalidUscc):
    """A character cannot stand at its place (字符不对)."""

    code = "invalid_uscc_character"
    reason = "character"


class UsccWrongCheck(InvalidUscc):
    """The last character does not fit the others (校验码不符)."""

    code = "invalid_uscc_check"
    reason = "check"


def parse_uscc(text: str) -> str:
    """Read a USCC the way people type it: spaces, lower case, full width.

    Raises:
        InvalidUscc: One of its kinds; ``reason`` is ``length``, ``character`` or ``check``.
    """
    uscc = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()
    if len(uscc) != LENGTH:
        raise UsccWrongLength(length=len(uscc))
    for place, character in enumerate(uscc):
        allowed = _ALPHABET[:10] if place in _REGION_PLACES else _ALPHABET
        if character not in allowed:
            raise UsccWrongCharacter(place=place + 1, character=character)
    if uscc[-1] != check_character(uscc[:-1]):
        raise UsccWrongCheck
    return uscc


def check_character(first_seventeen: str) -> str:
    """The last character that belongs to the first seventeen."""
    total = sum(
        _ALPHABET.index(character) * weight
        for character, weight in zip(first_seventeen, _WEIGHTS, strict=True)
    )
    return _ALPHABET[-total % 31]


def make_uscc(serial: int, *, kind: str = "91", region: str = SAMPLE_REGION) -> str:
    """Make a well-formed USCC for an invented firm.

    Args:
        serial: 0 to 99999999; the same serial gives the same code.
        kind: Registration department and category, ``91`` 企业, ``92`` 个体, ``93`` 合作社.
        region: Six digits; the default belongs to no place.
    """
    organisation = f"{serial:08d}"
    total = sum(
        int(digit) * weight
        for digit, weight in zip(organisation, _ORGANISATION_WEIGHTS, strict=True)
    )
    body = f"{kind}{region}{organisation}{'0123456789X'[-total % 11]}"
    return body + check_character(body)
