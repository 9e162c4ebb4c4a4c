from __future__ import annotations

import asyncio

from sqlalchemy import select

from core.audit import AuditLine
from core.database import reading
from desk.passwords import new_password
from desk.staff import ensure_demo_staff
from desk.tables import DeskSession, Staff
from tests.desk.bench import API, PASSWORD


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(open_page, bench):
    response = await open_page().sign_in("agent01")

    cookie = response.cookies["runmiao_desk"]
    assert response.status == 200
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert cookie["path"] == API
    assert not cookie["secure"], "the demo runs without TLS"
    with reading(bench.sessions) as session:
        kept = session.scalars(select(DeskSession.token_hash)).one()
    assert cookie.value not in kept


async def test_the_cookie_is_secure_where_the_service_has_tls(open_page, bench):
    object.__setattr__(bench.settings, "public_url", "https://tax.example")

    response = await open_page().sign_in("agent01")

    assert response.cookies["runmiao_desk"]["secure"]


async def test_every_failure_is_told_in_the_same_words(open_page, bench, sign_in):
    admin = await sign_in("admin01")
    await admin.do("/staff/agent02/disable")

    told = []
    for login, password in (
        ("agent01", "wrong"),
        ("nobody", "wrong"),
        ("agent02", PASSWORD),
        ("agent02", "wrong"),
    ):
        response = await open_page().sign_in(login, password)
        told.append((response.status, (await response.json())["error"]))

    assert all(each == told[0] for each in told)
    assert told[0][0] == 401


async def test_five_wrong_passwords_lock_the_account_for_a_quarter_of_an_hour(open_page, bench):
    for _ in range(5):
        assert (await open_page().sign_in("agent01", "wrong")).status == 401

    assert (await open_page().sign_in("agent01")).status == 401, "the right one no longer fits"
    bench.later(minutes=14)
    assert (await open_page().sign_in("agent01")).status == 401
    bench.later(minutes=2)
    assert (await open_page().sign_in("agent01")).status == 200


async def test_guesses_sent_at_the_same_time_do_not_slip_past_the_lock(open_page, bench):
    guesses = [open_page().sign_in("agent01", f"wrong {each}") for each in range(8)]
    await asyncio.gather(*guesses)

    assert (await open_page().sign_in("agent01")).status == 401
    with reading(bench.sessions) as session:
        assert session.get_one(Staff, "agent01").failures == 5
        locks = select(AuditLine).where(AuditLine.deed == "desk.staff.locked")
        assert len(session.scalars(locks).all()) == 1


async def test_a_right_password_forgets_earlier_failures(open_page, bench):
    for _ in range(4):
        await open_page().sign_in("agent01", "wrong")
    assert (await open_page().sign_in("agent01")).status == 200

    for _ in range(4):
        await open_page().sign_in("agent01", "wrong")

    assert (await open_page().sign_in("agent01")).status == 200


async def test_without_a_session_nothing_is_shown(open_page):
    page = open_page()
    for path in ("/me", "/inbox", "/appeals", "/library", "/staff", "/events", "/counts"):
        response = await page.get(path)
        assert response.status == 401, path
        assert (await response.json())["error"]["code"] == "login_needed"


async def test_a_session_ends_after_an_idle_hour(sign_in, bench):
    page = await sign_in("agent01")
    bench.later(minutes=59)
    assert (await page.get("/me")).status == 200, "a sign of life renews it"
    bench.later(minutes=59)
    assert (await page.get("/me")).status == 200

    bench.later(minutes=61)

    assert (await page.get("/me")).status == 401


async def test_what_the_page_asks_by_itself_keeps_nobody_signed_in(sign_in, bench):
    page = await sign_in("agent01")
    idle = {"X-RunMiao-Idle": "1"}
    bench.later(minutes=40)
    assert (await page.get("/counts", **idle)).status == 200

    bench.later(minutes=21)

    assert (await page.get("/counts", **idle)).status == 401


async def test_a_session_ends_after_twelve_hours_however_busy(sign_in, bench):
    page = await sign_in("agent01")
    for _ in range(23):
        bench.later(minutes=30)
        assert (await page.get("/me")).status == 200

    bench.later(minutes=31)

    assert (await page.get("/me")).status == 401


async def test_signing_out_ends_the_session_on_the_server(sign_in):
    page = await sign_in("agent01")
    token = page.client.session.cookie_jar.filter_cookies(page.client.make_url(f"{API}/me"))[
        "runmiao_desk"
    ].value
    await page.do("/logout")

    response = await page.client.get(f"{API}/me", headers={"Cookie": f"runmiao_desk={token}"})

    assert response.status == 401


async def test_a_change_without_the_csrf_token_is_refused(sign_in, bench):
    page = await sign_in("agent01")
    talk_id, _ = bench.talk("你好", wants_person=True)

    for given in ("", "another", "令牌"):
        page.csrf = given
        error = await page.refused(f"/conversations/{talk_id}/accept")
        assert (error["status"], error["code"]) == (403, "csrf_refused")

    other = await sign_in("agent02")
    page.csrf = other.csrf
    assert (await page.refused("/logout"))["code"] == "csrf_refused"


async def test_an_account_reaches_only_what_its_roles_allow(sign_in):
    closed = {
        "agent01": ["/supervisor/overview", "/wrong-answers", "/staff"],
        "supervisor01": ["/staff"],
        "editor01": ["/inbox", "/appeals", "/conversations/1", "/supervisor/overview", "/staff"],
        "admin01": ["/inbox", "/appeals", "/library", "/wrong-answers", "/supervisor/overview"],
    }
    for login, paths in closed.items():
        page = await sign_in(login)
        for path in paths:
            response = await page.get(path)
            assert response.status == 403, (login, path)
            assert (await response.json())["error"]["code"] == "role_needed"


async def test_a_generated_password_must_be_changed_before_anything_else(sign_in, open_page):
    admin = await sign_in("admin01")
    made = await admin.do("/staff", {"login": "agent09", "name": "新坐席", "roles": ["agent"]})
    page = open_page()
    me = await (await page.sign_in("agent09", made["password"])).json()
    assert me["must_change"]
    assert (await (await page.get("/inbox")).json())["error"]["code"] == "password_change_needed"

    for weak in ("short", "agent09agent09", "aaaaaaaaaaaaaa", made["password"]):
        body = {"old": made["password"], "new": weak}
        assert (await page.refused("/me/password", body))["code"] == "weak_password"
        assert (await page.sign_in("agent09", made["password"])).status == 200
    body = {"old": "not this one", "new": "a-much-better-one"}
    assert (await page.refused("/me/password", body))["code"] == "wrong_old_password"
    again = await page.do("/me/password", {"old": made["password"], "new": "a-much-better-one"})

    page.csrf = again["csrf_token"]
    assert not again["must_change"]
    assert (await page.get("/inbox")).status == 200
    assert (await open_page().sign_in("agent09", made["password"])).status == 401


async def test_changing_the_password_ends_every_other_session(sign_in):
    elsewhere, page = await sign_in("agent01"), await sign_in("agent01")

    await page.do("/me/password", {"old": PASSWORD, "new": "a-much-better-one"})

    assert (await elsewhere.get("/me")).status == 401
    assert (await page.get("/me")).status == 200


async def test_a_disabled_account_is_out_at_once(sign_in):
    admin, agent = await sign_in("admin01"), await sign_in("agent01")

    await admin.do("/staff/agent01/disable")

    assert (await agent.get("/me")).status == 401
    assert (await admin.refused("/staff/admin01/disable"))["code"] == "not_yourself"
    await admin.do("/staff/agent01/enable")
    assert (await agent.sign_in("agent01")).status == 200


async def test_accounts_are_made_listed_and_reset(sign_in, open_page):
    admin = await sign_in("admin01")

    assert (
        await admin.refused("/staff", {"login": "agent01", "name": "重名", "roles": ["agent"]})
    )["code"] == "login_taken"
    for bad in (
        {"login": "A b", "name": "名", "roles": ["agent"]},
        {"login": "agent08", "name": " ", "roles": ["agent"]},
        {"login": "agent08", "name": "名", "roles": []},
        {"login": "agent08", "name": "名", "roles": ["king"]},
    ):
        assert (await admin.refused("/staff", bad))["status"] in (400, 422)
    reset = await admin.do("/staff/agent01/reset")

    rows = {row["login"]: row for row in (await admin.read("/staff"))["rows"]}
    assert rows["supervisor01"]["roles"] == ["agent", "supervisor"]
    assert "agent08" not in rows
    assert (await open_page().sign_in("agent01")).status == 401
    assert (await open_page().sign_in("agent01", reset["password"])).status == 200


def test_demo_accounts_are_made_once_with_passwords_of_their_own(bench):
    with bench.sessions() as session, session.begin():
        assert ensure_demo_staff(session, bench.now) == [], "all of them are there already"
        session.delete(session.get_one(Staff, "agent01"))
        session.flush()
        made = ensure_demo_staff(session, bench.now)

    assert [login for login, _, _ in made] == ["agent01"]
    assert len({new_password() for _ in range(50)}) == 50


async def test_bodies_that_are_no_form_are_told_so(open_page, sign_in):
    page = await sign_in("agent01")
    headers = {"X-CSRF-Token": page.csrf}
    for sent in (
        {"data": b"{", "headers": headers | {"Content-Type": "application/json"}},
        {"data": b"[]", "headers": headers | {"Content-Type": "application/json"}},
        {"json": {"text": 5, "extra": 1}, "headers": headers},
        {"data": {"text": "as a form"}, "headers": headers},
    ):
        response = await page.client.post(f"{API}/conversations/1/note", **sent)
        assert response.status == 422
        assert (await response.json())["error"]["code"] == "desk_form_invalid"
