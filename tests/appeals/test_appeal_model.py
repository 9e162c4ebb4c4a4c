"""Random moves by several people on a real database, held against a model of what a case may do.

Ten thousand moves in all: no forbidden state, no lost notice, no broken chain, no wrong promise.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from appeals.access import access_appeal_for, access_appeal_for_staff
from appeals.attachments import attach_file, enclose_file
from appeals.due import handle_escalate, handle_lapse, handle_remind, handle_unaccepted
from appeals.errors import AppealChanged
from appeals.extending import ask_extension, deny_extension, grant_extension
from appeals.filing import file_appeal
from appeals.handling_tables import AppealAlert
from appeals.kinds import load_kinds
from appeals.merging import merge_appeal, repeats_of, unmerge_appeal
from appeals.moves import (
    accept_appeal,
    answer_appeal,
    ask_for_more,
    assign_appeal,
    inform_filer,
    reassign_appeal,
    refuse_appeal,
    remind_appeal,
    supplement_appeal,
    urge_appeal,
    withdraw_appeal,
)
from appeals.objecting import object_to_assignment, overrule_objection, uphold_objection
from appeals.people import Doer
from appeals.settling import call_back, confirm_appeal, rate_appeal, reopen_appeal
from appeals.tables import Appeal, AppealMove, Verb
from appeals.tables import AppealStatus as S
from appeals.trail import verify_appeals
from appeals.transfers import (
    close_transferred,
    record_receipt,
    take_back,
    transfer_appeal,
    transfer_out,
)
from core.audit import first_broken_line
from core.database import Base, open_engine, open_sessions, reading, transaction
from core.due_work import DueWork, claim_work, finish_work
from core.errors import ServiceError
from core.secrets import Keys
from tests.appeals.attachment_files import plain_file
from tests.appeals.case_model import (
    CONFIRM_WITHIN,
    KINDS,
    UNITS,
    Case,
    Who,
    day_of,
    days_between,
    may,
    moved,
)
from tests.appeals.expected_moves import ALONG, EXPECTED

EXAMPLES, STEPS = 14, 400
AT_LEAST = 10_000
LOOK_EVERY = 3
FIRST_CASES, MOST_CASES = 4, 12
FATES = (*["plain"] * 14, "stale", "killed")
HAPPENINGS = (*["able"] * 15, *["time"] * 2, *["anything"] * 2, "back", "file")
MINUTES = (1, 60, 400, 1440, 2 * 1440)
OFFICERS = (Who("li"), Who("zhao"), Who("wang", supervises=True), Who("sun", supervises=True))
FILERS = tuple(Who(f"web:visitor-{n}", is_filer=True) for n in range(3))
HANDLERS = {
    "appeals.remind": handle_remind,
    "appeals.escalate": handle_escalate,
    "appeals.unaccepted": handle_unaccepted,
    "appeals.lapse": handle_lapse,
}
VERBS = sorted({verb for verb, _ in EXPECTED} - {Verb.LAPSE} - ALONG, key=lambda verb: verb.value)
#: How often each move was made, over all examples.
made: Counter[Verb] = Counter()
refusals: Counter[str] = Counter()


class Killed(Exception):
    """The process dies after a move, before its transaction is committed."""


class Cases(RuleBasedStateMachine):
    """Several people and the clock move a handful of cases."""

    start: datetime
    #: Where in the list of verbs this run begins, so that runs differ.
    turned: int

    @initialize(data=st.data())
    def open_the_bureau(self, data: st.DataObject) -> None:
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "cases.db"
        path.write_bytes(_empty_database())
        self.engine = open_engine(f"sqlite:///{path}")
        self.sessions = open_sessions(self.engine)
        self.keys, self.kinds = Keys("a root key that is only used in tests"), load_kinds()
        self.now = self.start
        self.cases: list[Case] = []
        self.touched: set[str] = set()
        for _ in range(FIRST_CASES):
            self._file(data)

    @rule(data=st.data())
    def something_happens(self, data: st.DataObject) -> None:
        """One rule, so that no run goes without people, cases or time."""
        match data.draw(st.sampled_from(HAPPENINGS)):
            case "file" if len(self.cases) < MOST_CASES:
                self._file(data)
            case "time":
                self.now += timedelta(minutes=data.draw(st.sampled_from(MINUTES)))
                self._do_what_is_due()
            case "back":
                self.now -= timedelta(minutes=30)
            case "anything":
                verb = data.draw(st.sampled_from(self._verbs()))
                self._try(data, self._one_of_the_cases(data), verb, self._somebody(data))
            case _:
                self._do_what_may_be_done(data)

    def _file(self, data: st.DataObject) -> None:
        kind, filer = data.draw(st.sampled_from(sorted(KINDS))), data.draw(st.sampled_from(FILERS))
        with transaction(self.sessions) as session:
            filed = file_appeal(
                session,
                identity_key=filer.name,
                conversation_id=None,
                enterprise_id=None,
                kind=kind,
                subject="事情",
                detail=f"第 {len(self.cases)} 件",
                contact=None,
                evidence=[],
                keys=self.keys,
                now=self.now,
                kinds=self.kinds,
            )
            number = filed.appeal.number
        self.cases.append(Case(number, kind, filer.name, clock_from=self.now))
        self.touched.add(number)
        made[Verb.FILE] += 1

    def _do_what_may_be_done(self, data: st.DataObject) -> None:
        """Choose a case, then a move that somebody may make on it, then who makes it."""
        case, everybody = self._one_of_the_cases(data), (*OFFICERS, *FILERS)
        repeats = self._repeats(case)
        able: dict[Verb, list[Who]] = {}
        for verb in self._verbs():
            for who in everybody if (verb, case.status) in EXPECTED else ():
                if may(who, verb, case, self.now, repeats):
                    able.setdefault(verb, []).append(who)
        ending = (Verb.WITHDRAW, Verb.REFUSE)
        if len(able) > len(ending) and data.draw(st.integers(0, 4)):
            able = {verb: people for verb, people in able.items() if verb not in ending}
        if able:
            verb = data.draw(st.sampled_from(list(able)))
            self._try(data, case, verb, data.draw(st.sampled_from(able[verb])))

    def _verbs(self) -> list[Verb]:
        return [*VERBS[self.turned :], *VERBS[: self.turned]]

    def _one_of_the_cases(self, data: st.DataObject) -> Case:
        living = [each for each in self.cases if each.status not in (S.WITHDRAWN, S.REFUSED)]
        return data.draw(st.sampled_from(living or self.cases))

    def _somebody(self, data: st.DataObject) -> Who:
        return data.draw(st.sampled_from((*OFFICERS, *FILERS)))

    def _try(self, data: st.DataObject, case: Case, verb: Verb, who: Who) -> None:
        fate = data.draw(st.sampled_from(FATES))
        is_stale, is_killed = fate == "stale" and not who.is_filer, fate == "killed"
        expected = not is_stale and may(who, verb, case, self.now, self._repeats(case))
        try:
            with transaction(self.sessions) as session:
                appeal = self._access(session, case, who, stale=is_stale)
                effect, also = self._call(session, data, appeal, case, verb, who)
                expected = expected and also
                effect()
                if is_killed:
                    raise Killed
        except Killed:
            assert expected, f"{who.name} {verb} {case}"
        except ServiceError as error:
            assert not expected, f"{who.name} {verb} {case}: {error}"
            refusals[error.code] += 1
            if is_stale:
                assert isinstance(error, AppealChanged)
        else:
            assert expected, f"{who.name} was let {verb} {case}"
            self._note(case, verb, who)
        self.touched.add(case.number)

    def _access(self, session: Any, case: Case, who: Who, *, stale: bool) -> Appeal:
        if who.is_filer:
            return access_appeal_for(session, identity_keys=[who.name], number=case.number)
        appeal = access_appeal_for_staff(session, number=case.number)
        if stale:
            access_appeal_for_staff(session, number=case.number, version=appeal.version - 1)
        return appeal

    def _call(
        self, session: Any, data: st.DataObject, appeal: Appeal, case: Case, verb: Verb, who: Who
    ) -> tuple[Any, bool]:
        """The call for a move with what it needs; and whether what was drawn lets it succeed."""
        self.drawn: Any = None
        base = {"appeal": appeal, "actor": _doer(who), "now": self.now}
        draw = data.draw
        match verb:
            case Verb.ASSIGN | Verb.REASSIGN:
                self.drawn = draw(st.sampled_from(OFFICERS)).name
                to_self = verb is Verb.REASSIGN or who.supervises or self.drawn == who.name
                doing = assign_appeal if verb is Verb.ASSIGN else reassign_appeal
                return lambda: doing(session, **base, to=self.drawn), to_self
            case Verb.ANSWER:
                needs = case.kind == "relief_not_delivered"
                given = draw(st.booleans())
                code = "delivered" if given else None
                return (
                    lambda: answer_appeal(session, **base, text="办好了", resolution=code),
                    given == needs,
                )
            case Verb.TRANSFER:
                self.drawn = draw(st.sampled_from(UNITS))
                other = self.drawn != case.unit
                return (
                    lambda: transfer_appeal(session, **base, unit=self.drawn, why="归他们"),
                    other,
                )
            case Verb.OBJECT:
                self.drawn = draw(st.sampled_from(UNITS))
                return (
                    lambda: object_to_assignment(session, **base, unit=self.drawn, why="不归我"),
                    True,
                )
            case Verb.ASK_EXTENSION:
                self.drawn = draw(st.integers(0, 12))
                fits = 1 <= self.drawn <= KINDS[case.kind][1]
                return (
                    lambda: ask_extension(session, **base, working_days=self.drawn, why="要查"),
                    fits,
                )
            case Verb.MERGE:
                parent = self.drawn = draw(st.sampled_from(self.cases))
                other = access_appeal_for_staff(session, number=parent.number)
                return (
                    lambda: merge_appeal(session, **base, parent=other),
                    self._may_gather(who, case, parent),
                )
            case Verb.CALL_BACK:
                self.drawn = draw(st.booleans())
                can = may(Who(case.filer, is_filer=True), Verb.REOPEN, case, self.now, [])
                return (
                    lambda: call_back(
                        session, **base, rating=1, comment="还没好", wants_reopening=self.drawn
                    ),
                    can or not self.drawn,
                )
            case Verb.RATE:
                self.drawn = draw(st.integers(0, 6))
                fits = 3 <= self.drawn <= 5
                return lambda: rate_appeal(session, **base, rating=self.drawn), fits
            case Verb.ATTACH | Verb.ENCLOSE | Verb.KEEP_FILE:
                more = {
                    "file": plain_file(b"dots of file %d" % sum(made.values())),
                    "keys": self.keys,
                }
                return lambda: FILES[verb](session, **base, **more), True
            case _:
                return lambda: PLAIN[verb](session, **base), True

    def _may_gather(self, who: Who, case: Case, parent: Case) -> bool:
        in_hands = who.supervises or parent.holder in (None, who.name)
        must_resolve = case.kind == "relief_not_delivered" != parent.kind
        can_be = parent.status in (S.SUBMITTED, S.ACCEPTED, S.WORKING, S.WAITING)
        return parent is not case and can_be and in_hands and not must_resolve

    def _note(self, case: Case, verb: Verb, who: Who) -> None:
        """Let the model do what the code has done."""
        made[verb] += 1
        repeats = self._repeats(case)
        waited = case.status is S.WAITING
        moved(case, verb, by_filer=who.is_filer)
        match verb:
            case Verb.ASSIGN | Verb.REASSIGN:
                case.holder = self.drawn
                if verb is Verb.ASSIGN and case.transfer == (False, False, False):
                    case.transfer = (False, True, False)
            case Verb.ASK_FOR_MORE:
                case.holder = case.holder or who.name
                case.paused_since = self.now if KINDS[case.kind][2] else None
            case Verb.SUPPLEMENT if waited:
                case.resume(self.now)
            case Verb.ATTACH:
                case.filers_files += 1
                if waited:
                    case.resume(self.now)
            case Verb.ENCLOSE | Verb.KEEP_FILE:
                case.bureaus_files += 1
            case Verb.ANSWER:
                self._answered(case, who, repeats)
            case Verb.CONFIRM | Verb.CLOSE:
                case.closed_at = self.now
            case Verb.WITHDRAW:
                case.paused_since = None
                for each in repeats:
                    moved(each, Verb.UNMERGE, by_filer=False)
                    self.touched.add(each.number)
            case Verb.REOPEN:
                self._reopened(case)
            case Verb.CALL_BACK if self.drawn:
                moved(case, Verb.REOPEN, by_filer=False)
                self._reopened(case)
            case Verb.URGE:
                case.urged_on = day_of(self.now)
            case Verb.MERGE:
                case.parent = self.drawn
                moved(self.drawn, Verb.GATHER, by_filer=False)
                self.touched.add(self.drawn.number)
            case _:
                self._note_request_or_transfer(case, verb, who)

    def _answered(self, case: Case, who: Who, repeats: list[Case]) -> None:
        case.holder = case.holder or who.name
        case.resume(self.now)
        case.answered_at = self.now
        for each in repeats:
            moved(each, Verb.ANSWER_MERGED, by_filer=False)
            each.holder, each.answered_at = each.holder or case.holder, self.now
            self.touched.add(each.number)

    def _reopened(self, case: Case) -> None:
        case.answered_at = case.closed_at = None
        case.reopenings += 1
        case.restart(self.now)

    def _note_request_or_transfer(self, case: Case, verb: Verb, who: Who) -> None:
        match verb:
            case Verb.OBJECT:
                case.objects = (who.name, self.drawn)
            case Verb.OVERRULE_OBJECTION:
                case.objects = None
            case Verb.TRANSFER | Verb.UPHOLD_OBJECTION:
                case.unit = self.drawn or case.objects[1]
                case.transfer, case.holder = (False, False, False), None
                case.asks_extension = case.objects = None
            case Verb.TRANSFER_OUT:
                case.transfer, case.receipt = (True, False, False), False
            case Verb.RECEIPT:
                outside = case.transfer[0]
                case.transfer, case.receipt = (outside, True, False), outside
                case.holder = case.holder if outside else who.name
            case Verb.TAKE_BACK:
                case.transfer = (case.transfer[0], case.transfer[1], True)
                case.holder = case.holder or who.name
                case.restart(self.now)
            case Verb.ASK_EXTENSION:
                case.asks_extension = (who.name, self.drawn)
            case Verb.DENY_EXTENSION:
                case.asks_extension = None
            case Verb.GRANT_EXTENSION:
                case.extended += case.asks_extension[1]
                case.extensions += 1
                case.asks_extension = None
                case.promise()

    def _everybody_goes_away(self) -> None:
        """Nobody comes for a month: what was answered lapses, what was promised is escalated."""
        for _ in range(30):
            self.now += timedelta(days=1)
            self._do_what_is_due()

    def _do_what_is_due(self) -> None:
        """Work off what fell due, as the loop does; now and then a piece is done twice."""
        while True:
            with transaction(self.sessions) as session:
                lease = timedelta(seconds=60)
                due = claim_work(session, kinds=list(HANDLERS), now=self.now, lease=lease)
            if not due:
                return
            for work in due:
                with transaction(self.sessions) as session:
                    last = session.scalar(select(func.max(AppealAlert.id))) or 0
                    for _ in range(1 + work.id % 2):
                        HANDLERS[work.kind](session, work.payload, self.now)
                    finish_work(session, work.id, tries=work.tries, now=self.now)
                    number = session.get_one(Appeal, work.payload["appeal_id"]).number
                    alerts = session.scalars(select(AppealAlert).where(AppealAlert.id > last))
                    case = next(each for each in self.cases if each.number == number)
                    self._note_what_the_clock_did(work, case, [each.key for each in alerts])
                    self.touched.add(number)

    def _note_what_the_clock_did(self, work: DueWork, case: Case, keys: list[str]) -> None:
        reasons = {key.rpartition(":")[2] for key in keys}
        if work.kind == "appeals.lapse":
            if case.status is S.ANSWERED and case.round == work.payload["round"]:
                passed = days_between(day_of(case.answered_at), day_of(self.now))
                assert passed >= CONFIRM_WITHIN, "closed before the days were over"
                moved(case, Verb.LAPSE, by_filer=False)
                case.closed_at = self.now
                made[Verb.LAPSE] += 1
        elif work.kind == "appeals.escalate" and keys:
            rung = next(iter(reasons - {"lapsed"}))
            assert case.clock_runs and self.now >= case.due_at, "escalated without a breach"
            assert (case.round, rung) not in case.rungs, "a rung twice in one round"
            case.rungs.add((case.round, rung))
            case.asks_extension = None
            self._clock_moved(case, Verb.ESCALATE, told=True)
        elif keys:
            assert case.clock_runs
            self._clock_moved(case, Verb.REMIND, told=False)

    def _clock_moved(self, case: Case, verb: Verb, *, told: bool) -> None:
        case.moves += 1
        case.told += told
        made[verb] += 1

    @invariant()
    def what_was_touched_is_as_the_model_says(self) -> None:
        """Looked at every few steps: what was touched since is remembered."""
        self.steps = getattr(self, "steps", 0) + 1
        if self.steps % LOOK_EVERY == 0:
            self._look()

    def _look(self) -> None:
        with reading(self.sessions) as session:
            for case in self.cases:
                if case.number in self.touched:
                    self._compare(session, case)
        self.touched.clear()

    def _compare(self, session: Any, case: Case) -> None:
        appeal = access_appeal_for_staff(session, number=case.number)
        told = _count(session, DueWork, DueWork.kind == "appeals.tell", _key_of(case))
        moves = _count(session, AppealMove, AppealMove.appeal_id == appeal.id)
        assert (appeal.status, appeal.assigned_to) == (case.status, case.holder)
        assert (appeal.due_on, appeal.due_at) == (case.due_on, case.due_at)
        assert appeal.provisional is False
        assert (moves, told) == (case.moves, case.told)
        assert (appeal.round_no, appeal.extensions) == (case.round, case.extensions)
        if case.status is S.MERGED:
            assert case.parent.status in (S.SUBMITTED, S.ACCEPTED, S.WORKING, S.WAITING)
            parent = access_appeal_for_staff(session, number=case.parent.number)
            assert appeal.number in {each.number for each in repeats_of(session, parent)}

    def _repeats(self, case: Case) -> list[Case]:
        return [each for each in self.cases if each.status is S.MERGED and each.parent is case]

    def teardown(self) -> None:
        if not hasattr(self, "sessions"):
            return
        self._everybody_goes_away()
        self._look()
        with reading(self.sessions) as session:
            verdict = verify_appeals(session)
            assert verdict.holds, verdict
            assert verdict.moves == sum(case.moves for case in self.cases)
            assert first_broken_line(session) is None
        self.engine.dispose()
        self.folder.cleanup()


@cache
def _empty_database() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        engine = open_engine(f"sqlite:///{path}")
        Base.metadata.create_all(engine)
        engine.dispose()
        return path.read_bytes()


def _doer(who: Who) -> Doer:
    return Doer(who.name) if who.is_filer else Doer(f"staff:{who.name}", who.supervises)


def _count(session: Any, table: Any, *wanted: Any) -> int:
    return session.scalar(select(func.count(table.id)).where(*wanted)) or 0


def _key_of(case: Case) -> Any:
    """The key of a notice is the case's number and the move: unique by the table itself."""
    return DueWork.key.startswith(f"{case.number}:")


def _with(doing: Any, **values: Any) -> Any:
    return lambda session, **base: doing(session, **base, **values)


#: How a file is brought.
FILES = {
    Verb.ATTACH: attach_file,
    Verb.ENCLOSE: _with(enclose_file, is_internal=False),
    Verb.KEEP_FILE: _with(enclose_file, is_internal=True),
}
#: Moves that need nothing but words.
PLAIN = {
    Verb.ACCEPT: accept_appeal,
    Verb.REFUSE: _with(refuse_appeal, why="不归税务管"),
    Verb.INFORM: _with(inform_filer, text="正在办"),
    Verb.ASK_FOR_MORE: _with(ask_for_more, text="请发截图"),
    Verb.SUPPLEMENT: _with(supplement_appeal, text="截图如下"),
    Verb.CONFIRM: confirm_appeal,
    Verb.CLOSE: close_transferred,
    Verb.REOPEN: reopen_appeal,
    Verb.WITHDRAW: withdraw_appeal,
    Verb.URGE: urge_appeal,
    Verb.REMIND: _with(remind_appeal, note="快"),
    Verb.TRANSFER_OUT: _with(transfer_out, office="社保局", telephone="12333", why="归他们"),
    Verb.RECEIPT: _with(record_receipt, receipt_no="HZ-1"),
    Verb.TAKE_BACK: _with(take_back, why="退回"),
    Verb.UPHOLD_OBJECTION: uphold_objection,
    Verb.OVERRULE_OBJECTION: _with(overrule_objection, why="就归你们"),
    Verb.GRANT_EXTENSION: grant_extension,
    Verb.DENY_EXTENSION: _with(deny_extension, why="来得及"),
    Verb.UNMERGE: _with(unmerge_appeal, why="不是一回事"),
}


class CasesInSpring(Cases):
    """Over 清明 and 五一."""

    start, turned = datetime(2026, 3, 30, 1, 30, tzinfo=UTC), 0


class CasesInAutumn(Cases):
    """Over 中秋 and 国庆, with their make-up days."""

    start, turned = datetime(2026, 9, 7, 15, 59, 59, tzinfo=UTC), 9


class CasesInWinter(Cases):
    """Over 春节."""

    start, turned = datetime(2026, 1, 26, 9, 0, tzinfo=UTC), 19


@pytest.mark.timeout(900)
@pytest.mark.parametrize("season", [CasesInSpring, CasesInAutumn, CasesInWinter])
def test_no_sequence_of_moves_leads_where_the_model_does_not(season: type[Cases]) -> None:
    run_state_machine_as_test(
        season,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_ten_thousand_moves_were_made_and_every_verb_among_them() -> None:
    if not made:
        pytest.skip("only counts what the machine above did")
    assert sum(made.values()) >= AT_LEAST, made
    assert set(made) >= {*VERBS, Verb.LAPSE, Verb.ESCALATE, Verb.FILE}
    assert refusals["appeal_changed"] and refusals["appeal_move_refused"]
