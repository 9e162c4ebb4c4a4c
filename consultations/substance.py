"""Whether two wordings of a statement say the same law (实质是否变化).

An editor who betters the words of an answer has changed nothing for those who read it before.
Figures, dates and what is allowed or not are substance; where in doubt it has changed.
"""

from __future__ import annotations

import re
from collections import Counter

from rapidfuzz import fuzz

from knowledge_base.normalise import comparable

_FIGURE = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?[%‰万亿]?")
#: Characters that turn a statement round; 免征 and 不征 are not the same as 征.
_TURNING = re.compile(r"[不未没无免停禁止仅只须应超达]")
#: Below this likeness (0 to 100) two wordings are taken for different statements.
LIKE = 60.0


def differs(old: str, new: str) -> bool:
    """Tell whether ``new`` says something else than ``old``."""
    if comparable(old) == comparable(new):
        return False
    return (
        _FIGURE.findall(old) != _FIGURE.findall(new)
        or Counter(_TURNING.findall(old)) != Counter(_TURNING.findall(new))
        or fuzz.ratio(comparable(old), comparable(new)) < LIKE
    )
