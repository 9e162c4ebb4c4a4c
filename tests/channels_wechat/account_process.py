"""One app process with the WeChat door alone: the real wiring, turns and due-work loop."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from aiohttp import web

from app.due_loop import DueLoop
from app.wiring import Parts, unwire, wire
from channels.keys import SERVICES
from channels.wechat import add_wechat_routes
from channels.wechat_sender import WechatSender
from core.settings import read_settings


async def main() -> None:
    parts = wire(read_settings())
    sender = WechatSender(parts)  # type: ignore[arg-type]

    async def answer_again(payload: dict[str, Any]) -> None:
        await parts.turns.submit(payload["turn_id"])

    loop = DueLoop(
        parts, {}, {"deliver.wechat": sender.deliver, "consultations.answer": answer_again}
    )
    runner = await _listening(parts)
    working = asyncio.create_task(loop.run())
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    working.cancel()
    await runner.cleanup()
    await sender.close()
    await unwire(parts)


async def _listening(parts: Parts) -> web.AppRunner:
    app = web.Application()
    app[SERVICES] = parts
    add_wechat_routes(app)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, parts.settings.host, parts.settings.port).start()
    return runner


if __name__ == "__main__":
    asyncio.run(main())
