"""A phone for the call-back reaches the vault of the appeal and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from app.tables import all_metadata
from appeals.drafts import draft_contact, find_draft, save_draft
from channels.taking_in import take_in
from consultations.tables import Message
from consultations.talk import open_conversation
from core.database import open_engine, open_sessions, transaction
from core.secrets import Keys

NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
PHONE = "13800138000"


def test_a_phone_typed_for_an_appeal_is_sealed_in_its_draft_and_masked_in_the_talk(
    tmp_path: Path,
) -> None:
    engine, keys = open_engine(f"sqlite:///{tmp_path / 'talk.db'}"), Keys("k" * 32)
    all_metadata().create_all(engine)  # type: ignore[attr-defined]
    with transaction(open_sessions(engine)) as session:
        talk, _ = open_conversation(session, channel="web", identity_key="web:1", now=NOW)
        save_draft(session, identity_key="web:1", keys=keys, now=NOW, detail="退税没到账")

        take_in(session, talk, text=f"打这个 {PHONE}", client_message_id="m1", keys=keys, now=NOW)

        draft = find_draft(session, identity_key="web:1")
        assert draft is not None
        assert draft_contact(draft, keys) == PHONE
        assert PHONE not in str(session.scalars(select(Message.body)).all())
    engine.dispose()
