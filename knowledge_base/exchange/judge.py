"""From plain data to entries and documents (拼装和检查): models where all is right, else faults."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from pydantic import BaseModel

from knowledge_base.exchange.checks import (
    Location,
    Problem,
    check_document,
    check_entry,
    fields_of,
)
from knowledge_base.exchange.columns import tables
from knowledge_base.exchange.faults import Fault
from knowledge_base.schema import Document, Entry

Progress = Callable[[str, int, int], None]
#: After how many entries progress is told.
TELL_EVERY = 200


class Placed(Protocol):
    """Plain data that knows where each part of it was written."""

    data: dict[str, Any]

    def fault_at(self, location: Location, code: str, **values: object) -> Fault:
        """A fault at the place of ``location``."""
        ...


@dataclass
class Brought:
    """What a file brings: entries and documents, and everything that is wrong with it."""

    entries: list[Entry] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def judge(
    entries: Iterable[Placed],
    documents: Iterable[Placed],
    *,
    faults: Iterable[Fault],
    registered: Collection[str],
    progress: Progress,
) -> Brought:
    """Check everything at once.

    Args:
        entries: The entries as plain data.
        documents: The documents as plain data.
        faults: What was found while reading; nothing is told twice of one cell.
        registered: Ids of the documents on register.
        progress: Told how many entries are checked.
    """
    entries, documents = list(entries), list(documents)
    brought = Brought(faults=list(faults))
    told = {(each.place, each.row, each.column) for each in brought.faults}
    known = {*registered, *(str(each.data.get("id")) for each in documents)}
    for document in documents:
        found = _fields(document, Document, check_document(document.data), told, brought.faults)
        if found is not None:
            brought.documents.append(found)
    for number, entry in enumerate(entries, 1):
        found = _fields(entry, Entry, check_entry(entry.data, known), told, brought.faults)
        if found is not None:
            brought.entries.append(found)
        if number % TELL_EVERY == 0 or number == len(entries):
            progress("check", number, len(entries))
    order = [table.sheet for table in tables().values()]
    brought.faults.sort(key=lambda each: (_place(each, order), each.place, each.row or 0))
    return brought


def _place(fault: Fault, order: list[str]) -> int:
    """Sheets are told in their own order."""
    sheet = fault.place.removesuffix(".csv")
    return order.index(sheet) if sheet in order else len(order)


def _fields(
    item: Placed,
    model: type[BaseModel],
    problems: Iterator[Problem],
    told: set[tuple[str, int | None, str]],
    faults: list[Fault],
) -> Any:
    """The model; None where anything is wrong with it."""
    own = list(problems)
    found, fields = fields_of(model, item.data)
    said = {location for location, _, _ in own}
    for location, code, values in (*own, *(each for each in fields if each[0] not in said)):
        each = item.fault_at(location, code, **values)
        place = (each.place, each.row, each.column)
        if place not in told:
            faults.append(each)
        told.add(place)
    return None if own else found
