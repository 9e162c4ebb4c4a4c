"""Texts that still wait to be written (待改写检查), as proposals of notices leave them."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge_base.checks.finding import Finding
from knowledge_base.checks.texts import texts_of
from knowledge_base.schema import Entry

#: Stands in every text of a draft that a notice gave rise to.
MARK = "（待改写）"


def unwritten(entry: Entry) -> Iterator[Finding]:
    """An entry is not released while one of its texts has the mark."""
    for told in texts_of(entry):
        if MARK in told.text:
            yield Finding(f"{entry.id}.{told.part}", f"还没有改写（去掉“{MARK}”），不能发布")
