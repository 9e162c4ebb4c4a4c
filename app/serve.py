"""Serving (运行服务): database brought up to date, library loaded, listeners and loops started."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from app.demo import load_demo
from app.door_services import DoorServices
from app.due_handlers import handlers, plan_recount, plan_retention, senders
from app.due_loop import DueLoop
from app.inner import make_inner_app, watch
from app.migrate import migrate
from app.public import make_public_app
from app.rasa_client import RasaClient
from app.rasa_keeper import RasaKeeper
from app.sms_gateway import SmsGateway
from app.wiring import Parts, unwire, wire
from appeals.heat.looking import plan_look
from appeals.kinds import Kinds, load_kinds
from bot.action_server import ActionServer
from bot.services import Services as BotServices
from bot.services import use_services
from channels.wechat_sender import WechatSender
from core.calendar.store import refresh_calendar
from core.clock import china_date
from core.database import transaction
from core.errors import ServiceError
from core.settings import Settings
from desk.learning_run import plan_collecting
from knowledge_base.expiry import plan_watch
from knowledge_base.files import read_library
from knowledge_base.ground import note_figures
from knowledge_base.life_cycle import send_back_changed
from knowledge_base.loading import load_files
from knowledge_base.store import FILES, current_revision
from outreach.planning import file_plan
from policy_rules.parameters import installed_parameters

logger = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parent.parent
REFRESH_SECONDS = 0.5


class PortInUse(ServiceError):
    """Another program listens there (端口被占用)."""

    code = "port_in_use"


@dataclass(frozen=True)
class Listening:
    """What a running process serves on."""

    public_url: str
    inner_url: str


def prepare(parts: Parts) -> list[tuple[str, str, list[str]]]:
    """Bring the database to the present shape and fill it.

    Returns:
        New demo logins with their passwords; none in production.
    """
    migrate(parts.database)
    files = read_library()
    for fault in files.faults:
        logger.warning("knowledge base file left out: %s", fault)
    with transaction(parts.sessions) as session:
        if parts.settings.is_demo or current_revision(session) == 0:
            load_files(session, files, editor=FILES, now=parts.clock())
        note_figures(session, installed_parameters(), now=parts.clock())
        for entry_id in send_back_changed(session, now=parts.clock()):
            logger.warning("%s reads otherwise than approved and is back in review", entry_id)
        plan_retention(session, now=parts.clock())
        plan_recount(session, now=parts.clock())
        plan_collecting(session, now=parts.clock())
        plan_look(session, now=parts.clock())
        file_plan(session, china_date(parts.clock()))
        plan_watch(session, china_date(parts.clock()))
    return load_demo(parts) if parts.settings.is_demo else []


async def serve(settings: Settings, *, with_rasa: bool, ready: asyncio.Event | None = None) -> None:
    """Serve until told to stop.

    Args:
        settings: The settings of this process.
        with_rasa: Whether this process keeps Rasa too.
        ready: Set once people can ask.

    Raises:
        PortInUse: A listener's port is taken.
    """
    started = time.monotonic()
    parts = wire(settings)
    logins = await asyncio.get_running_loop().run_in_executor(parts.executor, prepare, parts)
    parts.library.refresh()
    refresh_calendar(parts.sessions)
    kinds = load_kinds(hours=parts.bureau.hours)
    keeper = _keeper(parts) if with_rasa else None
    services = DoorServices(parts, kinds)
    use_services(_bot_services(parts, kinds))
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(unwire, parts)
        loop = _due_loop(stack, parts, services)
        public = make_public_app(services)
        await _listen(stack, public, settings.host, settings.port)
        await _listen(stack, make_inner_app(parts, ActionServer()), "127.0.0.1",
                      settings.inner_port)  # fmt: skip
        tasks = [
            asyncio.create_task(loop.run(), name="due work"),
            asyncio.create_task(_refresh(parts, keeper, loop), name="library refresh"),
        ]
        watching = keeper.run() if keeper is not None else parts.rasa.watch()
        tasks.append(asyncio.create_task(watching, name="Rasa"))
        if keeper is not None:
            await _until_ready(parts.rasa)
        _greet(parts, logins, started, keeper)
        if ready is not None:
            ready.set()
        await _until_stopped(tasks)


def _bot_services(parts: Parts, kinds: Kinds) -> BotServices:
    return BotServices(
        settings=parts.settings,
        sessions=parts.sessions,
        clock=parts.clock,
        keys=parts.keys,
        engine=parts.engine,
        bureau=parts.bureau,
        kinds=kinds,
        executor=parts.action_executor,
    )


def _due_loop(stack: contextlib.AsyncExitStack, parts: Parts, services: DoorServices) -> DueLoop:
    settings = parts.settings
    wechat = WechatSender(services) if settings.wechat_token else None
    sms = SmsGateway(settings, parts.keys, parts.clock) if settings.sms_gateway_url else None
    for sender in (wechat, sms):
        if sender is not None:
            stack.push_async_callback(sender.close)
    return DueLoop(parts, handlers(parts, services.kinds), senders(parts, wechat, sms))


def _keeper(parts: Parts) -> RasaKeeper:
    settings = parts.settings
    return RasaKeeper(
        parts.rasa,
        port=int(settings.rasa_url.rsplit(":", 1)[1]),
        inner_port=settings.inner_port,
        folder=settings.folder,
        python=ROOT / ".venv-nlu" / "bin" / "python",
        shelf=parts.models.shelf,
        on_unloadable=lambda digest: parts.models.put_back(digest, parts.clock()),
    )


async def _listen(
    stack: contextlib.AsyncExitStack, app: web.Application, host: str, port: int
) -> None:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=3)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        raise PortInUse(host=host, port=port) from error


async def _refresh(parts: Parts, keeper: RasaKeeper | None, loop: DueLoop) -> None:
    """Take over what editors publish and import; within a second, without a restart."""
    running = asyncio.get_running_loop()
    while True:
        try:
            await running.run_in_executor(parts.executor, refresh_calendar, parts.sessions)
            await running.run_in_executor(parts.executor, parts.library.refresh)
            watch(rasa_ready=parts.rasa.ready, keeper=keeper, waiting=loop.waiting)
        except Exception:
            logger.exception("library and calendar could not be refreshed")
        await asyncio.sleep(REFRESH_SECONDS)


async def _until_ready(rasa: RasaClient) -> None:
    waited = time.monotonic()
    told = 0
    while not rasa.ready and time.monotonic() - waited < 120:
        if time.monotonic() - waited > told:
            _say("  理解服务启动中（通常半分钟）…" if not told else "  仍在启动…")
            told += 15
        await asyncio.sleep(0.3)
    if not rasa.ready:
        _say("  理解服务还没有就绪，先用知识库直接作答；它会在后台继续启动，日志见 rasa.log。")


async def _until_stopped(tasks: list[asyncio.Task[None]]) -> None:
    stop = asyncio.Event()
    running = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        running.add_signal_handler(sign, stop.set)
    stopping = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
    for task in done - {stopping}:
        logger.error("%s ended by itself", task.get_name(), exc_info=task.exception())
    _say("\n正在停止…")
    for task in (*tasks, stopping):
        task.cancel()
    await asyncio.gather(*tasks, stopping, return_exceptions=True)


def _greet(
    parts: Parts,
    logins: list[tuple[str, str, list[str]]],
    started: float,
    keeper: RasaKeeper | None,
) -> None:
    settings = parts.settings
    entries = len(parts.library.snapshot.entries)
    lines = [
        f"✓ 润苗已启动，用时 {time.monotonic() - started:.0f} 秒；知识库 {entries} 条。",
        f"  咨询页面  {settings.public_url}/",
        f"  坐席页面  {settings.public_url}/desk/",
    ]
    if settings.is_demo:
        lines.append("  示例模式：企业、账号、验证码均为虚构，请勿录入真实信息。")
    if logins:
        lines.append("  示例账号（密码只显示这一次；忘了可执行 runmiao staff reset）：")
        lines += [
            f"    {login}  {password}  {'、'.join(roles)}" for login, password, roles in logins
        ]
    if keeper is not None and not parts.rasa.ready:
        lines.append("  注意：理解服务尚未就绪。")
    lines.append("  按 Ctrl-C 停止。")
    _say("\n".join(lines))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
