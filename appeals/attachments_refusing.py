"""Why a file is not taken (附件不收的原因); the sentences stand in ``attachments.yml``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from appeals.errors import AttachmentRefused


def refused(why: str, **values: Any) -> AttachmentRefused:
    """The refusal to raise.

    Args:
        why: A key of ``refused`` in ``attachments.yml``.
        **values: What its sentence needs.
    """
    return AttachmentRefused(why=why, reason=attachment_words()["refused"][why].format(**values))


@cache
def attachment_words() -> dict[str, Any]:
    """The whole of ``attachments.yml``."""
    return yaml.safe_load((Path(__file__).parent / "attachments.yml").read_text("utf-8"))
