"""Which firms the sample holds (示例企业名册): invented, always the same, all marked 示例."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path
from random import Random

import yaml
from pydantic import BaseModel, ConfigDict

from enterprises.kinds import EnterpriseStatus, FilingCycle, Subject, Tax, TaxpayerType
from enterprises.uscc import make_uscc

MARK = "【示例】"
_FILE = Path(__file__).parent / "sample_kinds.yml"
_FIRST_REGISTERED, _LAST_REGISTERED = date(2015, 1, 5), date(2022, 12, 20)
_NEW_SINCE = date(2025, 5, 12)
_CLOSED_ON = date(2025, 9, 30)


class Case(StrEnum):
    """What is remarkable about a sample firm (示例情形)."""

    NORMAL = "normal"
    A_GRADE = "a_grade"
    LATE = "late"
    MISSING = "missing"
    ARREARS = "arrears"
    D_GRADE = "d_grade"
    ZERO = "zero"
    CORRECTED = "corrected"
    QUOTA_TIGHT = "quota_tight"
    NEW = "new"
    ABNORMAL = "abnormal"
    DORMANT = "dormant"
    DEREGISTERED = "deregistered"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BusinessKind(_Strict):
    """A kind of business and its usual size (业态)."""

    suffix: str
    subject: Subject
    taxpayer_type: TaxpayerType
    filing_cycle: FilingCycle
    industry: str
    uscc_kind: str
    monthly_sales_yuan: tuple[int, int]
    headcount: tuple[int, int]
    assets_yuan: tuple[int, int]
    margin: Decimal
    vat_share: Decimal = Decimal(0)
    is_small_low_profit: bool = True


class Rates(_Strict):
    """Figures the invented amounts are made with; no answer uses them."""

    quarterly_threshold_yuan: Decimal
    monthly_threshold_yuan: Decimal
    levy_rate: Decimal
    reduced_rate: Decimal
    surcharge_share: Decimal
    surcharge_reduction: Decimal
    small_low_profit_rate: Decimal
    small_low_profit_relief: Decimal
    cit_rate: Decimal
    iit_share: Decimal
    late_daily_rate: Decimal


class _Region(_Strict):
    code: str
    name: str
    authority: str


class _YearlyDay(_Strict):
    month: int
    day: int


class _Chosen(_Strict):
    kind: str
    case: Case


class SampleFile(_Strict):
    """What ``sample_kinds.yml`` holds."""

    rates: Rates
    settlements: dict[Tax, _YearlyDay]
    region: _Region
    words: list[str]
    kinds: dict[str, BusinessKind]
    cases: list[_Chosen]


@cache
def sample_file() -> SampleFile:
    """The file, checked."""
    return SampleFile.model_validate(yaml.safe_load(_FILE.read_text("utf-8")))


@dataclass(frozen=True)
class SampleFirm:
    """One invented firm; ``closed_on`` is set where it was deregistered."""

    serial: int
    uscc: str
    name: str
    kind: BusinessKind
    case: Case
    registered_on: date
    headcount: int
    assets_yuan: int

    @property
    def closed_on(self) -> date | None:
        return _CLOSED_ON if self.case is Case.DEREGISTERED else None

    @property
    def status(self) -> EnterpriseStatus:
        """How it stands with the tax authority."""
        if self.case in (Case.ABNORMAL, Case.DORMANT, Case.DEREGISTERED):
            return EnterpriseStatus(self.case.value)
        return EnterpriseStatus.NORMAL

    @property
    def is_small_low_profit(self) -> bool:
        """Only enterprises pay CIT, so only they can be small low-profit ones."""
        return self.kind.subject is Subject.ENTERPRISE and self.kind.is_small_low_profit

    def chance(self, *topic: object) -> Random:
        """A source of chance that gives the same for the same firm and topic."""
        return Random(" ".join([self.uscc, *map(str, topic)]))


def sample_firms(count: int) -> list[SampleFirm]:
    """The first ``count`` firms; a firm is the same whatever the count."""
    return [_firm(serial) for serial in range(count)]


def _firm(serial: int) -> SampleFirm:
    file = sample_file()
    if serial < len(file.cases):
        chosen = file.cases[serial]
    else:
        codes = list(file.kinds)
        chosen = _Chosen(kind=codes[serial % len(codes)], case=Case.NORMAL)
    kind = file.kinds[chosen.kind]
    uscc = make_uscc(serial + 1, kind=kind.uscc_kind)
    chance = Random(uscc)
    span = (_LAST_REGISTERED - _FIRST_REGISTERED).days
    registered_on = _FIRST_REGISTERED + timedelta(days=chance.randint(0, span))
    turn, place = divmod(serial, len(file.words))
    word = file.words[place] + (
        "" if turn == 0 else file.words[(place + turn * 7) % len(file.words)]
    )
    return SampleFirm(
        serial=serial,
        uscc=uscc,
        name=f"{MARK}{word}{kind.suffix}",
        kind=kind,
        case=chosen.case,
        registered_on=_NEW_SINCE if chosen.case is Case.NEW else registered_on,
        headcount=chance.randint(*kind.headcount),
        assets_yuan=chance.randint(*kind.assets_yuan),
    )
