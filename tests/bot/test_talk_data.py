"""What Rasa is taught (训练数据): complete, apart from the held-out set, and safe in its forms."""

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

DATA = Path("bot/data")
HELD_OUT = Path("tests/nlu")
DOMAIN = yaml.safe_load(Path("domain.yml").read_text("utf-8"))
ANNOTATION = re.compile(r"\[([^\]]+)\]\([a-z_]+\)")


def read_utterances(folder: Path) -> list[tuple[str, str]]:
    found = []
    for path in sorted(folder.rglob("*.yml")):
        for block in yaml.safe_load(path.read_text("utf-8")).get("nlu", []):
            for line in block["examples"].splitlines() if "intent" in block else ():
                found.append((block["intent"], ANNOTATION.sub(r"\1", line.removeprefix("- "))))
    return found


def read_rules() -> list[dict]:
    return [
        rule
        for path in sorted(DATA.glob("*/rules.yml"))
        for rule in yaml.safe_load(path.read_text("utf-8"))["rules"]
    ]


TRAINING = read_utterances(DATA)
HELD_OUT_UTTERANCES = read_utterances(HELD_OUT)
TAUGHT_ACTS = [act for act in DOMAIN["intents"] if act != "nlu_fallback"]


def test_no_held_out_utterance_is_trained_on():
    trained = {text for _, text in TRAINING}

    assert not [text for _, text in HELD_OUT_UTTERANCES if text in trained]


def test_no_utterance_teaches_two_acts():
    times = Counter(text for _, text in TRAINING)

    assert not [text for text, count in times.items() if count > 1]


def test_there_is_enough_to_learn_and_to_measure():
    assert len(TRAINING) >= 1500
    assert len(HELD_OUT_UTTERANCES) >= 450
    assert sum(act == "out_of_scope" for act, _ in TRAINING) >= 150


@pytest.mark.parametrize("act", TAUGHT_ACTS)
def test_every_act_is_taught_and_measured(act):
    assert sum(one == act for one, _ in TRAINING) >= 30
    assert sum(one == act for one, _ in HELD_OUT_UTTERANCES) >= 8


def test_only_acts_of_the_domain_are_taught():
    assert {act for act, _ in TRAINING} == set(TAUGHT_ACTS)


@pytest.mark.parametrize("act", DOMAIN["intents"])
def test_every_act_has_a_rule_outside_the_forms(act):
    opening = [rule for rule in read_rules() if "condition" not in rule]

    assert sum(rule["steps"][0]["intent"] == act for rule in opening) == 1


@pytest.mark.parametrize("action", DOMAIN["actions"])
def test_every_action_is_called_by_a_rule_or_its_form(action):
    called = {step.get("action") for rule in read_rules() for step in rule["steps"]}
    validated = {f"validate_{form}" for form in DOMAIN["forms"]}

    assert action in called | validated


@pytest.mark.parametrize("form", DOMAIN["forms"])
def test_a_form_fills_a_slot_only_when_it_asked_for_it(form):
    for slot in DOMAIN["forms"][form]["required_slots"]:
        for mapping in DOMAIN["slots"][slot]["mappings"]:
            assert mapping["conditions"] == [{"active_loop": form, "requested_slot": slot}]


@pytest.mark.parametrize("form", DOMAIN["forms"])
def test_every_act_that_interrupts_a_form_has_a_rule_there(form):
    inside = [rule for rule in read_rules() if {"active_loop": form} in rule.get("condition", [])]
    ruled = set()
    for rule in inside:
        first = rule["steps"][0]
        ruled |= {step["intent"] for step in first.get("or", [first]) if "intent" in step}

    interrupting = {
        act
        for slot in DOMAIN["forms"][form]["required_slots"]
        for mapping in DOMAIN["slots"][slot]["mappings"]
        for act in mapping.get("not_intent", [])
    }
    if form == "appeal_form":  # a confirmation takes only yes or no
        interrupting = set(DOMAIN["intents"]) - {"affirm", "deny"}
    assert interrupting <= ruled


def test_nothing_but_the_rules_follows_a_slot():
    assert not [name for name, slot in DOMAIN["slots"].items() if slot["influence_conversation"]]
