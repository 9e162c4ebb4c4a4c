"""Our envelope against wechatpy's, in both directions, and what it refuses."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from wechatpy.crypto import WeChatCrypto

from channels.wechat_crypto import Envelope, ForgedCall, Signed
from core.settings import BadSetting
from tests.wechat_platform import (
    AES_KEY,
    APP_ID,
    OTHER_AES_KEY,
    TOKEN,
    Call,
    WechatPlatform,
    sign,
)

NOW = datetime(2026, 9, 16, 17, 30, tzinfo=UTC)
XML = "<xml><Content><![CDATA[小规模季度28万要交税吗？😀]]></Content></xml>"
THIRD_KEY = "x" * 42 + "A"


def envelope(**changes: str) -> Envelope:
    return Envelope(**({"token": TOKEN, "app_id": APP_ID, "aes_key": AES_KEY} | changes))


def sealed(xml: str = XML, *, aes_key: str = AES_KEY, app_id: str = APP_ID) -> Call:
    return WechatPlatform(aes_key=aes_key).sealed(xml, app_id=app_id, at=NOW.timestamp())


def signed(call: Call, **changes: str) -> Signed:
    params = call.params
    values = {
        "signature": params["msg_signature"],
        "timestamp": params["timestamp"],
        "nonce": params["nonce"],
    }
    return Signed(**(values | changes))


def test_we_read_what_wechatpy_encrypts() -> None:
    call = sealed()

    opened = envelope().open(call.body.encode(), signed(call), now=NOW)

    assert opened.xml.decode() == XML


@pytest.mark.parametrize("length", [0, 1, 15, 31, 32, 33, 500])
def test_wechatpy_reads_what_we_seal(length: int) -> None:
    ours = envelope()
    call = sealed()
    key = ours.open(call.body.encode(), signed(call), now=NOW).key
    text = "税" * length

    body = ours.seal(text.encode(), key=key, now=NOW).decode()

    fields = _fields(body)
    read = WeChatCrypto(TOKEN, AES_KEY, APP_ID).decrypt_message(
        body, fields["MsgSignature"], fields["TimeStamp"], fields["Nonce"]
    )
    assert read == text


def test_the_previous_key_still_opens_and_the_reply_is_sealed_with_it() -> None:
    ours = envelope(aes_key=OTHER_AES_KEY, previous_aes_key=AES_KEY)
    call = sealed(aes_key=AES_KEY)

    opened = ours.open(call.body.encode(), signed(call), now=NOW)

    assert opened.xml.decode() == XML
    body = ours.seal(b"<xml/>", key=opened.key, now=NOW).decode()
    fields = _fields(body)
    read = WeChatCrypto(TOKEN, AES_KEY, APP_ID).decrypt_message(
        body, fields["MsgSignature"], fields["TimeStamp"], fields["Nonce"]
    )
    assert read == "<xml/>"


def test_the_present_key_opens_while_a_previous_one_is_kept() -> None:
    call = sealed(aes_key=OTHER_AES_KEY)

    ours = envelope(aes_key=OTHER_AES_KEY, previous_aes_key=AES_KEY)

    assert ours.open(call.body.encode(), signed(call), now=NOW).xml.decode() == XML


def test_a_key_that_is_neither_is_refused() -> None:
    call = sealed(aes_key=THIRD_KEY)

    with pytest.raises(ForgedCall):
        envelope(previous_aes_key=OTHER_AES_KEY).open(call.body.encode(), signed(call), now=NOW)


def test_a_message_for_another_account_is_refused() -> None:
    call = sealed(app_id="wx_of_somebody_else")

    with pytest.raises(ForgedCall):
        envelope().open(call.body.encode(), signed(call), now=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"signature": "0" * 40},
        {"signature": ""},
        {"signature": "签"},
        {"nonce": "another"},
        {"timestamp": "1"},
    ],
)
def test_a_signature_that_does_not_fit_is_refused(changes: dict[str, str]) -> None:
    call = sealed()

    with pytest.raises(ForgedCall):
        envelope().open(call.body.encode(), signed(call, **changes), now=NOW)


def test_the_plain_signature_does_not_stand_in_for_that_of_the_message() -> None:
    call = sealed()

    with pytest.raises(ForgedCall):
        envelope().open(
            call.body.encode(), signed(call, signature=call.params["signature"]), now=NOW
        )


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_call_that_was_signed_long_ago_or_ahead_is_refused(minutes: int) -> None:
    call = sealed()

    with pytest.raises(ForgedCall):
        envelope().open(call.body.encode(), signed(call), now=NOW + timedelta(minutes=minutes))


def test_a_call_of_four_minutes_ago_is_accepted() -> None:
    call = sealed()

    opened = envelope().open(call.body.encode(), signed(call), now=NOW + timedelta(minutes=4))

    assert opened.xml.decode() == XML


@pytest.mark.parametrize(
    "encrypted",
    ["AAAA", "====", base64.b64encode(b"x" * 16).decode(), base64.b64encode(b"x" * 64).decode()],
)
def test_a_rightly_signed_body_that_cannot_be_decrypted_is_refused(encrypted: str) -> None:
    timestamp = str(int(NOW.timestamp()))
    body = f"<xml><Encrypt>{encrypted}</Encrypt></xml>".encode()
    own = Signed(sign(TOKEN, timestamp, "n", encrypted), timestamp, "n")

    with pytest.raises(ForgedCall):
        envelope().open(body, own, now=NOW)


def test_two_encrypted_messages_in_one_body_are_refused() -> None:
    call = sealed()

    with pytest.raises(ForgedCall):
        envelope().open(call.body.encode() * 2, signed(call), now=NOW)


def test_the_address_is_confirmed_by_the_plain_signature() -> None:
    timestamp = str(int(NOW.timestamp()))
    good = sign(TOKEN, timestamp, "nonce")

    envelope().check_address(Signed(good, timestamp, "nonce"), now=NOW)

    with pytest.raises(ForgedCall):
        envelope().check_address(Signed(good, timestamp, "other"), now=NOW)


@pytest.mark.parametrize("bad", ["", "short", "!" * 43, "a" * 44])
def test_a_key_of_the_wrong_form_is_named_as_a_setting(bad: str) -> None:
    with pytest.raises(BadSetting) as raised:
        envelope(aes_key=bad)

    assert raised.value.details["name"] == "RUNMIAO_WECHAT_AES_KEY"


def _fields(body: str) -> dict[str, str]:
    return {each.tag: each.text or "" for each in ElementTree.fromstring(body)}
