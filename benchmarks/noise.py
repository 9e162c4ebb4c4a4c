"""What slips of hand and ear cost (错字、同音、拼音、繁体、转写): questions spoiled and searched.

Wordings of our own entries are held out of the library; each is searched clean and once for every
kind of slip. Prints JSON lines: Hit@1, Hit@3, and how many points of Hit@1 the kind costs, with
an interval by bootstrap over entries.
"""

from __future__ import annotations

import json
import random
import string
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cache

import numpy as np
import opencc
from pypinyin import Style, lazy_pinyin

from knowledge_base.files import read_library
from knowledge_base.layer import Wording
from knowledge_base.library import wordings_of
from knowledge_base.normalise import words
from knowledge_base.search import SearchIndex

SEED = 20260104
#: So many wordings are held out and searched.
SAMPLE = 1000
#: Of ten characters (or words, where whole words slip) one does; at least one in a question.
RATE = 0.1
DRAWS = 2000

#: The keys around a key, where pinyin is typed.
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
#: Sounds that ears and dialects take for each other.
_NEAR_HEADS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("f", "h"), ("r", "l"))
_NEAR_TAILS = (("ing", "in"), ("eng", "en"), ("ang", "an"))
#: What people say while they think.
_PAUSES = ("嗯", "呃", "那个", "就是", "就是说", "这个这个", "怎么说呢", "然后", "反正", "啊")

Slip = Callable[[str, random.Random, float], str]


def is_chinese(sign: str) -> bool:
    return "\u4e00" <= sign <= "\u9fff"


@cache
def by_sound() -> dict[str, str]:
    """The 3,755 commonest characters (first level of GB 2312) by how they sound, without tone."""
    signs = bytes(b for row in range(0xB0, 0xD8) for at in range(0xA1, 0xFF) for b in (row, at))
    found: defaultdict[str, str] = defaultdict(str)
    for sign in signs.decode("gb2312", "ignore"):
        found[lazy_pinyin(sign, style=Style.NORMAL)[0]] += sign
    return dict(found)


@cache
def beside(key: str) -> str:
    """The keys that a finger may hit instead of one, to its sides, above and below."""
    row = next(number for number, keys in enumerate(_ROWS) if key in keys)
    place = _ROWS[row].index(key) + row / 2
    return "".join(
        each
        for number, keys in enumerate(_ROWS)
        for at, each in enumerate(keys)
        if each != key and abs(number - row) <= 1 and abs(at + number / 2 - place) <= 1
    )


@cache
def mistyped(sound: str) -> tuple[str, ...]:
    """The syllables that come of one wrong key."""
    typed = (
        sound[:at] + key + sound[at + 1 :]
        for at, hit in enumerate(sound)
        if hit in string.ascii_lowercase
        for key in beside(hit)
    )
    return tuple(each for each in typed if each in by_sound())


@cache
def misheard(sound: str) -> tuple[str, ...]:
    """The syllables that a syllable is taken for."""
    near = []
    for pairs, is_head in ((_NEAR_HEADS, True), (_NEAR_TAILS, False)):
        for one, other in (*pairs, *((b, a) for a, b in pairs)):
            if is_head and sound.startswith(one):
                near.append(other + sound[len(one) :])
            elif not is_head and sound.endswith(one):
                near.append(sound[: -len(one)] + other)
    return tuple(dict.fromkeys(each for each in near if each in by_sound()))


def _some(places: Sequence[int], chance: random.Random, rate: float) -> set[int]:
    """Draw a share of the places, one at least where there is any."""
    return set(chance.sample(places, min(len(places), max(1, round(rate * len(places))))))


def _signs(text: str) -> list[int]:
    return [place for place, sign in enumerate(text) if is_chinese(sign)]


def _resounded(sounds_of: Callable[[str], Iterable[str]]) -> Slip:
    """Write other characters for some, of sounds that their own sound leads to."""

    def slip(text: str, chance: random.Random, rate: float) -> str:
        heard = lazy_pinyin(text, style=Style.NORMAL, errors=list)
        others = {
            place: [each for to in sounds_of(heard[place]) for each in by_sound().get(to, "")]
            for place in _signs(text)
        }
        others = {at: [e for e in signs if e != text[at]] for at, signs in others.items()}
        hit = _some([place for place, signs in others.items() if signs], chance, rate)
        return "".join(
            chance.choice(others[at]) if at in hit else sign for at, sign in enumerate(text)
        )

    return slip


def missing(text: str, chance: random.Random, rate: float) -> str:
    gone = _some(_signs(text), chance, rate)
    return "".join(sign for place, sign in enumerate(text) if place not in gone)


def doubled(text: str, chance: random.Random, rate: float) -> str:
    twice = _some(_signs(text), chance, rate)
    return "".join(sign * 2 if place in twice else sign for place, sign in enumerate(text))


def swapped(text: str, chance: random.Random, rate: float) -> str:
    signs = list(text)
    pairs = [
        at for at in _signs(text)[:-1] if is_chinese(text[at + 1]) and text[at] != text[at + 1]
    ]
    for at in sorted(_some(pairs, chance, rate)):
        signs[at], signs[at + 1] = signs[at + 1], signs[at]
    return "".join(signs)


def spelled(text: str, chance: random.Random, rate: float) -> str:
    """Leave whole words as the pinyin that was typed."""
    said = _cut(text)
    hit = _some([at for at, word in enumerate(said) if is_chinese(word[0])], chance, rate)
    return "".join(
        "".join(lazy_pinyin(word, style=Style.NORMAL)) if at in hit else word
        for at, word in enumerate(said)
    )


def traditional(text: str, chance: random.Random, rate: float) -> str:
    return _to_traditional().convert(text)


def full_width(text: str, chance: random.Random, rate: float) -> str:
    """Widen digits, letters and signs, and set a wide blank somewhere."""
    wide = "".join(chr(ord(s) + 0xFEE0) if "!" <= s <= "~" else s for s in text)
    place = chance.randrange(len(wide) + 1)
    return f"{wide[:place]}\u3000{wide[place:]}"


def stuttered(text: str, chance: random.Random, rate: float) -> str:
    """Say words twice, or think aloud before them."""
    said = _cut(text)
    hit = _some([at for at, word in enumerate(said) if is_chinese(word[0])], chance, rate)
    return "".join(
        f"{chance.choice((word, *_PAUSES)) if at in hit else ''}{word}"
        for at, word in enumerate(said)
    )


def _cut(text: str) -> list[str]:
    """The words of a text, and what stands between them."""
    pieces: list[str] = []
    for word in words(text):
        between, _, text = text.partition(word)
        pieces += [*between, word]
    return [*pieces, *text]


@cache
def _to_traditional() -> opencc.OpenCC:
    return opencc.OpenCC("s2t")


def mixed(text: str, chance: random.Random, rate: float) -> str:
    """Two kinds of slip, one after the other."""
    for kind in chance.sample(sorted(KINDS), 2):
        text = KINDS[kind](text, chance, rate)
    return text


KINDS: dict[str, Slip] = {
    "homophone": _resounded(lambda sound: (sound,)),
    "wrong_key": _resounded(mistyped),
    "misheard": _resounded(misheard),
    "missing": missing,
    "doubled": doubled,
    "swapped": swapped,
    "pinyin": spelled,
    "traditional": traditional,
    "full_width": full_width,
    "stutter": stuttered,
}


def spoiled(text: str, kind: str, *, seed: int = SEED, rate: float = RATE) -> str:
    """Spoil a question; the same seed spoils it in the same way.

    Args:
        text: The question.
        kind: One of ``KINDS``, or ``mixed``.
        seed: What slips are drawn by, with the text and the kind.
        rate: The share of characters or words that slip; one at least does.
    """
    slip = mixed if kind == "mixed" else KINDS[kind]
    return slip(text, random.Random(f"{seed} {kind} {text}"), rate)


def held_out(count: int = SAMPLE) -> tuple[list[Wording], SearchIndex]:
    """Wordings drawn at random, and the library indexed without them."""
    given = [each for entry in read_library().entries.values() for each in wordings_of(entry)]
    # The wording that carries the body is the standard question; it stays in.
    chosen = random.Random(SEED).sample([at for at, w in enumerate(given) if not w.body], count)
    out = set(chosen)
    return [given[at] for at in chosen], SearchIndex(
        w for at, w in enumerate(given) if at not in out
    )


def ranks(index: SearchIndex, asked: Iterable[tuple[str, str]]) -> list[int]:
    """The place at which each question finds its entry, from 1; 99 where it does not."""
    found = []
    for question, entry_id in asked:
        ids = [hit.entry_id for hit in index.search(question)]
        found.append(ids.index(entry_id) + 1 if entry_id in ids else 99)
    return found


def interval(losses: Sequence[int], entries: Sequence[str]) -> list[float]:
    """Where the mean loss lies, in points, with 95 %; whole entries are drawn."""
    names = sorted(set(entries))
    place = {name: at for at, name in enumerate(names)}
    of = [place[name] for name in entries]
    lost, asked = np.bincount(of, losses), np.bincount(of)
    drawn = np.random.default_rng(SEED).integers(len(names), size=(DRAWS, len(names)))
    means = lost[drawn].sum(axis=1) / asked[drawn].sum(axis=1)
    return [round(float(100 * each), 1) for each in np.quantile(means, (0.025, 0.975))]


def main() -> None:
    """Search clean and spoiled, and print a line for each kind."""
    asked, index = held_out()
    entries = [each.entry_id for each in asked]
    clean = ranks(index, ((each.text, each.entry_id) for each in asked))
    for kind in ("clean", *KINDS, "mixed"):
        said = [each.text if kind == "clean" else spoiled(each.text, kind) for each in asked]
        found = clean if kind == "clean" else ranks(index, zip(said, entries, strict=True))
        losses = [(was == 1) - (now == 1) for was, now in zip(clean, found, strict=True)]
        line = {
            "measure": "noise",
            "kind": kind,
            "queries": len(asked),
            "hit1": round(sum(place == 1 for place in found) / len(found), 4),
            "hit3": round(sum(place <= 3 for place in found) / len(found), 4),
            "hit1_loss_points": round(100 * sum(losses) / len(losses), 1),
            "loss_interval_95": interval(losses, entries),
        }
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
