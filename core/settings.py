"""Every setting of the service in one table (设置): name, default, help; read once at start."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Any

from core.errors import ServiceError

PREFIX = "RUNMIAO_"
#: Where phones and codes may be sent to: never in plain over a network.
SAFE_TO_SEND_TO = ("https://", "http://127.0.0.1:", "http://127.0.0.1/")

#: A question waits no longer for an embedding model than this.
MOST_EMBEDDING_MILLIS = 3000


class BadSetting(ServiceError):
    """A setting cannot be used (设置有误)."""

    code = "bad_setting"


def _setting(default: Any, explains: str, *, secret: bool = False) -> Any:
    return field(default=default, metadata={"help": explains, "secret": secret})


@dataclass(frozen=True)
class Settings:
    """The settings of one process; the environment variable is ``RUNMIAO_`` + upper-case name."""

    mode: str = _setting("demo", "demo（示例企业、示例登录）或 production")
    data_folder: str = _setting("var", "数据库、日志、索引所在目录")
    database_url: str = _setting("", "数据库地址；留空用数据目录里的 SQLite 文件")
    host: str = _setting("127.0.0.1", "公开入口监听地址")
    port: int = _setting(8080, "公开入口端口")
    inner_port: int = _setting(5055, "内部入口端口（动作、指标、运维），只听 127.0.0.1")
    rasa_url: str = _setting("http://127.0.0.1:5005", "Rasa 地址")
    rasa_timeout_seconds: int = _setting(12, "等 Rasa 回复的最长秒数，超过就直接检索作答")
    public_url: str = _setting("http://127.0.0.1:8080", "对外网址，用于签名链接")
    bureau_file: str = _setting("", "办税机构资料 YAML；留空用自带的示例机构")
    secret_key: str = _setting("", "签名和加密的根密钥，至少 32 个字符", secret=True)
    operator_token: str = _setting("", "运维接口令牌", secret=True)
    wechat_token: str = _setting("", "微信公众号 Token；留空不开微信入口", secret=True)
    wechat_app_id: str = _setting("", "微信公众号 AppID")
    wechat_app_secret: str = _setting("", "微信公众号 AppSecret", secret=True)
    wechat_aes_key: str = _setting("", "微信 EncodingAESKey", secret=True)
    wechat_previous_aes_key: str = _setting("", "微信上一个 EncodingAESKey", secret=True)
    wechat_api_url: str = _setting("https://api.weixin.qq.com", "微信接口地址")
    sms_gateway_url: str = _setting("", "短信网关地址，验证码经它发出；https，或本机的 http")
    sms_gateway_token: str = _setting("", "短信网关令牌", secret=True)
    embedding_url: str = _setting(
        "", "语义向量接口的完整地址，以 /embeddings 结尾；https，或本机的 http；留空不用"
    )
    embedding_model: str = _setting("", "语义向量接口的模型名；写了接口地址就必填")
    embedding_key: str = _setting("", "语义向量接口的密钥", secret=True)
    embedding_folder: str = _setting(
        "", "本机语义模型的目录，内有 model.onnx 和 tokenizer.json；与接口地址二选一，留空不用"
    )
    embedding_timeout_millis: int = _setting(300, "提问时等语义向量接口的最长毫秒数，超过就不用它")
    embedding_weight_percent: int = _setting(10, "语义向量在相关度里占百分之几，0 到 100")
    hand_over_minutes: int = _setting(5, "等坐席接入的最长分钟数，超过自动转为诉求")
    correction_push_days: int = _setting(3, "更正等本人回来看的天数，过后主动告知打开了提醒的人")
    binding_days: int = _setting(180, "企业绑定有效天数")
    one_time_code_minutes: int = _setting(5, "验证码有效分钟数")
    keep_conversations_days: int = _setting(365, "咨询记录保存天数")
    keep_audit_days: int = _setting(1095, "审计记录保存天数")
    keep_contacts_days: int = _setting(180, "回访联系方式保存天数")
    messages_per_minute: int = _setting(20, "每个访问者每分钟最多提问次数")
    log_level: str = _setting("INFO", "日志级别")
    as_of: str = _setting("", "固定今天的日期，仅示例模式可用（测试、演示）")

    @property
    def is_demo(self) -> bool:
        return self.mode == "demo"

    @property
    def folder(self) -> Path:
        """Where this process keeps its files."""
        return Path(self.data_folder)

    @property
    def resolved_database_url(self) -> str:
        """The SQLAlchemy URL, a SQLite file by default."""
        return self.database_url or f"sqlite:///{(self.folder / 'runmiao.db').absolute()}"

    @property
    def corrections_wait(self) -> timedelta:
        return timedelta(days=self.correction_push_days)

    @property
    def hand_over_within(self) -> timedelta:
        return timedelta(minutes=self.hand_over_minutes)

    def public_values(self) -> dict[str, Any]:
        """Values for the start-up log, secrets left out."""
        return {
            each.name: ("（已设置）" if getattr(self, each.name) else "（未设置）")
            if each.metadata["secret"]
            else getattr(self, each.name)
            for each in fields(self)
        }


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment.

    Raises:
        BadSetting: A value has the wrong form, or an unknown ``RUNMIAO_`` name is set.
    """
    environment = os.environ if environment is None else environment
    known = {PREFIX + each.name.upper(): each for each in fields(Settings)}
    values: dict[str, Any] = {}
    for name, raw in environment.items():
        if not name.startswith(PREFIX) or name == "RUNMIAO_HOME":
            continue
        if name not in known:
            raise BadSetting(name=name, reason="没有这个设置")
        each = known[name]
        if isinstance(each.default, int):
            if not (raw.isascii() and raw.isdigit()):
                raise BadSetting(name=name, reason=f"要写整数，现在是 {raw!r}")
            values[each.name] = int(raw)
        else:
            values[each.name] = raw
    settings = Settings(**values)
    check_settings(settings)
    return settings


def check_settings(settings: Settings) -> None:
    """Refuse settings that must not serve people.

    Raises:
        BadSetting: The mode is unknown, or production runs with something only a demo may have.
    """
    if settings.mode not in ("demo", "production"):
        raise BadSetting(name="RUNMIAO_MODE", reason="只能是 demo 或 production")
    _check_embedding(settings)
    if settings.is_demo:
        return
    if len(settings.secret_key) < 32:
        raise BadSetting(name="RUNMIAO_SECRET_KEY", reason="正式模式要设至少 32 个字符的密钥")
    if len(settings.operator_token) < 16:
        raise BadSetting(name="RUNMIAO_OPERATOR_TOKEN", reason="正式模式要设至少 16 个字符的令牌")
    if not settings.bureau_file:
        raise BadSetting(name="RUNMIAO_BUREAU_FILE", reason="正式模式要写本单位的资料文件")
    if settings.as_of:
        raise BadSetting(name="RUNMIAO_AS_OF", reason="正式模式不能固定日期")
    if not settings.public_url.startswith("https://"):
        raise BadSetting(name="RUNMIAO_PUBLIC_URL", reason="正式模式的对外网址要用 https")
    if not settings.sms_gateway_url.startswith(SAFE_TO_SEND_TO):
        raise BadSetting(
            name="RUNMIAO_SMS_GATEWAY_URL",
            reason="正式模式要写短信网关地址，用 https 或本机的 http，否则发不出验证码",
        )


def _check_embedding(settings: Settings) -> None:
    """Questions leave the house through this: never in plain, never to a half-named place."""
    url, name = settings.embedding_url, "RUNMIAO_EMBEDDING_URL"
    if url and settings.embedding_folder:
        raise BadSetting(name=name, reason="与 RUNMIAO_EMBEDDING_FOLDER 只能写一个")
    if settings.embedding_weight_percent > 100:
        raise BadSetting(name="RUNMIAO_EMBEDDING_WEIGHT_PERCENT", reason="要写 0 到 100")
    if not 1 <= settings.embedding_timeout_millis <= MOST_EMBEDDING_MILLIS:
        raise BadSetting(
            name="RUNMIAO_EMBEDDING_TIMEOUT_MILLIS", reason=f"要写 1 到 {MOST_EMBEDDING_MILLIS}"
        )
    if not url:
        return
    if not url.startswith(SAFE_TO_SEND_TO):
        raise BadSetting(
            name=name, reason="要用 https 或本机的 http：纳税人的提问会发到那里，不能明文经过网络"
        )
    if "@" in url or not url.endswith("/embeddings"):
        raise BadSetting(
            name=name, reason="要写完整地址，以 /embeddings 结尾，不带用户名和参数，密钥另写"
        )
    if not settings.embedding_model:
        raise BadSetting(name="RUNMIAO_EMBEDDING_MODEL", reason="写了接口地址，就要写模型名")
