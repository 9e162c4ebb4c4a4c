"""A person who asks the engine, over any library."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from answers.engine import Engine
from answers.frame import Firm, Query
from answers.parts import Reply
from knowledge_base.library import Snapshot, build_snapshot
from knowledge_base.schema import Document, Entry

#: A Saturday between two filing seasons.
TODAY = date(2026, 11, 21)


class Shelf:
    """A library that holds one snapshot for good."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot


class Asker:
    """Asks an engine, by default on :data:`TODAY`."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.engine = Engine(Shelf(snapshot))  # type: ignore[arg-type]

    def __call__(
        self,
        text: str,
        *,
        topic: Mapping[str, Any] | None = None,
        today: date = TODAY,
        act: str | None = None,
        act_probability: float = 0.9,
        firm: Firm | None = None,
        region: str = "全国",
    ) -> Reply:
        return self.engine.answer(
            Query(text, today, act, act_probability if act else 0.0, {}, topic, firm, region)
        )


def shelf_of(*entries: Entry, documents: Mapping[str, Document] | None = None) -> Asker:
    """An asker of a library of just these entries."""
    return Asker(build_snapshot([(each, 1) for each in entries], dict(documents or {}), 1))
