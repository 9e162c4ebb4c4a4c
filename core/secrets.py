"""Tokens, codes and sealed values (令牌与加密)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, InvalidToken

from core.errors import ServiceError

#: Letters and digits that cannot be mistaken for one another when read aloud.
CLEAR_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


class BrokenSeal(ServiceError):
    """A sealed or signed value was changed or made with another key (签名不符)."""

    code = "broken_seal"
    status = 403


def new_token() -> str:
    """A secret that cannot be guessed, 43 characters."""
    return secrets.token_urlsafe(32)


def new_code(length: int) -> str:
    """A short code of clear characters."""
    return "".join(secrets.choice(CLEAR_ALPHABET) for _ in range(length))


def new_digits(length: int) -> str:
    """A numeric one-time code."""
    return "".join(secrets.choice("0123456789") for _ in range(length))


def fingerprint(token: str) -> str:
    """What is stored of a token: enough to recognise it, useless to a thief."""
    return hashlib.sha256(token.encode()).hexdigest()


class Keys:
    """Everything that is derived from the root key (根密钥)."""

    def __init__(self, secret_key: str) -> None:
        self._root = secret_key.encode()
        self._box = Fernet(base64.urlsafe_b64encode(self._derive("vault")))

    def _derive(self, purpose: str) -> bytes:
        return hmac.digest(self._root, purpose.encode(), "sha256")

    def seal(self, text: str) -> str:
        """Encrypt ``text`` for the vault."""
        return self._box.encrypt(text.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """Decrypt what :meth:`seal` made.

        Raises:
            BrokenSeal: It was not made with this key.
        """
        try:
            return self._box.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise BrokenSeal from error

    def seal_bytes(self, content: bytes) -> bytes:
        """Encrypt a file; a third shorter than :meth:`seal` would make it."""
        return base64.urlsafe_b64decode(self._box.encrypt(content))

    def unseal_bytes(self, sealed: bytes) -> bytes:
        """Decrypt what :meth:`seal_bytes` made.

        Raises:
            BrokenSeal: It was not made with this key, or was changed.
        """
        try:
            return self._box.decrypt(base64.urlsafe_b64encode(sealed))
        except InvalidToken as error:
            raise BrokenSeal from error

    def keyed_hash(self, purpose: str, text: str) -> str:
        """A hash that only this service can make, for short secrets such as check codes."""
        return hmac.new(self._derive(purpose), text.encode(), "sha256").hexdigest()

    def sign(self, purpose: str, text: str) -> str:
        """A signature over ``text`` that fits into a link, 22 characters."""
        digest = hmac.digest(self._derive(purpose), text.encode(), "sha256")
        return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()

    def check_signature(self, purpose: str, text: str, signature: str) -> None:
        """Accept only a signature made by :meth:`sign`.

        Raises:
            BrokenSeal: The signature does not fit.
        """
        if not hmac.compare_digest(self.sign(purpose, text), signature):
            raise BrokenSeal
