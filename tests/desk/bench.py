"""A desk on real services, and a browser at it, for the tests of this folder."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient
from sqlalchemy import Engine as DatabaseEngine
from sqlalchemy import select

from answers.engine import Engine
from answers.frame import Query
from app.library_gate import LibraryGate
from appeals.filing import EvidenceTurn, file_appeal
from appeals.kinds import Kinds, load_kinds
from consultations.hand_over import ask_for_person
from consultations.tables import Conversation, TurnState
from consultations.talk import finish_turn, open_conversation, receive_turn, record_answer
from core.bureau import Bureau, read_bureau
from core.database import Sessions, transaction
from core.hub import Hub
from core.secrets import Keys
from core.settings import Settings
from enterprises.binding import confirm_binding, start_binding
from enterprises.kinds import Role
from enterprises.tables import Enterprise
from knowledge_base.library import Library

#: A Wednesday in UTC that is already Thursday, 17 September 2026, in China.
START = datetime(2026, 9, 16, 17, 30, tzinfo=UTC)
KEY = "a root key that is only used in tests"
PASSWORD = "correct-horse-battery"
API = "/api/v1/desk"
STAFF = (
    ("agent01", "示例坐席", ["agent"]),
    ("agent02", "示例坐席二", ["agent"]),
    ("supervisor01", "示例班长", ["supervisor", "agent"]),
    ("oversight01", "示例督办负责人", ["oversight"]),
    ("deputy01", "示例分管局领导", ["deputy_head"]),
    ("editor01", "示例编辑", ["editor"]),
    ("editor02", "示例编辑二", ["editor"]),
    ("admin01", "示例管理员", ["admin"]),
)


@dataclass
class Bench:
    """The real services of one desk on a database file of its own, with a clock to set."""

    database: DatabaseEngine
    sessions: Sessions
    settings: Settings
    library: Library
    engine: Engine
    gate: LibraryGate
    executor: ThreadPoolExecutor
    now: datetime = START
    keys: Keys = field(default_factory=lambda: Keys(KEY))
    bureau: Bureau = field(default_factory=read_bureau)
    hub: Hub = field(default_factory=Hub)
    kinds: Kinds = field(default_factory=load_kinds)

    def clock(self) -> datetime:
        return self.now

    def later(self, **span: int) -> None:
        self.now += timedelta(**span)

    def talk(self, *questions: str, wants_person: bool = False) -> tuple[int, str]:
        """A taxpayer's talk in which each question was answered; returns its id and identity."""
        identity = f"web:{uuid.uuid4().hex}"
        with transaction(self.sessions) as session:
            talk, _ = open_conversation(session, channel="web", identity_key=identity, now=self.now)
            talk_id = talk.id
        for question in questions:
            self.ask(talk_id, question)
        if wants_person:
            with transaction(self.sessions) as session:
                talk = session.get_one(Conversation, talk_id)
                ask_for_person(
                    session,
                    talk,
                    reason="要求转人工",
                    within=self.settings.hand_over_within,
                    now=self.now,
                )
        return talk_id, identity

    def ask(self, talk_id: int, question: str) -> str:
        """The taxpayer asks; the engine answers unless a person holds the talk."""
        self.later(seconds=1)
        with transaction(self.sessions) as session:
            talk = session.get_one(Conversation, talk_id)
            turn, _ = receive_turn(
                session, talk, text=question, client_message_id=uuid.uuid4().hex, now=self.now
            )
            if turn.state is TurnState.WAITING:
                query = Query(question, self.now.date(), topic=talk.last_topic)
                record_answer(session, turn.id, self.engine.answer(query), now=self.now)
                finish_turn(session, turn.id, now=self.now)
            return turn.id

    def bind(self, identity: str) -> int:
        """Bind the first sample firm to an identity; returns the firm's id."""
        with transaction(self.sessions) as session:
            firm = session.scalars(select(Enterprise).order_by(Enterprise.id).limit(1)).one()
            sent = start_binding(
                session,
                identity_key=identity,
                uscc=firm.uscc,
                role=Role.LEGAL_REPRESENTATIVE,
                keys=self.keys,
                now=self.now,
                settings=self.settings,
            )
            confirm_binding(
                session,
                identity_key=identity,
                code=sent.demo_code or "",
                keys=self.keys,
                now=self.now,
                settings=self.settings,
            )
            return firm.id

    def appeal(self, **changes: Any) -> str:
        """File an appeal; returns its number."""
        values: dict[str, Any] = {
            "identity_key": f"web:{uuid.uuid4().hex}",
            "conversation_id": None,
            "enterprise_id": None,
            "kind": "consultation",
            "subject": "六税两费没有减半",
            "detail": "上个季度的城建税没有减半。",
            "contact": None,
            "evidence": [EvidenceTurn("六税两费减半吗", "符合条件的减半征收。", turn_id="t1")],
        }
        with transaction(self.sessions) as session:
            filed = file_appeal(
                session, **(values | changes), keys=self.keys, kinds=self.kinds, now=self.now
            )
            return filed.appeal.number


class Page:
    """One signed-in browser at the desk."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.csrf = ""

    async def sign_in(self, login: str, password: str = PASSWORD) -> ClientResponse:
        response = await self.client.post(
            f"{API}/login", json={"login": login, "password": password}
        )
        if response.status == 200:
            self.csrf = (await response.json())["csrf_token"]
        return response

    async def get(self, path: str, **headers: str) -> ClientResponse:
        return await self.client.get(f"{API}{path}", headers=headers)

    async def read(self, path: str) -> Any:
        response = await self.get(path)
        assert response.status == 200, await response.text()
        return await response.json()

    async def post(self, path: str, body: Any = None, method: str = "POST") -> ClientResponse:
        return await self.client.request(
            method, f"{API}{path}", json=body or {}, headers={"X-CSRF-Token": self.csrf}
        )

    async def do(self, path: str, body: Any = None, method: str = "POST") -> Any:
        response = await self.post(path, body, method)
        assert response.status in (200, 201), await response.text()
        return await response.json()

    async def refused(self, path: str, body: Any = None, method: str = "POST") -> dict[str, Any]:
        response = await self.post(path, body, method)
        assert response.status >= 400, await response.text()
        return {"status": response.status, **(await response.json())["error"]}
