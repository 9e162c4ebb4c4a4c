"""A reply as one WeChat text (微信文本): short answer first, sources, numbers for buttons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from channels.answer_links import answer_link
from channels.wechat_words import layout, option_label, say
from core.bureau import Bureau
from core.secrets import Keys
from core.settings import Settings

MOST_CHARACTERS = 600
MOST_BYTES = 2048
_SHORT_LABEL = 6
_MOST_EVIDENCE = 3
_ROOM_FOR_ANSWER = 200
_ROOM_FOR_NUMBERS = 300

Option = dict[str, Any]


@dataclass(frozen=True)
class Bubble:
    """One message of the record, to be put into words for WeChat."""

    turn_id: str | None
    body: dict[str, Any]  # answers.parts.Part as JSON

    @property
    def text(self) -> str:
        link_buttons = [
            layout("link", label=each["label"], url=each["value"])
            for each in self.body.get("buttons", ())
            if each["kind"] == "link"
        ]
        return "\n".join([str(self.body.get("text", "")).strip(), *link_buttons])

    @property
    def is_answer(self) -> bool:
        return self.body.get("kind") == "answer"

    @property
    def may_be_linked(self) -> bool:
        """A link is not enough to read what is said about a firm."""
        return self.is_answer and self.turn_id is not None and self.body["outcome"] != "firm_fact"


@dataclass(frozen=True)
class Written:
    """One text that fits into one message, and what the numbers in it stand for."""

    text: str
    options: list[Option]


def fits(text: str) -> bool:
    """Tell whether the platform takes ``text`` as one message."""
    return len(text) <= MOST_CHARACTERS and len(text.encode()) <= MOST_BYTES


class Writer:
    """Writes bubbles as one text. What does not fit is behind a link or a number."""

    def __init__(self, *, keys: Keys, settings: Settings, bureau: Bureau) -> None:
        self._keys = keys
        self._settings = settings
        self._bureau = bureau

    def write(self, bubbles: Sequence[Bubble], *, own_options: Sequence[Option] = ()) -> Written:
        """Write the bubbles of one reply, in the order in which they are shown.

        Args:
            bubbles: At least one.
            own_options: Further numbered replies, after those of the bubbles.
        """
        whole = self._whole(bubbles, own_options)
        return whole or self._shortened(bubbles, own_options)

    def holds_whole(self, bubbles: Sequence[Bubble]) -> bool:
        """Tell whether the bubbles go into one message uncut."""
        return self._whole(bubbles, ()) is not None

    def write_with_earlier(
        self, own: Sequence[Bubble], earlier: Sequence[Bubble]
    ) -> tuple[Written, int]:
        """Write a reply, and below it as many earlier messages as fit whole.

        Returns:
            The text, and how many of the earlier ones it holds; the rest is under a number.
        """
        least = 0 if own else 1
        above = [*own, plain(say("earlier"))] if own else []
        shown = [_without_buttons(bubble) if own else bubble for bubble in earlier]
        for count in range(len(earlier), least, -1):
            below, options = _left_over(len(earlier) - count)
            written = self._whole([*above, *shown[:count], *below], options)
            if written is not None:
                return written, count
        below, options = _left_over(len(earlier) - least)
        return self.write([*own, *shown[:least], *below], own_options=options), least

    def _whole(self, bubbles: Sequence[Bubble], own_options: Sequence[Option]) -> Written | None:
        options = [*_options(bubbles), *own_options]
        for chosen in ([*options, *_related(bubbles, options)], options):
            tail = self._tail(bubbles, chosen, _MOST_EVIDENCE)
            text = _joined([*(bubble.text for bubble in bubbles), *tail])
            if fits(text):
                return Written(text, chosen)
        return None

    def _shortened(self, bubbles: Sequence[Bubble], own_options: Sequence[Option]) -> Written:
        """Cut the longest bubble; its rest is behind a link or under a number."""
        longest = max(bubbles, key=lambda bubble: len(bubble.text))
        others = [bubble.text for bubble in bubbles if bubble is not longest]
        link, more = "", []
        if longest.turn_id is not None and longest.may_be_linked:
            url = answer_link(longest.turn_id, keys=self._keys, settings=self._settings)
            link = layout("full", url=url)
        else:
            more = [{"label": option_label("more"), "kind": "more", "value": ""}]
        offered = _options(bubbles)
        while len(_numbers(offered)) > _ROOM_FOR_NUMBERS:
            offered.pop()
        options = [*offered, *own_options, *more]
        for evidence in range(_MOST_EVIDENCE, -1, -1):
            tail = [link, *self._tail(bubbles, options, evidence)]
            taken = _joined([layout("cut"), *others, *tail])
            room = MOST_CHARACTERS - len(taken) - 2, MOST_BYTES - len(taken.encode()) - 2
            if min(room[0], room[1] // 3) >= _ROOM_FOR_ANSWER:
                break
        shown, rest = _cut(longest.text, *room)
        for option in more:
            option["value"] = rest
        texts = [shown + layout("cut") if b is longest else b.text for b in bubbles]
        return Written(_joined([*texts, *tail]), options)

    def _tail(
        self, bubbles: Sequence[Bubble], options: Sequence[Option], most_evidence: int
    ) -> list[str]:
        answers = [bubble for bubble in bubbles if bubble.is_answer]
        lines: list[str] = []
        for bubble in answers:
            if period := bubble.body.get("tax_period"):
                lines.append(layout("period", period=period))
            lines += _evidence_lines(bubble.body.get("evidence") or (), most_evidence)
            lines.append(bubble.body.get("caution") or "")
        if any(bubble.body.get("evidence") for bubble in answers):
            lines.append(layout("machine"))
            if not self._bureau.library_approved:
                lines.append(layout("library"))
        return ["\n".join(line for line in lines if line), _numbers(options)]


def _joined(blocks: Sequence[str]) -> str:
    return "\n\n".join(block for block in blocks if block)


def _options(bubbles: Sequence[Bubble]) -> list[Option]:
    found: dict[tuple[str, str], Option] = {}
    for bubble in bubbles:
        for button in bubble.body.get("buttons", ()):
            if button["kind"] not in ("say", "rate"):
                continue
            option = dict(button)
            if button["kind"] == "rate":
                option["turn_id"] = bubble.turn_id
            found.setdefault((button["kind"], button["value"]), option)
    return list(found.values())


def _related(bubbles: Sequence[Bubble], options: Sequence[Option]) -> list[Option]:
    known = {option["value"] for option in options}
    asked = [each for bubble in bubbles for each in bubble.body.get("related") or ()]
    return [
        {"label": each, "kind": "say", "value": each}
        for each in dict.fromkeys(asked)
        if each not in known
    ]


def _numbers(options: Sequence[Option]) -> str:
    """Short labels share a line; a question has a line of its own."""
    if not options:
        return ""
    lines: list[str] = []
    shared = False
    for number, option in enumerate(options, 1):
        told = layout("number", number=number, label=option["label"])
        is_short = len(option["label"]) <= _SHORT_LABEL
        if is_short and shared:
            lines[-1] += f"　{told}"
        else:
            lines.append(told)
        shared = is_short
    return "\n".join([layout("choose"), *lines])


def _evidence_lines(evidence: Sequence[dict[str, Any]], most: int) -> list[str]:
    if not evidence:
        return []
    lines = [layout("evidence")] if most else []
    for each in evidence[:most]:
        marks = "，".join((_span(each), each["state_label"], _checked(each)))
        lines.append(
            layout(
                "evidence_line",
                name=each["document_number"] or each["title"],
                clause=each["clause"] or "",
                marks=f"{marks}，{each['certainty_label']}",
            )
        )
    if most and len(evidence) > most:
        lines.append(layout("evidence_more", count=len(evidence) - most))
    return lines


def _span(evidence: dict[str, Any]) -> str:
    first, last = evidence["holds_from"], evidence["holds_to"]
    if last is None:
        return layout("holds_from", first=first)
    return layout("holds_between", first=first, last=last)


def _checked(evidence: dict[str, Any]) -> str:
    return layout("checked", day=evidence["checked_on"])


def _cut(text: str, characters: int, size: int) -> tuple[str, str]:
    """Cut ``text`` to the room, at the end of a line or sentence where there is one."""
    kept = text.encode()[: max(size, 0)].decode("utf-8", "ignore")[: max(characters, 0)]
    for mark in ("\n", "。", "；"):
        place = kept.rfind(mark)
        if place > len(kept) // 2:
            kept = kept[: place + 1]
            break
    return kept.rstrip(), text[len(kept) :].lstrip()


def _without_buttons(bubble: Bubble) -> Bubble:
    return Bubble(bubble.turn_id, {**bubble.body, "buttons": [], "related": []})


def _left_over(count: int) -> tuple[list[Bubble], list[Option]]:
    if not count:
        return [], []
    return [plain(say("more_waiting", count=count))], fetch_options()


def plain(text: str) -> Bubble:
    """A sentence of the door itself."""
    return Bubble(None, {"text": text, "kind": "notice", "buttons": []})


def fetch_options() -> list[Option]:
    """The number under which messages that wait can be fetched."""
    return [{"label": option_label("held"), "kind": "held", "value": ""}]
