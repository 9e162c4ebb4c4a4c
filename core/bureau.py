"""Who runs this service (办税机构资料): name, halls, telephones, working hours, as data."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from core.calendar import ServiceHours, is_workday
from core.clock import CHINA, china_time
from core.errors import ServiceError

SAMPLE = Path(__file__).parent / "sample_bureau.yml"
_WEEKDAYS = "一二三四五六日"


class BadBureau(ServiceError):
    """The bureau's file cannot be used (机构资料有误)."""

    code = "bad_bureau"


class Hall(BaseModel):
    """One tax service hall (办税服务厅)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    address: str
    telephone: str
    hours: str


class Bureau(BaseModel):
    """The profile of a bureau. Hours count on workdays of the Chinese calendar only."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    short_name: str
    region: str
    hotline: str
    hours: ServiceHours = Field(min_length=1)
    halls: tuple[Hall, ...] = Field(min_length=1)
    library_approved: bool = False
    is_sample: bool = False

    @field_validator("hours")
    @classmethod
    def _follow_each_other(cls, hours: ServiceHours) -> ServiceHours:
        for one, other in pairwise(hours):
            if other.opens < one.closes:
                raise ValueError(f"{other.opens} 早于前一段的结束 {one.closes}")
        return hours

    def is_open(self, moment: datetime) -> bool:
        """Tell whether people are at the desk at ``moment``."""
        local = china_time(moment)
        return is_workday(local.date()) and any(
            each.opens <= local.time().replace(tzinfo=None) < each.closes for each in self.hours
        )

    def next_opening(self, moment: datetime) -> datetime:
        """The next moment at which people are at the desk; ``moment`` itself if they are."""
        if self.is_open(moment):
            return moment
        local = china_time(moment)
        day = local.date()
        while True:
            if is_workday(day):
                for each in self.hours:
                    opening = datetime.combine(day, each.opens, tzinfo=CHINA)
                    if opening > local:
                        return opening
            day += timedelta(days=1)

    def hours_text(self) -> str:
        """The hours as people read them."""
        spans = "、".join(f"{each.opens:%H:%M}—{each.closes:%H:%M}" for each in self.hours)
        return f"工作日（含调休上班日）{spans}"

    def next_opening_text(self, moment: datetime) -> str:
        """The next opening as people read it, e.g. ``11月23日（周一）09:00``."""
        opening = china_time(self.next_opening(moment))
        weekday = _WEEKDAYS[opening.weekday()]
        return f"{opening.month}月{opening.day}日（周{weekday}）{opening:%H:%M}"


def read_bureau(path: Path = SAMPLE) -> Bureau:
    """Read a bureau's file.

    Raises:
        BadBureau: It is missing or not valid; the details say where.
    """
    try:
        return Bureau.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise BadBureau(file=str(path), reason=str(error)) from error
