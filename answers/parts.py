"""What a taxpayer is shown (回复内容): one :class:`Part` per bubble, as plain JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Literal

Kind = Literal["text", "answer", "appeal", "notice", "sms", "correction"]


@dataclass(frozen=True)
class Button:
    """Something to tap: say a sentence, rate the answer, or open a link."""

    label: str
    kind: Literal["say", "rate", "link"]
    value: str


@dataclass(frozen=True)
class Evidence:
    """One source of an answer, as shown on the evidence card (依据卡片)."""

    document_id: str
    document_number: str | None
    title: str
    clause: str | None
    holds_from: date
    holds_to: date | None
    checked_on: date
    certainty: str
    certainty_label: str
    state_label: str
    url: str | None = None


@dataclass(frozen=True)
class Part:
    """One bubble. Empty fields are left out of nothing: the page finds every key."""

    text: str
    kind: Kind = "text"
    outcome: str | None = None
    title: str | None = None
    evidence: tuple[Evidence, ...] = ()
    tax_period: str | None = None
    as_of: date | None = None
    clarification: dict[str, Any] | None = None
    buttons: tuple[Button, ...] = ()
    related: tuple[str, ...] = ()
    caution: str | None = None
    machine_made: bool = True
    rating: str | None = None
    appeal: dict[str, Any] | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The part as JSON values; dates in ISO form."""
        return _plain(asdict(self))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    return value


@dataclass(frozen=True)
class Reply:
    """What a turn is answered with, before it is stored."""

    outcome: str
    parts: tuple[Part, ...]
    as_of: date
    act: str | None = None
    act_probability: float | None = None
    entries: tuple[dict[str, Any], ...] = ()
    sources: tuple[dict[str, Any], ...] = ()
    tax_period: tuple[date, date] | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    timings: dict[str, Any] = field(default_factory=dict)
    topic: dict[str, Any] | None = None  # kept on the conversation for follow-ups
    choice: dict[str, Any] | None = None  # what was asked back, kept with the topic
