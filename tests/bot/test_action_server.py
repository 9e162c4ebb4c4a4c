"""The action server (动作服务) and what the domain, the actions and the sentences must agree on."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa_sdk import Action

from bot.action_server import ActionServer
from bot.actions.base import ServiceAction
from bot.forms import FormCheck
from bot.services import use_services
from consultations.tables import Answer
from core.database import reading
from core.errors import ServiceError
from core.messages import error_sentences, sentence_for
from tests.bot.talks import FORM_SLOTS, Visit, actions_by_name

ROOT = Path(__file__).parents[2]
DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))
ROOMS = ("appeals", "channels", "consultations", "core", "desk", "enterprises", "policy_rules")
Visits = Callable[..., Visit]


def call_of(action: str, turn_id: str) -> dict[str, Any]:
    """What Rasa posts to its action server."""
    return {
        "next_action": action,
        "sender_id": "talk",
        "version": "3.6.21",
        "domain": DOMAIN,
        "tracker": {
            "sender_id": "talk",
            "slots": {"requested_slot": None},
            "latest_message": {
                "intent": {"name": "my_data", "confidence": 0.98},
                "entities": [],
                "metadata": {"turn_id": turn_id},
            },
            "events": [],
            "paused": False,
            "active_loop": {},
        },
    }


def run(call: dict[str, Any]) -> tuple[int, Any]:
    return asyncio.run(ActionServer().run(call))


def test_the_server_knows_exactly_the_actions_of_the_domain():
    assert ActionServer().names == set(DOMAIN["actions"])


def test_every_action_has_one_class_in_a_module_of_its_own():
    modules = [kind.__module__ for kind in actions_by_name().values()]

    assert len(modules) == len(set(modules)) == len(DOMAIN["actions"])
    for name, kind in actions_by_name().items():
        assert kind.__module__ == f"bot.actions.{name.removeprefix('action_')}"


def test_every_action_stands_on_the_common_base():
    kinds = list(actions_by_name().values())

    assert all(issubclass(kind, ServiceAction) for kind in kinds)
    ours = [each for each in Action.__subclasses__() if each.__module__.startswith("bot.")]
    assert ours == [ServiceAction]


@pytest.mark.parametrize("form", DOMAIN["forms"])
def test_every_form_is_checked_by_an_action(form: str):
    assert issubclass(actions_by_name()[f"validate_{form}"], FormCheck)
    assert tuple(DOMAIN["forms"][form]["required_slots"]) == FORM_SLOTS[form]


def test_an_action_answers_over_the_wire_with_the_turn_it_answered(
    visit: Visits, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("bot.services._live", [])
    talk = visit()
    use_services(talk.services)
    turn_id = talk.receive("我的数据")
    status, body = run(call_of("action_my_data", turn_id))

    assert status == 200 and body["events"] == []
    assert body["responses"][0]["custom"] == {"turn_id": turn_id}
    with reading(talk.services.sessions) as session:
        assert session.get_one(Answer, turn_id).act == "my_data"


def test_an_unknown_action_is_said_to_be_unknown():
    status, body = run(call_of("action_of_yesterday", "1"))

    assert status == 404 and body["action_name"] == "action_of_yesterday"


def test_a_call_without_a_domain_asks_for_it(visit: Visits):
    call = {**call_of("action_my_data", "1"), "domain": None}

    assert run(call)[0] == 449


def test_an_empty_call_does_nothing():
    assert run({"next_action": None}) == (200, None)


def every_error() -> list[type[ServiceError]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).glob("*.py")):
            importlib.import_module(f"{room}.{path.stem}")
    found, waiting = [], [ServiceError]
    while waiting:
        kind = waiting.pop()
        found.append(kind)
        waiting += [
            each for each in kind.__subclasses__() if not each.__module__.startswith("tests.")
        ]
    return sorted(set(found), key=lambda each: each.__qualname__)


@pytest.mark.parametrize("error", every_error(), ids=lambda each: each.__name__)
def test_every_error_that_may_reach_a_talk_has_a_sentence_of_its_own(error: type[ServiceError]):
    assert error.code in error_sentences()
    assert any("\u4e00" <= letter <= "\u9fff" for letter in sentence_for(error()))
