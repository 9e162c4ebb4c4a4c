"""Measure NLU pipelines (语义理解管道) on the held-out utterances; one JSON line for each.

Runs in Rasa's environment, from the project root: ``python benchmarks/nlu_pipelines.py``.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

HELD_OUT = Path("tests/nlu")
CONFIGS = (
    "config.yml",
    "bot/pipelines/logistic_regression_crf.yml",
    "bot/pipelines/diet.yml",
)
#: Extractors that learn from annotated sentences; the others follow the term lists.
LEARNED = {"CRFEntityExtractor", "DIETClassifier"}
#: Acts that lead to one and the same action, so mistaking one for another changes no route.
ANSWERED_ALIKE = {
    "ask_policy",
    "ask_procedure",
    "ask_eligibility",
    "ask_calculation",
    "ask_deadline",
    "inform",
    "greet",
    "thanks",
    "goodbye",
    "ask_help",
    "affirm",
    "deny",
    "cancel",
    "out_of_scope",
}
WARM_UP = "今天要办点事"


def train(config: str, folder: Path) -> tuple[Path, float]:
    """Train one pipeline and return the model file and the seconds it took."""
    name = Path(config).stem
    command = [sys.executable, "-m", "rasa", "train", "nlu", "--config", config]
    command += ["--nlu", "bot/data", "--out", str(folder), "--fixed-model-name", name]
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return folder / f"{name}.tar.gz", time.perf_counter() - started


def read_held_out(path: Path) -> list:
    """Read the held-out utterances with their acts and entities."""
    from rasa.shared.nlu.training_data.loading import load_data

    return list(load_data(str(path)).intent_examples)


def spans(entities: list[dict]) -> set[tuple[int, int, str]]:
    """Return entities as comparable spans, each once."""
    return {(found["start"], found["end"], found["entity"]) for found in entities}


def ratio(part: int, whole: int) -> float:
    """Return a share rounded to four places, 0 for nothing of nothing."""
    return round(part / whole, 4) if whole else 0.0


def f1(found: list[set], wanted: list[set]) -> float:
    """Return the micro-averaged F1 of spans that agree in border and type."""
    right = sum(len(one & other) for one, other in zip(found, wanted, strict=True))
    return ratio(2 * right, sum(map(len, found)) + sum(map(len, wanted)))


def resident_mb() -> float:
    """Return the resident memory of this process in megabytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return round(int(line.split()[1]) / 1024, 1)
    return 0.0


async def measure(model: Path, held_out: Path) -> dict:
    """Parse every held-out utterance with one model and score what comes back."""
    from rasa.core.agent import Agent

    agent = Agent.load(str(model))
    examples = read_held_out(held_out)
    for _ in range(20):
        await agent.parse_message(WARM_UP)
    memory = resident_mb()
    parsed, millis = [], []
    for example in examples:
        started = time.perf_counter()
        parsed.append(await agent.parse_message(example.get("text")))
        millis.append((time.perf_counter() - started) * 1000)
    millis.sort()
    return {
        "parse_ms_p50": round(millis[len(millis) // 2], 2),
        "parse_ms_p95": round(millis[int(len(millis) * 0.95)], 2),
        "resident_mb": memory,
        "model_kb": round(model.stat().st_size / 1024),
        **score_acts(examples, parsed),
        **score_entities(examples, parsed),
    }


def best_act(result: dict) -> str:
    """Return the likeliest act, also where the fallback stands above it."""
    ranking = [one for one in result["intent_ranking"] if one["name"] != "nlu_fallback"]
    return ranking[0]["name"] if ranking else result["intent"]["name"]


def score_acts(examples: list, parsed: list[dict]) -> dict:
    """Score the acts: accuracy, and how well what is foreign is told apart."""
    wanted = [example.get("intent") for example in examples]
    found = [best_act(result) for result in parsed]
    pairs = list(zip(wanted, found, strict=True))
    foreign = sum(one == other == "out_of_scope" for one, other in pairs)
    wrong = Counter(f"{one}>{other}" for one, other in pairs if one != other)
    routes = [tuple("answer" if act in ANSWERED_ALIKE else act for act in pair) for pair in pairs]
    by_act = {
        act: ratio(sum(one == other == act for one, other in pairs), wanted.count(act))
        for act in sorted(set(wanted))
    }
    return {
        "utterances": len(pairs),
        "act_accuracy": ratio(sum(one == other for one, other in pairs), len(pairs)),
        "route_accuracy": ratio(sum(one == other for one, other in routes), len(routes)),
        "out_of_scope_precision": ratio(foreign, found.count("out_of_scope")),
        "out_of_scope_recall": ratio(foreign, wanted.count("out_of_scope")),
        "fallback_share": ratio(
            sum(result["intent"]["name"] == "nlu_fallback" for result in parsed), len(parsed)
        ),
        "recall_by_act": by_act,
        "most_frequent_errors": wrong.most_common(8),
    }


def score_entities(examples: list, parsed: list[dict]) -> dict:
    """Score the entities: all, those of the term lists alone, those learned alone."""
    wanted = [spans(example.get("entities") or []) for example in examples]
    every = [result["entities"] for result in parsed]
    learned = [[one for one in found if one["extractor"] in LEARNED] for found in every]
    listed = [[one for one in found if one["extractor"] not in LEARNED] for found in every]
    scores = {
        "entity_f1": f1(list(map(spans, every)), wanted),
        "entity_f1_listed": f1(list(map(spans, listed)), wanted),
    }
    if any(learned):
        scores["entity_f1_learned"] = f1(list(map(spans, learned)), wanted)
    return scores


def main() -> None:
    """Train and measure each pipeline in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("configs", nargs="*", default=CONFIGS)
    parser.add_argument("--model", type=Path, help="measure this trained model only")
    parser.add_argument("--held-out", type=Path, default=HELD_OUT)
    arguments = parser.parse_args()
    if arguments.model:
        print(json.dumps(asyncio.run(measure(arguments.model, arguments.held_out))))
        return
    with tempfile.TemporaryDirectory() as folder:
        for config in arguments.configs:
            model, seconds = train(config, Path(folder))
            command = [sys.executable, __file__, "--model", str(model)]
            command += ["--held-out", str(arguments.held_out)]
            printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            figures = json.loads(printed.splitlines()[-1])
            head = {"pipeline": config, "train_seconds": round(seconds, 1)}
            print(json.dumps({**head, **figures}, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
