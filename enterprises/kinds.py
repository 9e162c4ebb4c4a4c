"""The fixed choices of the record (档案代码); their Chinese labels stand in ``labels.yml``."""

from __future__ import annotations

from enum import StrEnum


class Subject(StrEnum):
    """What kind of taxpayer it is (纳税主体类型)."""

    ENTERPRISE = "enterprise"
    SOLE_TRADER = "sole_trader"
    PARTNERSHIP = "partnership"


class TaxpayerType(StrEnum):
    """How it is registered for VAT (增值税纳税人类型)."""

    SMALL_SCALE = "small_scale"
    GENERAL = "general"


class FilingCycle(StrEnum):
    """How often it files VAT (申报周期)."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


class EnterpriseStatus(StrEnum):
    """How it stands with the tax authority (纳税人状态)."""

    NORMAL = "normal"
    ABNORMAL = "abnormal"
    DORMANT = "dormant"
    DEREGISTERED = "deregistered"


class Role(StrEnum):
    """What a person is to a firm (办税身份)."""

    LEGAL_REPRESENTATIVE = "legal_representative"
    FINANCE_OFFICER = "finance_officer"
    TAX_CLERK = "tax_clerk"


class Tax(StrEnum):
    """What is filed or paid (税费种)."""

    VAT = "vat"
    SURCHARGES = "surcharges"
    CIT = "cit"
    IIT_BUSINESS = "iit_business"
    IIT_WITHHOLDING = "iit_withholding"
    STAMP_TAX = "stamp_tax"


class FilingStatus(StrEnum):
    """Where one filing stands (申报状态)."""

    FILED = "filed"
    PENDING = "pending"
    OVERDUE = "overdue"
    CORRECTED = "corrected"


class PaymentKind(StrEnum):
    """What was paid (缴款类别)."""

    TAX = "tax"
    SURCHARGE_LATE = "surcharge_late"
    PENALTY = "penalty"


class Grade(StrEnum):
    """The yearly tax credit rating (纳税缴费信用级别)."""

    A = "A"
    B = "B"
    M = "M"
    C = "C"
    D = "D"
