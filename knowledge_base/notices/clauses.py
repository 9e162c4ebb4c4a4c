"""A notice by its clauses (条款): 第一条, 一、, （一）, 1., each with the path that cites it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from knowledge_base.notices.vocabulary import words

_NUMERAL = "[一二三四五六七八九十百零〇]{1,5}"
_MARKS = (
    re.compile(rf"(第{_NUMERAL}章)\s*"),
    re.compile(rf"(第{_NUMERAL}节)\s*"),
    re.compile(rf"(第(?:{_NUMERAL}|\d{{1,3}})条)(?![第款项规之、，至])\s*"),
    re.compile(rf"({_NUMERAL})、\s*"),
    re.compile(rf"([（(]{_NUMERAL}[）)])\s*"),
    re.compile(r"(\d{1,2})[.．、]\s*(?!\d)"),
    re.compile(r"([（(]\d{1,2}[）)])\s*"),
)
#: The level of what has no mark.
PLAIN = len(_MARKS)
#: Chapters and sections are not cited with an article.
_NOT_CITED = 2
#: Down to here a clause is worth an entry of its own: 第一条, 一、 and （一）.
CITED_LEVELS = (2, 3, 4)
_FIRST = ("第一章", "第一节", "第一条", "第1条", "一")


@dataclass(frozen=True)
class Clause:
    """One clause: how it is cited, how deep it stands, its words."""

    path: str
    level: int
    text: str


def clauses_of(lines: Sequence[str]) -> list[Clause]:
    """The clauses in order; a line without a mark goes on with the clause before it.

    What stands before the first clause has an empty path. Where the numbers begin anew, an annex
    begins; an annex that only says the same once more is left out.
    """
    found: list[tuple[str, int, list[str]]] = []
    labels: list[tuple[int, str]] = []
    annex, begun = "", 0
    for line in lines:
        level, label, text = _mark(line)
        if level == PLAIN and found:
            found[-1][2].append(line)
            continue
        if level == PLAIN:
            found.append(("", level, [line]))
            continue
        labels = [each for each in labels if each[0] < level]
        if not labels and label in _FIRST:
            begun += 1
            annex = f"{words()['annex']}{begun - 1 if begun > 2 else ''}" if begun > 1 else ""
        labels.append((level, label))
        found.append((annex + _path(labels), level, [text]))
    clauses = [Clause(path, level, "\n".join(said).strip()) for path, level, said in found]
    return _without_repeats(clauses)


def _without_repeats(clauses: Sequence[Clause]) -> list[Clause]:
    """The clauses without an annex that repeats the text."""
    seen: set[tuple[int, str]] = set()
    kept = []
    for clause in clauses:
        said = (clause.level, clause.text.partition("\n")[0])
        if not (clause.path.startswith(words()["annex"]) and said[1] and said in seen):
            kept.append(clause)
        seen.add(said)
    return kept


def sentences_of(text: str) -> Iterator[str]:
    """The sentences of a clause."""
    for part in re.split(r"(?<=[。；！？\n])", text):
        if part.strip():
            yield part.strip()


def _mark(line: str) -> tuple[int, str, str]:
    """The level of a line, its mark, and what stands behind the mark."""
    for level, mark in enumerate(_MARKS):
        if match := mark.match(line):
            return level, match[1].replace("(", "（").replace(")", "）"), line[match.end() :]
    return PLAIN, "", line


def _path(labels: Sequence[tuple[int, str]]) -> str:
    cited = [label for level, label in labels if level >= _NOT_CITED]
    if not cited:
        return labels[-1][1]
    first = cited[0]
    return (first if first.startswith(("第", "（")) else f"第{first}条") + "".join(cited[1:])
