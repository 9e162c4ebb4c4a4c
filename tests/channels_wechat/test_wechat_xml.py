"""Reading what the platform sends, and writing replies."""

from __future__ import annotations

from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from channels.wechat_xml import UnreadableXml, read_incoming, write_text_reply
from tests.wechat_platform import as_xml

NOW = datetime(2026, 9, 16, 17, 30, tzinfo=UTC)
COMMON = {"ToUserName": "gh_1", "FromUserName": "oUser-1_a", "CreateTime": "1789579800"}
BOMB = """<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName><CreateTime>1</CreateTime>
<MsgType>text</MsgType><Content>&c;</Content><MsgId>1</MsgId></xml>"""
FILE_READER = """<!DOCTYPE xml [<!ENTITY file SYSTEM "file:///etc/passwd">]>
<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName><CreateTime>1</CreateTime>
<MsgType>text</MsgType><Content>&file;</Content><MsgId>1</MsgId></xml>"""


def test_a_text_is_known_by_its_message_id() -> None:
    xml = as_xml({**COMMON, "MsgType": "text", "Content": " 你好 ", "MsgId": "24000000001"})

    incoming = read_incoming(xml.encode())

    assert (incoming.kind, incoming.text) == ("text", "你好")
    assert (incoming.openid, incoming.account) == ("oUser-1_a", "gh_1")
    assert incoming.key == "msgid:24000000001"


def test_an_event_is_known_by_its_user_and_second() -> None:
    xml = as_xml({**COMMON, "MsgType": "event", "Event": "CLICK", "EventKey": "ASK"})

    incoming = read_incoming(xml.encode())

    assert (incoming.kind, incoming.event, incoming.event_key) == ("event", "click", "ASK")
    assert incoming.key == "event:oUser-1_a:1789579800:click"


def test_what_the_platform_heard_is_the_text_of_a_voice_message() -> None:
    fields = {**COMMON, "MsgType": "voice", "MediaId": "m", "Format": "amr", "MsgId": "1"}

    heard = read_incoming(as_xml({**fields, "Recognition": "怎么报税"}).encode())
    unheard = read_incoming(as_xml(fields).encode())

    assert (heard.text, unheard.text) == ("怎么报税", "")


@pytest.mark.parametrize("kind", ["image", "video", "shortvideo", "location", "link"])
def test_other_kinds_are_read_without_their_content(kind: str) -> None:
    incoming = read_incoming(as_xml({**COMMON, "MsgType": kind, "MsgId": "7"}).encode())

    assert (incoming.kind, incoming.text, incoming.key) == (kind, "", "msgid:7")


DOCUMENT_TYPE = "<!DOCTYPE xml>" + as_xml(
    {**COMMON, "MsgType": "text", "Content": "你好", "MsgId": "1"}
)


@pytest.mark.parametrize("xml", [BOMB, FILE_READER, DOCUMENT_TYPE])
def test_entities_and_document_types_are_refused(xml: str) -> None:
    with pytest.raises(UnreadableXml):
        read_incoming(xml.encode())


@pytest.mark.parametrize(
    "fields",
    [
        {**COMMON, "MsgType": "text", "Content": "x"},
        {**COMMON, "MsgType": "text", "Content": "x", "MsgId": "1; DROP TABLE"},
        {**COMMON, "MsgType": "text", "MsgId": "1", "FromUserName": "o<script>"},
        {**COMMON, "MsgType": "text", "MsgId": "1", "FromUserName": "o" * 41},
        {**COMMON, "MsgType": "event", "Event": "subscribe", "CreateTime": "soon"},
    ],
)
def test_a_message_without_what_every_message_has_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(UnreadableXml):
        read_incoming(as_xml(fields).encode())


@pytest.mark.parametrize("xml", [b"", b"not xml", b"\xff\xfe\x00", b"<xml><a></xml>"])
def test_what_is_no_xml_is_refused(xml: bytes) -> None:
    with pytest.raises(UnreadableXml):
        read_incoming(xml)


def test_a_reply_says_exactly_what_was_meant_whatever_stands_in_it() -> None:
    text = "1 < 2 && ]]> <a href='x'>税</a>\n第二行 😀"

    xml = write_text_reply(text + "\x0b\x00", openid="o1", account="gh_1", now=NOW)

    fields = {each.tag: each.text for each in ElementTree.fromstring(xml)}
    assert fields == {
        "ToUserName": "o1",
        "FromUserName": "gh_1",
        "CreateTime": str(int(NOW.timestamp())),
        "MsgType": "text",
        "Content": text,
    }
