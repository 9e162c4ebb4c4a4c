"""Money (金额): yuan as Decimal, rounded once, at the end, to the fen."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

FEN = Decimal("0.01")
_WAN = Decimal(10_000)
_YI = Decimal(100_000_000)
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0, "俩": 2}
_STEPS = {"十": 10, "百": 100, "千": 1000}
_SCALES = {
    "亿": _YI,
    "千万": Decimal(10_000_000),
    "百万": Decimal(1_000_000),
    "十万": Decimal(100_000),
    "万": _WAN,
    "w": _WAN,
    "W": _WAN,
    "千": Decimal(1000),
    "k": Decimal(1000),
    "": Decimal(1),
}
_AMOUNT = re.compile(
    r"(?P<number>\d[\d,，]*(?:\.\d+)?|[零〇一二两三四五六七八九十百千]+)\s*"
    r"(?P<scale>亿|千万|百万|十万|万|[wW](?![a-zA-Z])|千|k(?![a-zA-Z])|)\s*"
    r"(?P<rest>[零〇一二两三四五六七八九]|\d{1,4})?(?P<tail>\s*(?:元|块钱?|圆|人民币)?)"
)


def rounded(amount: Decimal) -> Decimal:
    """Round to the fen, half up."""
    return amount.quantize(FEN, ROUND_HALF_UP)


def spoken(amount: Decimal) -> str:
    """Say an amount the way people read it: ``10万元``, ``1.5亿元``, ``2,970.30元``."""
    for scale, word in ((_YI, "亿元"), (_WAN, "万元")):
        if abs(amount) >= scale and (amount / scale * 100) % 1 == 0:
            return f"{_plain(amount / scale)}{word}"
    value = rounded(amount)
    return f"{value:,.0f}元" if value == value.to_integral_value() else f"{value:,.2f}元"


def _plain(number: Decimal) -> str:
    text = f"{number.normalize():f}"
    return text


def parse_amount(text: str) -> Decimal | None:
    """Read the first amount in ``text``: ``28万``, ``三十万``, ``1.5亿``, ``3000块``.

    Returns:
        Yuan, or None where no amount is said. A bare number needs 万, 元 or the like, so that a
        year or a tax rate is not taken for money.
    """
    amounts = parse_amounts(text)
    return amounts[0] if amounts else None


def parse_amounts(text: str) -> list[Decimal]:
    """Read every amount in ``text``, in order, in yuan."""
    found = []
    for match in _AMOUNT.finditer(text):
        scale, tail = match["scale"], match["tail"].strip()
        after = text[match.end() : match.end() + 1]
        chinese = not match["number"][0].isdigit()
        if not scale and not tail:
            continue
        if scale in ("千", "") and not tail and (chinese or not scale):
            continue
        if not tail and after in tuple("个人户年月日天次张份%％"):
            continue
        amount = _number(match["number"])
        if amount is None:
            continue
        amount *= _SCALES[scale]
        rest = match["rest"]
        if rest and scale in ("万", "亿", "千"):
            follow = _number(rest)
            if follow is not None:
                amount += follow * _SCALES[scale] / 10 if len(rest) == 1 else follow
        found.append(amount)
    return found


def _number(text: str) -> Decimal | None:
    if text[0].isdigit():
        try:
            return Decimal(text.replace(",", "").replace("，", ""))
        except InvalidOperation:
            return None
    return _chinese_number(text)


def _chinese_number(text: str) -> Decimal | None:
    total, digit = 0, None
    for char in text:
        if char in _DIGITS:
            if digit is not None and digit != 0:
                return None
            digit = _DIGITS[char]
        else:
            total += (1 if digit is None else digit) * _STEPS[char]
            digit = None
    return Decimal(total + (digit or 0))
