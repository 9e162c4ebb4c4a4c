"""A talk in a real database."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from consultations.talk import open_conversation
from core.database import Sessions, transaction
from tests.conftest import NOW

#: For what a database has no part in.
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

Opener = Callable[..., tuple[int, str]]


@pytest.fixture
def open_talk(database: Sessions) -> Opener:
    """Opens a talk and gives its id and its secret token."""

    def opened(channel: str = "web", identity_key: str = "web:visitor-1") -> tuple[int, str]:
        with transaction(database) as session:
            conversation, token = open_conversation(
                session, channel=channel, identity_key=identity_key, now=NOW
            )
            return conversation.id, token

    return opened
