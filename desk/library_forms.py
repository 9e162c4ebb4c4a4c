"""What the library's requests may hold (知识库请求)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from core.clock import CHINA
from desk.door import Form


def _in_china(moment: datetime) -> datetime:
    """A moment without a zone is what a clock in China shows."""
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)


ChinaMoment = Annotated[datetime, AfterValidator(_in_china)]
Yaml = Annotated[str, Field(min_length=1, max_length=100_000)]


class NewForm(Form):
    """A new entry."""

    yaml: Yaml


class SaveForm(Form):
    """An edited entry, and the version the editor started from."""

    yaml: Yaml
    version: int


class MoveForm(Form):
    """The version that the page shows for a move, see ``moves`` of the entry."""

    version: int


class SubmitForm(MoveForm):
    """For review, with a word to the reviewers."""

    note: str = Field(default="", max_length=500)


class ReasonForm(MoveForm):
    """A move that has to be explained."""

    reason: str = Field(default="", max_length=500)


class ApproveForm(MoveForm):
    """The digest of the text that was read."""

    rendering: str = Field(min_length=64, max_length=64)


class PublishForm(MoveForm):
    """Now, or at a moment; without a zone it is one of China."""

    publish_at: ChinaMoment | None = None


class ExpireForm(ReasonForm):
    """The first day without answers."""

    expires_on: date


class RollBackForm(ReasonForm):
    """The version to bring back."""

    to: int
