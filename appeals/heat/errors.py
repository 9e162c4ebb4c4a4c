"""What can go wrong with bursts (突发的错误); the sentences stand in ``error_messages.yml``."""

from __future__ import annotations

from core.errors import Conflict, InvalidInput, NotFound


class BurstUnknown(NotFound):
    """There is no such burst (没有这条突发)."""

    code = "burst_unknown"


class TopicUnknown(NotFound):
    """There is no such topic (没有这个话题)."""

    code = "heat_topic_unknown"


class BurstHasEntry(Conflict):
    """The library has an entry for it, or a draft was begun already (已有条目)."""

    code = "burst_has_entry"


class BurstCaseOver(Conflict):
    """Its parent case is answered or over, so nothing can be merged under it (主单已答复)."""

    code = "burst_case_over"


class TopicNeedsNoTitle(InvalidInput):
    """A published entry names the topic (已有标准问题)."""

    code = "heat_topic_needs_no_title"
    status = 409
