"""The shape of an entry and of a document (条目与文件的格式), as authored in YAML.

Unknown keys are errors. Every statement of law is a :class:`Claim` with its span, its source
and its certainty; figures stand in the text as ``{{ parameter.id }}``.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.dated import Dated
from policy_rules.parameters import Basis, Certainty

Text = Annotated[str, Field(min_length=2)]


class DocumentState(StrEnum):
    """Whether a document is still law (文件效力)."""

    IN_FORCE = "in_force"  # 全文有效
    PARTLY_REPEALED = "partly_repealed"  # 部分失效
    REPEALED = "repealed"  # 全文废止
    SUSPENDED = "suspended"  # 停止执行
    UNKNOWN = "unknown"  # 待核


class Document(BaseModel):
    """One official document (文件) that entries cite by id."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    number: str | None  # 文号; None for a law that is cited by title
    title: Text
    issuers: tuple[str, ...] = Field(min_length=1)
    issued_on: date | None = None
    in_force_from: date | None = None
    ended_on: date | None = None  # last day in force
    ended_clauses: tuple[str, ...] = ()  # of a partly repealed one: what ended, e.g. 第三条（二）
    state: DocumentState
    replaces: tuple[str, ...] = ()
    url: str | None = None
    certainty: Certainty  # how sure number, title and dates are
    checked_on: date
    note: str | None = None


class Conditions(BaseModel):
    """For whom a claim holds (适用情形); an empty list does not limit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    taxpayer_type: tuple[Literal["small_scale", "general"], ...] = ()
    subject: tuple[Literal["enterprise", "sole_trader", "partnership", "natural_person"], ...] = ()
    filing_cycle: tuple[Literal["monthly", "quarterly", "per_transaction"], ...] = ()
    case: str | None = None  # said to the reader before the claim, in people's words


class Claim(Dated):
    """One statement of law (一条结论).

    ``measured_by`` tells which time governs: the tax period asked about (substance) or today
    (procedure and deadlines).
    """

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    text: Text
    basis: tuple[Basis, ...] = ()
    certainty: Certainty
    ask: str | None = None  # who can settle it; needed where certainty is open
    when: Conditions = Conditions()
    region: str = "全国"
    measured_by: Literal["tax_period", "today"] = "tax_period"

    @model_validator(mode="after")
    def _sure_enough(self) -> Claim:
        if self.certainty is Certainty.OPEN and not self.ask:
            raise ValueError(f"{self.id}: 未定的结论要写明向谁询问 (ask)")
        if self.certainty in (Certainty.VERIFIED, Certainty.SECONDARY) and not self.basis:
            raise ValueError(f"{self.id}: 已核的结论要有依据 (basis)")
        return self


class ShortAnswer(Dated):
    """The sentence that settles the question for one span, resting on named claims."""

    text: Text
    claims: tuple[str, ...] = Field(min_length=1)
    when: Conditions = Conditions()


class Handling(BaseModel):
    """How it is done (办理): goes by today, not by the tax period."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: tuple[Text, ...] = ()
    materials: tuple[Text, ...] = ()
    channels: tuple[Text, ...] = ()
    time_needed: str | None = None
    claim_mode: str | None = None  # 享受方式, e.g. 自行判别、申报享受
    certainty: Certainty
    basis: tuple[Basis, ...] = ()


class Referral(BaseModel):
    """Whose business it is when it is not the tax office's (转介)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    office: Text
    telephone: str | None = None
    where: str | None = None


class Entry(BaseModel):
    """One entry of the library (知识条目)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    question: Text
    similar: tuple[Text, ...] = Field(min_length=6)
    topics: tuple[str, ...] = Field(min_length=1)
    short_answers: tuple[ShortAnswer, ...] = Field(min_length=1)
    claims: tuple[Claim, ...] = Field(min_length=1)
    traps: tuple[Claim, ...] = ()
    handling: Handling | None = None
    referral: Referral | None = None
    related: tuple[str, ...] = ()
    rule: str | None = None  # policy_rules rule that can compute it
    policies: tuple[str, ...] = ()  # policy register numbers, e.g. VAT-01
    checked_on: date

    @model_validator(mode="after")
    def _hangs_together(self) -> Entry:
        ids = [claim.id for claim in (*self.claims, *self.traps)]
        if len(ids) != len(set(ids)):
            raise ValueError("claims、traps 的 id 有重复")
        for short in self.short_answers:
            unknown = set(short.claims) - set(ids)
            if unknown:
                raise ValueError(f"short_answers 引用了不存在的 claim：{sorted(unknown)}")
        if len({*self.similar, self.question}) != len(self.similar) + 1:
            raise ValueError("相似问法有重复")
        return self
