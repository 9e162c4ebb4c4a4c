"""The audit trail (审计记录)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, text

from core.audit import AuditLine, first_broken_line, write_audit
from core.database import reading, transaction


@pytest.fixture
def trail(sessions, now):
    """Five lines, each in a transaction of its own."""
    for number in range(5):
        with transaction(sessions) as session:
            write_audit(
                session,
                actor="staff:li",
                deed="test.thing.done",
                subject=f"thing:{number}",
                now=now + timedelta(microseconds=number + 1),
                values=[1, 2.5, "三", None, {"十": True}],
            )
    return sessions


def broken(sessions) -> int | None:
    with reading(sessions) as session:
        return first_broken_line(session)


def test_an_untouched_trail_holds_after_it_was_stored_and_read_again(trail):
    assert broken(trail) is None


def test_an_empty_trail_holds(sessions):
    assert broken(sessions) is None


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit_lines SET actor = 'staff:wang' WHERE id = 3",
        "UPDATE audit_lines SET deed = 'other' WHERE id = 3",
        "UPDATE audit_lines SET subject = 'thing:9' WHERE id = 3",
        "UPDATE audit_lines SET data = '{}' WHERE id = 3",
        "UPDATE audit_lines SET at = '2026-01-01 00:00:00.000000' WHERE id = 3",
        "UPDATE audit_lines SET chain = 'x' WHERE id = 3",
        "DELETE FROM audit_lines WHERE id = 2",
    ],
)
def test_a_line_that_was_changed_or_taken_out_is_found(trail, tampering):
    with transaction(trail) as session:
        session.execute(text(tampering))

    assert broken(trail) == 3


def test_a_line_put_in_between_is_found(trail, now):
    with transaction(trail) as session:
        session.execute(text("UPDATE audit_lines SET id = id + 1 WHERE id = 5"))
        session.add(
            AuditLine(id=5, at=now, actor="x", deed="forged", subject="y", data={}, chain="0" * 64)
        )

    assert broken(trail) == 5


def test_retention_may_remove_the_oldest_lines(trail):
    with transaction(trail) as session:
        session.execute(delete(AuditLine).where(AuditLine.id <= 2))

    assert broken(trail) is None


def test_a_line_falls_with_its_transaction_and_the_chain_goes_on(trail, now):
    with pytest.raises(RuntimeError), transaction(trail) as session:
        write_audit(session, actor="a", deed="b", subject="c", now=now)
        raise RuntimeError
    with transaction(trail) as session:
        write_audit(session, actor="a", deed="after", subject="c", now=now)

    assert broken(trail) is None
    with reading(trail) as session:
        deeds = session.scalars(select(AuditLine.deed).order_by(AuditLine.id)).all()
    assert deeds == ["test.thing.done"] * 5 + ["after"]
