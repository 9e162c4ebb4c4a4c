"""Every table of every room, for migrations and for a fresh database (全部数据表)."""

from __future__ import annotations

import importlib
from pathlib import Path

from core.database import Base

ROOT = Path(__file__).resolve().parent.parent
_ROOMS = (
    "core", "enterprises", "knowledge_base", "consultations", "appeals", "outreach", "bot",
    "channels", "desk", "app",
)  # fmt: skip


def all_metadata() -> object:
    """Import every module that defines tables.

    Returns:
        The metadata of all tables.
    """
    importlib.import_module("core.audit")
    importlib.import_module("core.due_work")
    for room in _ROOMS:
        for path in sorted((ROOT / room).glob("*tables.py")):
            importlib.import_module(f"{room}.{path.stem}")
    return Base.metadata
