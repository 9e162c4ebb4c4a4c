"""The figures of one tax period (期间数值): each must be one and the same over the whole span."""

from __future__ import annotations

from datetime import date
from typing import Any

from policy_rules.parameters import Certainty, Parameter, Value, parameters, typed

_TOLD = (Certainty.UNVERIFIED, Certainty.OPEN)


class NotOneFigure(Exception):
    """No single figure covers the span (期间内数值不唯一); the caller says None."""


class Span:
    """The figures of ``first``..``last``, remembered with their sources as they are used."""

    def __init__(self, first: date, last: date) -> None:
        self.first = first
        self.last = last
        self._used: dict[str, tuple[Parameter, Value]] = {}

    def figure(self, parameter_id: str) -> Any:
        """The typed figure that holds over the whole span.

        Raises:
            NotOneFigure: No value, or more than one, holds within the span.
        """
        parameter = parameters()[parameter_id]
        for value in parameter.values:
            if value.holds_on(self.first) and value.holds_on(self.last):
                self._used[parameter_id] = (parameter, value)
                return typed(value.value, parameter.unit)
        raise NotOneFigure(parameter_id)

    def basis(self, parameter_id: str) -> tuple[str, str | None]:
        """Document and clause of a figure, the first of them where there are several."""
        self.figure(parameter_id)
        first = self._used[parameter_id][1].basis[0]
        return first.document, first.clause

    def places(self) -> tuple[tuple[str, str | None], ...]:
        """Document and clause that every figure used so far rests on."""
        return tuple(
            (basis.document, basis.clause)
            for _, value in self._used.values()
            for basis in value.basis
            if not basis.history
        )

    def uncertain(self) -> tuple[str, ...]:
        """Titles of the figures used so far that nobody has read at the source."""
        return tuple(
            parameter.title for parameter, value in self._used.values() if value.certainty in _TOLD
        )
