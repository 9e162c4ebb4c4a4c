"""Filing, answering and reminding while processes are killed at every step on the way.

Real processes, a real SIGKILL, both databases. A step is a statement to the database, a commit,
or a letter that leaves; see ``appeal_worker``.
"""

from __future__ import annotations

import multiprocessing
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from sqlalchemy import func, select

from appeals.access import access_appeal_for_staff
from appeals.drafts import find_draft, save_draft
from appeals.filing import file_appeal
from appeals.handling_tables import AppealAlert
from appeals.kinds import load_kinds
from appeals.merging import merge_appeal
from appeals.moves import accept_appeal, assign_appeal
from appeals.tables import Appeal, AppealMove, AppealStatus, Verb
from appeals.trail import verify_appeals
from consultations.tables import Answer, Author, Conversation, Message
from consultations.talk import open_conversation, receive_turn
from core.database import Sessions, reading, transaction
from core.due_work import DueWork
from core.secrets import Keys
from tests.app.appeal_worker import ANSWER, OFFICER, Order, obey
from tests.conftest import NOW

KILLED = -9
LEASE = 61
ANSWER_LEASE = 41
NOTICES = ("appeals.tell", "deliver.wechat")
MOST_STEPS = 400
ANSWERED_IN_A_TURN = 3
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.app.appeal_worker"])


@pytest.fixture
def order(database: Sessions, database_url: str, tmp_path: Path) -> Order:
    folder = tmp_path / "process"
    folder.mkdir()
    (folder / "secret_key.txt").write_text("a root key that is only used in tests")
    (folder / "operator_token.txt").write_text("an operator token of tests")
    return Order(url=database_url, folder=folder)


def start(order: Order) -> BaseProcess:
    process = _processes.Process(target=obey, args=(order,))
    process.start()
    return process


def end_of(process: BaseProcess) -> int:
    process.join(120)
    assert process.exitcode is not None, "it hangs"
    return process.exitcode


def kill_at_every_step(prepare: Callable[[int], Order]) -> int:
    """Prepare something new for each step, and kill the process at it, until none is left."""
    for step in range(1, MOST_STEPS):
        ended = end_of(start(replace(prepare(step), dies_at=step)))
        if ended == 0:
            return step - 1
        assert ended == KILLED, ended
    raise AssertionError("it never ends")


def recover(order: Order, *kinds: str, ahead: int) -> None:
    """Two processes at once do what the dead ones left, after every lease."""
    last = replace(order, kinds=kinds, ahead=ahead)
    assert [end_of(each) for each in (start(last), start(last))] == [0, 0]


def deaths(order: Order) -> set[str]:
    """After what a process died, and before what."""
    lines = order.died.read_text().splitlines()
    return {side for line in lines for side in line.split(" | ")[1:]}


def killed_at_a_step(order: Order) -> set[int]:
    return {int(line.split()[0]) for line in order.died.read_text().splitlines()}


def talk_of(database: Sessions, identity: str) -> Conversation:
    with transaction(database) as session:
        found, _ = open_conversation(session, channel="wechat", identity_key=identity, now=NOW)
        return found


def say(database: Sessions, talk: Conversation, message_id: str) -> str:
    """The taxpayer's last word of the form, as the channel takes it in."""
    with transaction(database) as session:
        known = session.get_one(Conversation, talk.id)
        turn, _ = receive_turn(
            session, known, text="确认提交", client_message_id=message_id, now=NOW
        )
        return turn.id


def draft(database: Sessions, identity: str, keys: Keys) -> Conversation:
    talk = talk_of(database, identity)
    with transaction(database) as session:
        said = {"kind": "consultation", "detail": "上个季度没有减半。", "subject": "没有减半"}
        save_draft(session, identity_key=identity, keys=keys, now=NOW, **said)
    return talk


def file(database: Sessions, identity: str, keys: Keys) -> str:
    """An accepted appeal in an officer's hands; who filed it has a talk."""
    talk = talk_of(database, identity)
    with transaction(database) as session:
        filed = file_appeal(
            session,
            identity_key=identity,
            conversation_id=talk.id,
            enterprise_id=None,
            kind="consultation",
            subject="没有减半",
            detail=f"上个季度没有减半。{identity}",
            contact=None,
            evidence=[],
            keys=keys,
            now=NOW,
            kinds=load_kinds(),
        )
        accept_appeal(session, appeal=filed.appeal, actor=OFFICER, now=NOW)
        assign_appeal(session, appeal=filed.appeal, to="li", actor=OFFICER, now=NOW)
        return filed.appeal.number


def told(database: Sessions, talk_id: int | None, words: str) -> list[int]:
    """The messages of a talk that say it."""
    with reading(database) as session:
        found = session.scalars(select(Message).where(Message.conversation_id == talk_id)).all()
    said_to = [each for each in found if each.author is not Author.TAXPAYER]
    return [each.id for each in said_to if words in each.body["text"]]


def check_letters(database: Sessions, order: Order, killed: set[int]) -> int:
    """Every message left; it left again only where the process that had sent it was killed.

    Returns:
        How many letters left once too often.
    """
    with reading(database) as session:
        wanted = select(DueWork.payload).where(DueWork.kind == "deliver.wechat")
        messages = {each["message_id"] for each in session.scalars(wanted)}
    senders: dict[int, list[int]] = defaultdict(list)
    for line in order.sent.read_text().splitlines():
        message_id, process = map(int, line.split())
        senders[message_id].append(process)
    assert set(senders) == messages
    assert {each for sent_by in senders.values() for each in sent_by[:-1]} <= killed
    return sum(len(sent_by) - 1 for sent_by in senders.values())


def check_whole(database: Sessions) -> None:
    with reading(database) as session:
        assert verify_appeals(session).holds
        left = select(DueWork.kind, DueWork.key).where(
            DueWork.done_at.is_(None), DueWork.kind.in_([*NOTICES, "consultations.answer"])
        )
        assert session.execute(left).all() == []


def due_rows(database: Sessions, number: str) -> Counter[str]:
    with reading(database) as session:
        found = session.scalars(select(DueWork.kind).where(DueWork.key.startswith(number)))
        return Counter(found)


FILED = {"appeals.remind": 2, "appeals.escalate": 3, "appeals.unaccepted": 1}


def test_who_files_while_processes_die_at_every_step_has_filed_exactly_once(
    database: Sessions, order: Order, keys: Keys
) -> None:
    talks: list[tuple[str, Conversation, str]] = []

    def prepare(step: int) -> Order:
        identity = f"wechat:person-{step}"
        talk = draft(database, identity, keys)
        talks.append((identity, talk, say(database, talk, "said-1")))
        return replace(order, files=(talks[-1][2],))

    steps = kill_at_every_step(prepare)

    again = [say(database, talk, "said-1") for _, talk, _ in talks[::2]]
    assert again == [turn for _, _, turn in talks[::2]], "the same message is the same turn"
    anew = [say(database, talk, "said-2") for _, talk, _ in talks[1::2]]
    assert end_of(start(replace(order, files=(*again, *anew)))) == 0
    recover(order, "consultations.answer", *NOTICES, ahead=ANSWER_LEASE + LEASE)

    assert steps > 20
    assert {"INSERT INTO appeals", "INSERT INTO appeal_moves", "INSERT INTO audit_lines",
            "INSERT INTO due_work", "DELETE FROM appeal_drafts", "INSERT INTO answers", "commit",
            "committed", "INSERT INTO messages"} <= deaths(order)  # fmt: skip
    with reading(database) as session:
        for identity, talk, turn_id in talks:
            appeals = session.scalars(select(Appeal).where(Appeal.identity_key == identity)).all()
            assert [each.status for each in appeals] == [AppealStatus.SUBMITTED], identity
            [appeal] = appeals
            assert due_rows(database, appeal.number) == FILED
            assert find_draft(session, identity_key=identity) is None
            assert session.get_one(Answer, turn_id).turn_id == turn_id
            moves = session.scalars(select(AppealMove).where(AppealMove.appeal_id == appeal.id))
            assert [each.verb for each in moves] == [Verb.FILE]
            assert len(told(database, talk.id, appeal.number)) == 1
    assert check_letters(database, order, set()) == 0
    check_whole(database)


def test_a_parent_and_three_repeats_are_answered_once_each_though_processes_die_at_every_step(
    database: Sessions, order: Order, keys: Keys
) -> None:
    cases: list[tuple[str, ...]] = []
    versions: dict[str, int] = {}

    def prepare(step: int) -> Order:
        parent, *repeats = (file(database, f"wechat:{step}-{each}", keys) for each in range(4))
        with transaction(database) as session:
            case = access_appeal_for_staff(session, number=parent)
            for number in repeats:
                repeat = access_appeal_for_staff(session, number=number)
                merge_appeal(session, appeal=repeat, parent=case, actor=OFFICER, now=NOW)
            session.flush()
            version = case.version
        cases.append((parent, *repeats))
        versions[parent] = version
        return replace(order, answers=((parent, version),))

    steps = kill_at_every_step(prepare)
    pressed_again = replace(order, answers=tuple(versions.items()))
    assert end_of(start(pressed_again)) == 0
    recover(order, *NOTICES, ahead=LEASE)

    assert steps > 40
    assert {"UPDATE appeals SET", "INSERT INTO appeal_moves", "commit", "committed"} <= deaths(
        order
    )
    for numbers in cases:
        for number in numbers:
            check_answered_once(database, number)
    assert check_letters(database, order, set()) == 0
    check_whole(database)


def check_answered_once(database: Sessions, number: str) -> None:
    with reading(database) as session:
        appeal = access_appeal_for_staff(session, number=number)
        moves = session.scalars(select(AppealMove).where(AppealMove.appeal_id == appeal.id))
        answers = [m for m in moves if m.verb in (Verb.ANSWER, Verb.ANSWER_MERGED)]
        assert (appeal.status, appeal.answer_text) == (AppealStatus.ANSWERED, ANSWER)
    assert len(answers) == 1
    assert len(told(database, appeal.conversation_id, ANSWER)) == 1
    assert due_rows(database, number)["appeals.lapse"] == 1


@pytest.mark.parametrize("kind", ["appeals.remind", "appeals.escalate"])
def test_the_clock_reminds_and_escalates_once_though_processes_die_at_every_step(
    database: Sessions, order: Order, keys: Keys, kind: str
) -> None:
    numbers: list[str] = []

    def prepare(step: int) -> Order:
        numbers.append(file(database, f"wechat:person-{step}", keys))
        settle_earlier(database, numbers[-1])
        ahead = first_due(database, numbers[-1], kind) + 1
        return replace(order, kinds=(kind, *NOTICES), ahead=ahead)

    steps = kill_at_every_step(prepare)
    ahead = first_due(database, numbers[0], kind) + 2 * LEASE
    recover(order, kind, *NOTICES, ahead=ahead)
    recover(order, kind, *NOTICES, ahead=ahead + LEASE)

    assert steps > 15
    assert {"UPDATE due_work SET", "INSERT INTO appeal_alerts", "INSERT INTO appeal_moves",
            "commit", "committed"} <= deaths(order)  # fmt: skip
    verb = Verb.REMIND if kind == "appeals.remind" else Verb.ESCALATE
    with reading(database) as session:
        for number in numbers:
            appeal = access_appeal_for_staff(session, number=number)
            made = select(AppealMove.verb).where(AppealMove.appeal_id == appeal.id)
            assert session.scalars(made.where(AppealMove.verb == verb)).all() == [verb], number
            alerts = select(func.count(AppealAlert.id)).where(AppealAlert.appeal_id == appeal.id)
            wanted = ("reminder",) if verb is Verb.REMIND else ("breach",)
            assert session.scalar(alerts.where(AppealAlert.reason.in_(wanted))) == 1
            if verb is Verb.ESCALATE:
                assert len(told(database, appeal.conversation_id, "没能在承诺日期前")) == 1
    if verb is Verb.ESCALATE:
        assert check_letters(database, order, killed_at_a_step(order)) > 0
    check_whole(database)


@pytest.mark.parametrize("seed", [1])
def test_two_processes_killed_from_outside_again_and_again_answer_and_tell_once(
    database: Sessions, order: Order, keys: Keys, seed: int
) -> None:
    chance = random.Random(seed)
    numbers = [file(database, f"wechat:person-{each}", keys) for each in range(30)]
    with reading(database) as session:
        found = [access_appeal_for_staff(session, number=each) for each in numbers]
        answers = tuple((each.number, each.version) for each in found)

    killed: set[int] = set()
    for turn in range(1, 9):
        mixed = [tuple(chance.sample(answers, len(answers))) for _ in range(2)]
        at_work = [
            start(replace(order, answers=each, kinds=NOTICES, ahead=turn * LEASE)) for each in mixed
        ]
        wait_until_answered(database, ANSWERED_IN_A_TURN * turn, at_work)
        time.sleep(chance.uniform(0, 0.02))
        for each in at_work:
            each.kill()
        killed |= {each.pid for each in at_work if each.pid and end_of(each) == KILLED}
    assert end_of(start(replace(order, answers=answers))) == 0
    recover(order, *NOTICES, ahead=10 * LEASE)

    assert len(killed) > 4, "who is done before it is killed has not died"
    for number in numbers:
        check_answered_once(database, number)
    check_letters(database, order, killed)
    check_whole(database)


def wait_until_answered(database: Sessions, wanted: int, at_work: list[BaseProcess]) -> None:
    """Wait until so many are answered, or nobody is at work any more."""
    counting = select(func.count(Appeal.id)).where(Appeal.status == AppealStatus.ANSWERED)
    while any(each.is_alive() for each in at_work):
        with reading(database) as session:
            if (session.scalar(counting) or 0) >= wanted:
                return
        time.sleep(0.002)


def settle_earlier(database: Sessions, number: str) -> None:
    """Let the notices of accepting and assigning be done with."""
    with transaction(database) as session:
        found = select(DueWork).where(
            DueWork.kind == "appeals.tell", DueWork.key.startswith(number)
        )
        for work in session.scalars(found):
            work.done_at = NOW


def first_due(database: Sessions, number: str, kind: str) -> int:
    """Seconds until the first work of a kind falls due for a case."""
    with reading(database) as session:
        first = select(func.min(DueWork.due_at)).where(
            DueWork.kind == kind, DueWork.key.startswith(number)
        )
        due_at = session.scalar(first)
    assert due_at is not None
    return int((due_at - NOW).total_seconds())
