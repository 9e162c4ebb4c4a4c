"""One appeal for the tests of its public page, and what officers do with it."""

from typing import Any

from sqlalchemy import select

from appeals.access import access_appeal_for_staff
from appeals.filing import file_appeal
from appeals.kinds import load_kinds
from appeals.moves import accept_appeal, answer_appeal, assign_appeal
from appeals.settling import lapse_appeal
from appeals.tables import AppealMove, Verb
from core.database import reading, transaction

OFFICER = "staff:agent01"


class Case:
    """One appeal, and what officers do with it."""

    def __init__(self, door: Any, kind: str = "consultation", **changes: Any) -> None:
        self.door, self.services = door, door.services
        with transaction(self.services.sessions) as session:
            conversation = door.conversation(session)
            values = {
                "identity_key": conversation.identity_key,
                "conversation_id": conversation.id,
                "subject": "没有享受减免",
                "detail": "第三季度的减半没有享受到",
                "now": self.services.clock(),
                **changes,
            }
            filed = file_appeal(
                session,
                enterprise_id=None,
                kind=kind,
                contact="13800138000",
                evidence=[],
                keys=self.services.keys,
                kinds=load_kinds(),
                **values,
            )
            self.number = filed.appeal.number
            self.code = {"number": filed.appeal.number, "check_code": filed.check_code}

    def do(self, move: Any, **said: Any) -> None:
        """Let an officer, or the clock, make a move."""
        if move is not lapse_appeal:
            said.setdefault("actor", OFFICER)
        with transaction(self.services.sessions) as session:
            appeal = access_appeal_for_staff(session, number=self.number)
            move(session, appeal=appeal, now=self.services.clock(), **said)

    def answered(self, **said: Any) -> "Case":
        self.do(accept_appeal)
        self.do(assign_appeal, to="agent01")
        self.do(answer_appeal, text="已退回多缴税款。", **said)
        return self

    async def look(self) -> dict[str, Any]:
        status, view = await self.door.call("POST", "/appeals/status", self.code)
        assert status == 200
        return view

    async def act(self, name: str, **said: Any) -> tuple[int, Any]:
        return await self.door.call("POST", f"/appeals/{name}", {**self.code, **said})

    def moves(self, verb: Verb) -> list[AppealMove]:
        with reading(self.services.sessions) as session:
            return list(session.scalars(select(AppealMove).where(AppealMove.verb == verb)))
