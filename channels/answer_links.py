"""Signed links to one answer (答复链接), for channels whose messages are too short for it."""

from __future__ import annotations

from urllib.parse import quote

from core.secrets import Keys
from core.settings import Settings

_PURPOSE = "answer"


def answer_link(turn_id: str, *, keys: Keys, settings: Settings) -> str:
    """The address at which the answer of a turn can be read."""
    signature = keys.sign(_PURPOSE, turn_id)
    return f"{settings.public_url.rstrip('/')}/answer/{quote(turn_id)}?s={signature}"


def check_answer_link(turn_id: str, signature: str, *, keys: Keys) -> None:
    """Accept only a link that :func:`answer_link` made.

    Raises:
        BrokenSeal: It was made up or changed.
    """
    keys.check_signature(_PURPOSE, turn_id, signature)
