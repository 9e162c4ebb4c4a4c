"""How often one visitor may knock (访问频率): token buckets in memory, one set per process."""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.errors import ServiceError

#: A bucket that was full this long is forgotten.
_MOST_BUCKETS = 20_000


class RateLimited(ServiceError):
    """Too many requests in a short time (过于频繁)."""

    code = "rate_limited"
    status = 429


class TooManyLooks(RateLimited):
    """Too many looks at appeals by check code (查询过于频繁)."""

    code = "too_many_looks"


class TooManyMoves(RateLimited):
    """Too many moves of one appeal in a minute (操作过于频繁)."""

    code = "too_many_moves"


@dataclass
class _Bucket:
    left: float
    at: float


class RateLimit:
    """So many requests a minute for each key; the minute's worth may come at once."""

    def __init__(self, per_minute: int, refusal: type[RateLimited] = RateLimited) -> None:
        self._size = float(max(per_minute, 1))
        self._refusal = refusal
        self._buckets: dict[str, _Bucket] = {}

    def take(self, key: str, *, now: float) -> None:
        """Take one request.

        Args:
            key: Who asks.
            now: Seconds of a clock that never goes back.

        Raises:
            RateLimited: Nothing is left; the details say after how many seconds there will be.
        """
        bucket = self._buckets.get(key)
        if bucket is None:
            self._forget_full(now)
            bucket = self._buckets[key] = _Bucket(self._size, now)
        per_second = self._size / 60
        bucket.left = min(self._size, bucket.left + (now - bucket.at) * per_second)
        bucket.at = now
        if bucket.left < 1:
            raise self._refusal(retry_after=math.ceil((1 - bucket.left) / per_second))
        bucket.left -= 1

    def give_back(self, key: str) -> None:
        """Take a request as if it had not been: what it asked for turned out to be theirs."""
        bucket = self._buckets.get(key)
        if bucket is not None:
            bucket.left = min(self._size, bucket.left + 1)

    def _forget_full(self, now: float) -> None:
        if len(self._buckets) < _MOST_BUCKETS:
            return
        kept = {key: each for key, each in self._buckets.items() if now - each.at < 60}
        self._buckets = kept if len(kept) < _MOST_BUCKETS else {}


class Limits:
    """The limits of the public doors."""

    def __init__(self, messages_per_minute: int) -> None:
        self.messages = RateLimit(messages_per_minute)
        #: One office shares an address, so an address may do more than a person.
        self.messages_by_address = RateLimit(messages_per_minute * 6)
        self.conversations_by_address = RateLimit(messages_per_minute * 2)
        self.actions = RateLimit(messages_per_minute * 3)
        #: Only wrong check codes use these up; right ones are given back.
        self.appeal_looks = RateLimit(10, TooManyLooks)
        self.appeal_calls = RateLimit(60, TooManyLooks)
        self.appeal_moves = RateLimit(6, TooManyMoves)
        self.answer_looks = RateLimit(60)
        self.uploads = RateLimit(20)
        self.uploads_by_address = RateLimit(60)
