"""The account's access token (接口凭证): kept sealed, shared by all processes, fetched by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import update
from sqlalchemy.orm import Session

from channels.wechat_followers import insert_once
from channels.wechat_tables import WechatAccessToken
from core.secrets import BrokenSeal, Keys

#: The platform keeps the old token good for 5 minutes, so the next one is fetched before.
EARLY = timedelta(minutes=5)
LEASE = timedelta(seconds=15)


@dataclass(frozen=True)
class TokenState:
    """What to do now: use the token, fetch the next one (this caller alone), or wait."""

    step: Literal["use", "fetch", "wait"]
    token: str = ""


def token_state(
    session: Session, app_id: str, *, refused: str | None, keys: Keys, now: datetime
) -> TokenState:
    """Look at the stored token; where a new one is needed, one caller gets the lease.

    Args:
        session: Open session.
        app_id: The account.
        refused: A token that the platform did not accept.
        keys: Opens the sealed token.
        now: The moment.
    """
    insert_once(session, WechatAccessToken, app_id=app_id)
    row = session.get_one(WechatAccessToken, app_id, with_for_update=True, populate_existing=True)
    token = _unsealed(row, keys)
    left = row.expires_at - now if row.expires_at is not None else timedelta(0)
    is_good = token is not None and token != refused and left > timedelta(0)
    if is_good and token is not None and left > EARLY:
        return TokenState("use", token)
    if row.leased_until is None or row.leased_until < now:
        row.leased_until = now + LEASE
        return TokenState("fetch")
    return TokenState("use", token) if is_good and token is not None else TokenState("wait")


def _unsealed(row: WechatAccessToken, keys: Keys) -> str | None:
    try:
        return keys.unseal(row.sealed_token) if row.sealed_token else None
    except BrokenSeal:  # the root key was changed: fetch a new token
        return None


def store_token(
    session: Session, app_id: str, token: str, *, lasts: timedelta, keys: Keys, now: datetime
) -> None:
    """Keep a new token and end the lease."""
    session.execute(
        update(WechatAccessToken)
        .where(WechatAccessToken.app_id == app_id)
        .values(sealed_token=keys.seal(token), expires_at=now + lasts, leased_until=None)
    )


def end_lease(session: Session, app_id: str) -> None:
    """The token could not be fetched: let another try."""
    session.execute(
        update(WechatAccessToken)
        .where(WechatAccessToken.app_id == app_id)
        .values(leased_until=None)
    )
