"""What can go wrong at the desk (工作台的错误); the sentences stand in ``error_messages.yml``."""

from __future__ import annotations

from core.errors import Conflict, NotAllowed, NotFound, ServiceError


class LoginRefused(ServiceError):
    """Wrong name, wrong password, locked or disabled: which of them is not said (登录失败)."""

    code = "login_refused"
    status = 401


class LoginNeeded(ServiceError):
    """Nobody is signed in, or the session is over (需要登录)."""

    code = "login_needed"
    status = 401


class CsrfRefused(NotAllowed):
    """The request does not come from a page of ours (跨站请求)."""

    code = "csrf_refused"


class RoleNeeded(NotAllowed):
    """The account does not have the role for this (角色不符)."""

    code = "role_needed"


class PasswordChangeNeeded(NotAllowed):
    """The first password must be changed before anything else (须先改密码)."""

    code = "password_change_needed"


class WeakPassword(ServiceError):
    """The new password is too short or too plain (密码太弱)."""

    code = "weak_password"
    status = 422


class WrongOldPassword(NotAllowed):
    """The present password was not given right (原密码不对)."""

    code = "wrong_old_password"


class LoginTaken(Conflict):
    """An account has that login already (账号已存在)."""

    code = "login_taken"


class StaffUnknown(NotFound):
    """No account has that login (没有这个账号)."""

    code = "staff_unknown"


class NotYourself(NotAllowed):
    """Nobody disables the account they are using (不能停用自己)."""

    code = "not_yourself"


class DeskFormInvalid(ServiceError):
    """The body of a request cannot be used (请求有误)."""

    code = "desk_form_invalid"
    status = 422


class TalkUnknown(NotFound):
    """No talk has that id, or it was deleted by the taxpayer (没有这个对话)."""

    code = "talk_unknown"


class ReplyTooLong(ServiceError):
    """A reply is empty or longer than a talk can show (答复长度不合适)."""

    code = "reply_length"
    status = 422


class SuggestionUnknown(NotFound):
    """No suggestion has that id in this talk (没有这条建议)."""

    code = "suggestion_unknown"


class SuggestionStale(Conflict):
    """The talk went on, so the suggestion must not be sent as it is (建议已过时)."""

    code = "suggestion_stale"


class AppealNotYours(NotAllowed):
    """The appeal is in a colleague's hands (诉求由他人承办)."""

    code = "appeal_not_yours"


class ReportUnknown(NotFound):
    """No wrong-answer report has that id (没有这条纠错)."""

    code = "report_unknown"


class ReportHandled(Conflict):
    """Somebody has settled the report already (纠错已处理)."""

    code = "report_handled"


class DeskDatabaseGone(ServiceError):
    """The database cannot be read or written now (数据库不可用)."""

    code = "desk_database_gone"
    status = 503


class Unexpected(ServiceError):
    """Something that nobody foresaw; told in one fixed sentence (意外错误)."""

    code = "unexpected"
    status = 500
