"""Drafts of appeals (诉求草稿)."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, text

from appeals.drafts import draft_contact, drop_draft, find_draft, save_draft
from appeals.tables import AppealDraft
from core.database import open_engine, open_sessions, reading, transaction
from core.errors import InvalidInput

OWNER = "web:visitor-1"


def test_a_draft_survives_a_restart_and_grows_step_by_step(sessions, keys, now, tmp_path):
    said = {"identity_key": OWNER, "keys": keys, "now": now}
    with transaction(sessions) as session:
        save_draft(session, **said, conversation_id=7, kind="refund")
    with transaction(sessions) as session:
        save_draft(session, **said, subject="退税没到账", detail="")

    again = open_engine(f"sqlite:///{tmp_path / 'test.db'}")
    with reading(open_sessions(again)) as session:
        draft = find_draft(session, identity_key=OWNER)
    again.dispose()

    assert (draft.kind, draft.subject, draft.detail) == ("refund", "退税没到账", None)
    assert draft.conversation_id == 7


def test_one_person_has_one_draft_and_another_person_does_not_see_it(sessions, keys, now):
    with transaction(sessions) as session:
        for detail in ("第一次", "第二次"):
            save_draft(session, identity_key=OWNER, keys=keys, now=now, detail=detail)

    with reading(sessions) as session:
        assert session.scalar(select(func.count(AppealDraft.id))) == 1
        assert find_draft(session, identity_key=OWNER).detail == "第二次"
        assert find_draft(session, identity_key="web:visitor-2") is None


def test_a_draft_keeps_no_personal_data_in_plain(sessions, keys, now):
    with transaction(sessions) as session:
        save_draft(
            session, identity_key=OWNER, keys=keys, now=now, detail="打13812345678", contact=None
        )

    with reading(sessions) as session:
        draft = find_draft(session, identity_key=OWNER)
        row = str(session.execute(text("SELECT * FROM appeal_drafts")).all())
    assert "13812345678" not in row
    assert draft.contact_hint == "138****5678"
    assert draft_contact(draft, keys) == "13812345678"


def test_a_contact_that_was_given_is_not_replaced_by_a_phone_in_the_story(sessions, keys, now):
    said = {"identity_key": OWNER, "keys": keys, "now": now}
    with transaction(sessions) as session:
        save_draft(session, **said, contact="13900001111")
        draft = save_draft(session, **said, detail="对方电话13812345678")

        assert draft_contact(draft, keys) == "13900001111"


def test_a_draft_is_dropped_when_filed_or_given_up(sessions, keys, now):
    with transaction(sessions) as session:
        save_draft(session, identity_key=OWNER, keys=keys, now=now, kind="other")
        drop_draft(session, identity_key=OWNER)
        assert find_draft(session, identity_key=OWNER) is None
        drop_draft(session, identity_key=OWNER)


def test_a_draft_that_is_too_long_is_refused_and_the_old_one_stays(sessions, keys, now):
    with transaction(sessions) as session:
        save_draft(session, identity_key=OWNER, keys=keys, now=now, detail="短")

    with pytest.raises(InvalidInput), transaction(sessions) as session:
        save_draft(session, identity_key=OWNER, keys=keys, now=now, detail="长" * 5001)

    with reading(sessions) as session:
        assert find_draft(session, identity_key=OWNER).detail == "短"
