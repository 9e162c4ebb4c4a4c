"""What can go wrong with an appeal (诉求的错误); the sentences stand in ``error_messages.yml``."""

from __future__ import annotations

from core.errors import Conflict, NotFound, ServiceError


class AppealNotFound(NotFound):
    """There is no such appeal, or it is not the asker's (没有这件诉求)."""

    code = "appeal_not_found"


class AppealAlreadyOpen(Conflict):
    """The same appeal of the same person is open since less than a day (重复提交)."""

    code = "appeal_already_open"


class AppealChanged(Conflict):
    """Somebody moved the appeal since it was read (诉求已变化)."""

    code = "appeal_changed"


class AppealMoveRefused(Conflict):
    """The move is not allowed from where the appeal stands (不能这样流转)."""

    code = "appeal_move_refused"


class AppealUrgedAlready(Conflict):
    """The appeal was urged on this working day (今天已催办)."""

    code = "appeal_urged_already"


class CheckCodeWrong(NotFound):
    """The number and the check code do not fit; which of them is wrong is not said (查询码不符)."""

    code = "check_code_wrong"


class CheckCodeLocked(ServiceError):
    """Too many wrong check codes for this number (查询码已锁)."""

    code = "check_code_locked"
    status = 429


class BrokenKinds(ServiceError):
    """The file of kinds, or the bureau's own, cannot be used (诉求类型文件有误)."""

    code = "broken_appeal_kinds"
