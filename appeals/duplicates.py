"""Likely duplicates (疑似重复): open appeals that say much the same, shown before one is filed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from appeals.kinds import kind_label
from appeals.lifecycle import UNSETTLED
from appeals.move_table import move_table
from appeals.public import due_text
from appeals.tables import Appeal, Verb
from appeals.wording import status_words
from knowledge_base.normalise import comparable, grams

#: How far back is looked, and at how many at most: the newest.
_SINCE = timedelta(days=90)
_MOST_LOOKED_AT = 400
_MOST_SHOWN = 5
#: Near enough to be asked about: own appeals sooner than those of others.
NEAR_OWN, NEAR_OTHERS = 0.3, 0.4
#: What the same kind adds.
_SAME_KIND = 0.1


@dataclass(frozen=True)
class Alike:
    """An open appeal that says much the same; ``nearness`` is between 0 and 1.

    ``due_text`` says what is promised, if anything still is; ``takes_more`` whether its filer may
    add something to it.
    """

    number: str
    kind: str
    kind_label: str
    subject: str
    status: str
    status_label: str
    opened_at: datetime
    due_on: date
    due_text: str | None
    takes_more: bool
    nearness: float


def find_own_duplicates(
    session: Session,
    *,
    identity_keys: Collection[str],
    enterprise_id: int | None,
    kind: str | None,
    text: str,
    now: datetime,
) -> list[Alike]:
    """Open appeals of the person, or of the firm they speak for, that say much the same.

    Args:
        session: Open session.
        identity_keys: Whose appeals, under any of their identities.
        enterprise_id: The bound firm, whose people may have filed it already.
        kind: The kind that was chosen, if one was.
        text: What the person wrote.
        now: The moment.
    """
    own: ColumnElement[bool] = Appeal.identity_key.in_(identity_keys)
    if enterprise_id is not None:
        own = or_(own, Appeal.enterprise_id == enterprise_id)
    return _near(session, own, kind, text, now, NEAR_OWN)


def find_repeats(
    session: Session,
    *,
    kind: str | None,
    text: str,
    now: datetime,
    but: Collection[str] = (),
) -> list[Alike]:
    """Open appeals of anybody that say much the same (相近诉求), for agents: to merge them.

    Args:
        session: Open session.
        kind: The kind of the appeal.
        text: What it says.
        now: The moment.
        but: Numbers to leave out: the appeal itself, what is merged with it already.
    """
    return _near(session, Appeal.number.not_in(but), kind, text, now, NEAR_OTHERS)


def _near(
    session: Session,
    whose: ColumnElement[bool],
    kind: str | None,
    text: str,
    now: datetime,
    least: float,
) -> list[Alike]:
    rows = session.scalars(
        select(Appeal)
        .where(
            whose,
            Appeal.status.in_(UNSETTLED),
            Appeal.is_evaluation.is_(False),
            Appeal.opened_at > now - _SINCE,
        )
        .order_by(Appeal.opened_at.desc(), Appeal.id.desc())
        .limit(_MOST_LOOKED_AT)
    ).all()
    asked = _units(text)
    told = [_units(f"{row.subject} {row.detail}") for row in rows]
    spread = Counter(unit for each in [asked, *told] for unit in each)
    rarity = {unit: math.log(1 + (len(rows) + 1) / count) for unit, count in spread.items()}
    near = [
        (_nearness(asked, units, rarity) + (_SAME_KIND if row.kind == kind else 0), row)
        for row, units in zip(rows, told, strict=True)
    ]
    chosen = sorted((each for each in near if each[0] >= least), key=lambda each: -each[0])
    return [_alike(row, min(1.0, score)) for score, row in chosen[:_MOST_SHOWN]]


def _units(text: str) -> frozenset[str]:
    """Pairs of characters, and runs of latin and digits, in standard terms."""
    return frozenset(unit for unit in grams(comparable(text)) if len(unit) > 1)


def _nearness(one: frozenset[str], other: frozenset[str], rarity: dict[str, float]) -> float:
    """What both say, by rarity, of what the shorter of the two says."""
    shared = sum(rarity[unit] for unit in one & other)
    shorter = min(sum(rarity[unit] for unit in each) for each in (one, other))
    return shared / shorter if shorter else 0.0


def _alike(appeal: Appeal, nearness: float) -> Alike:
    words = status_words()[appeal.status]
    return Alike(
        number=appeal.number,
        kind=appeal.kind,
        kind_label=kind_label(appeal.kind),
        subject=appeal.subject,
        status=words.code,
        status_label=words.label,
        opened_at=appeal.opened_at,
        due_on=appeal.due_on,
        due_text=due_text(appeal),
        takes_more=appeal.status in move_table()[Verb.SUPPLEMENT].ways,
        nearness=round(nearness, 2),
    )
