from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from appeals.access import access_appeal_for_staff
from appeals.filing import EvidenceTurn, Filed, file_appeal
from appeals.kinds import load_kinds
from appeals.merging import merge_appeal
from appeals.moves import (
    accept_appeal,
    answer_appeal,
    ask_for_more,
    assign_appeal,
    confirm_appeal,
    refuse_appeal,
    withdraw_appeal,
)
from appeals.people import Doer
from appeals.tables import Appeal, AppealStatus
from appeals.transfers import transfer_out
from core.database import Base, Sessions, open_engine, open_sessions, transaction
from core.secrets import Keys

OWNER = "web:visitor-1"
OFFICER = "staff:li"
SUPERVISOR = Doer("staff:wang", supervises=True)


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    engine = open_engine(f"sqlite:///{tmp_path / 'test.db'}")
    Base.metadata.create_all(engine)
    yield open_sessions(engine)
    engine.dispose()


@pytest.fixture
def now() -> datetime:
    """A Wednesday in UTC that is already Thursday, 17 September 2026, in China."""
    return datetime(2026, 9, 16, 17, 30, tzinfo=UTC)


@pytest.fixture
def keys() -> Keys:
    return Keys("a root key that is only used in tests")


@pytest.fixture
def file(sessions: Sessions, now: datetime, keys: Keys) -> Callable[..., Filed]:
    """File an appeal of the owner; name only what matters."""

    def file_one(session: Session | None = None, **changes: object) -> Filed:
        values = {
            "identity_key": OWNER,
            "conversation_id": 7,
            "enterprise_id": 3,
            "kind": "consultation",
            "subject": "六税两费没有减半",
            "detail": "上个季度的城建税没有减半，柜台说系统带不出来。",
            "contact": None,
            "evidence": [EvidenceTurn("六税两费减半吗", "符合条件的减半征收。", turn_id="t1")],
            "keys": keys,
            "now": now,
            "kinds": load_kinds(),
        }
        if session is not None:
            return file_appeal(session, **(values | changes))
        with transaction(sessions) as session:
            filed = file_appeal(session, **(values | changes))
            assert filed.appeal.moves, "loaded while the session is open"
            return filed

    return file_one


@pytest.fixture
def do(sessions: Sessions) -> Callable[..., Appeal]:
    """Make one move on the appeal with this number, in a transaction of its own."""

    def move(verb: Callable[..., object], number: str, **values: object) -> Appeal:
        version = values.pop("version", None)
        with transaction(sessions) as session:
            appeal = access_appeal_for_staff(session, number=number, version=version)
            verb(session, appeal=appeal, **values)
            assert appeal.moves
            return appeal

    return move


@pytest.fixture
def bring_to(
    file: Callable[..., Filed], do: Callable[..., Appeal], now: datetime
) -> Callable[..., str]:
    """File an appeal, bring it to a status by the ordinary way, return its number."""
    soon = now + timedelta(minutes=5)
    accept = (accept_appeal, {"actor": OFFICER})
    assign = (assign_appeal, {"actor": SUPERVISOR, "to": "li"})
    ask = (ask_for_more, {"actor": OFFICER, "text": "请发申报表截图"})
    answer = (answer_appeal, {"actor": OFFICER, "text": "已更正，多缴部分可以申请退税。"})
    hand_on = (
        transfer_out,
        {"actor": OFFICER, "office": "市场监管局", "telephone": "12315", "why": "归那边管"},
    )

    def merge_under_a_new_one(session: Session, *, appeal: Appeal, **values: object) -> None:
        parent = file(identity_key="web:visitor-2", subject="同一个问题", session=session).appeal
        merge_appeal(session, appeal=appeal, parent=parent, **values)

    ways = {
        AppealStatus.SUBMITTED: [],
        AppealStatus.ACCEPTED: [accept],
        AppealStatus.WORKING: [accept, assign],
        AppealStatus.WAITING: [accept, assign, ask],
        AppealStatus.ANSWERED: [accept, assign, answer],
        AppealStatus.CLOSED: [accept, assign, answer, (confirm_appeal, {"actor": OWNER})],
        AppealStatus.WITHDRAWN: [(withdraw_appeal, {"actor": OWNER})],
        AppealStatus.REFUSED: [(refuse_appeal, {"actor": OFFICER, "why": "不归税务管"})],
        AppealStatus.TRANSFERRED: [accept, hand_on],
        AppealStatus.MERGED: [(merge_under_a_new_one, {"actor": OFFICER})],
    }

    def bring(status: AppealStatus, **changes: object) -> str:
        number = file(**changes).appeal.number
        for verb, values in ways[status]:
            do(verb, number, now=soon, **values)
        return number

    return bring
