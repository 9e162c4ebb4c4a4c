"""Whether a call comes from the WeChat platform, and what is in it (微信消息加解密)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import struct
from dataclasses import dataclass
from datetime import datetime
from xml.etree import ElementTree  # only to build; what came in is parsed by defusedxml

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from core.errors import NotAllowed
from core.settings import BadSetting

#: A call that was signed longer ago, or that much ahead, is refused as replayed.
FRESH_SECONDS = 300
_BLOCK = 32
_ENCRYPT = re.compile(
    rb"<Encrypt>\s*(?:<!\[CDATA\[)?\s*([A-Za-z0-9+/]+={0,2})\s*(?:\]\]>)?\s*</Encrypt>"
)


class ForgedCall(NotAllowed):
    """A call with a wrong or old signature, or not meant for this account (伪造或重放的调用)."""


@dataclass(frozen=True)
class Signed:
    """What the platform puts into the address of a call."""

    signature: str
    timestamp: str
    nonce: str


@dataclass(frozen=True)
class Opened:
    """A message in the clear, and the key that opened it: the reply is sealed with the same."""

    xml: bytes
    key: bytes


class Envelope:
    """Opens what the platform sent and seals what it gets, with this account's secrets.

    Args:
        token: The account's token.
        app_id: The account's AppID.
        aes_key: The present EncodingAESKey, 43 characters.
        previous_aes_key: The one before it, still accepted; empty if there is none.

    Raises:
        BadSetting: A key has the wrong form.
    """

    def __init__(
        self, *, token: str, app_id: str, aes_key: str, previous_aes_key: str = ""
    ) -> None:
        self._token = token
        self._app_id = app_id.encode()
        if not app_id:
            raise BadSetting(name="RUNMIAO_WECHAT_APP_ID", reason="开微信入口要填")
        self._keys = [_aes_key(aes_key, "RUNMIAO_WECHAT_AES_KEY")]
        if previous_aes_key:
            self._keys.append(_aes_key(previous_aes_key, "RUNMIAO_WECHAT_PREVIOUS_AES_KEY"))

    def check_address(self, signed: Signed, *, now: datetime) -> None:
        """Check the call with which the platform makes sure that the address is ours.

        Raises:
            ForgedCall: The signature is wrong or old.
        """
        self._check(signed, now)

    def open(self, body: bytes, signed: Signed, *, now: datetime) -> Opened:
        """Verify the signature, then decrypt; nothing is parsed before.

        Raises:
            ForgedCall: Signature, age, key or AppID is wrong.
        """
        found = _ENCRYPT.findall(body)
        if len(found) != 1:
            raise ForgedCall
        self._check(signed, now, found[0].decode())
        for key in self._keys:
            xml = self._decrypt(found[0], key)
            if xml is not None:
                return Opened(xml, key)
        raise ForgedCall

    def seal(self, xml: bytes, *, key: bytes, now: datetime) -> bytes:
        """Encrypt and sign a reply."""
        encrypted = self._encrypt(xml, key)
        timestamp, nonce = str(int(now.timestamp())), secrets.token_hex(8)
        root = ElementTree.Element("xml")
        for name, value in (
            ("Encrypt", encrypted),
            ("MsgSignature", self._sign(timestamp, nonce, encrypted)),
            ("TimeStamp", timestamp),
            ("Nonce", nonce),
        ):
            ElementTree.SubElement(root, name).text = value
        return ElementTree.tostring(root, encoding="utf-8")

    def _check(self, signed: Signed, now: datetime, *covered: str) -> None:
        expected = self._sign(signed.timestamp, signed.nonce, *covered)
        if not hmac.compare_digest(expected.encode(), signed.signature.encode()):
            raise ForgedCall
        if not re.fullmatch(r"[0-9]{1,12}", signed.timestamp):
            raise ForgedCall
        if abs(now.timestamp() - int(signed.timestamp)) > FRESH_SECONDS:
            raise ForgedCall

    def _sign(self, *parts: str) -> str:
        joined = "".join(sorted((self._token, *parts)))
        return hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest()

    def _decrypt(self, encrypted: bytes, key: bytes) -> bytes | None:
        try:
            sealed = base64.b64decode(encrypted, validate=True)
            decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
            padded = decryptor.update(sealed) + decryptor.finalize()
            fill = padded[-1]
            if not 1 <= fill <= _BLOCK or padded[-fill:] != bytes([fill]) * fill:
                return None
            content = padded[16:-fill]
            (length,) = struct.unpack(">I", content[:4])
        except (binascii.Error, ValueError, IndexError, struct.error):
            return None
        xml, app_id = content[4 : 4 + length], content[4 + length :]
        return xml if hmac.compare_digest(app_id, self._app_id) else None

    def _encrypt(self, xml: bytes, key: bytes) -> str:
        content = secrets.token_bytes(16) + struct.pack(">I", len(xml)) + xml + self._app_id
        fill = _BLOCK - len(content) % _BLOCK
        encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
        sealed = encryptor.update(content + bytes([fill]) * fill) + encryptor.finalize()
        return base64.b64encode(sealed).decode()


def _aes_key(text: str, setting: str) -> bytes:
    try:
        key = base64.b64decode(text + "=", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadSetting(name=setting, reason="要写 43 个字符的 EncodingAESKey") from error
    if len(text) != 43 or len(key) != 32:
        raise BadSetting(name=setting, reason="要写 43 个字符的 EncodingAESKey")
    return key
