"""How a one-time code reaches its person (验证码下发): on the screen in the demo, else by SMS."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from core.due_work import file_work
from core.secrets import Keys
from core.settings import Settings
from enterprises.binding_tables import OneTimeCode

#: The due work a bureau's SMS gateway takes up.
SMS_WORK = "deliver.sms"


class SmsSender(Protocol):
    """Takes a one-time code to a person.

    ``phone_sealed`` is None where nobody is to be reached; a sender then does nothing that could
    be told apart from outside.
    """

    def send(
        self,
        session: Session,
        *,
        sent: OneTimeCode,
        digits: str,
        phone_sealed: str | None,
        now: datetime,
    ) -> str | None:
        """Send ``digits``; return them only where they are to be shown on the screen."""
        ...


class DemoSms:
    """Shows the code where an SMS would go (示例模式)."""

    def send(
        self,
        session: Session,
        *,
        sent: OneTimeCode,
        digits: str,
        phone_sealed: str | None,
        now: datetime,
    ) -> str | None:
        return digits


@dataclass(frozen=True)
class GatewaySms:
    """Files the code for the bureau's SMS gateway, phone and digits sealed with the vault's key."""

    keys: Keys

    def send(
        self,
        session: Session,
        *,
        sent: OneTimeCode,
        digits: str,
        phone_sealed: str | None,
        now: datetime,
    ) -> str | None:
        if phone_sealed is not None:
            file_work(
                session,
                kind=SMS_WORK,
                key=f"one_time_code:{sent.id}",
                due_at=now,
                payload={
                    "phone_sealed": phone_sealed,
                    "code_sealed": self.keys.seal(digits),
                    "expires_at": sent.expires_at.isoformat(),
                },
            )
        return None


def sender_for(settings: Settings, keys: Keys) -> SmsSender:
    """The sender of this process; the screen is one in the demo only."""
    return DemoSms() if settings.is_demo else GatewaySms(keys)
