"""What a rule needs, says and gives back (规则、理由、结论)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from policy_rules.facts import Need, need_of, read_facts
from policy_rules.span import NotOneFigure, Span


@dataclass(frozen=True)
class Reason:
    """One condition with what it came to (理由); ``met`` is None where the fact is unknown."""

    fact: str
    value: Any
    clause: str | None
    document: str | None
    met: bool | None
    text: str


@dataclass(frozen=True)
class Verdict:
    """What a rule makes of the facts (结论): yes, no, or unknown.

    ``missing`` are facts without which nothing can be said; they are asked for. A condition that
    is open (a reason with ``met`` None) is answered for each case instead, in ``working``.
    """

    verdict: str
    amount_yuan: Decimal | None = None
    reasons: tuple[Reason, ...] = ()
    missing: tuple[str, ...] = ()
    working: tuple[str, ...] = ()
    sources: tuple[dict[str, str | None], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The verdict in plain JSON types, Decimals as strings.

        ``missing`` names every fact that is not known, open conditions included.
        """
        unknown = (each.fact for each in self.reasons if each.met is None)
        plain = {key: _plain(value) for key, value in asdict(self).items()}
        return {**plain, "missing": list(dict.fromkeys((*self.missing, *unknown)))}


@dataclass(frozen=True)
class Rule:
    """One computable statement of law (规则).

    ``amount`` is the fact that a bare amount in a question means; empty where it could mean
    several things, so that none is taken for granted.
    """

    id: str
    title: str
    amount: str
    facts: tuple[str, ...]
    judge: Callable[[dict[str, Any], Span], Verdict | None]

    @property
    def needs(self) -> tuple[Need, ...]:
        """Every fact the rule can use, with its question."""
        return tuple(need_of(fact) for fact in self.facts)

    def need(self, fact: str) -> Need:
        """The question for one fact of this rule."""
        return need_of(fact)

    def explain(self, facts: Mapping[str, Any], first: date, last: date) -> Verdict | None:
        """Judge the facts by the figures of ``first``..``last``.

        Returns:
            None where no single set of figures covers the whole span, or the rule is not about
            such a case.

        Raises:
            InvalidInput: A fact is malformed.
        """
        known = read_facts(self.facts, facts)
        try:
            return self.judge(known, Span(first, last))
        except NotOneFigure:
            return None


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return value
