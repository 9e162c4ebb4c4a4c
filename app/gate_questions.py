"""The frozen questions of the gate (检验用题): what is asked, and what ought to come of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from core.errors import InvalidInput

FOLDER = Path(__file__).parent / "gate_set"
QUESTIONS = FOLDER / "questions"

#: The acts of talk by which people ask about taxes.
TAX_ACTS = (
    "ask_policy", "ask_procedure", "ask_eligibility", "ask_calculation", "ask_deadline",
)  # fmt: skip


class Question(BaseModel):
    """One question with its expected entries and outcome."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str
    outcome: Literal["answered", "referred", "clarifying", "refused"]
    entries: tuple[str, ...] = ()  # each of them answers it equally well
    #: Why it must not be answered: nothing to do with taxes; near to them, but nobody's entry;
    #: like an entry about another tax, payer, action or year.
    because: Literal["foreign", "near_domain", "near_miss"] | None = None
    period: tuple[date, date] | None = None  # where one is named
    acts: tuple[str, ...] = ()  # where they are other than the outcome tells
    #: Nobody's entry when it was asked; the entries were written for it, and prove little by it.
    was_missing: bool = False

    @model_validator(mode="after")
    def _check(self) -> Question:
        if self.wants_answer and not self.entries:
            raise ValueError("要答的题没有写条目")
        if (self.outcome == "refused") != (self.because is not None):
            raise ValueError("不该答的题，也只有这种题，写明 because")
        return self

    @property
    def wants_answer(self) -> bool:
        return self.outcome in ("answered", "referred")

    @property
    def acts_expected(self) -> tuple[str, ...]:
        """The acts that understanding may find in it; none where that is left open."""
        if self.acts or self.because == "foreign":
            return self.acts or ("out_of_scope",)
        if self.outcome == "referred":  # it is a question, and foreign to taxes: both lead there
            return (*TAX_ACTS, "out_of_scope")
        return TAX_ACTS if self.wants_answer else ()


def read_questions(folder: Path = QUESTIONS) -> list[Question]:
    """Read every question below ``folder``, file by file.

    Raises:
        InvalidInput: There is none, a row is not as it should be, or a text stands twice; the
            row is named.
    """
    questions = [each for path in sorted(folder.glob("*.yml")) for each in _read(path)]
    if not questions:
        raise InvalidInput(reason=f"{folder} 里没有检验用题")
    texts = [each.text for each in questions]
    if twice := sorted({text for text in texts if texts.count(text) > 1}):
        raise InvalidInput(reason=f"检验用题重复：{'；'.join(twice)}")
    return questions


def _read(path: Path) -> Iterator[Question]:
    try:
        rows = yaml.safe_load(path.read_text("utf-8"))
    except yaml.YAMLError as error:
        raise InvalidInput(reason=f"{path} 不是 YAML：{error}") from error
    if not isinstance(rows, list):
        raise InvalidInput(reason=f"{path} 应是一个列表")
    for number, row in enumerate(rows, 1):
        try:
            yield Question.model_validate(row)
        except ValidationError as error:
            told = "；".join(str(each["msg"]) for each in error.errors())
            raise InvalidInput(reason=f"{path} 第 {number} 题：{told}") from error
