"""An editors' room, and a legal figure about flags that can be changed under an entry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
import yaml

from core.database import Sessions
from policy_rules import parameters as figures
from tests.knowledge_base.editors_room import Room

SetFee = Callable[..., None]


@pytest.fixture
def room(database: Sessions) -> Room:
    return Room(database)


@pytest.fixture
def set_fee(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SetFee]:
    """Sets ``flags.fee`` as a new version of the program would bring it, from real files."""
    folder = tmp_path / "parameters"
    (folder / "flags").mkdir(parents=True)
    read = partial(figures.read_parameters, folder)
    monkeypatch.setattr(figures, "read_parameters", read)

    def set_to(value: str, *, since: str = "2026-01-01", before: str | None = None) -> None:
        basis = {"basis": [{"document": "flag-1"}], "certainty": "verified"}
        spans = [{"from": since, "value": value, **basis}]
        if before is not None:
            last = {"from": "2026-01-01", "to": "2026-06-30", "value": before, **basis}
            spans = [last, {**spans[0], "from": "2026-07-01"}]
        told = {
            "id": "flags.fee",
            "title": "彩旗费",
            "unit": "yuan",
            "values": spans,
            "checked_on": "2026-09-01",
        }
        (folder / "flags" / "fee.yml").write_text(yaml.safe_dump(told), "utf-8")
        figures.installed_parameters.cache_clear()

    set_to("50")
    yield set_to
    monkeypatch.undo()
    figures.installed_parameters.cache_clear()
