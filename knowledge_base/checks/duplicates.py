"""What stands twice (重复检查): one wording for two entries, questions and claims nearly alike."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from knowledge_base.checks.finding import Finding
from knowledge_base.normalise import comparable, grams
from knowledge_base.schema import Entry

_SIGNS = re.compile(r"[^\w%.]+")
#: Of the pairs of characters of two texts, so many must be shared to call them nearly alike.
ALIKE = 0.85
#: A block of texts larger than this says nothing: its pair of characters is everybody's.
_LARGEST_BLOCK = 60


def bare_wording(text: str) -> str:
    """A wording without filler, width, script and punctuation, as it is compared."""
    return _SIGNS.sub("", comparable(text))


def shared_wordings(entries: Iterable[Entry]) -> Iterator[Finding]:
    """Ways of asking that point to more than one entry."""
    owners: dict[str, dict[str, str]] = defaultdict(dict)
    for entry in entries:
        for wording in (entry.question, *entry.similar):
            owners[bare_wording(wording)].setdefault(entry.id, wording)
    for wording, by_entry in owners.items():
        if wording and len(by_entry) > 1:
            names = "、".join(sorted(by_entry))
            said = "／".join(dict.fromkeys(by_entry.values()))
            yield Finding(names, f"同一个问法指向几个条目：{said}", is_error=False)


@dataclass(frozen=True)
class Text:
    """A text to be compared, by its pairs of characters, and what it is of."""

    owner: str
    pairs: frozenset[str]

    @classmethod
    def of(cls, owner: str, text: str) -> Text:
        """Make a text comparable; runs of figures and latin count as one."""
        plain = _SIGNS.sub(" ", text.lower())
        return cls(owner, frozenset(unit for unit in grams(plain) if len(unit) > 1))


def near_pairs(texts: Iterable[Text], alike: float = ALIKE) -> Iterator[tuple[Text, Text]]:
    """Pairs of texts that share nearly all of their pairs of characters.

    Texts are compared only within blocks that share one of their rarest pairs, so that the work
    grows with the library and not with its square.
    """
    every = list(texts)
    counts: dict[str, int] = defaultdict(int)
    for text in every:
        for pair in text.pairs:
            counts[pair] += 1
    blocks: dict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(every):
        rarest = sorted(text.pairs, key=lambda pair: (counts[pair], pair))
        # Two texts that are so much alike have one of these in common.
        for pair in rarest[: len(rarest) - int(alike * len(rarest)) + 1]:
            blocks[pair].append(place)
    seen: set[tuple[int, int]] = set()
    for block in blocks.values():
        for one, other in combinations(block, 2) if len(block) <= _LARGEST_BLOCK else ():
            if (one, other) in seen:
                continue
            seen.add((one, other))
            if likeness(every[one], every[other]) >= alike:
                yield every[one], every[other]


def likeness(one: Text, other: Text) -> float:
    """How much of their pairs two texts share, between 0 and 1."""
    both = len(one.pairs) + len(other.pairs)
    return 2 * len(one.pairs & other.pairs) / both if both else 0.0


def near_duplicates(entries: Iterable[Entry]) -> Iterator[Finding]:
    """Entries whose standard questions are nearly the same."""
    questions = (Text.of(entry.id, bare_wording(entry.question)) for entry in entries)
    for one, other in near_pairs(text for text in questions if len(text.pairs) > 3):
        yield Finding(f"{one.owner}、{other.owner}", "两个条目的标准问题几乎相同", is_error=False)
