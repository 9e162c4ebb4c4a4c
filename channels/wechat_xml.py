"""What a WeChat message says (微信消息解析), and how a reply is written; no entities, no DTD."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from xml.etree import ElementTree  # only to build

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from core.errors import InvalidInput

_NAME = re.compile(r"[A-Za-z0-9_@.\-]{1,40}")
_NUMBER = re.compile(r"[0-9]{1,30}")
_SECONDS = re.compile(r"[0-9]{1,12}")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class UnreadableXml(InvalidInput):
    """A message that is not what the platform sends (消息格式不对)."""


@dataclass(frozen=True)
class Incoming:
    """One message or event of a follower.

    ``key`` names it for good: the platform repeats it in every retry.
    """

    kind: str  # text, image, voice, video, shortvideo, location, link, event …
    openid: str
    account: str
    key: str
    text: str = ""  # what was typed, or what the platform heard in a voice message
    event: str = ""
    event_key: str = ""


def read_incoming(xml: bytes) -> Incoming:
    """Read a decrypted message.

    Raises:
        UnreadableXml: Not XML, with a DTD or entities, or without the fields every message has.
    """
    try:
        root = fromstring(xml, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise UnreadableXml(reason=type(error).__name__) from error
    fields = {child.tag: (child.text or "").strip() for child in root}
    openid = _field(fields, "FromUserName", _NAME)
    account = _field(fields, "ToUserName", _NAME)
    created = _field(fields, "CreateTime", _SECONDS)
    kind = fields.get("MsgType", "").lower()
    if kind == "event":
        event = fields.get("Event", "").lower()
        return Incoming(
            kind=kind,
            openid=openid,
            account=account,
            # Two events may fall into one second, e.g. a follow and a report of the location.
            key=f"event:{openid}:{created}:{event[:20]}",
            event=event,
            event_key=fields.get("EventKey", ""),
        )
    return Incoming(
        kind=kind,
        openid=openid,
        account=account,
        key=f"msgid:{_field(fields, 'MsgId', _NUMBER)}",
        text=fields.get("Recognition" if kind == "voice" else "Content", ""),
    )


def _field(fields: dict[str, str], name: str, form: re.Pattern[str]) -> str:
    value = fields.get(name, "")
    if not form.fullmatch(value):
        raise UnreadableXml(reason=name)
    return value


def write_text_reply(text: str, *, openid: str, account: str, now: datetime) -> bytes:
    """Write a passive text reply (被动回复)."""
    root = ElementTree.Element("xml")
    for name, value in (
        ("ToUserName", openid),
        ("FromUserName", account),
        ("CreateTime", str(int(now.timestamp()))),
        ("MsgType", "text"),
        ("Content", _NOT_XML.sub("", text)),
    ):
        ElementTree.SubElement(root, name).text = value
    return ElementTree.tostring(root, encoding="utf-8")
