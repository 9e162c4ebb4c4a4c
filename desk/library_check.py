"""What is wrong with an entry as an editor wrote it (条目校验), each with its line."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date, timedelta
from typing import Any

from desk.labels import fault_in_chinese, say
from knowledge_base.files import parse
from knowledge_base.schema import Claim, Entry
from policy_rules.figures import figures_in
from policy_rules.parameters import Certainty, parameters

#: After this long an entry should be checked against its sources again.
CHECK_AGAIN_AFTER = timedelta(days=180)

Finding = dict[str, Any]


def findings_of(
    text: str, *, entry_id: str, documents: Collection[str], today: date
) -> list[Finding]:
    """Check one entry.

    Args:
        text: The YAML.
        entry_id: The entry it must be.
        documents: Ids of the documents on register.
        today: The Chinese calendar day.

    Returns:
        ``{level: error|warning, line, field, message}``, errors first.
    """
    entry, faults = parse(text, Entry, entry_id)
    if entry is None:
        return [
            _finding("error", each.line, each.field, fault_in_chinese(each.reason))
            for each in faults
        ]
    lines = text.splitlines()
    found = [
        *_wrong_id(entry, entry_id, lines),
        *_unknown_documents(entry, documents, lines),
        *_unknown_figures(lines),
        *_unsure(entry, lines),
    ]
    if today - entry.checked_on > CHECK_AGAIN_AFTER:
        message = say("findings", "old", days=CHECK_AGAIN_AFTER.days)
        found.append(_finding("warning", _line(lines, "checked_on:"), "checked_on", message))
    return sorted(found, key=lambda each: each["level"] != "error")


def is_broken(findings: list[Finding]) -> bool:
    """Tell whether anything stands against publishing."""
    return any(each["level"] == "error" for each in findings)


def _finding(level: str, line: int | None, field: str | None, message: str) -> Finding:
    return {"level": level, "line": line, "field": field or None, "message": message}


def _wrong_id(entry: Entry, expected: str, lines: list[str]) -> Iterator[Finding]:
    if entry.id != expected:
        message = say("findings", "wrong_id", expected=expected)
        yield _finding("error", _line(lines, "id:"), "id", message)


def _unknown_documents(
    entry: Entry, documents: Collection[str], lines: list[str]
) -> Iterator[Finding]:
    cited = {basis.document for claim in _claims(entry) for basis in claim.basis}
    if entry.handling:
        cited |= {basis.document for basis in entry.handling.basis}
    for document in sorted(cited - set(documents)):
        message = say("findings", "unknown_document", document=document)
        yield _finding("error", _line(lines, document), "basis", message)


def _unknown_figures(lines: list[str]) -> Iterator[Finding]:
    known = parameters()
    for number, line in enumerate(lines, 1):
        for name in figures_in(line):
            if name not in known:
                yield _finding(
                    "error", number, None, say("findings", "unknown_figure", figure=name)
                )


def _unsure(entry: Entry, lines: list[str]) -> Iterator[Finding]:
    for claim in _claims(entry):
        line = _line(lines, f"id: {claim.id}")
        if claim.certainty is Certainty.OPEN:
            yield _finding("warning", line, claim.id, say("findings", "open_claim", ask=claim.ask))
        elif claim.certainty is Certainty.UNVERIFIED:
            yield _finding("warning", line, claim.id, say("findings", "unverified_claim"))


def _claims(entry: Entry) -> tuple[Claim, ...]:
    return (*entry.claims, *entry.traps)


def _line(lines: list[str], text: str) -> int | None:
    whole = re.compile(rf"(?<![\w-]){re.escape(text)}(?![\w-])")
    return next((number for number, line in enumerate(lines, 1) if whole.search(line)), None)
