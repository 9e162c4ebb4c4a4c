"""What must hold of an entry or document that was brought (导入检查), whatever format it came in.

Works on plain data, so that everything wrong is told at once, even beside cells that could not
be read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

from pydantic import BaseModel, ValidationError

from knowledge_base.exchange.cells import LONGEST_ID
from policy_rules.parameters import parameters
from policy_rules.rules import RULES

Location = tuple[str | int, ...]
#: Where, the code of the sentence, and its values.
Problem = tuple[Location, str, dict[str, Any]]

LEAST_SIMILAR = 6
LONGEST_TOPIC = 40  # what the table of entries holds
_PLACE = re.compile(r"\{\{\s*(.*?)\s*\}\}", re.DOTALL)
_SURE = ("verified", "secondary")
#: Pydantic's name of a fault → our sentence and the value that it tells.
_SENTENCES = {
    "missing": "empty",
    "extra_forbidden": "unknown_field",
    "string_pattern_mismatch": "bad_id",
    "string_type": "not_text",
    "tuple_type": "not_list",
    "model_type": "not_mapping",
    "model_attributes_type": "not_mapping",
    "date_type": "bad_date",
    "date_parsing": "bad_date",
    "date_from_datetime_parsing": "bad_date",
    "date_from_datetime_inexact": "bad_date",
}


def check_entry(data: dict[str, Any], documents: Collection[str]) -> Iterator[Problem]:
    """Everything that a look at one field alone does not show."""
    yield from _similar(data)
    yield from _claims(data, documents)
    yield from _short_answers(data)
    yield from _handling(data, documents)
    yield from _figures((), data)
    rule, topics = data.get("rule"), _list(data, "topics")
    if isinstance(rule, str) and rule not in RULES:
        yield ("rule",), "unknown_rule", {"value": rule[:40]}
    if topics and len(str(topics[0])) > LONGEST_TOPIC:
        yield ("topics",), "long_topic", {"most": LONGEST_TOPIC}
    yield from _long_id(data)


def check_document(data: dict[str, Any]) -> Iterator[Problem]:
    """Everything that a look at one field alone does not show."""
    yield from _long_id(data)
    first, last = data.get("in_force_from"), data.get("ended_on")
    if isinstance(first, date) and isinstance(last, date) and last < first:
        yield ("ended_on",), "order", {"first": first, "last": last}


def fields_of(model: type[BaseModel], data: dict[str, Any]) -> tuple[Any, list[Problem]]:
    """The model, or None and what is wrong with single fields."""
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        return None, [_problem(dict(each)) for each in error.errors() if _is_news(dict(each))]


def _is_news(error: dict[str, Any]) -> bool:
    """Not what is checked here anyway, nor a list that lacks only what was refused in it."""
    if error["type"] == "too_short":
        return len(error["input"]) < error["ctx"]["min_length"]
    return error["type"] != "value_error"


def _problem(error: dict[str, Any]) -> Problem:
    kind, context = error["type"], error.get("ctx", {})
    location = tuple(error["loc"])
    value = str(error.get("input"))[:40]
    if kind in ("enum", "literal_error"):
        choices = str(context.get("expected", "")).replace("'", "").replace(" or ", "、")
        return location, "bad_choice", {"value": value, "choices": choices.replace(", ", "、")}
    if kind == "string_too_short":
        return location, "too_short", {"least": context["min_length"]}
    if kind == "too_short":
        return location, "too_few", {"least": context["min_length"]}
    code = _SENTENCES.get(kind, "unusable")
    return location, code, {"value": value, "reason": error["msg"]}


def _list(data: dict[str, Any], name: str) -> list[Any]:
    found = data.get(name)
    return found if isinstance(found, list) else []


def _parts(data: dict[str, Any], name: str) -> list[tuple[int, dict[str, Any]]]:
    return [(place, each) for place, each in enumerate(_list(data, name)) if isinstance(each, dict)]


def _similar(data: dict[str, Any]) -> Iterator[Problem]:
    similar = _list(data, "similar")
    seen: set[str] = set()
    for place, text in enumerate(map(str, similar)):
        if text == data.get("question"):
            yield ("similar", place), "same_as_question", {}
        elif text in seen:
            yield ("similar", place), "similar_twice", {"value": text[:30]}
        seen.add(text)
    count = len(seen - {data.get("question")})
    if count < LEAST_SIMILAR:
        yield ("similar",), "few_similar", {"count": count, "least": LEAST_SIMILAR}


def _claims(data: dict[str, Any], documents: Collection[str]) -> Iterator[Problem]:
    if not _list(data, "claims"):
        yield ("claims",), "no_claim", {}
    seen: set[str] = set()
    for kind in ("claims", "traps"):
        for place, claim in _parts(data, kind):
            here = (kind, place)
            name, certainty = claim.get("id"), claim.get("certainty")
            if name in seen:
                yield (*here, "id"), "claim_id_twice", {"value": name}
            seen.add(str(name))
            yield from _span(here, claim)
            if certainty == "open" and not claim.get("ask"):
                yield (*here, "ask"), "open_without_ask", {}
            if certainty in _SURE and not claim.get("basis"):
                yield (*here, "certainty"), "sure_without_basis", {}
            yield from _bases(here, claim, documents)


def _short_answers(data: dict[str, Any]) -> Iterator[Problem]:
    if not _list(data, "short_answers"):
        yield ("short_answers",), "no_short_answer", {}
    known = {claim.get("id") for kind in ("claims", "traps") for _, claim in _parts(data, kind)}
    for place, short in _parts(data, "short_answers"):
        here = ("short_answers", place)
        yield from _span(here, short)
        for name in _list(short, "claims"):
            if name not in known:
                values = {"entry": data.get("id", ""), "value": str(name)[:40]}
                yield (*here, "claims"), "unknown_claim", values


def _handling(data: dict[str, Any], documents: Collection[str]) -> Iterator[Problem]:
    handling = data.get("handling")
    if isinstance(handling, dict):
        if handling.get("certainty") is None:
            yield ("handling", "certainty"), "handling_certainty", {}
        yield from _bases(("handling",), handling, documents)


def _span(here: Location, part: dict[str, Any]) -> Iterator[Problem]:
    first, last = part.get("from"), part.get("to")
    if isinstance(first, date) and isinstance(last, date) and last < first:
        yield (*here, "to"), "order", {"first": first, "last": last}


def _bases(here: Location, part: dict[str, Any], documents: Collection[str]) -> Iterator[Problem]:
    for place, basis in _parts(part, "basis"):
        name = basis.get("document")
        if isinstance(name, str) and name not in documents:
            yield (*here, "basis", place, "document"), "unknown_document", {"value": name[:60]}


def _figures(here: Location, value: Any) -> Iterator[Problem]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _figures((*here, key), each)
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from _figures((*here, place), each)
    elif isinstance(value, str):
        for name in _PLACE.findall(value):
            if name not in parameters():
                yield here, "unknown_parameter", {"value": name[:60]}


def _long_id(data: dict[str, Any]) -> Iterator[Problem]:
    if len(str(data.get("id", ""))) > LONGEST_ID:
        yield ("id",), "long_id", {"most": LONGEST_ID}
