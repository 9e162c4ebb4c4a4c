"""Several questions in one message (一句话问几件事): where one ends and the next begins.

Split too little, and half a message stays unanswered; split too much, and a story gets answers
to what it did not ask. So a piece is a question of its own only if it asks something and names
something to ask about; what leans on the question before stays with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from answers.frame import Query, read_frame
from answers.said import facts_in, wording_of
from knowledge_base.normalise import clean, comparable, terms

_BREAK = "\x1e"  # between pieces that surely are apart
_SENTENCE = re.compile(rf"[^?？!！。；;\n{_BREAK}]+[?？!！。；;\n]*{_BREAK}?|{_BREAK}")
_CLAUSE = re.compile(r"[^，,\s]+[，,\s]*")
_STRONG_END = ("?", "？", "\n", _BREAK)
_EDGES = " \t\n，,。.；;：:、!！" + _BREAK
_NUMBER = re.compile(
    r"(?:(?<=[\s。；;？?！!：:，,])|^)(?:"
    r"[(（]?(?:\d{1,2}|[一二三四五六七八九十])(?:[)）]|[、.．](?!\d))"
    r"|第[一二三四五](?:个问题)?[，,：:、是]+)|[①-⑨]|[(（]\d[)）]"
)
_FEWEST_ITEMS = 2
_LONGEST_BEFORE_COMMA = 12


@dataclass(frozen=True)
class Question:
    """One question of a message."""

    text: str
    carried: str = ""  # what was said of the payer before it, 小规模


@dataclass
class _Piece:
    text: str
    is_apart: bool  # the piece before ended for sure


@dataclass
class _Group:
    """The pieces of one question."""

    text: str = ""
    asks: bool = False
    pieces: list[str] = field(default_factory=list)


@cache
def _words() -> dict[str, Any]:
    return yaml.safe_load((Path(__file__).parent / "splitting.yml").read_text("utf-8"))


@cache
def _pattern(group: str) -> re.Pattern[str]:
    known = sorted(_words()[group], key=len, reverse=True)
    return re.compile("|".join(f"(?:{each})" for each in known) if known else r"(?!)")


def questions_in(text: str, today: date) -> list[Question]:
    """The questions of a message in their order; the whole message where it is one.

    What was said of the payer once (小规模) is carried to the questions that do not repeat it.
    """
    groups = _groups(_pieces(_marked(text)), today)
    if len(groups) < _FEWEST_ITEMS:
        return [Question(text)]
    return _with_what_was_said(groups)


def asks(text: str) -> bool:
    """Tell whether a text asks anything."""
    plain = _pattern("asks_nothing").sub("", clean(text).strip(_EDGES))
    if _pattern("asides").fullmatch(plain.rstrip("?？ ")):
        return False
    return bool(_pattern("asks").search(plain))


def _marked(text: str) -> str:
    """The text with a break before every item of a numbered list."""
    found = list(_NUMBER.finditer(text))
    if len(found) < _FEWEST_ITEMS:
        return text
    ends = [each.start() for each in found[1:]] + [len(text)]
    items = [text[each.end() : end] for each, end in zip(found, ends, strict=True)]
    real = [each for each in items if asks(each) or names_something(each)]
    if len(real) < len(items) or not any(map(asks, items)):
        return text
    return text[: found[0].start()] + "".join(f"{_BREAK}{each.strip(_EDGES)}？" for each in items)


def _pieces(text: str) -> list[_Piece]:
    """Sentences and clauses, and clauses that a word for a further question stands before."""
    pieces: list[_Piece] = []
    is_apart = True
    for sentence in _SENTENCE.findall(text):
        for clause in _CLAUSE.findall(sentence):
            pieces += _joined(clause, is_apart)
            is_apart = False
        is_apart = sentence.rstrip(" ").endswith(_STRONG_END)
    return [each for each in pieces if each.text.strip(_EDGES)]


def _joined(clause: str, is_apart: bool) -> list[_Piece]:
    """A clause, cut where it goes on to a further question (怎么注销还有社保怎么停)."""
    for match in _pattern("joins").finditer(clause):
        before, after = clause[: match.start()], clause[match.end() :]
        if not before.strip(_EDGES):
            return [_Piece(after, True)] if asks(after) else [_Piece(clause, is_apart)]
        if asks(before) and asks(after):
            return [_Piece(before, is_apart), _Piece(after, True)]
    return [_Piece(clause, is_apart)]


def _groups(pieces: list[_Piece], today: date) -> list[_Group]:
    groups = [_Group()]
    told = ""  # said before a question, belongs to it
    for piece in pieces:
        text = piece.text
        if not asks(text):
            told += text.replace(_BREAK, "")
            continue
        if groups[-1].asks and _is_own(piece, groups[-1].pieces[-1], today):
            groups.append(_Group())
        group = groups[-1]
        group.text += told + text
        group.asks = group.asks or not _states_facts_only(text, today)
        group.pieces.append(text)
        told = ""
    groups[-1].text += told
    return groups


def _is_own(piece: _Piece, before: str, today: date) -> bool:
    """Tell whether a piece that asks is a question of its own."""
    text = clean(piece.text).strip(_EDGES)
    if _pattern("alternatives").match(text):
        return False
    if piece.is_apart:
        return names_something(text) or _states_facts_only(text, today)
    return names_something(text) and asks(text.rstrip("?？")) and _is_whole(before)


def _is_whole(text: str) -> bool:
    """Tell whether a clause before a comma is a question by itself (如何处理… goes on)."""
    text = clean(text).strip(_EDGES)
    return len(text) <= _LONGEST_BEFORE_COMMA or bool(_pattern("ends").search(text))


def names_something(text: str) -> bool:
    """Tell whether a text names a tax, an invoice, a doing or the like."""
    if _pattern("subjects").search(text):
        return True
    return any(_pattern("leaning").sub("", term) for term in terms(comparable(text)))


def _states_facts_only(text: str, today: date) -> bool:
    return read_frame(Query(text.strip(_EDGES), today)).states_facts_only


def _with_what_was_said(groups: list[_Group]) -> list[Question]:
    said: dict[str, str] = {}
    found = []
    for group in groups:
        own = {fact: wording_of(fact, group.text) for fact in _words()["inherited"]}
        carried = "".join(said[fact] for fact in said if not own[fact])
        found.append(Question(group.text.strip(_EDGES), carried))
        said |= {fact: word for fact, word in own.items() if word and _is_inherited(fact, word)}
    return found


def _is_inherited(fact: str, wording: str) -> bool:
    return facts_in(wording).get(fact) in _words()["inherited"][fact]
