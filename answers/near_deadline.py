"""The filing deadline that a message is in a hurry about (眼前的申报期), if it is announced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from answers.frame import Query
from answers.mood import day_named
from answers.sentences import say
from knowledge_base.schema import Document
from policy_rules.deadlines import announced_deadline
from policy_rules.rules import RULES


@dataclass(frozen=True)
class NearDeadline:
    """The last day to file in the month that was meant."""

    last: date
    text: str
    sources: tuple[dict[str, Any], ...]


def find_near_deadline(query: Query, documents: Mapping[str, Document]) -> NearDeadline | None:
    """The end of the filing season that a day within three days is named for.

    Returns:
        None where no such day is named, or its month's deadline is not announced.
    """
    day = day_named(query.text, query.today)
    if day is None:
        return None
    month = day.replace(day=1)
    last = announced_deadline(month)
    verdict = RULES["filing_deadline"].explain({"filing_month": f"{month:%Y-%m}"}, month, month)
    if last is None or verdict is None:
        return None
    days = (last - query.today).days
    name = "deadline_today" if days == 0 else "deadline_ahead" if days > 0 else "deadline_over"
    season, *scope = verdict.working
    return NearDeadline(
        last=last,
        text=say(name, season=season.rstrip("。"), days=abs(days), scope="".join(scope)),
        sources=tuple(_source(each, documents) for each in verdict.sources),
    )


def _source(place: Mapping[str, Any], documents: Mapping[str, Document]) -> dict[str, Any]:
    document = documents.get(str(place["document"]))
    return {
        "document": place["document"],
        "number": document.number if document else None,
        "title": document.title if document else None,
        "clause": place["clause"],
        "certainty": "secondary",
    }
