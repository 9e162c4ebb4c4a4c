"""Random histories of appeals, made by the services themselves, for counting figures from."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from appeals.extending import ask_extension, grant_extension
from appeals.filing import Brought, file_appeal
from appeals.kinds import load_kinds
from appeals.merging import merge_appeal
from appeals.moves import (
    accept_appeal,
    answer_appeal,
    ask_for_more,
    confirm_appeal,
    refuse_appeal,
    reopen_appeal,
    supplement_appeal,
    urge_appeal,
    withdraw_appeal,
)
from appeals.people import Doer
from appeals.settling import call_back, lapse_appeal, rate_appeal
from appeals.tables import Appeal, AppealStatus, Origin
from appeals.transfers import (
    close_transferred,
    record_receipt,
    take_back,
    transfer_appeal,
    transfer_out,
)
from core.database import Sessions, transaction
from core.errors import ServiceError
from core.secrets import Keys
from enterprises.sample import load_sample
from enterprises.tables import Enterprise

#: Summer to late autumn of 2026: a long holiday and make-up days among them.
FIRST, LAST = datetime(2026, 8, 20, tzinfo=UTC), datetime(2026, 11, 10, tzinfo=UTC)
MIDNIGHTS = tuple(datetime(2026, m, d, 16, tzinfo=UTC) for m, d in ((8, 31), (9, 30), (10, 31)))
BOSS = Doer("staff:boss", supervises=True)
Step = Callable[[Session, Appeal, datetime, random.Random], object]


def _answer(session: Session, appeal: Appeal, now: datetime, chance: random.Random) -> object:
    codes = [each["code"] for each in appeal.rules["resolutions"]]
    resolution = chance.choice(codes) if codes else None
    return answer_appeal(
        session, appeal=appeal, text="已处理。", actor=BOSS, now=now, resolution=resolution
    )


def _extend(session: Session, appeal: Appeal, now: datetime, _: random.Random) -> None:
    ask_extension(session, appeal=appeal, working_days=2, why="情况复杂", actor="staff:li", now=now)
    grant_extension(session, appeal=appeal, actor=BOSS, now=now)


def _merge(session: Session, appeal: Appeal, now: datetime, chance: random.Random) -> object:
    others = session.scalars(select(Appeal).where(Appeal.id != appeal.id)).all()
    if not others:
        return None
    return merge_appeal(session, appeal=appeal, parent=chance.choice(others), actor=BOSS, now=now)


def _by_filer(doing: Callable[..., object], **more: Any) -> Step:
    return lambda s, a, now, _: doing(s, appeal=a, actor=a.identity_key, now=now, **more)


def _by_boss(doing: Callable[..., object], **more: Any) -> Step:
    return lambda s, a, now, _: doing(s, appeal=a, actor=BOSS, now=now, **more)


#: What may be tried, and how often; what is not allowed then does not happen.
STEPS: tuple[tuple[int, Step], ...] = (
    (14, _by_boss(accept_appeal)),
    (12, _answer),
    (5, _by_boss(ask_for_more, text="请补充")),
    (5, _by_filer(supplement_appeal, text="已补充")),
    (6, _by_filer(confirm_appeal, rating=5)),
    (3, _by_filer(confirm_appeal)),
    (2, lambda s, a, now, _: lapse_appeal(s, appeal=a, now=now)),
    (5, _by_filer(reopen_appeal)),
    (2, _by_filer(withdraw_appeal)),
    (3, _by_filer(urge_appeal)),
    (1, _by_boss(refuse_appeal, why="不归这里管")),
    (3, _extend),
    (2, _merge),
    (2, _by_boss(transfer_appeal, unit="征收管理", why="归那边管")),
    (7, _by_boss(transfer_out, office="市场监管局", telephone="12315", why="归那边管")),
    (7, _by_boss(record_receipt, receipt_no="HZ-1")),
    (6, _by_boss(take_back, why="对方退回")),
    (2, _by_boss(close_transferred)),
    (3, lambda s, a, now, c: rate_appeal(
        s, appeal=a, rating=c.randint(1, 5), comment="一般", actor=a.identity_key, now=now)),
    (1, lambda s, a, now, c: call_back(
        s, appeal=a, rating=c.randint(1, 5), comment="电话里说的", actor=BOSS, now=now)),
)  # fmt: skip


def make_histories(sessions: Sessions, keys: Keys, *, seed: int, cases: int) -> None:
    """File cases at random moments, and let random things happen to them in the order of time."""
    chance = random.Random(seed)
    with transaction(sessions) as session:
        load_sample(session, now=FIRST, keys=keys, count=3)
        firms = list(session.scalars(select(Enterprise.id)))
    for number, opened in enumerate(sorted(_moment(chance) for _ in range(cases))):
        with transaction(sessions) as session:
            appeal_id = _file(session, keys, chance, number, opened, firms)
        now = opened
        for _ in range(chance.randint(0, 14)):
            now += timedelta(minutes=chance.choice((7, 95, 400, 1440, 4000, 9000)))
            _try(sessions, appeal_id, now, chance)


def _moment(chance: random.Random) -> datetime:
    """Any moment, and now and then the very first of a Chinese month."""
    if chance.random() < 0.1:
        return chance.choice(MIDNIGHTS)
    return FIRST + (LAST - FIRST) * chance.random()


def _file(
    session: Session,
    keys: Keys,
    chance: random.Random,
    number: int,
    now: datetime,
    firms: list[int],
) -> int:
    kind = chance.choice(sorted(load_kinds()))
    origins = sorted(load_kinds()[kind].origins, key=lambda each: each.value)
    origin = chance.choice([Origin.TAXPAYER, *origins])
    filed = file_appeal(
        session,
        identity_key=f"web:{number}-{now.timestamp()}",
        conversation_id=None,
        enterprise_id=chance.choice([None, *firms]),
        kind=kind,
        subject="一件诉求",
        detail=f"第 {number} 件。",
        contact=None,
        evidence=[],
        keys=keys,
        now=now,
        kinds=load_kinds(),
        is_evaluation=chance.random() < 0.05,
        brought=Brought(origin=origin),
    )
    filed.appeal.assigned_to = chance.choice(["li", "zhao", None])
    return filed.appeal.id


def _try(sessions: Sessions, appeal_id: int, now: datetime, chance: random.Random) -> None:
    weights = [weight for weight, _ in STEPS]
    [(_, step)] = chance.choices(STEPS, weights)
    try:
        with transaction(sessions) as session:
            appeal = session.get_one(Appeal, appeal_id)
            if appeal.status is not AppealStatus.MERGED or step in (STEPS[8][1], STEPS[9][1]):
                step(session, appeal, now, chance)
    except ServiceError:
        return
