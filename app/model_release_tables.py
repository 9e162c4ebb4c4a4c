"""Releases of the trained model (理解模型发布的表)."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import Enum, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class ModelState(enum.Enum):
    """What became of a model (模型状态)."""

    MEASURING = "measuring"
    MEASURED = "measured"
    CURRENT = "current"  # released, and nothing came after it
    REPLACED = "replaced"
    TAKEN_BACK = "taken_back"  # released, and rolled back or not loaded


class ModelRelease(Base):
    """One trial of a model file, and its release; ``slot`` is 1 while it is the candidate."""

    __tablename__ = "model_releases"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int | None] = mapped_column(unique=True)
    state: Mapped[ModelState] = mapped_column(
        Enum(
            ModelState,
            native_enum=False,
            length=20,
            values_callable=lambda members: [member.value for member in members],
        ),
        index=True,
    )
    file_name: Mapped[str] = mapped_column(String(200))
    digest: Mapped[str] = mapped_column(String(64), index=True)
    before: Mapped[str | None] = mapped_column(String(64))  # digest of the model it replaced
    size: Mapped[int]  # bytes
    trained_at: Mapped[datetime | None]
    tried_by: Mapped[str] = mapped_column(String(60))
    tried_at: Mapped[datetime]
    verdict: Mapped[dict[str, Any] | None]
    fault: Mapped[str | None] = mapped_column(Text)
    measured_at: Mapped[datetime | None]
    released_by: Mapped[str | None] = mapped_column(String(60))
    released_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(Text)  # why it was released against the gate
    ended_by: Mapped[str | None] = mapped_column(String(60))
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(Text)  # why it was taken back
