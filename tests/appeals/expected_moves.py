"""The moves an appeal may make, written out by hand: what the code's own table is held against."""

from __future__ import annotations

from appeals.tables import AppealStatus as S
from appeals.tables import Verb

RUNNING = (S.SUBMITTED, S.ACCEPTED, S.WORKING)
OPEN = (*RUNNING, S.WAITING, S.MERGED, S.TRANSFERRED)
WORKED_ON = (S.ACCEPTED, S.WORKING)


def staying(verb, *statuses):
    return {(verb, status): status for status in statuses}


def leading(verb, to, *statuses):
    return {(verb, status): to for status in statuses}


#: Written out by hand, so that a change of the table in the code is noticed here.
EXPECTED = {
    **leading(Verb.ACCEPT, S.ACCEPTED, S.SUBMITTED),
    **leading(Verb.ASSIGN, S.WORKING, S.ACCEPTED),
    **staying(Verb.REASSIGN, S.WORKING, S.WAITING),
    **leading(Verb.REFUSE, S.REFUSED, S.SUBMITTED, S.ACCEPTED),
    **staying(Verb.INFORM, *WORKED_ON),
    **leading(Verb.ASK_FOR_MORE, S.WAITING, *WORKED_ON),
    **staying(Verb.SUPPLEMENT, *RUNNING, S.MERGED),
    **leading(Verb.SUPPLEMENT, S.WORKING, S.WAITING),
    **staying(Verb.ATTACH, *RUNNING, S.MERGED),
    **leading(Verb.ATTACH, S.WORKING, S.WAITING),
    **staying(Verb.ENCLOSE, *WORKED_ON, S.WAITING, S.MERGED, S.TRANSFERRED, S.ANSWERED),
    **staying(Verb.KEEP_FILE, *OPEN, S.ANSWERED),
    **leading(Verb.ANSWER, S.ANSWERED, *WORKED_ON, S.WAITING),
    **leading(Verb.CONFIRM, S.CLOSED, S.ANSWERED),
    **leading(Verb.LAPSE, S.CLOSED, S.ANSWERED),
    **leading(Verb.CLOSE, S.CLOSED, S.TRANSFERRED),
    **staying(Verb.RATE, S.CLOSED),
    **staying(Verb.CALL_BACK, S.ANSWERED, S.CLOSED),
    **leading(Verb.REOPEN, S.WORKING, S.ANSWERED, S.CLOSED),
    **leading(Verb.WITHDRAW, S.WITHDRAWN, *OPEN),
    **staying(Verb.URGE, *RUNNING, S.MERGED, S.TRANSFERRED),
    **staying(Verb.REMIND, *OPEN),
    **leading(Verb.TRANSFER, S.ACCEPTED, *WORKED_ON),
    **leading(Verb.TRANSFER_OUT, S.TRANSFERRED, *WORKED_ON),
    **leading(Verb.RECEIPT, S.WORKING, S.ACCEPTED),
    **staying(Verb.RECEIPT, S.TRANSFERRED),
    **leading(Verb.TAKE_BACK, S.WORKING, S.TRANSFERRED),
    **staying(Verb.OBJECT, *WORKED_ON),
    **leading(Verb.UPHOLD_OBJECTION, S.ACCEPTED, *WORKED_ON),
    **staying(Verb.OVERRULE_OBJECTION, *WORKED_ON),
    **staying(Verb.ASK_EXTENSION, *WORKED_ON),
    **staying(Verb.GRANT_EXTENSION, *WORKED_ON),
    **staying(Verb.DENY_EXTENSION, *WORKED_ON),
    **leading(Verb.MERGE, S.MERGED, *RUNNING),
    **leading(Verb.UNMERGE, S.ACCEPTED, S.MERGED),
    **staying(Verb.GATHER, *RUNNING, S.WAITING),
    **leading(Verb.ANSWER_MERGED, S.ANSWERED, S.MERGED),
}
#: Made by other moves, never by themselves.
ALONG = {Verb.GATHER, Verb.ANSWER_MERGED}


#: Who may make a move, by right; written out by hand as well.
FILERS = {
    Verb.SUPPLEMENT, Verb.ATTACH, Verb.CONFIRM, Verb.RATE, Verb.REOPEN, Verb.WITHDRAW, Verb.URGE
}  # fmt: skip
SUPERVISORS_ALONE = {
    Verb.REMIND, Verb.UPHOLD_OBJECTION, Verb.OVERRULE_OBJECTION, Verb.GRANT_EXTENSION,
    Verb.DENY_EXTENSION,
}  # fmt: skip
FILERS_ALONE = {Verb.ATTACH, Verb.CONFIRM, Verb.RATE, Verb.WITHDRAW, Verb.URGE}
THE_CLOCKS = {Verb.LAPSE, Verb.ESCALATE, Verb.RECOUNT}


#: What an officer may do to a colleague's case too.
ANY_HANDS = {
    Verb.SUPPLEMENT, Verb.ATTACH, Verb.KEEP_FILE, Verb.CALL_BACK, Verb.REOPEN, Verb.UNMERGE
}  # fmt: skip
#: What the taxpayer gets no message of, whoever does it.
NOT_TOLD = {
    Verb.REMIND, Verb.OBJECT, Verb.OVERRULE_OBJECTION, Verb.ASK_EXTENSION, Verb.DENY_EXTENSION,
    Verb.GATHER, Verb.RATE, Verb.CALL_BACK, Verb.ATTACH, Verb.KEEP_FILE,
}  # fmt: skip
