"""Texts that still wait to be written (待改写检查), as proposals leave them."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge_base.checks.finding import Finding
from knowledge_base.checks.texts import texts_of
from knowledge_base.schema import Entry

#: Stands in every text of a draft that is still to be written.
MARK = "（待改写）"


def unwritten(entry: Entry) -> Iterator[Finding]:
    """An entry is not released while one of its texts has the mark."""
    asked = [("question", entry.question), *(("similar", text) for text in entry.similar)]
    for part, text in (*asked, *((told.part, told.text) for told in texts_of(entry))):
        if MARK in text:
            yield Finding(f"{entry.id}.{part}", f"还没有改写（去掉“{MARK}”），不能发布")
