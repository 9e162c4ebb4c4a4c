"""Money (金额): yuan as Decimal, rounded once, at the end, to the fen."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

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
    "百": Decimal(100),
}
_FIGURES = r"(?:\d{1,3}(?:[,，]\d{3})+(?!\d)|\d{1,4}(?:,\d{4})+(?!\d)|\d+)(?:\.\d+)?"
_HAN = "零〇一二两俩三四五六七八九十百千"
_SCALE = r"亿|千万|百万|十万|万|[wW](?![a-zA-Z])|千|k(?![a-zA-Z])|百"
_TAIL = r"元|块钱?|圆|人民币"
#: What is counted is not money: 5万户, 3个月. After 一 almost every word is: 一般, 一共, 一年.
_COUNTED = r"[个季年月日天次户人名张份家倍成者种项档级类条号%％第]|分之"
_AFTER_ONE = rf"\s*(?:{_TAIL})|[左以上下，。,；;、？?！!）)~～到至\s-]|$"
_NOT_REST = rf"\s*(?:{_COUNTED}|万|亿)"
_REST = (
    rf"零?\d{{1,4}}(?![\d.]|{_NOT_REST})"
    rf"|(?:零?一(?={_AFTER_ONE})|(?!一(?![十百千]))[{_HAN}]+)(?![\d.{_HAN}]|{_NOT_REST})"
)
_PIECE = re.compile(rf"(?P<number>{_FIGURES}|[{_HAN}]+)\s*(?P<scale>{_SCALE})")
_AMOUNT = re.compile(
    rf"(?:(?<!\d)(?=\d)|(?<![{_HAN}])(?=[{_HAN}]))(?!千万[别不要得记注小可])(?:"
    rf"(?P<pieces>(?:(?:{_FIGURES}|[{_HAN}]+)\s*(?:{_SCALE}))+)\s*(?P<rest>{_REST})?"
    rf"\s*(?P<tail>{_TAIL})?|(?P<bare>{_FIGURES}|[{_HAN}]+)\s*(?:{_TAIL}))"
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
    """Read every amount in ``text``, in order, in yuan; a minus sign is not read."""
    found = []
    for match in _AMOUNT.finditer(text):
        amount = _number(match["bare"]) if match["bare"] else _composed(match, text)
        if amount is not None:
            found.append(amount)
    return found


def _composed(match: re.Match[str], text: str) -> Decimal | None:
    """Add up ``28万5千``, ``十万零五百``, ``28万5``; None where it is not money."""
    pieces = [(m["number"], _SCALES[m["scale"]]) for m in _PIECE.finditer(match["pieces"])]
    if not match["tail"]:
        if re.match(rf"\s*(?:{_COUNTED})", text[match.end() :]):
            return None
        if pieces[0][1] <= 100 or (pieces[0][1] == 1000 and pieces[0][0][0] in _HAN):
            return None
    total, before = Decimal(0), Decimal("Infinity")
    for number, scale in pieces:
        value = _number(number)
        if value is None or scale >= before:
            return None
        total, before = total + value * scale, scale
    return total + _rest(match["rest"], before)


def _rest(rest: str | None, scale: Decimal) -> Decimal:
    """What follows the last scale: one figure is a tenth of it (28万5), more are yuan."""
    value = _number(rest.lstrip("零〇") or "零") if rest else None
    if rest is None or value is None:
        return Decimal(0)
    return value * scale / 10 if len(rest) == 1 and rest != "十" else value


def _number(text: str) -> Decimal | None:
    if text[0].isdigit():
        return Decimal(text.replace(",", "").replace("，", ""))
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
