"""Accounts at the desk (账号接口), for administrators."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aiohttp import web
from pydantic import Field
from sqlalchemy.orm import Session

from desk.door import Form, answer, change, for_staff, look, read_form
from desk.keys import SERVICES
from desk.passwords import new_password
from desk.roles import ROLES
from desk.sessions import Officer
from desk.staff import (
    change_roles,
    create_staff,
    disable_staff,
    enable_staff,
    filled_roles,
    list_staff,
    reset_password,
)
from desk.tables import Staff


class StaffForm(Form):
    """A new account."""

    login: str = Field(max_length=60)
    name: str = Field(max_length=60)
    roles: list[str] = Field(max_length=10)


class RolesForm(Form):
    """The roles an account is to have."""

    roles: list[str] = Field(max_length=10)


@for_staff("admin")
async def show_staff(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /staff: every account, and the roles that nobody has."""
    now = request.app[SERVICES].clock()

    def read(session: Session) -> dict[str, Any]:
        filled = filled_roles(session)
        return {
            "rows": [staff_view(each, now) for each in list_staff(session)],
            "unfilled": [role for role in ROLES if role not in filled],
        }

    return answer(await look(request, read))


@for_staff("admin")
async def add_staff(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /staff: the generated password is told in this answer only."""
    form, now = await read_form(request, StaffForm), request.app[SERVICES].clock()
    password = new_password()

    def work(session: Session) -> dict[str, Any]:
        made = create_staff(
            session,
            login=form.login,
            name=form.name,
            roles=form.roles,
            password=password,
            now=now,
            by=officer.actor,
        )
        return staff_view(made, now)

    return answer({"staff": await change(request, work), "password": password}, status=201)


@for_staff("admin")
async def give_roles(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /staff/{login}/roles."""
    form, now = await read_form(request, RolesForm), request.app[SERVICES].clock()
    login = request.match_info["login"]

    def work(session: Session) -> dict[str, Any]:
        staff = change_roles(session, login, roles=form.roles, by=officer.login, now=now)
        return staff_view(staff, now)

    return answer({"staff": await change(request, work)})


@for_staff("admin")
async def change_staff(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /staff/{login}/disable, /enable, /reset."""
    login, verb = request.match_info["login"], request.match_info["verb"]
    now = request.app[SERVICES].clock()

    def work(session: Session) -> dict[str, Any]:
        password = None
        if verb == "reset":
            staff, password = reset_password(session, login, by=officer.login, now=now)
        elif verb == "disable":
            staff = disable_staff(session, login, by=officer.login, now=now)
        else:
            staff = enable_staff(session, login, by=officer.login, now=now)
        return {"staff": staff_view(staff, now), "password": password}

    return answer(await change(request, work))


def staff_view(staff: Staff, now: datetime) -> dict[str, Any]:
    """One account for the list."""
    return {
        "login": staff.login,
        "name": staff.name,
        "roles": staff.roles,
        "disabled": staff.disabled_at is not None,
        "locked": staff.locked_until is not None and staff.locked_until > now,
        "last_login_at": staff.last_login_at.isoformat() if staff.last_login_at else None,
    }
