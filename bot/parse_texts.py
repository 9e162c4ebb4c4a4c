"""Tell what a trained model makes of many texts (批量理解), without a server.

Run in Rasa's own environment: ``python -m bot.parse_texts models/runmiao.tar.gz < texts.json``,
a JSON list of texts. The last line printed is a JSON list with what was understood of each.
"""

import argparse
import asyncio
import contextlib
import json
import sys

from rasa.core.agent import Agent

#: What stands above the acts where none of them is likely.
_FALLBACK = "nlu_fallback"


def understood(parsed: dict) -> dict:
    """Return the likeliest act, its probability and the entities, as an action hears them."""
    acts = [each for each in parsed["intent_ranking"] if each["name"] != _FALLBACK]
    best = acts[0] if acts else parsed["intent"]
    return {
        "act": best["name"],
        "probability": best["confidence"],
        "entities": [[each["entity"], each["value"]] for each in parsed["entities"]],
    }


async def parse(model: str, texts: list[str]) -> list[dict]:
    """Load a model and let it read every text."""
    agent = Agent.load(model)
    return [understood(await agent.parse_message(text)) for text in texts]


def main() -> None:
    """Read the texts, print what was understood of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", help="e.g. models/runmiao.tar.gz")
    model = parser.parse_args().model
    with contextlib.redirect_stdout(sys.stderr):  # Rasa logs to it
        told = asyncio.run(parse(model, json.load(sys.stdin)))
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
