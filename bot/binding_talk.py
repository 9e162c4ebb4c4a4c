"""Sending one-time codes in the talk (发送验证码)."""

from __future__ import annotations

from typing import Any

from answers.parts import Part
from bot.actions.base import Talk
from bot.sentences import say
from core.clock import china_time
from enterprises.binding import start_binding
from enterprises.kinds import Role

#: The slots of the form, in the order they are asked.
SLOTS = ("uscc", "role", "one_time_code")


def send_code(talk: Talk, uscc: str, role: Role) -> tuple[Part, ...]:
    """Ask for a code; in the demo it is shown in a bubble of its own, in place of an SMS.

    Raises:
        ServiceError: The code of the firm is malformed, or nothing is sent for now.
    """
    services = talk.services
    sent = start_binding(
        talk.session,
        identity_key=talk.identity_key,
        uscc=uscc,
        role=role,
        keys=services.keys,
        now=talk.now,
        settings=services.settings,
    )
    if sent.demo_code is None:
        return ()
    until = f"{china_time(sent.expires_at):%H:%M}"
    text = say("utter_demo_sms", code=sent.demo_code, until=until)
    return (Part(text=text, kind="sms", outcome="clarifying"),)


def slots_of(talk: Talk) -> tuple[str, Role]:
    """The firm and the role that the form has been told."""
    slots: dict[str, Any] = dict(talk.heard.slots)
    return slots["uscc"], Role(slots["role"])
