"""Questions as editors see and keep them (去标识的提问): without numbers, names and firms."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.errors import InvalidInput
from core.masking import mask
from enterprises.tables import Enterprise, Person
from knowledge_base.library import Snapshot
from knowledge_base.normalise import clean, comparable

SHORTEST, LONGEST, MOST = 4, 60, 10
_USCC = re.compile(r"(?<![0-9A-Z])[0-9A-HJ-NP-RT-UWXY]{2}\d{6}[0-9A-HJ-NP-RT-UWXY]{10}(?![0-9A-Z])")
#: Shorter names are parts of too many words.
_SHORTEST_NAME, _LONGEST_NAME = 3, 20
_CHINESE = re.compile(r"[\u4e00-\u9fff（）()]+$")
#: A wording of another entry this like it is the same.
_SAME = 0.999


class WordingRefused(InvalidInput):
    """It cannot be a wording of the entry; the details say why (不能用作问法)."""

    code = "wording_refused"
    status = 422


@cache
def words() -> dict[str, Any]:
    """What stands in ``words.yml``."""
    return yaml.safe_load((Path(__file__).parent / "words.yml").read_text("utf-8"))


def anonymous(session: Session, text: str) -> str:
    """A question without numbers, firms and people that anybody could be known by."""
    text = _USCC.sub(words()["uscc"], mask(text).text)
    for column, instead in ((Enterprise.name, "firm"), (Person.name, "person")):
        for name in _named(session, column, text):
            text = text.replace(name, words()[instead])
    return without_firms(text)


def _named(session: Session, column: InstrumentedAttribute[str], text: str) -> list[str]:
    """The names on record that the text says, the longest first."""
    found = session.scalars(select(column).distinct().where(literal(text).contains(column)))
    return sorted((name for name in found if len(name) >= _SHORTEST_NAME), key=len, reverse=True)


def without_firms(text: str) -> str:
    """A text without what looks like the name of a firm."""
    ending = "|".join(words()["firm_endings"])
    done, place = "", 0
    for match in re.finditer(ending, text):
        before = text[place : match.start()]
        name = _name_at_end(before)
        if name and name not in words()["plain_names"]:
            done += before[: len(before) - len(name)] + words()["firm"]
        else:
            done += before + match[0]
        place = match.end()
    return done + text[place:]


def _name_at_end(text: str) -> str:
    """The part of a text that would be the beginning of a firm's name."""
    found = _CHINESE.search(text[-_LONGEST_NAME:])
    said = found[0] if found else ""
    for each in words()["not_in_a_name"]:
        said = said.rpartition(each)[2]
    return said if len(said) > 1 else ""


def check_wordings(
    texts: Sequence[str], snapshot: Snapshot, *, entry_id: str | None, known: Sequence[str] = ()
) -> list[str]:
    """Return the wordings as they are kept.

    Args:
        texts: As the editor wrote them.
        snapshot: The library.
        entry_id: The entry that they are for; None for a new one.
        known: The wordings that it has.

    Raises:
        WordingRefused: One is too short or long, tells of somebody, or is said of another entry.
    """
    found = [each for text in texts if (each := text.strip())]
    if not found:
        raise refused("nothing")
    taken = {comparable(each) for each in known}
    seen: set[str] = set()
    for text in found:
        _check_form(text)
        same = comparable(text)
        if same in seen:
            raise refused("twice", text=text)
        if same in taken:
            raise refused("known", text=text)
        seen.add(same)
        for hit in snapshot.index.search(text, limit=3):
            is_same = hit.likeness >= _SAME and comparable(hit.wording) == same
            if is_same and hit.entry_id != entry_id:
                question = snapshot.entries[hit.entry_id].question
                raise refused("of_another", text=text, question=question)
    return found


def _check_form(text: str) -> None:
    if not SHORTEST <= len(clean(text)) <= LONGEST:
        raise refused("length", text=text[:LONGEST], shortest=SHORTEST, longest=LONGEST)
    if mask(text).text != text or _USCC.search(text):
        raise refused("personal", text=mask(text).text)
    if without_firms(text) != text:
        raise refused("firm", text=text)


def refused(why: str, **values: Any) -> WordingRefused:
    """The error with its reason."""
    return WordingRefused(reason=words()["refusals"][why].format(**values), why=why)
