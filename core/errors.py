"""What every explainable error is built on (可向用户说明的错误)."""

from __future__ import annotations

from typing import Any, ClassVar


class ServiceError(Exception):
    """An error that can be explained to the person who met it.

    A subclass names its ``code`` and the HTTP ``status`` of the doors; the Chinese sentence for
    a code stands in ``core/error_messages.yml``, never in Python.

    Args:
        **details: Values for the sentence; never personal data.
    """

    code: ClassVar[str] = "unexpected"
    status: ClassVar[int] = 400

    def __init__(self, **details: Any) -> None:
        super().__init__(self.code, details)
        self.details = details


class InvalidInput(ServiceError):
    """A value that was typed in cannot be used (输入有误)."""

    code = "invalid_input"


class NotFound(ServiceError):
    """Nothing is there under that name, or the asker may not know of it (未找到)."""

    code = "not_found"
    status = 404


class NotAllowed(ServiceError):
    """The person may not do this (无权操作)."""

    code = "not_allowed"
    status = 403


class Conflict(ServiceError):
    """Somebody else was faster, or the state has changed (状态已变化)."""

    code = "conflict"
    status = 409
