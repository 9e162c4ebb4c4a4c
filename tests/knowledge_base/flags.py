"""Entries and documents about flags, so that nothing of them can be mistaken for law."""

from __future__ import annotations

from datetime import date
from typing import Any

import yaml

from knowledge_base.files import LibraryFiles
from knowledge_base.schema import Document, Entry

CHECKED_ON = date(2026, 9, 1)

DOCUMENT_YAML = """\
id: flag-1
number: 彩旗〔2026〕1号
title: 彩旗办法
issuers: [彩旗办公室]
issued_on: 2026-01-01
in_force_from: 2026-01-01
state: in_force
certainty: verified
checked_on: 2026-09-01
"""

ENTRY_YAML = """\
id: flags
question: 门店的彩旗要报备吗
similar:
  - 挂彩旗要不要报备
  - 彩旗要去哪儿报备
  - 店门口插旗子要报备吗
  - 挂旗子要手续吗
  - 彩旗报备是必须的吗
  - 不报备能挂彩旗吗
topics: [service]
short_answers:
  - text: 要报备。
    from: 2026-01-01
    claims: [sure]
claims:
  - id: sure
    text: 门店的彩旗要报备。
    from: 2026-01-01
    basis:
      - document: flag-1
        clause: 第一条
    certainty: verified
checked_on: 2026-09-01
"""


def flag_data(**changes: Any) -> dict[str, Any]:
    """The entry as plain data, with other top-level values."""
    return {**yaml.safe_load(ENTRY_YAML), **changes}


def flag_entry(**changes: Any) -> Entry:
    return Entry.model_validate(flag_data(**changes))


def flag_document(**changes: Any) -> Document:
    return Document.model_validate({**yaml.safe_load(DOCUMENT_YAML), **changes})


def library_of(*entries: Entry, documents: tuple[Document, ...] | None = None) -> LibraryFiles:
    registered = (flag_document(),) if documents is None else documents
    return LibraryFiles(
        documents={each.id: each for each in registered},
        entries={each.id: each for each in entries},
    )


def as_yaml(data: dict[str, Any]) -> str:
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False)
