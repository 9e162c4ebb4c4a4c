"""``runmiao ask``: questions through the running service, on the evaluation channel."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp

from app.json_rows import read_rows
from app.wiring import kept_secret
from core.errors import InvalidInput, ServiceError
from core.settings import Settings

AT_ONCE = 4


class ServiceAway(ServiceError):
    """The running service cannot be reached (服务没有运行)."""

    code = "service_away"


def add_to(commands: Any) -> None:
    """Add the sub-command."""
    ask = commands.add_parser("ask", help="向正在运行的服务提问（评测通道，不进报表）")
    ask.add_argument("text", nargs="?", help="一个问题")
    ask.add_argument("--file", type=Path, help='每行一个 {"question": "…"} 的文件')
    ask.add_argument("--as-of", help="当作这一天提问，如 2025-10-15")
    ask.add_argument("--enterprise", help="以这户企业（统一社会信用代码）的身份，须有运维令牌")
    ask.add_argument("--url", help="内部入口地址，默认本机")
    ask.add_argument("--json", action="store_true", help="最后一行输出 JSON")
    ask.add_argument("--out", type=Path, help="把每条回答写到这个 JSON 行文件")
    ask.set_defaults(run=_ask)


def _ask(given: argparse.Namespace, settings: Settings) -> None:
    if bool(given.text) == bool(given.file):
        raise InvalidInput(reason="写一个问题，或者用 --file 指定文件，二选一")
    questions = [{"question": given.text}] if given.text else _questions(given.file)
    url = given.url or f"http://127.0.0.1:{settings.inner_port}"
    token = ""
    if given.enterprise:
        token = settings.operator_token or kept_secret(settings, "operator_token")
    answers = asyncio.run(_ask_all(questions, url, given, token))
    if given.out:
        lines = (json.dumps(each, ensure_ascii=False) for each in answers)
        given.out.write_text("\n".join(lines) + "\n", "utf-8")
    if given.text:
        print(json.dumps(answers[0], ensure_ascii=False) if given.json else answers[0]["answer"])
        return
    outcomes = Counter(each["outcome"] for each in answers)
    print(
        json.dumps(
            {
                "questions": len(answers),
                "outcomes": dict(outcomes.most_common()),
                "millis_p50": sorted(each["millis"] for each in answers)[len(answers) // 2],
            },
            ensure_ascii=False,
        )
    )


def _questions(path: Path) -> list[dict[str, Any]]:
    return read_rows(path, ("question",), optional={"as_of": str})


async def _ask_all(
    questions: list[dict[str, Any]], url: str, given: argparse.Namespace, token: str
) -> list[dict[str, Any]]:
    gate = asyncio.Semaphore(AT_ONCE)
    done = 0

    async def one(row: dict[str, Any], session: aiohttp.ClientSession) -> dict[str, Any]:
        nonlocal done
        async with gate:
            body = {"text": row["question"], "as_of": row.get("as_of") or given.as_of}
            if given.enterprise:
                body["enterprise"] = given.enterprise
            headers = {"Authorization": f"Bearer {token}"}
            async with session.post(f"{url}/operator/ask", json=body, headers=headers) as response:
                told = await response.json()
        done += 1
        if given.file and done % 50 == 0:
            print(f"  {done}/{len(questions)}", file=sys.stderr)
        if "error" in told:
            return {"question": row["question"], "outcome": f"error_{told['error']['code']}",
                    "answer": told["error"]["message"], "millis": 0.0}  # fmt: skip
        return {"question": row["question"], **told}

    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
            return await asyncio.gather(*(one(row, session) for row in questions))
    except (aiohttp.ClientError, TimeoutError) as error:
        raise ServiceAway(url=url) from error
