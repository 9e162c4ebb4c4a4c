"""Passwords (密码): made, hashed with argon2, and checked in the same time for everybody."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.secrets import new_code, new_token
from desk.errors import WeakPassword

SHORTEST = 12
_hasher = PasswordHasher()


def new_password() -> str:
    """A generated password: sixteen clear characters in groups of four, 80 bits."""
    return "-".join(new_code(4) for _ in range(4))


def hash_password(password: str) -> str:
    """Hash a password for storing; takes about a tenth of a second."""
    return _hasher.hash(password)


def is_password(password_hash: str | None, password: str) -> bool:
    """Tell whether the password fits; as slow for an unknown login as for a known one."""
    try:
        fits = _hasher.verify(password_hash or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return False
    return fits and password_hash is not None


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(new_token())


def check_new_password(password: str, *, login: str, old: str) -> None:
    """Refuse a password that is easy to guess.

    Raises:
        WeakPassword: Too short, the login, the old one, or a few characters repeated.
    """
    if (
        len(password) < SHORTEST
        or login.lower() in password.lower()
        or password == old
        or len(set(password)) < 5
    ):
        raise WeakPassword
