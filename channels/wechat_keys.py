"""What the WeChat door is given (微信入口所用的服务), filled in by the app."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass

from aiohttp import web

from channels.keys import Turns
from core.bureau import Bureau
from core.clock import Clock
from core.database import Sessions
from core.hub import Hub
from core.secrets import Keys
from core.settings import Settings


@dataclass(frozen=True)
class WechatServices:
    """The services of the door. The platform hangs up after 5 seconds, so we stop before."""

    settings: Settings
    sessions: Sessions
    clock: Clock
    keys: Keys
    bureau: Bureau
    hub: Hub
    executor: Executor
    turns: Turns
    passive_seconds: float = 4.0


WECHAT: web.AppKey[WechatServices] = web.AppKey("wechat", WechatServices)
