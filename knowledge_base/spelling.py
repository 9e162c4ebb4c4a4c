"""Pinyin (拼音): which syllables are taken for each other, and what is meant by typed ones."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache

from pypinyin import Style, lazy_pinyin

#: The keys that a finger may hit instead of one.
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
#: First letters that ears and dialects take for each other.
_HEADS = {"n": "l", "l": "nr", "r": "l", "f": "h", "h": "f"}
#: What one more word costs when typed pinyin is read: few long words are meant, not many short.
_A_WORD = 6.0
#: No one types more of it at a stretch.
_LONGEST = 60


def spelled(text: str) -> str:
    """How Chinese sounds, without tones and blanks."""
    return "".join(lazy_pinyin(text, style=Style.NORMAL))


@cache
def beside(key: str) -> str:
    """The keys to the sides of a key, above and below."""
    row = next(number for number, keys in enumerate(_ROWS) if key in keys)
    place = _ROWS[row].index(key) + row / 2
    return "".join(
        each
        for number, keys in enumerate(_ROWS)
        for at, each in enumerate(keys)
        if each != key and abs(number - row) <= 1 and abs(at + number / 2 - place) <= 1
    )


@cache
def near(sound: str) -> frozenset[str]:
    """What a syllable is mistyped or misheard for; not all of it need be a syllable."""
    found = {
        sound[:at] + key + sound[at + 1 :]
        for at, hit in enumerate(sound)
        if hit in "".join(_ROWS)
        for key in beside(hit)
    }
    found |= {head + sound[1:] for head in _HEADS.get(sound[:1], "")}
    if sound[:2] in ("zh", "ch", "sh"):
        found.add(sound[0] + sound[2:])
    elif sound[:1] in ("z", "c", "s"):
        found.add(f"{sound[0]}h{sound[1:]}")
    if sound.endswith("ng"):
        found.add(sound[:-1])
    elif sound.endswith("n"):
        found.add(f"{sound}g")
    return frozenset(found)


class Reader:
    """Reads pinyin that was left as typed.

    Args:
        said: The words that can be meant, and how often each is said.
    """

    def __init__(self, said: Mapping[str, int]) -> None:
        self._meant: dict[str, tuple[float, str]] = {}
        for word, count in said.items():
            worth = math.log(count) - _A_WORD
            sound = spelled(word)
            if sound not in self._meant or self._meant[sound][0] < worth:
                self._meant[sound] = (worth, word)
        self._longest = max(map(len, self._meant), default=0)

    def read(self, typed: str) -> str | None:
        """Return the words that sound as ``typed``, the likeliest; None where none do."""
        if not 1 < len(typed) <= _LONGEST:
            return None
        best: list[tuple[float, str] | None] = [(0.0, "")]
        for end in range(1, len(typed) + 1):
            ways = []
            for start in range(max(0, end - self._longest), end):
                before, word = best[start], self._meant.get(typed[start:end])
                if before is not None and word is not None:
                    ways.append((before[0] + word[0], before[1] + word[1]))
            best.append(max(ways, default=None))
        return best[-1][1] if best[-1] else None
