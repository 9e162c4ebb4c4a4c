"""Slips of hand and ear in a question (纠错), mended towards what the library says.

Two characters side by side that neither the library nor the dictionary knows give a slip away. One
edit mends it if it makes them known: a character that sounds alike, two characters changing
places, or a character put in where the library all but always has one. Pinyin left as typed is
read as words, and a blank between characters that belong together is closed.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from pypinyin import Style, lazy_pinyin

from knowledge_base.normalise import clean, is_word, words
from knowledge_base.spelling import Reader, near

_CHINESE = re.compile(r"[\u4e00-\u9fff]+")
_TYPED = re.compile(r"[a-z]+")
_BLANK = re.compile(r"(?<=[\u4e00-\u9fff]) +(?=[\u4e00-\u9fff])")
#: A pair of characters is worth 1 + ln(how often it is said); by so much an edit has to gain:
#: another character beside one other, between two others; more if it only sounds nearly alike;
#: for each pair that two changing places touch; a character put in.
AT_END, INSIDE, NOT_ALIKE, TURN, PUT_IN = 5.0, 3.0, 2.0, 1.5, 2.5
#: A character is replaced where the pairs that it stands in are worth no more: said by chance.
SELDOM = 2.0
#: What a word of the dictionary is worth at least, so that it is never taken for a slip.
WORD = 2.5
#: A character is put in where three are said so often, and so many times as often as the two.
SAID_BY_THREE, TIMES_AS_OFTEN = 3, 20
#: From fewer texts nothing is learned; of more texts so many are drawn, evenly.
FEWEST, MOST = 200, 40_000
#: So many slips of a stretch are mended; what is longer than this is left alone.
MOST_SLIPS, LONGEST = 3, 300

#: What an edit gains, and the text after it.
_Edit = tuple[float, str]


class Mender:
    """Knows which characters are said side by side.

    Args:
        texts: What the library asks and answers.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._pairs: Counter[str] = Counter()
        threes: Counter[str] = Counter()
        said: Counter[str] = Counter()
        self._latin: set[str] = set()
        for text in map(clean, texts):
            for run in _CHINESE.findall(text):
                self._pairs.update(run[at : at + 2] for at in range(len(run) - 1))
                threes.update(run[at : at + 3] for at in range(len(run) - 2))
            said.update(word for word in words(text) if _CHINESE.fullmatch(word))
            self._latin.update(_TYPED.findall(text))
        self._reader = Reader(said)
        self._sounds = {sign: _sound(sign) for sign in set("".join(self._pairs))}
        self._known_sounds = frozenset(self._sounds.values())
        self._after: defaultdict[str, set[str]] = defaultdict(set)  # by character and sound
        self._before: defaultdict[str, set[str]] = defaultdict(set)  # by sound and character
        for one, other in map(tuple, self._pairs):
            self._after[one + self._sounds[other]].add(other)
            self._before[self._sounds[one] + other].add(one)
        self._between = self._left_out(threes)

    def mend(self, text: str) -> str:
        """Mend a clean text; most texts need it nowhere."""
        if len(text) > LONGEST:
            return text
        text = _BLANK.sub(lambda gap: self._closed(text, gap), text)
        return _CHINESE.sub(lambda run: self._mended(run[0]), self._read(text))

    def _closed(self, text: str, gap: re.Match[str]) -> str:
        return "" if text[gap.start() - 1] + text[gap.end()] in self._pairs else gap[0]

    def _read(self, text: str) -> str:
        typed = set(_TYPED.findall(text))
        read = {each: self._reader.read(each) for each in typed - self._latin}
        if not _CHINESE.search(text) and (typed & self._latin or None in read.values()):
            return text  # another language
        return _TYPED.sub(lambda run: read.get(run[0]) or run[0], text) if read else text

    def _mended(self, run: str) -> str:
        for _ in range(MOST_SLIPS):
            gain, mended = max(self._edits(run), default=(0.0, run))
            if gain <= 0:
                break
            run = mended
        return run

    def _edits(self, run: str) -> Iterator[_Edit]:
        worth = self._worth(run)
        unknown = [at for at, each in enumerate(worth) if not each]
        for at in {place for cut in unknown for place in (cut - 1, cut, cut + 1)}:
            if 0 <= at < len(worth):
                yield from self._turned(run, worth, at)
        for at in {place for cut in unknown for place in (cut, cut + 1)}:
            yield from self._replaced(run, worth, at)
        for at in range(len(worth)):
            if put := self._between.get(run[at : at + 2]):
                gain = math.log(put[0]) - worth[at] - PUT_IN
                yield gain, run[: at + 1] + put[1] + run[at + 1 :]

    def _turned(self, run: str, worth: Sequence[float], at: int) -> Iterator[_Edit]:
        first, last = max(at - 1, 0), min(at + 2, len(worth))
        mended = run[:at] + run[at + 1] + run[at] + run[at + 2 :]
        now = self._worth(mended[first : last + 1])
        if all(now):
            yield sum(now) - sum(worth[first:last]) - TURN * len(now), mended

    def _replaced(self, run: str, worth: Sequence[float], at: int) -> Iterator[_Edit]:
        first, last = max(at - 1, 0), min(at + 1, len(worth))
        was = sum(worth[first:last])
        if was > SELDOM:
            return
        heard = self._sounds.get(run[at]) or _sound(run[at])
        cost = was + (AT_END if last - first == 1 else INSIDE)
        for sound in {heard, *(near(heard) & self._known_sounds)}:
            off = 0.0 if sound == heard else NOT_ALIKE
            for sign in self._fitting(run, at, sound):
                mended = run[:at] + sign + run[at + 1 :]
                yield sum(self._worth(mended[first : last + 1])) - cost - off, mended

    def _fitting(self, run: str, at: int, sound: str) -> set[str]:
        """The characters of a sound that are said between the neighbours of a place."""
        after = self._after.get(run[at - 1] + sound, set()) if at else None
        before = self._before.get(sound + run[at + 1], set()) if at + 1 < len(run) else None
        if after is None or before is None:
            return after or before or set()
        return after & before

    def _worth(self, run: str) -> list[float]:
        """What each pair of a stretch is worth: 0 where it is unknown."""
        found = []
        for at in range(len(run) - 1):
            pair = run[at : at + 2]
            count = self._pairs.get(pair)
            said = 1 + math.log(count) if count else 0.0
            found.append(max(said, WORD) if said <= SELDOM and is_word(pair) else said)
        return found

    def _left_out(self, threes: Counter[str]) -> dict[str, tuple[int, str]]:
        """What is meant between two characters that are seldom said without it, and how often."""
        found: dict[str, tuple[int, str]] = {}
        for said, count in threes.items():
            pair = said[0] + said[2]
            if count >= SAID_BY_THREE and count > TIMES_AS_OFTEN * self._pairs.get(pair, 0):
                found[pair] = max(found.get(pair, (0, "")), (count, said[1]))
        return found


def learn_mender(texts: Iterable[str]) -> Mender | None:
    """Learn what is said side by side; None where there are too few texts to learn from."""
    given = list(texts)
    step = max(len(given) / MOST, 1.0)
    drawn = (given[int(place * step)] for place in range(min(len(given), MOST)))
    return Mender(drawn) if len(given) >= FEWEST else None


def _sound(sign: str) -> str:
    return lazy_pinyin(sign, style=Style.NORMAL)[0]
