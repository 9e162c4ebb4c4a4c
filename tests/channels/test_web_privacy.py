import sqlite3

import pytest
from sqlalchemy import func, select

from appeals.drafts import find_draft, save_draft
from appeals.filing import file_appeal
from appeals.kinds import load_kinds
from appeals.tables import Appeal
from channels.my_data import delete_data
from channels.wechat_followers import follower_of
from channels.wechat_tables import WechatFollower
from consultations.tables import Answer, Conversation, Message, Turn, WrongAnswerReport
from consultations.talk import open_conversation
from core.audit import AuditLine
from core.database import reading, transaction
from enterprises.binding import confirm_binding, start_binding
from enterprises.binding_tables import Binding, IdentityLink
from enterprises.sample import load_sample
from enterprises.tables import Enterprise, EnterpriseRole
from enterprises.vault import keep_contact

QUESTION = "没有收入、没开票，还要申报吗？怎么零申报？"


def _bind(door) -> str:
    """Bind the talk to a sample firm, as the talk itself would; returns the firm's name."""
    services = door.services
    with transaction(services.sessions) as session:
        load_sample(session, now=services.clock(), keys=services.keys, count=60)
        held = session.scalars(select(EnterpriseRole).where(EnterpriseRole.until.is_(None))).first()
        firm = session.get_one(Enterprise, held.enterprise_id)
        known = {
            "identity_key": door.conversation(session).identity_key,
            "keys": services.keys,
            "settings": services.settings,
        }
        sent = start_binding(session, uscc=firm.uscc, role=held.role, now=services.clock(), **known)
        confirm_binding(session, code=sent.demo_code, now=services.clock(), **known).firm()
        return firm.name


def _file_appeal(door) -> str:
    services = door.services
    with transaction(services.sessions) as session:
        conversation = door.conversation(session)
        return file_appeal(
            session,
            identity_key=conversation.identity_key,
            conversation_id=conversation.id,
            enterprise_id=None,
            kind="relief_not_delivered",
            subject="没有享受减免",
            detail="第三季度没有减",
            contact=None,
            evidence=[],
            keys=services.keys,
            now=services.clock(),
            kinds=load_kinds(),
        ).appeal.number


async def test_consent_is_held_and_can_be_withdrawn(door):
    await door.open()

    await door.call("POST", "/conversation/consent", {"agreed": True})
    _, agreed = await door.call("GET", "/conversation")
    await door.call("POST", "/conversation/consent", {"agreed": False})
    _, withdrawn = await door.call("GET", "/conversation")

    assert (agreed["consented"], withdrawn["consented"]) == (True, False)
    with reading(door.services.sessions) as session:
        deeds = session.scalars(select(AuditLine.deed).order_by(AuditLine.id)).all()
    assert deeds == ["consultations.consent.given", "consultations.consent.withdrawn"]


async def test_the_bound_firm_stands_in_the_bar_with_its_code_masked(door):
    await door.open()
    name = _bind(door)

    _, talk = await door.call("GET", "/conversation")

    assert talk["firm"]["name"] == name
    assert "****" in talk["firm"]["uscc_masked"]
    assert talk["firms_count"] >= 1


async def test_leaving_ends_the_binding_of_this_browser_and_its_secret(door):
    await door.open()
    _bind(door)

    status, _ = await door.call("POST", "/conversation/sign-out")
    refused, _ = await door.call("GET", "/conversation")
    fresh = await door.open()

    assert (status, refused) == (200, 401)
    assert fresh["firm"] is None
    assert fresh["messages"] == []
    with reading(door.services.sessions) as session:
        open_links = select(func.count(IdentityLink.id)).where(IdentityLink.ended_at.is_(None))
        assert session.scalar(open_links) == 0
        bindings = select(func.count(Binding.id)).where(Binding.ended_at.is_(None))
        assert session.scalar(bindings) == 1


async def test_what_is_kept_is_told_by_kind_with_its_term(door):
    await door.open()
    answer = await door.ask(QUESTION)
    await door.call("POST", f"/conversation/turns/{answer['turn_id']}/rating", {"value": "useful"})
    _bind(door)
    number = _file_appeal(door)

    _, kept = await door.call("GET", "/conversation/my-data")

    counts = {item["kind"]: item["count"] for item in kept["items"]}
    days = {item["kind"]: item["retention_days"] for item in kept["items"]}
    assert number
    assert counts["messages"] >= 2
    assert (counts["ratings"], counts["appeals"]) == (1, 1)
    assert counts["bindings"] >= 1
    assert (days["messages"], days["bindings"], days["appeals"]) == (365, 180, None)


async def test_the_export_holds_the_talk_and_the_appeals_and_no_secret(door):
    await door.open()
    await door.ask(QUESTION)
    number = _file_appeal(door)
    with transaction(door.services.sessions) as session:
        keep_contact(
            session,
            identity_key=door.conversation(session).identity_key,
            phone="13800138000",
            purpose="回电",
            keys=door.services.keys,
            now=door.services.clock(),
            settings=door.services.settings,
        )

    status, data = await door.call("GET", "/conversation/my-data/export")
    raw = await door.client.get(
        "/api/v1/conversation/my-data/export", headers={"X-RunMiao-Conversation": door.token}
    )

    assert status == 200
    assert data["conversations"][0]["messages"][0]["body"]["text"] == QUESTION
    assert data["appeals"][0]["number"] == number
    assert data["contacts"][0]["phone"] == "138****8000"
    assert "attachment" in raw.headers["Content-Disposition"]
    assert "13800138000" not in await raw.text()


async def test_deleting_takes_the_talk_and_leaves_the_appeal(door, tmp_path):
    await door.open()
    answer = await door.ask(QUESTION)
    await door.call("POST", f"/conversation/turns/{answer['turn_id']}/rating", {"value": "wrong"})
    _bind(door)
    number = _file_appeal(door)
    with transaction(door.services.sessions) as session:
        conversation = door.conversation(session)
        talk_id, visitor = conversation.talk_id, conversation.identity_key
        save_draft(
            session,
            identity_key=visitor,
            keys=door.services.keys,
            now=door.services.clock(),
            subject="还没写完",
        )
    _remember_in_rasa(tmp_path, talk_id)

    status, told = await door.call("DELETE", "/conversation/my-data")
    refused, _ = await door.call("GET", "/conversation")

    assert (status, refused) == (200, 401)
    assert number in told["text"]
    with reading(door.services.sessions) as session:
        for table in (Message, Turn, Answer, WrongAnswerReport, IdentityLink):
            assert session.scalar(select(func.count()).select_from(table)) == 0
        kept = session.scalars(select(Conversation)).one()
        assert kept.last_topic is None
        assert kept.deleted_at is not None
        assert visitor not in (kept.identity_key, kept.token_hash)
        assert session.scalars(select(Appeal.conversation_id)).one() is None
        assert find_draft(session, identity_key=visitor) is None
    with sqlite3.connect(tmp_path / "rasa_tracker.db") as tracker:
        left = tracker.execute("SELECT sender_id FROM events").fetchall()
    assert left == [("somebody else",)]


def _remember_in_rasa(folder, talk_id: str) -> None:
    with sqlite3.connect(folder / "rasa_tracker.db") as tracker:
        tracker.execute("CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id TEXT)")
        tracker.executemany(
            "INSERT INTO events (sender_id) VALUES (?)", [(talk_id,), ("somebody else",)]
        )


def test_a_follower_who_deletes_the_data_is_forgotten_by_the_wechat_door_too(sessions, services):
    now = services.clock()
    with transaction(sessions) as session:
        for name in ("leaving", "staying"):
            follower_of(session, name)
            open_conversation(session, channel="wechat", identity_key=f"wechat:{name}", now=now)

    with transaction(sessions) as session:
        delete_data(session, identity_key="wechat:leaving", now=now)

    with reading(sessions) as session:
        assert session.scalars(select(WechatFollower.openid)).all() == ["staying"]
        left = session.scalars(select(Conversation.identity_key).order_by(Conversation.id)).all()
        assert left == ["erased", "wechat:staying"]


async def test_deleting_does_not_touch_another_visitor(door):
    await door.open()
    await door.ask(QUESTION)
    kept = door.token
    await door.open()
    await door.ask(QUESTION)

    await door.call("DELETE", "/conversation/my-data")

    door.token = kept
    status, talk = await door.call("GET", "/conversation")
    assert status == 200
    assert talk["messages"]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_nobody_reaches_the_data_without_the_secret(door, method):
    await door.open()
    await door.ask(QUESTION)
    door.token = "made up"

    status, _ = await door.call(method, "/conversation/my-data")

    assert status == 401


async def test_a_firm_bound_in_one_talk_is_unknown_in_the_next(door):
    await door.open()
    _bind(door)
    await door.open()

    _, other = await door.call("GET", "/conversation")

    assert other["firm"] is None
    assert other["firms_count"] == 0
