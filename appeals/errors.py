"""What can go wrong with an appeal (诉求的错误); the sentences stand in ``error_messages.yml``."""

from __future__ import annotations

from core.errors import Conflict, NotAllowed, NotFound, ServiceError


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


class AppealRightMissing(NotAllowed):
    """Whoever asks may not make this move (没有这项权限)."""

    code = "appeal_right_missing"


class AppealHeldByColleague(NotAllowed):
    """The case is in a colleague's hands (由他人承办)."""

    code = "appeal_held_by_colleague"


class SamePerson(NotAllowed):
    """Nobody decides on their own request (不能审批自己的申请)."""

    code = "appeal_same_person"


class RequestPending(Conflict):
    """A request of that kind waits for a decision already (已有待批的申请)."""

    code = "appeal_request_pending"


class RequestMissing(Conflict):
    """No request waits for a decision (没有待批的申请)."""

    code = "appeal_request_missing"


class ExtensionRefused(Conflict):
    """The kind allows no extension, or no more, or not so long (不能延期)."""

    code = "appeal_extension_refused"


class ExtensionTooLate(Conflict):
    """The promised date is over, so it is not extended any more (已过期限，不能延期)."""

    code = "appeal_extension_too_late"


class ReopeningTooLate(Conflict):
    """The days for reopening are over, or it was reopened often enough (不能再要求继续办理)."""

    code = "appeal_reopening_too_late"


class MergeRefused(Conflict):
    """The two cases cannot be merged (不能并单)."""

    code = "appeal_merge_refused"


class HasRepeats(Conflict):
    """Other cases are merged under this one, and have to be let go first (有并单)."""

    code = "appeal_has_repeats"


class TransferRefused(Conflict):
    """The case cannot go there, or not be ended yet (不能转办)."""

    code = "appeal_transfer_refused"


class AlertUnknown(NotFound):
    """No alert has that id, or it is for somebody else (没有这条提醒)."""

    code = "appeal_alert_unknown"


class LikelyDuplicate(Conflict):
    """Open appeals are much like it; it is filed if that is said (疑似重复)."""

    code = "appeal_likely_duplicate"


class ConsentMissing(ServiceError):
    """Nobody files for another person without that person's consent (未取得同意)."""

    code = "appeal_consent_missing"
    status = 422


class TakenElsewhere(ServiceError):
    """This is not taken here; the sentence says where it is (不在这里受理)."""

    code = "appeal_taken_elsewhere"
    status = 422


class AttachmentRefused(ServiceError):
    """The file is not what can be taken; the reason says what to do (附件不收)."""

    code = "attachment_refused"
    status = 422


class AttachmentTooLarge(ServiceError):
    """The file is larger than can be taken (附件太大)."""

    code = "attachment_too_large"
    status = 413


class TooManyAttachments(Conflict):
    """As many files came with the appeal as may (附件太多)."""

    code = "too_many_attachments"


class AttachmentsWaiting(ServiceError):
    """So many files wait for an appeal that no more can be kept for now (暂存已满)."""

    code = "attachments_waiting"
    status = 503


class AttachmentNotFound(NotFound):
    """There is no such file, or it is not for whoever asks (没有这个附件)."""

    code = "attachment_not_found"


class AttachmentBroken(ServiceError):
    """What is stored is not what was brought (附件损坏)."""

    code = "attachment_broken"
    status = 500
