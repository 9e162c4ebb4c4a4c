"""How long a full answer takes, and how many taxpayers at once are served. Prints JSON lines.

The whole service runs with its own Rasa, as ``runmiao serve`` starts it, beside a Rasa that gives
one fixed sentence. Both answer the same questions in turns, so what else the machine does at the
time slows both alike; ``parse`` is the understanding alone. What the engine took for its steps is
read from the stored answers. Then many taxpayers ask at once, and the database is counted.
"""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

import aiohttp

from benchmarks.counting import count_kept, steps_of_answers
from benchmarks.static_rasa import SENTENCE, StaticRasa
from benchmarks.web_talk import WebTalk
from knowledge_base.files import read_library
from tests.browser.running_service import RunningService

TALKS, QUESTIONS_EACH = 20, 10
#: Talks whose answers are compared with a static response, one question after the other.
COMPARED_TALKS = 10
SEED = 20260101


def main() -> None:
    """Start both, measure, print, stop both."""
    with tempfile.TemporaryDirectory() as folder:
        service_folder, static_folder = Path(folder, "service"), Path(folder, "static")
        service_folder.mkdir()
        static_folder.mkdir()
        static = StaticRasa(static_folder)
        service = RunningService(service_folder, messages_per_minute="100000")
        static.train()
        try:
            service.start()
            static.start()
            _print(asyncio.run(_compare(service, static)))
            _print(_steps(service.database_url))
            static.stop()  # it must not take part of the machine from what comes now
            _print([asyncio.run(_load(service))])
        finally:
            static.stop()
            service.stop()


def _print(lines: list[dict[str, object]]) -> None:
    for line in lines:
        print(json.dumps(line, ensure_ascii=False), flush=True)


def questions(count: int) -> list[str]:
    """Questions as people ask them: similar questions of our own library, always the same."""
    entries = read_library().entries.values()
    wordings = sorted({similar for entry in entries for similar in entry.similar})
    return random.Random(SEED).sample(wordings, count)


async def _compare(service: RunningService, bare: StaticRasa) -> list[dict[str, object]]:
    """Ask each question four ways, one after the other, in talks of ten questions."""
    asked = questions((COMPARED_TALKS + 1) * QUESTIONS_EACH)
    took: dict[str, list[float]] = {"static": [], "parse": [], "operator": [], "web": []}
    async with aiohttp.ClientSession() as session:
        for talk in range(COMPARED_TALKS + 1):
            web = WebTalk(session, service.url)
            await web.open()
            token = None
            for text in asked[talk * QUESTIONS_EACH : (talk + 1) * QUESTIONS_EACH]:
                static = await _static(session, bare.webhook, f"talk-{talk}", text)
                parse = await _parse(session, bare.parser, text)
                operator, token = await _operator(session, service.inner_url, text, token)
                both = (static, parse, operator, await web.ask(text))
                if talk:  # the first talk warms up
                    for name, millis in zip(took, both, strict=True):
                        took[name].append(millis)
            await web.close()
    base = _spread(took["static"])
    return [
        {
            "benchmark": "e2e.answer",
            "path": name,
            "answers": len(millis),
            **(found := _spread(millis)),
            "ratio_p50": round(found["p50_ms"] / base["p50_ms"], 2),
            "ratio_p95": round(found["p95_ms"] / base["p95_ms"], 2),
        }
        for name, millis in took.items()
    ]


async def _static(session: aiohttp.ClientSession, webhook: str, sender: str, text: str) -> float:
    started = time.perf_counter()
    async with session.post(webhook, json={"sender": sender, "message": text}) as response:
        said = await response.json()
    took = (time.perf_counter() - started) * 1000
    assert said == [] or said[0]["text"] == SENTENCE, said
    return took


async def _parse(session: aiohttp.ClientSession, parser: str, text: str) -> float:
    started = time.perf_counter()
    async with session.post(parser, json={"text": text}) as response:
        response.raise_for_status()
        await response.json()
    return (time.perf_counter() - started) * 1000


def _steps(database_url: str) -> list[dict[str, object]]:
    """What the engine took for its steps, of all that was asked until now."""
    return [
        {"benchmark": "e2e.step", "step": name, "answers": len(millis), **_spread(millis)}
        for name, millis in steps_of_answers(database_url).items()
    ]


async def _operator(
    session: aiohttp.ClientSession, inner_url: str, text: str, token: str | None
) -> tuple[float, str]:
    body = {"text": text, **({"conversation_token": token} if token else {})}
    started = time.perf_counter()
    async with session.post(f"{inner_url}/operator/ask", json=body) as response:
        response.raise_for_status()
        told = await response.json()
    return (time.perf_counter() - started) * 1000, told["conversation_token"]


async def _load(service: RunningService) -> dict[str, object]:
    """Twenty taxpayers at once, each asking the next thing when the last is answered."""
    asked = questions(TALKS * QUESTIONS_EACH)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        talks = [WebTalk(session, service.url) for _ in range(TALKS)]
        await asyncio.gather(*(talk.open() for talk in talks))
        before = count_kept(service.database_url)
        started = time.perf_counter()
        took = await asyncio.gather(
            *(_hold(talk, asked[place::TALKS]) for place, talk in enumerate(talks))
        )
        seconds = time.perf_counter() - started
        for talk in talks:
            await talk.close()
    kept = count_kept(service.database_url).since(before)
    shown = [bubble for talk in talks for bubble in talk.shown]
    return {
        "benchmark": "e2e.parallel",
        "conversations": TALKS,
        "messages": len(asked),
        "messages_per_second": round(len(asked) / seconds, 1),
        **_spread([each for one in took for each in one]),
        "lost": len(asked) - kept.answered,
        "lost_on_the_way": kept.bubbles - len(set(shown)),
        "doubled": kept.turns - len(asked) + kept.repeated,
        "doubled_on_the_way": len(shown) - len(set(shown)),
        "degraded": kept.degraded,
    }


async def _hold(talk: WebTalk, asked: list[str]) -> list[float]:
    return [await talk.ask(text) for text in asked]


def _spread(millis: list[float]) -> dict[str, float]:
    return {
        "p50_ms": round(median(millis), 1),
        "p95_ms": round(quantiles(millis, n=20, method="inclusive")[-1], 1),
    }


if __name__ == "__main__":
    main()
