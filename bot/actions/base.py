"""What every action stands on (动作的共同部分): a turn answered once, and never in silence."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict
from sqlalchemy.orm import Session

from answers.hearing import DISTRESS, danger_part
from answers.mood import read_mood
from answers.parts import Button, Part, Reply
from bot.sentences import buttons_of, say
from bot.services import Services, live_services
from consultations.tables import Conversation, Turn
from consultations.talk import claim_turn, record_answer
from core.clock import china_date
from core.database import in_transaction
from core.errors import ServiceError
from core.messages import sentence_for

logger = logging.getLogger(__name__)
Events = list[dict[str, Any]]


@dataclass(frozen=True)
class Heard:
    """What Rasa understood of a turn."""

    turn_id: str
    act: str | None
    act_probability: float
    entities: tuple[tuple[str, str], ...]
    slots: Mapping[str, Any]
    active_form: str | None
    requested_slot: str | None
    filled: Mapping[str, Any] = field(default_factory=dict)  # what a form is to check

    def entity(self, name: str) -> str | None:
        """The last value said for an entity, or None."""
        return next((value for kind, value in reversed(self.entities) if kind == name), None)


@dataclass(frozen=True)
class Talk:
    """One turn inside its transaction."""

    session: Session
    turn: Turn
    heard: Heard
    services: Services
    now: datetime
    prepared: Any = None  # what the action found out before the transaction opened

    @property
    def conversation(self) -> Conversation:
        return self.turn.conversation

    @property
    def identity_key(self) -> str:
        return self.conversation.identity_key

    @property
    def today(self) -> date:
        """The day the question is asked on; the evaluation channel may set another."""
        return self.turn.as_of or china_date(self.now)

    def say(
        self, outcome: str, name: str, *, buttons: tuple[Button, ...] = (), **values: Any
    ) -> Reply:
        """A reply of one sentence; without ``buttons`` it brings its own quick replies."""
        own = tuple(Button(each.title, "say", each.payload) for each in buttons_of(name))
        return self.reply(outcome, Part(text=say(name, **values), buttons=buttons or own))

    def reply(self, outcome: str, *parts: Part, **more: Any) -> Reply:
        """A reply on this turn's day."""
        return Reply(
            outcome=outcome,
            parts=tuple(replace(part, outcome=part.outcome or outcome) for part in parts),
            as_of=self.today,
            act=self.heard.act,
            act_probability=self.heard.act_probability,
            **more,
        )


@dataclass(frozen=True)
class Done:
    """What an action did: its reply, and what Rasa has to remember of it.

    A refusal that must be kept in mind (a wrong code counts) is a reply too: what is raised
    undoes the transaction. Without a reply the turn stays open for whoever answers it next.
    """

    reply: Reply | None
    events: Events = field(default_factory=list)


class ServiceAction(Action, ABC):
    """An action that answers its turn once, in one transaction, and always says something.

    The reply is stored under the turn before Rasa relays it. Called again for the same turn, it
    does nothing and hands through what is stored. An error becomes a reply here, once.
    """

    def __init__(self, services: Services | None = None) -> None:
        # Rasa builds every action without arguments while it scans the package, so the live
        # services are looked up at the first message, not here.
        self._services = services

    @property
    def services(self) -> Services:
        """What the action may use; tests pass their own."""
        return self._services or live_services()

    @abstractmethod  # or the action server tries to register this base class
    def name(self) -> str: ...

    def after_error(self, heard: Heard) -> Events:
        """What Rasa has to remember when the action could not be done."""
        return []

    def prepare(self, heard: Heard) -> Any:
        """Find out what takes long before the transaction opens; given on as ``prepared``."""
        return None

    @abstractmethod
    def perform(self, talk: Talk) -> Done:
        """Do the work inside the turn's transaction; raise ``ServiceError`` to explain."""

    def heed(self, talk: Talk) -> Done:
        """Answer a person who may hurt themselves; forms and whatever else was meant can wait."""
        return Done(talk.reply(DISTRESS, danger_part()), all_left())

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Events:
        heard = hear(tracker)
        if heard is None:
            logger.error("Action %s was called without a turn", self.name())
            return []
        loop = asyncio.get_running_loop()
        events = await loop.run_in_executor(self.services.executor, self.answer_turn, heard)
        dispatcher.utter_message(json_message={"turn_id": heard.turn_id})
        return events

    def answer_turn(self, heard: Heard) -> Events:
        """Answer the turn, or hand back what its stored answer told Rasa."""
        try:
            prepared = self.prepare(heard)
            return in_transaction(self.services.sessions, lambda s: self._once(s, heard, prepared))
        except ServiceError as error:
            sentence, outcome = sentence_for(error), f"error_{error.code}"
        except Exception:
            logger.exception("Action %s failed", self.name())
            sentence, outcome = sentence_for(ServiceError()), "error_unexpected"
        return in_transaction(
            self.services.sessions, lambda s: self._explained(s, heard, sentence, outcome)
        )

    def _once(self, session: Session, heard: Heard, prepared: Any) -> Events:
        turn, stored = claim_turn(session, heard.turn_id)
        if stored is not None:
            return list(stored.facts.get("rasa_events", []))
        talk = Talk(session, turn, heard, self.services, self.services.clock(), prepared)
        done = self.heed(talk) if read_mood(turn.text).in_danger else self.perform(talk)
        if done.reply is None:
            return done.events
        facts = {**_storable(done.reply.facts), "rasa_events": done.events}
        record_answer(session, turn.id, replace(done.reply, facts=facts), now=talk.now)
        return done.events

    def _explained(self, session: Session, heard: Heard, sentence: str, outcome: str) -> Events:
        turn, stored = claim_turn(session, heard.turn_id)
        if stored is None:
            talk = Talk(session, turn, heard, self.services, self.services.clock())
            record_answer(session, turn.id, talk.reply(outcome, Part(text=sentence)), now=talk.now)
        return self.after_error(heard)


def _storable(value: Any) -> Any:
    """Facts as JSON values; an amount in yuan as its figures."""
    if isinstance(value, Mapping):
        return {key: _storable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(each) for each in value]
    return str(value) if isinstance(value, Decimal) else value


def all_left() -> Events:
    """Leave every form and do nothing more in this turn."""
    return [ActiveLoop(None), SlotSet("requested_slot", None), FollowupAction("action_listen")]


def hear(tracker: Tracker) -> Heard | None:
    """Read what Rasa understood; None where the message carries no turn."""
    message = tracker.latest_message or {}
    turn_id = (message.get("metadata") or {}).get("turn_id")
    if not turn_id:
        return None
    intent = message.get("intent") or {}
    if intent.get("name") == "nlu_fallback":
        ranking = message.get("intent_ranking") or []
        intent = next((each for each in ranking if each["name"] != "nlu_fallback"), intent)
    return Heard(
        turn_id=turn_id,
        act=intent.get("name"),
        act_probability=float(intent.get("confidence") or 0.0),
        entities=tuple(
            (each["entity"], str(each["value"])) for each in message.get("entities", ())
        ),
        slots=tracker.slots,
        active_form=(tracker.active_loop or {}).get("name"),
        requested_slot=tracker.slots.get("requested_slot"),
        filled=tracker.slots_to_validate(),
    )
