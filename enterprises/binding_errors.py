"""Why a binding is refused (绑定失败原因); the sentences stand in ``error_messages.yml``."""

from __future__ import annotations

from datetime import datetime

from core.errors import InvalidInput, NotAllowed, ServiceError


class BindingLocked(NotAllowed):
    """Too many wrong codes; nothing more is accepted for some minutes (已锁定)."""

    code = "binding_locked"
    status = 429

    @classmethod
    def until(cls, locked_until: datetime | None, now: datetime) -> BindingLocked:
        return cls(minutes=minutes_left(locked_until or now, now))


class TooManyCodes(ServiceError):
    """Codes were asked for too often (获取验证码过于频繁)."""

    code = "too_many_codes"
    status = 429


class WrongCode(InvalidInput):
    """No code of the last request fits (验证码不对)."""

    code = "wrong_code"


class CodeExpired(InvalidInput):
    """The last code is too old (验证码过期)."""

    code = "code_expired"


class CodeAlreadyUsed(InvalidInput):
    """The last code was used or called off (验证码已使用)."""

    code = "code_already_used"


class NoCodeRequested(InvalidInput):
    """A code is typed in that nobody asked for (尚未获取验证码)."""

    code = "no_code_requested"


class FirmNotBound(NotAllowed):
    """The visitor holds no binding to that firm, whether it exists or not (未绑定企业)."""

    code = "firm_not_bound"


def minutes_left(until: datetime, now: datetime) -> int:
    """Whole minutes to wait, at least one."""
    return max(1, -int((now - until).total_seconds() // 60))
