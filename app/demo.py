"""What only the demo has (示例内容): invented firms and generated logins, all marked 示例."""

from __future__ import annotations

from datetime import date

from app.wiring import Parts
from core.database import transaction
from desk.staff import ensure_demo_staff
from enterprises.sample import load_sample
from policy_rules.deadlines import announced_deadline


def load_demo(parts: Parts) -> list[tuple[str, str, list[str]]]:
    """Load the sample firms and make the demo logins.

    Returns:
        Login, password and roles of the accounts that were made now; a password is shown once.
    """
    with transaction(parts.sessions) as session:
        load_sample(
            session,
            now=parts.clock(),
            keys=parts.keys,
            deadlines=lambda year, month: announced_deadline(date(year, month, 1)),
        )
        return ensure_demo_staff(session, now=parts.clock())
