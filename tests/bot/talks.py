"""A talk with the actions: real services on SQLite, trackers as Rasa would send them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from appeals.tables import Appeal
from bot.action_server import ActionServer
from bot.actions.base import ServiceAction
from bot.services import Services
from consultations.tables import Answer, Conversation, Turn
from consultations.talk import open_conversation, receive_turn
from core.audit import AuditLine
from core.database import reading, transaction
from enterprises.binding import BoundFirm, confirm_binding, current_firm, start_binding
from enterprises.kinds import Role
from enterprises.tables import Enterprise

_numbers = count(1)
FORM_SLOTS = {
    "bind_form": ("uscc", "role", "one_time_code"),
    "appeal_form": ("appeal_kind", "appeal_detail", "appeal_contact", "appeal_confirmed"),
}


def actions_by_name() -> dict[str, type[ServiceAction]]:
    """Every action class, after the action server has imported them."""
    ActionServer()
    found: dict[str, type[ServiceAction]] = {}
    waiting = list(ServiceAction.__subclasses__())
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if not getattr(kind, "__abstractmethods__", None) and kind.__module__.startswith("bot."):
            found[kind().name()] = kind
    return found


@dataclass(frozen=True)
class Said:
    """What came of one action call."""

    turn_id: str
    events: list[dict[str, Any]]
    outcome: str | None
    parts: list[dict[str, Any]]
    messages: list[dict[str, Any]]
    act: str | None = None

    @property
    def text(self) -> str:
        return "\n".join(part["text"] for part in self.parts)

    @property
    def labels(self) -> list[str]:
        return [button["label"] for part in self.parts for button in part["buttons"]]

    @property
    def slots(self) -> dict[str, Any]:
        return {each["name"]: each["value"] for each in self.events if each["event"] == "slot"}


@dataclass
class Visit:
    """A visitor in one conversation; slots and the form are kept as Rasa keeps them."""

    services: Services
    identity_key: str = "web:visitor-1"
    channel: str = "web"
    slots: dict[str, Any] = field(default_factory=dict)
    form: str | None = None
    conversation_id: int = 0

    def __post_init__(self) -> None:
        with transaction(self.services.sessions) as session:
            conversation, _ = open_conversation(
                session,
                channel=self.channel,
                identity_key=self.identity_key,
                now=self.services.clock(),
            )
            self.conversation_id = conversation.id

    def say(
        self,
        action: str,
        text: str,
        *,
        act: str = "inform",
        probability: float = 0.9,
        entities: dict[str, str] | None = None,
        filled: dict[str, Any] | None = None,
        turn_id: str | None = None,
    ) -> Said:
        """Say something, and let Rasa call one action for it."""
        turn_id = turn_id or self.receive(text)
        message = {
            "intent": {"name": act, "confidence": probability},
            "entities": [{"entity": k, "value": v} for k, v in (entities or {}).items()],
            "metadata": {"turn_id": turn_id},
            "text": text,
        }
        return self.call(action, message, turn_id, filled or {})

    def fill(self, slot: str, text: str, value: Any = None, **more: Any) -> Said:
        """Answer the question of the active form."""
        self.slots["requested_slot"] = slot
        value = text if value is None else value
        return self.say(f"validate_{self.form}", text, filled={slot: value}, **more)

    def receive(self, text: str) -> str:
        """What the channel does; a second passes with every turn."""
        self.services.clock.now += timedelta(seconds=1)  # type: ignore[attr-defined]
        with transaction(self.services.sessions) as session:
            conversation = session.get_one(Conversation, self.conversation_id)
            turn, _ = receive_turn(
                session,
                conversation,
                text=text,
                client_message_id=f"message-{next(_numbers)}",
                now=self.services.clock(),
            )
            return turn.id

    def call(
        self, action: str, message: dict[str, Any], turn_id: str, filled: dict[str, Any]
    ) -> Said:
        events = [{"event": "slot", "name": k, "value": v} for k, v in filled.items()]
        tracker = Tracker.from_dict(
            {
                "sender_id": "talk",
                "slots": {**self.slots, **filled},
                "latest_message": message,
                "events": [{"event": "action", "name": self.form or "action_listen"}, *events],
                "paused": False,
                "followup_action": None,
                "active_loop": {"name": self.form} if self.form else {},
                "latest_action_name": "action_listen",
            }  # type: ignore[typeddict-item]
        )
        dispatcher = CollectingDispatcher()
        made = actions_by_name()[action](self.services)
        given = asyncio.run(made.run(dispatcher, tracker, {}))  # type: ignore[typeddict-item]
        self._remember(given)
        with reading(self.services.sessions) as session:
            answer = session.get(Answer, turn_id)
            return Said(
                turn_id=turn_id,
                events=given,
                outcome=answer.outcome if answer else None,
                parts=answer.parts if answer else [],
                messages=dispatcher.messages,
                act=answer.act if answer else None,
            )

    def _remember(self, events: list[dict[str, Any]]) -> None:
        for event in events:
            if event["event"] == "slot":
                self.slots[event["name"]] = event["value"]
            elif event["event"] == "active_loop":
                self.form = event["name"]

    def ask(self, text: str, act: str = "ask_policy") -> Said:
        """Ask the library something."""
        return self.say("action_answer", text, act=act)

    def firms(self, limit: int = 3) -> list[Enterprise]:
        with reading(self.services.sessions) as session:
            return session.query(Enterprise).order_by(Enterprise.id).limit(limit).all()

    def bind(self, uscc: str, role: Role = Role.LEGAL_REPRESENTATIVE) -> BoundFirm:
        """Prove who one is, as the binding form does in the end."""
        services, now = self.services, self.services.clock()
        common: dict[str, Any] = {
            "identity_key": self.identity_key,
            "keys": services.keys,
            "now": now,
            "settings": services.settings,
        }
        with transaction(services.sessions) as session:
            sent = start_binding(session, uscc=uscc, role=role, **common)
        assert sent.demo_code is not None
        with transaction(services.sessions) as session:
            confirmation = confirm_binding(session, code=sent.demo_code, **common)
        return confirmation.firm()

    def bound(self) -> BoundFirm | None:
        with reading(self.services.sessions) as session:
            return current_firm(session, identity_key=self.identity_key, now=self.services.clock())

    def appeals(self) -> list[Appeal]:
        with self.services.sessions() as session:
            found = session.query(Appeal).order_by(Appeal.id).all()
            for each in found:
                _ = each.evidence, each.moves
            return found

    def conversation(self) -> Conversation:
        with reading(self.services.sessions) as session:
            return session.get_one(Conversation, self.conversation_id)

    def turn(self, turn_id: str) -> Turn:
        with reading(self.services.sessions) as session:
            return session.get_one(Turn, turn_id)

    def deeds(self) -> list[str]:
        with reading(self.services.sessions) as session:
            return [line.deed for line in session.query(AuditLine).order_by(AuditLine.id)]


class MovableClock:
    """A clock that a test sets."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now
