"""The gate before a release of the library (发布前检验): what stands, beside what is to go out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from app.gate import Report, ask_all
from app.gate_questions import Question, read_questions
from app.verdicts import verdict_on
from core.database import Sessions, reading
from knowledge_base.library import Library, Snapshot, changed_snapshot
from knowledge_base.published import entries_at

#: Told now and then how many questions are asked, of how many.
Tell = Callable[[int, int], None]
#: By entry the version it is answered with; None for silence.
Versions = Mapping[str, int | None]
_TELL_EVERY = 20


class LibraryGate:
    """Measures the published library beside one in which some entries have other versions.

    The last two reports are kept: what was measured as a candidate stands once it is published.
    """

    def __init__(
        self,
        library: Library,
        sessions: Sessions,
        read: Callable[[], list[Question]] = read_questions,
    ) -> None:
        self._library = library
        self._sessions = sessions
        self._read = read
        self._kept: deque[tuple[object, Report]] = deque(maxlen=2)

    def judge(self, versions: Versions, tell: Tell | None = None) -> tuple[dict[str, Any], int]:
        """Measure what would come of publishing versions.

        Args:
            versions: What is to go out, by entry.
            tell: Told how far it is.

        Returns:
            The verdict, see :func:`app.verdicts.verdict_on`, and the revision it is about.
        """
        stands = self._as_published()
        after = self._with(stands, versions)
        return self._compared(stands, after, tell), stands.revision

    def judge_afterwards(
        self, versions: Versions, tell: Tell | None = None
    ) -> tuple[dict[str, Any], int]:
        """Measure what came of a change that was made already.

        Args:
            versions: What was answered before it, by entry.
            tell: Told how far it is.
        """
        stands = self._as_published()
        before = self._with(stands, versions)
        return self._compared(before, stands, tell), stands.revision

    def _as_published(self) -> Snapshot:
        self._library.refresh()
        return self._library.snapshot

    def _with(self, stands: Snapshot, versions: Versions) -> Snapshot:
        """The library with other versions of some entries."""
        wanted = {name: version for name, version in versions.items() if version is not None}
        with reading(self._sessions) as session:
            entries = entries_at(session, wanted)
        kept = {name: each for name, each in stands.versions.items() if name not in versions}
        changed = changed_snapshot(
            stands, entries, kept | wanted, stands.documents, stands.revision
        )
        return replace(changed, terms=stands.terms)

    def _compared(self, before: Snapshot, after: Snapshot, tell: Tell | None) -> dict[str, Any]:
        asked, left_out = _askable(self._read(), before, after)
        told = _Told(tell, 2 * len(asked))
        return verdict_on(
            self._report(asked, before, told),
            self._report(asked, after, told),
            left_out=[each.text for each in left_out],
        )

    def _report(self, questions: list[Question], snapshot: Snapshot, told: _Told) -> Report:
        texts = [each.text for each in questions]
        key = (snapshot.versions, snapshot.documents, snapshot.terms, texts)
        known = next((report for kept, report in self._kept if kept == key), None)
        if known is not None:
            told.step(len(questions))
            return known
        results = []
        for result in ask_all(questions, snapshot):
            results.append(result)
            told.step()
        report = Report(tuple(results))
        self._kept.append((key, report))
        return report


class _Told:
    """Counts questions and tells now and then."""

    def __init__(self, tell: Tell | None, total: int) -> None:
        self._tell = tell
        self._total = total
        self._asked = 0

    def step(self, by: int = 1) -> None:
        self._asked += by
        if self._tell and (self._asked % _TELL_EVERY == 0 or self._asked == self._total):
            self._tell(self._asked, self._total)


def _askable(
    questions: list[Question], before: Snapshot, after: Snapshot
) -> tuple[list[Question], list[Question]]:
    """The questions that can be asked of this library, and those whose entries it lacks."""
    known = before.entries.keys() | after.entries.keys()
    asked = [each for each in questions if not each.entries or known & set(each.entries)]
    return asked, [each for each in questions if each not in asked]
