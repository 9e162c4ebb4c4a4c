"""Whether an entry speaks at all of what is asked about its matter (问哪一方面).

An entry about the same matter that says nothing of the aspect asked is the commonest wrong answer:
who asks how to look up a tax is not helped by how much it is.
"""

from __future__ import annotations

from functools import lru_cache

from knowledge_base.aspects import aspects_of
from knowledge_base.library import texts_of
from knowledge_base.schema import Entry


def unspoken(question: str, entry: Entry) -> frozenset[str]:
    """The aspects that a question asks about and an entry says nothing of."""
    return aspects_of(question) - _spoken(texts_of(entry))


@lru_cache(maxsize=10_000)
def _spoken(texts: tuple[str, ...]) -> frozenset[str]:
    return aspects_of("\n".join(texts))
