"""What a user is told before the first question (关注欢迎语): privacy, consent, impostors."""

from __future__ import annotations

from channels.keys import Services
from channels.wechat_text import Option
from channels.wechat_words import layout, option_label, say


def welcome(services: Services) -> str:
    """The greeting of a new follower."""
    bureau = services.bureau
    return say(
        "welcome",
        bureau=bureau.name,
        library="" if bureau.library_approved else layout("library"),
        privacy=_privacy(services),
        impostor=_impostor(services),
    )


def consent_request(services: Services) -> str:
    """What is said to a question before there is consent."""
    return "\n".join(
        [say("consent_first"), _privacy(services), _impostor(services), say("consent_kept")]
    )


def consent_options(pending: str) -> list[Option]:
    """Agree or not; ``pending`` is the masked question that waits for it."""
    return [
        {"label": option_label("agree"), "kind": "agree", "value": pending},
        {"label": option_label("decline"), "kind": "decline", "value": ""},
    ]


def _privacy(services: Services) -> str:
    return say("privacy", days=services.settings.keep_conversations_days)


def _impostor(services: Services) -> str:
    return say("impostor", hotline=services.bureau.hotline)
