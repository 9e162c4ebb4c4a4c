"""What is wrong with an entry as an editor wrote it (条目校验), each with its line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from desk.labels import fault_in_chinese, say
from knowledge_base.check import check_one
from knowledge_base.files import parse
from knowledge_base.schema import Claim, Document, Entry
from policy_rules.figures import figures_in
from policy_rules.parameters import Certainty, parameters

#: After this long an entry should be checked against its sources again.
CHECK_AGAIN_AFTER = timedelta(days=180)

Finding = dict[str, Any]


def findings_of(
    text: str,
    *,
    entry_id: str,
    documents: Mapping[str, Document],
    others: Iterable[Entry] = (),
    today: date,
) -> list[Finding]:
    """Check one entry, by itself and against others that are answered with.

    Args:
        text: The YAML.
        entry_id: The entry it must be.
        documents: The register.
        others: Entries that it may contradict or repeat.
        today: The Chinese calendar day.

    Returns:
        ``{level: error|warning, line, field, message, in_draft}``, errors first; ``in_draft`` is
        whether a draft may be saved with it.
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
        *_against_the_library(entry, documents, others, lines, today),
    ]
    if today - entry.checked_on > CHECK_AGAIN_AFTER:
        message = say("findings", "old", days=CHECK_AGAIN_AFTER.days)
        found.append(_finding("warning", _line(lines, "checked_on:"), "checked_on", message))
    return sorted(found, key=lambda each: (each["level"] != "error", each["in_draft"]))


def is_broken(findings: list[Finding]) -> bool:
    """Tell whether anything stands even against saving a draft."""
    return any(each["level"] == "error" and not each["in_draft"] for each in findings)


def _finding(
    level: str, line: int | None, field: str | None, message: str, *, in_draft: bool = False
) -> Finding:
    return {
        "level": level,
        "line": line,
        "field": field or None,
        "message": message,
        "in_draft": in_draft or level != "error",
    }


def _wrong_id(entry: Entry, expected: str, lines: list[str]) -> Iterator[Finding]:
    if entry.id != expected:
        message = say("findings", "wrong_id", expected=expected)
        yield _finding("error", _line(lines, "id:"), "id", message)


def _unknown_documents(
    entry: Entry, documents: Mapping[str, Document], lines: list[str]
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


def _against_the_library(
    entry: Entry,
    documents: Mapping[str, Document],
    others: Iterable[Entry],
    lines: list[str],
    today: date,
) -> Iterator[Finding]:
    """What the check of the whole library would find of this entry."""
    for each in check_one(entry, documents, others, today=today):
        part = next(
            (
                place.partition(".")[2]
                for place in each.place.split("、")
                if place.partition(".")[0] == entry.id and "." in place
            ),
            "",
        )
        level = "error" if each.is_error else "warning"
        message = each.what
        strangers = [place for place in each.place.split("、") if not _is_of(place, entry.id)]
        if strangers:
            message = say("findings", "with_others", message=message, others="、".join(strangers))
        yield _finding(level, _line_of(part, lines), part or None, message, in_draft=True)


def _is_of(place: str, entry_id: str) -> bool:
    return place.partition(".")[0] == entry_id


def _line_of(part: str, lines: list[str]) -> int | None:
    """The line of a claim, of the short answers or of the handling."""
    heading = {"short": "short_answers:", "handling": "handling:"}.get(part)
    return _line(lines, heading or f"id: {part}") if part else None


def _claims(entry: Entry) -> tuple[Claim, ...]:
    return (*entry.claims, *entry.traps)


def _line(lines: list[str], text: str) -> int | None:
    whole = re.compile(rf"(?<![\w-]){re.escape(text)}(?![\w-])")
    return next((number for number, line in enumerate(lines, 1) if whole.search(line)), None)
