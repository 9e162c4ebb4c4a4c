"""How wordings are made comparable (归一化): width, script, case, filler, editor-kept terms."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path

import opencc
import rjieba
import yaml
from pypinyin import Style, lazy_pinyin

from knowledge_base.thesaurus import edition, standardise

_FILLER = Path(__file__).parent / "terms" / "filler.yml"
_TAX_TERMS = Path(__file__).parent.parent / "bot" / "dictionary"
_WORD = re.compile(r"[a-z0-9]+(?:\.[0-9]+)?%?|[\u4e00-\u9fff]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u2028-\u202e\ud800-\udfff\ufeff]")


@cache
def _to_simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@cache
def _segmenter() -> rjieba.Jieba:
    segmenter = rjieba.Jieba()
    for path in sorted(_TAX_TERMS.glob("*.txt")):
        for line in path.read_text("utf-8").splitlines():
            if line.strip():
                segmenter.add_word(line.split()[0], 2_000_000, "n")
    return segmenter


@cache
def _filler() -> re.Pattern[str]:
    words = yaml.safe_load(_FILLER.read_text("utf-8"))
    return re.compile("|".join(sorted(map(re.escape, words), key=len, reverse=True)))


def clean(text: str) -> str:
    """One script, one width, one case; control characters gone."""
    plain = unicodedata.normalize("NFKC", _CONTROL.sub("", text)).lower()
    return _to_simplified().convert(plain)


def without_filler(text: str) -> str:
    """Drop greetings, politeness and story words; keep the text if nothing else is left."""
    kept = _filler().sub(" ", text)
    return kept if _WORD.search(kept) else text


def comparable(text: str) -> str:
    """The wording that is searched and compared, in standard terms."""
    return _comparable(text, edition())


@lru_cache(maxsize=30_000)
def _comparable(text: str, _: int) -> str:
    """Kept for one edition of the thesaurus."""
    return without_filler(standardise(clean(text)))


@lru_cache(maxsize=30_000)
def as_said(text: str) -> str:
    """The wording in the words that were said: a thesaurus also hides what was told apart."""
    return without_filler(clean(text))


def words(text: str) -> list[str]:
    """Words of a comparable text, with the terms of the tax dictionary kept whole."""
    return [word for word in _segmenter().cut(text) if _WORD.fullmatch(word)]


def is_word(text: str) -> bool:
    """Tell whether the dictionary has a word as it stands."""
    return _segmenter().has_word(text)


@cache
def _named_terms(*kinds: str) -> re.Pattern[str]:
    """What a question can be about, by the kinds of the dictionary."""
    names = {
        clean(line.split()[0])
        for kind in kinds
        for line in (_TAX_TERMS / f"{kind}.txt").read_text("utf-8").splitlines()
        if line.strip()
    }
    return re.compile("|".join(sorted(map(re.escape, names), key=len, reverse=True)))


def terms(text: str) -> frozenset[str]:
    """The tax terms that a comparable text names."""
    kinds = ("tax", "policy", "taxpayer_type", "invoice_type", "action_kind", "subject")
    return frozenset(_named_terms(*kinds).findall(text))


def taxes_of(terms_: Iterable[str]) -> frozenset[str]:
    """The taxes and fees among terms; 增值税 in 增值税发票 is none."""
    return frozenset(each for each in terms_ if _is_tax(each))


def taxes(text: str) -> frozenset[str]:
    """The taxes and fees that a comparable text names."""
    return taxes_of(terms(text))


@cache
def _is_tax(term: str) -> bool:
    return _named_terms("tax").fullmatch(term) is not None


def runs(text: str) -> list[str]:
    """The runs of Chinese, and of latin and digits, of a comparable text."""
    return _WORD.findall(text)


def grams(text: str) -> list[str]:
    """Single characters and pairs of a comparable text; runs of latin or digits stay whole."""
    units: list[str] = []
    for run in _WORD.findall(text):
        if "\u4e00" <= run[0] <= "\u9fff":
            units.extend(run)
            units.extend(run[i : i + 2] for i in range(len(run) - 1))
        else:
            units.append(run)
    return units


@cache
def _sound_of(sign: str) -> str:
    return str(lazy_pinyin(sign, style=Style.NORMAL)[0])


def syllables(text: str) -> list[list[str]]:
    """How each run of Chinese of a comparable text sounds, without tones.

    Each character sounds as it does by itself: question and wording are read alike, and words need
    not be found for it.
    """
    return [
        [_sound_of(sign) for sign in run]
        for run in _WORD.findall(text)
        if "\u4e00" <= run[0] <= "\u9fff"
    ]


def sounds(text: str) -> list[str]:
    """Pinyin pairs of a comparable text, so that a homophone still finds its term."""
    return [f"{a}-{b}" for run in syllables(text) for a, b in zip(run, run[1:], strict=False)]
