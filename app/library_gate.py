"""The gate before a release of the library (发布前检验): what stands, beside what is to go out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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

    What comes of the questions as things stand is kept for as long as they stand so.
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
        self._kept: tuple[int, tuple[str, ...], Report] | None = None

    def judge(self, versions: Versions, tell: Tell | None = None) -> tuple[dict[str, Any], int]:
        """Measure what would come of publishing versions.

        Args:
            versions: What is to go out, by entry.
            tell: Told how far it is.

        Returns:
            The verdict, see :func:`app.verdicts.verdict_on`, and the revision it is about.
        """
        stands = self._as_published()
        return self._compared(stands, self._with(stands, versions), stands, tell)

    def judge_afterwards(
        self, versions: Versions, tell: Tell | None = None
    ) -> tuple[dict[str, Any], int]:
        """Measure what came of a change that was made already.

        Args:
            versions: What was answered before it, by entry.
            tell: Told how far it is.
        """
        stands = self._as_published()
        return self._compared(self._with(stands, versions), stands, stands, tell)

    def _as_published(self) -> Snapshot:
        self._library.refresh()
        return self._library.snapshot

    def _with(self, stands: Snapshot, versions: Versions) -> Snapshot:
        """The library with other versions of some entries."""
        wanted = {name: version for name, version in versions.items() if version is not None}
        with reading(self._sessions) as session:
            entries = entries_at(session, wanted)
        kept = {name: each for name, each in stands.versions.items() if name not in versions}
        return changed_snapshot(
            stands, entries, kept | wanted, dict(stands.documents), stands.revision
        )

    def _compared(
        self, before: Snapshot, after: Snapshot, stands: Snapshot, tell: Tell | None
    ) -> tuple[dict[str, Any], int]:
        asked, left_out = _askable(self._read(), before, after)
        told = _Told(tell, 2 * len(asked))
        verdict = verdict_on(
            self._report(asked, before, stands, told),
            self._report(asked, after, stands, told),
            left_out=[each.text for each in left_out],
        )
        return verdict, stands.revision

    def _report(
        self, questions: list[Question], snapshot: Snapshot, stands: Snapshot, told: _Told
    ) -> Report:
        texts = tuple(each.text for each in questions)
        if snapshot is stands and self._kept and self._kept[:2] == (stands.revision, texts):
            told.step(len(questions))
            return self._kept[2]
        results = []
        for result in ask_all(questions, snapshot):
            results.append(result)
            told.step()
        report = Report(tuple(results))
        if snapshot is stands:
            self._kept = (stands.revision, texts, report)
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
