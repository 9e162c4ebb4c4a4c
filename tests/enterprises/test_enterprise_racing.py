"""Many at once: a code is used once, and guesses in parallel are all counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from threading import Barrier

import pytest

from core.database import Base, Sessions, open_engine, open_sessions, transaction
from core.errors import ServiceError
from core.secrets import Keys
from core.settings import Settings
from enterprises.kinds import Role
from enterprises.sample import load_sample
from enterprises.sample_firms import sample_firms
from tests.enterprises.visits import Door, other_than
from tests.postgres import execute

TOGETHER = 6
#: Several rounds: the first ones open the connections and so run one after another.
VISITORS = [f"web:visitor-{number}" for number in range(5)]


@pytest.fixture(params=["sqlite", "postgresql"])
def racing_door(
    request: pytest.FixtureRequest, tmp_path: Path, keys: Keys, settings: Settings, now: datetime
) -> Iterator[Door]:
    """A door to each kind of database, with a few firms loaded."""
    url = f"sqlite:///{tmp_path / 'race.db'}"
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres_url")
        execute(server, "CREATE DATABASE enterprises_race")
        url = f"{server.rpartition('/')[0]}/enterprises_race"
    engine = open_engine(url)
    Base.metadata.create_all(engine)
    sessions: Sessions = open_sessions(engine)
    with transaction(sessions) as session:
        load_sample(session, now=now, keys=keys, count=3)
    yield Door(sessions, keys, settings)
    engine.dispose()
    if request.param == "postgresql":
        execute(server, "DROP DATABASE enterprises_race WITH (FORCE)")


def _confirm_together(door: Door, code: str, visitor: str, now: datetime) -> Counter[str]:
    start = Barrier(TOGETHER)

    def confirm(_: int) -> str:
        start.wait()
        try:
            door.confirm(code, now=now, identity_key=visitor)
        except ServiceError as refusal:
            return refusal.code
        return "bound"

    with ThreadPoolExecutor(TOGETHER) as pool:
        return Counter(pool.map(confirm, range(TOGETHER)))


def _ask(door: Door, visitor: str, now: datetime) -> str:
    uscc = sample_firms(1)[0].uscc
    code = door.ask(uscc, role=Role.TAX_CLERK, now=now, identity_key=visitor).demo_code
    assert code is not None
    return code


def test_a_code_typed_in_six_times_at_once_binds_once(racing_door: Door, now: datetime) -> None:
    for visitor in VISITORS:
        code = _ask(racing_door, visitor, now)

        confirmed = _confirm_together(racing_door, code, visitor, now)

        assert confirmed == {"bound": 1, "code_already_used": 5}


def test_six_wrong_codes_at_once_are_counted_one_by_one(racing_door: Door, now: datetime) -> None:
    for visitor in VISITORS:
        code = _ask(racing_door, visitor, now)

        refused = _confirm_together(racing_door, other_than(code), visitor, now)

        assert refused == {"wrong_code": 4, "binding_locked": 2}
