"""How well the trained model understands utterances it never saw (留出集)."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "models" / "runmiao.tar.gz"
DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))
PYTHON = ROOT / ".venv-nlu" / "bin" / "python"
BUTTONS = {
    "转人工": {"ask_person"},
    "我要提诉求": {"file_appeal"},
    "继续填写诉求": {"file_appeal"},
    "重新填写诉求": {"file_appeal"},
    "不用转了": {"cancel", "deny"},
    "绑定企业": {"bind_firm"},
    "切换企业": {"switch_firm"},
    "切换到【示例】青禾小吃店": {"switch_firm"},
    "切换企业第2页": {"switch_firm"},
    "解除绑定【示例】青禾小吃店": {"unbind_firm"},
    "确认解除绑定【示例】青禾小吃店": {"unbind_firm"},
    "退出登录": {"unbind_firm"},
    "查诉求 SQ20261121-7K3M9Q": {"follow_appeal"},
    "催办诉求 SQ20261121-7K3M9Q": {"urge_appeal"},
    "补充诉求 SQ20261121-7K3M9Q": {"supplement_appeal"},
    "撤回诉求 SQ20261121-7K3M9Q": {"withdraw_appeal"},
    "确认撤回诉求 SQ20261121-7K3M9Q": {"withdraw_appeal"},
    "我们公司什么时候申报": {"ask_my_firm"},
    "我们公司今年交了多少税": {"ask_my_firm"},
    "我们公司有没有欠税": {"ask_my_firm"},
    "我们公司发票额度还剩多少": {"ask_my_firm"},
    "我们公司信用等级": {"ask_my_firm"},
    "我们公司享受了哪些优惠": {"ask_my_firm"},
}
#: A little under what was measured when the model was chosen (docs/adr/0003-nlu-pipeline.md).
FLOORS = {
    "act_accuracy": 0.79,
    "route_accuracy": 0.88,
    "out_of_scope_precision": 0.78,
    "out_of_scope_recall": 0.72,
    "entity_f1": 0.94,
}
PARSE = """
import asyncio, json, sys
from rasa.core.agent import Agent

async def main():
    agent = Agent.load(sys.argv[1])
    parsed = [(await agent.parse_message(text))["intent_ranking"] for text in json.load(sys.stdin)]
    ranked = [[one["name"] for one in each if one["name"] != "nlu_fallback"] for each in parsed]
    print(json.dumps([each[0] for each in ranked]))

asyncio.run(main())
"""


def responses() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path in sorted((ROOT / "bot" / "data").glob("*/responses.yml")):
        found |= yaml.safe_load(path.read_text("utf-8"))["responses"]
    return found


def form_buttons() -> list[tuple[str, str]]:
    """Each quick reply of a form's question, with the slot it answers."""
    return [
        (name.removeprefix("utter_ask_bind_form_").removeprefix("utter_ask_appeal_form_"), button)
        for name, variants in responses().items()
        if name.startswith("utter_ask_")
        for button in (each["payload"] for each in variants[0].get("buttons", ()))
    ]


def in_rasas_environment(*arguments: str, given: str = "") -> Any:
    """The JSON on the last line that a program prints there."""
    done = subprocess.run(
        [PYTHON, "-W", "ignore", *arguments],
        cwd=ROOT,
        input=given,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "RASA_TELEMETRY_ENABLED": "false"},
    )
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    """What the benchmark of the pipelines measures, for the model in use."""
    assert MODEL.exists(), "no trained model; make test trains it"
    return in_rasas_environment("benchmarks/nlu_pipelines.py", "--model", str(MODEL))


@pytest.fixture(scope="module")
def acts() -> dict[str, str]:
    """The best act of every button."""
    texts = [*BUTTONS, *(button for _, button in form_buttons())]
    found = in_rasas_environment("-c", PARSE, str(MODEL), given=json.dumps(texts))
    return dict(zip(texts, found, strict=True))


@pytest.mark.parametrize(("figure", "floor"), FLOORS.items())
def test_what_was_never_seen_is_understood(figures: dict[str, Any], figure: str, floor: float):
    assert figures["utterances"] >= 450
    assert figures[figure] >= floor


@pytest.mark.parametrize("said", BUTTONS)
def test_every_button_is_understood_as_what_it_does(acts: dict[str, str], said: str):
    assert acts[said] in BUTTONS[said]


@pytest.mark.parametrize(("slot", "said"), form_buttons())
def test_every_quick_reply_of_a_form_answers_its_question(
    acts: dict[str, str], slot: str, said: str
):
    mappings = DOMAIN["slots"][slot]["mappings"]
    fills = any(
        acts[said] == each["intent"] if "intent" in each else acts[said] not in each["not_intent"]
        for each in mappings
        if "entity" not in each
    )

    assert fills or acts[said] == "cancel"
