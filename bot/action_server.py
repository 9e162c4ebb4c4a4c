"""The action server (动作服务): rasa-sdk's executor with our actions, mounted by the app."""

from __future__ import annotations

from typing import Any

from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import (
    ActionExecutionRejection,
    ActionMissingDomainException,
    ActionNotFoundException,
)

PACKAGE = "bot.actions"


class ActionServer:
    """Runs the action that Rasa asks for; knows every action of ``bot/actions``."""

    def __init__(self) -> None:
        self._executor = ActionExecutor()
        self._executor.register_package(PACKAGE)

    @property
    def names(self) -> frozenset[str]:
        """The actions it can run."""
        return frozenset(self._executor.actions)

    async def run(self, call: dict[str, Any]) -> tuple[int, dict[str, Any] | None]:
        """Run one action call.

        Args:
            call: The JSON that Rasa posts to its action server.

        Returns:
            The HTTP status and the JSON that Rasa expects.
        """
        try:
            result = await self._executor.run(call)
        except ActionExecutionRejection as error:
            return 400, {"error": error.message, "action_name": error.action_name}
        except ActionNotFoundException as error:
            return 404, {"error": error.message, "action_name": error.action_name}
        except ActionMissingDomainException as error:
            return 449, {"error": error.message, "action_name": error.action_name}
        return 200, result.model_dump() if result else None
