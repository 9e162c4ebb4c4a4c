"""What may help a group of questions (建议怎么改): a wording, a term, an entry, its content."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, combinations

from consultations.learning_tables import ProposalKind
from knowledge_base.library import Snapshot
from knowledge_base.normalise import as_said, comparable, runs, words
from knowledge_base.thesaurus import file_terms, file_variants

#: So many different wordings of a group are searched with.
SEARCHED, NEAREST = 5, 5
#: An entry this near may want one of the questions as another wording.
NEAR = 0.45
#: A word is taken for a term that the library does not know if with the term an entry is found
#: this well, and by so much better; it is said in at least this share of the wordings, and what is
#: said beside it is about the entry as well. (Names of goods and of programs, as in 卖蜂箱要交税吗,
#: came to 0.58 and 0.48 at most; words that stand for a term to 0.75 and 0.55 at least.)
FOUND, GAIN, RECURS, BESIDE = 0.65, 0.12, 2 / 3, 0.5
#: How long a word may be; so many are tried, each with so many terms.
SHORTEST, LONGEST, MOST_WORDS, MOST_TERMS = 2, 8, 12, 8


@dataclass(frozen=True)
class Asked:
    """What a group is judged by."""

    texts: Sequence[str]  # different wordings, the first asked first
    talks: int
    answered: Counter[str]  # entries that the bot had answered with
    by_agents: Counter[str]  # entries that agents answered with


@dataclass(frozen=True)
class Verdict:
    """What may help, and the entry it is about."""

    kind: ProposalKind
    entry_id: str | None
    score: float
    word: str | None = None
    term: str | None = None


def judge(asked: Asked, snapshot: Snapshot) -> Verdict:
    """Tell what may help."""
    found = nearest_entries(asked.texts, snapshot)
    best, score = next(iter(found), (None, 0.0))
    chosen = _most(asked.by_agents, snapshot)
    if chosen is not None and chosen not in asked.answered:
        return Verdict(ProposalKind.SIMILAR, chosen, dict(found).get(chosen, 0.0))
    told = _most(asked.answered, snapshot)
    if told is not None and (told == chosen or told in dict(found)):
        return Verdict(ProposalKind.CONTENT, told, dict(found).get(told, 0.0))
    unknown = unknown_term(asked, snapshot, score)
    if unknown is not None:
        word, term, entry_id = unknown
        return Verdict(ProposalKind.TERM, entry_id, score, word, term)
    kind = ProposalKind.SIMILAR if score >= NEAR else ProposalKind.ENTRY
    return Verdict(kind, best, score)


def nearest_entries(texts: Sequence[str], snapshot: Snapshot) -> list[tuple[str, float]]:
    """The entries nearest to the wordings, the best first: by their mean score."""
    scores: defaultdict[str, float] = defaultdict(float)
    searched = texts[:SEARCHED]
    for text in searched:
        for hit in snapshot.index.search(text, limit=NEAREST):
            scores[hit.entry_id] += hit.score / len(searched)
    return sorted(scores.items(), key=lambda each: (-each[1], each[0]))[:NEAREST]


def _most(counted: Counter[str], snapshot: Snapshot) -> str | None:
    """The published entry named most."""
    standing = [(-count, name) for name, count in counted.items() if name in snapshot.entries]
    return min(standing)[1] if standing else None


def unknown_term(asked: Asked, snapshot: Snapshot, score: float) -> tuple[str, str, str] | None:
    """Find a word that recurs and that no wording has, where a known term would be understood.

    Args:
        asked: The group; what one person says alone is no word of people.
        snapshot: The library.
        score: How near the best entry is now.

    Returns:
        The word, the term, and the entry found with it.
    """
    texts = [as_said(text) for text in asked.texts[:SEARCHED]]
    if asked.talks < 2 or len(texts) < 2:
        return None
    tried = [
        (_mean_best([text.replace(word, term) for text in texts], snapshot), word, term)
        for word in _unknown_words(texts, snapshot)
        for term in _terms_near([text.replace(word, " ") for text in texts], snapshot)
    ]
    good = [each for each in tried if each[0][0] >= max(FOUND, score + GAIN)]
    if not good:
        return None
    (_, entry_id), word, term = max(good, key=lambda each: (each[0][0], -len(each[1]), each[1:]))
    return word, term, entry_id


def _mean_best(texts: Sequence[str], snapshot: Snapshot) -> tuple[float, str]:
    """How near the entry is that most of the texts are nearest to."""
    best = nearest_entries(texts, snapshot)
    return (best[0][1], best[0][0]) if best else (0.0, "")


def _unknown_words(texts: Sequence[str], snapshot: Snapshot) -> list[str]:
    """What recurs in the texts and has a pair of characters that no wording has."""
    said = Counter(word for text in texts for word in set(_stretches(text, snapshot)))
    recurring = [word for word, count in said.items() if count >= max(2, RECURS * len(texts))]
    return sorted(recurring, key=lambda word: (-said[word], len(word), word))[:MOST_WORDS]


def _stretches(text: str, snapshot: Snapshot) -> Iterator[str]:
    """Words in a row with a pair of characters between or in them that no wording has."""
    for run in runs(text):
        if run.isascii():
            if len(run) >= SHORTEST and not run.isdecimal() and not snapshot.index.says(run):
                yield run
            continue
        ends = list(accumulate((len(word) for word in words(run)), initial=0))
        for start, end in combinations(ends, 2):
            if SHORTEST <= end - start <= LONGEST and _is_unknown(run[start:end], snapshot):
                yield run[start:end]


def _is_unknown(word: str, snapshot: Snapshot) -> bool:
    if word in file_variants():
        return False
    return not all(snapshot.index.says(word[at : at + 2]) for at in range(len(word) - 1))


def _terms_near(texts: Sequence[str], snapshot: Snapshot) -> list[str]:
    """Standard terms of the entries that are nearest to the texts without the word."""
    named: Counter[str] = Counter()
    near = nearest_entries(texts, snapshot)
    for entry_id, score in near if near and near[0][1] >= BESIDE else ():
        entry = snapshot.entries[entry_id]
        for term in _terms_in(comparable(each) for each in (entry.question, *entry.similar)):
            if not any(term in text for text in texts):
                named[term] += round(score * 1000)
    return [term for term, _ in named.most_common(MOST_TERMS)]


def _terms_in(wordings: Iterable[str]) -> set[str]:
    text = " ".join(wordings)
    return {term for term in file_terms() if term in text}
