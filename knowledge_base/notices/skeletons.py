"""Entries that wait to be written (条目骨架), one for each clause that rules something.

They hold nothing that could be taken for an answer: every claim is unverified and says that it is
to be written, with the clause that it will rest on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from knowledge_base.checks.unwritten import MARK
from knowledge_base.exchange.cells import LONGEST_ID
from knowledge_base.notices.candidate import Candidate
from knowledge_base.notices.clauses import CITED_LEVELS, Clause
from knowledge_base.notices.findings import Rule
from knowledge_base.notices.vocabulary import words
from knowledge_base.schema import Entry
from policy_rules.parameters import Certainty

#: So many entries are proposed of one notice.
MOST_SKELETONS = 20
_OTHER_TOPIC = "service"
_MOST_ENDING = 4


def skeletons_of(clauses: Sequence[Clause], rules: Sequence[Rule]) -> Iterator[dict[str, Any]]:
    """What may become an entry: the questions and places of one clause of the upper levels."""
    owners = {clause.path for clause in clauses if clause.path and clause.level in CITED_LEVELS}
    by_clause: dict[str, list[Rule]] = {}
    for rule in rules:
        by_clause.setdefault(_owner(rule.clause, owners), []).append(rule)
    for place, (clause, found) in enumerate(list(by_clause.items())[:MOST_SKELETONS], 1):
        yield {
            "key": str(place),
            "clause": clause,
            "question": found[0].question,
            "similar": _similar(found),
            "places": list(dict.fromkeys(rule.clause for rule in found)),
        }


def _owner(path: str, owners: set[str]) -> str:
    """The clause of the upper levels that a clause belongs to."""
    ends = range(len(path), 0, -1)
    return next((path[:end] for end in ends if path[:end] in owners), "")


def _similar(rules: Sequence[Rule]) -> list[str]:
    texts = [
        *(rule.question for rule in rules[1:]),
        *(each.format(subject=rules[0].subject) for each in words()["skeleton"]["similar"]),
    ]
    return [text for text in dict.fromkeys(texts) if text != rules[0].question]


def id_for(skeleton: dict[str, Any], candidate: Candidate) -> str:
    """The id that an entry gets where the editor names none."""
    return f"{candidate.id[: LONGEST_ID - _MOST_ENDING].strip('-')}-{skeleton['key']}"


def draft_of(
    skeleton: dict[str, Any],
    candidate: Candidate,
    *,
    topics: Sequence[str],
    today: date,
    entry_id: str | None = None,
) -> Entry:
    """The entry as an editor would begin to write it.

    Args:
        skeleton: One of :func:`skeletons_of`.
        candidate: The document, as on register or as put right by the editor.
        topics: What the notice speaks of most.
        today: The Chinese calendar day.
        entry_id: The id; None for the usual one.
    """
    said = words()["skeleton"]
    first = candidate.in_force_from or candidate.issued_on or today
    last = candidate.ended_on
    span = {
        "from": first.isoformat(),
        "to": last.isoformat() if last and last >= first else None,
    }
    claims = [
        {
            "id": f"c{number}",
            "text": said["claim"].format(
                mark=MARK, place=f"{candidate.spoken}{place or said['whole']}"
            ),
            **span,
            "basis": [{"document": candidate.id, "clause": place or None}],
            "certainty": Certainty.UNVERIFIED,
        }
        for number, place in enumerate(skeleton["places"], 1)
    ]
    short = {
        "text": said["short"].format(mark=MARK, place=candidate.spoken),
        **span,
        "claims": [claim["id"] for claim in claims],
    }
    return Entry.model_validate(
        {
            "id": entry_id or id_for(skeleton, candidate),
            "question": skeleton["question"],
            "similar": skeleton["similar"],
            "topics": [topics[0] if topics else _OTHER_TOPIC],
            "short_answers": [short],
            "claims": claims,
            "checked_on": today.isoformat(),
        }
    )
