"""What the gate says of something new beside what stands (检验结论), as it is kept and shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.gate import MEASURES, TOLERANCE, Report, Result, compare

#: So many questions are kept by name.
_MOST_NAMED = 200


def verdict_on(before: Report, after: Report, left_out: Sequence[str] = ()) -> dict[str, Any]:
    """Compare two reports on the same questions.

    Args:
        before: What comes of the questions as things stand.
        after: What would come of them.
        left_out: Questions that were not asked, because no entry they expect is there.

    Returns:
        ``passed``, ``tolerance``, ``questions``, ``left_out``, ``better`` (how many), ``measures``
        (``{name, label, guarded, before, after, dropped}``) and ``worse``, the questions that go
        worse, those that made a guarded measure drop first (``{text, measures, dropped, wanted,
        before, after}``).
    """
    dropped = {drop.name for drop in compare(after, before.to_baseline())}
    shares = before.shares(), after.shares()
    failing = _failing(before), _failing(after)
    worse = [
        _worse(was, now, failing[1][text] - failing[0][text], dropped)
        for was, now in zip(before.results, after.results, strict=True)
        if failing[1][text := was.question.text] - failing[0][text]
    ]
    worse.sort(key=lambda each: not each["dropped"])
    return {
        "passed": not dropped,
        "tolerance": TOLERANCE,
        "questions": len(after.results),
        "left_out": list(left_out),
        "better": sum(bool(failing[0][text] - failing[1][text]) for text in failing[0]),
        "measures": [
            {
                "name": name,
                "label": each.label,
                "guarded": each.is_guarded,
                "before": shares[0].get(name),
                "after": shares[1].get(name),
                "dropped": name in dropped,
            }
            for name, each in MEASURES.items()
            if name in shares[0] or name in shares[1]
        ],
        "worse": worse[:_MOST_NAMED],
    }


def _failing(report: Report) -> dict[str, set[str]]:
    """By question the measures that it went badly for."""
    found: dict[str, set[str]] = {each.question.text: set() for each in report.results}
    for name in MEASURES:
        for text in report.failing(name):
            found[text].add(name)
    return found


def _worse(was: Result, now: Result, names: set[str], dropped: set[str]) -> dict[str, Any]:
    return {
        "text": was.question.text,
        "measures": [each.label for name, each in MEASURES.items() if name in names],
        "dropped": bool(names & dropped),
        "wanted": list(was.question.entries),
        "before": _came(was),
        "after": _came(now),
    }


def _came(result: Result) -> dict[str, Any]:
    return {
        "outcome": result.outcome,
        "entries": list(result.named or result.found[:1]),
        "act": result.act,
    }
