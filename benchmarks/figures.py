"""How long figures of very many appeals take (诉求统计): counting a period, and its workbook.

Invented cases of one year with four to eight moves each stand in a database of their own; they
are counted by every grouping, as the export does, in a process that has done nothing else.
"""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from app.migrate import migrate
from app.tables import all_metadata
from appeals.figures import BY, read_figures
from appeals.figures_book import Made, write_book
from appeals.figures_period import Period
from appeals.kinds import Kinds, load_kinds
from appeals.tables import Appeal, AppealMove, AppealStatus, Origin, Verb
from core.bureau import read_bureau
from core.database import open_engine, open_sessions, reading, transaction
from core.secrets import new_code

APPEALS = int(os.environ.get("BENCH_APPEALS", "100000"))
#: Another database than a SQLite file of its own; it must be empty.
DATABASE = os.environ.get("BENCH_DATABASE_URL", "")
NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
YEAR = Period(date(2025, 11, 20), date(2026, 11, 19))
_ROOT = Path(__file__).parent.parent
_AT_ONCE = 2000


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        url = DATABASE or f"sqlite:///{folder}/figures.db"
        fill(url, APPEALS)
        words = [sys.executable, "-c", f"from benchmarks.figures import count; count({url!r})"]
        subprocess.run(words, cwd=_ROOT, check=True)


def count(url: str) -> None:
    """Count the year and write its workbook; prints seconds and the peak of memory."""
    sessions, bureau = open_sessions(open_engine(url)), read_bureau()
    common: dict[str, Any] = {"hours": bureau.hours, "region": bureau.region, "now": NOW}
    begun, worked = time.perf_counter(), time.process_time()
    with reading(sessions) as session:
        page = read_figures(session, YEAR, by=("kind", "week"), **common)
    shown, page_worked = time.perf_counter(), time.process_time()
    with reading(sessions) as session:
        told = read_figures(session, YEAR, by=BY, **common)
        before = read_figures(session, YEAR.before(), by=(), **common)
    counted, counted_worked = time.perf_counter(), time.process_time()
    book = write_book(told, before, Made(NOW, "bench"))
    print(
        json.dumps(
            {
                "benchmark": "figures",
                "database": url.partition(":")[0].partition("+")[0],
                "appeals": page.total.values["filed"],
                "page_seconds": round(shown - begun, 2),
                "page_cpu_seconds": round(page_worked - worked, 2),
                "export_cpu_seconds": round(counted_worked - page_worked, 2),
                "export_seconds": round(counted - shown, 2),
                "workbook_seconds": round(time.perf_counter() - counted, 2),
                "workbook_kb": round(len(book) / 1024),
                "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            }
        ),
        flush=True,
    )


def fill(url: str, appeals: int) -> None:
    """Put invented cases into an empty database."""
    all_metadata()
    engine = open_engine(url)
    migrate(engine)
    chance, kinds = random.Random(7), load_kinds()
    for first in range(1, appeals + 1, _AT_ONCE):
        numbers = range(first, min(first + _AT_ONCE, appeals + 1))
        made = [_invented(number, chance, kinds) for number in numbers]
        with transaction(open_sessions(engine)) as session:
            session.execute(insert(Appeal), [appeal for appeal, _ in made])
            session.execute(insert(AppealMove), [move for _, moves in made for move in moves])
    engine.dispose()


def _invented(
    number: int, chance: random.Random, kinds: Kinds
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    kind = kinds[chance.choice(sorted(kinds))]
    opened = YEAR.starts_at + (YEAR.ends_at - YEAR.starts_at) * chance.random()
    due_on = (opened + timedelta(days=kind.working_days + 3)).date()
    verbs = [Verb.FILE, Verb.ACCEPT, Verb.ASSIGN, *chance.choices((Verb.URGE, Verb.INFORM), k=2)]
    verbs += chance.choice(([], [Verb.GRANT_EXTENSION])) + [Verb.ANSWER]
    is_closed = chance.random() < 0.9
    verbs += [Verb.CONFIRM] if is_closed else []
    moves, at = [], opened
    for verb in verbs:
        moves.append(_move(number, verb, at, due_on))
        at += timedelta(hours=chance.randint(1, 30))
    return _case(number, kind.code, chance, opened, due_on, at if is_closed else None), moves


def _move(number: int, verb: Verb, at: datetime, due_on: date) -> dict[str, Any]:
    return {
        "appeal_id": number, "at": at, "actor": "staff:bench", "verb": verb, "from_status": None,
        "to_status": AppealStatus.WORKING, "promise_no": 1, "due_on": due_on, "chain": "",
    }  # fmt: skip


def _case(
    number: int,
    kind: str,
    chance: random.Random,
    opened: datetime,
    due_on: date,
    closed_at: datetime | None,
) -> dict[str, Any]:
    known = load_kinds()[kind]
    return {
        "id": number, "number": f"B{number:07}-{new_code(6)}", "check_code_hash": "",
        "check_code_sealed": "", "identity_key": f"bench:{number}", "kind": kind, "subject": "-",
        "detail": "-" * 200, "status": AppealStatus.CLOSED if closed_at else AppealStatus.ANSWERED,
        "opened_at": opened, "working_days": known.working_days, "clock_from": opened,
        "due_on": due_on, "due_at": opened + timedelta(days=known.working_days + 4),
        "provisional": False, "rules": known.rules().model_dump(mode="json"),
        "closed_at": closed_at, "unit": known.routes[0], "assigned_to": f"agent{number % 20:02}",
        "urges": chance.randint(0, 1), "rating": chance.choice((None, 1, 3, 4, 5, 5)),
        "origin": Origin.TAXPAYER, "particulars": {}, "version": 1,
    }  # fmt: skip
