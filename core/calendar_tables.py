"""The table of calendar years that a bureau imported (工作日历的版本)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class CalendarVersion(Base):
    """One version of a year, as it was written; it never changes, a later one takes its place.

    Its id counts up over all years and names what the calendar as a whole stands at.
    """

    __tablename__ = "calendar_versions"
    __table_args__ = (UniqueConstraint("year", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int]
    version: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    imported_by: Mapped[str] = mapped_column(String(60))
    imported_at: Mapped[datetime]
