"""The gate before a release of the model (模型发布前检验): the current one beside the candidate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.gate import Report, ask_all
from app.gate_questions import Question, read_questions
from app.understanding import understand
from app.verdicts import verdict_on
from knowledge_base.library import Library, Snapshot


class ModelGate:
    """Asks every question with what each of two models understands, of the same library."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def judge(self, current: Path, candidate: Path) -> dict[str, Any]:
        """Measure a candidate.

        Returns:
            The verdict, see :func:`app.verdicts.verdict_on`.

        Raises:
            ModelNotUsable: One of them cannot be loaded.
            InvalidInput: The questions cannot be read.
        """
        questions = read_questions()
        self._library.refresh()
        snapshot = self._library.snapshot
        asked = [q for q in questions if not q.entries or snapshot.entries.keys() & set(q.entries)]
        left_out = [each.text for each in questions if each not in asked]
        after = self._report(asked, snapshot, candidate)
        before = self._report(asked, snapshot, current)
        return verdict_on(before, after, left_out)

    def _report(self, questions: list[Question], snapshot: Snapshot, model: Path) -> Report:
        told = understand([each.text for each in questions], model)
        acts = {text: (each.act, each.probability) for text, each in told.items()}
        return Report(tuple(ask_all(questions, snapshot, acts)))
