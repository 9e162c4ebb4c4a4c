"""Three at the desk who bring an entry through review: its writer and two who approve."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml

from tests.desk.bench import Page

WRITER, REVIEWERS = "editor01", ("editor02", "supervisor01")
Desk = dict[str, Page]


def edited(text: str, **changes: object) -> str:
    return yaml.safe_dump(yaml.safe_load(text) | changes, allow_unicode=True, sort_keys=False)


async def reviewers(sign_in: Callable[[str], Any]) -> Desk:
    return {login: await sign_in(login) for login in (WRITER, *REVIEWERS)}


def version_of(view: dict[str, Any], verb: str) -> int:
    """The version that the page sends back for a move."""
    return next(move["version"] for move in view["moves"] if move["verb"] == verb)


async def move(page: Page, entry_id: str, verb: str, **values: Any) -> Any:
    """Make a move as the page does: with the version it shows."""
    view = await page.read(f"/library/{entry_id}")
    (told,) = [each for each in view["moves"] if each["verb"] == verb]
    body = {"version": told["version"], **values}
    return await page.do(f"/library/{entry_id}/{told['path']}", body)


async def desk_edit(desk: Desk, entry_id: str, **changes: object) -> Any:
    """Save an edit of the writer's as a draft."""
    page = desk[WRITER]
    view = await page.read(f"/library/{entry_id}")
    body = {"yaml": edited(view["yaml"], **changes), "version": view["version"]}
    return await page.do(f"/library/{entry_id}", body, "PUT")


async def approve(page: Page, entry_id: str) -> Any:
    view = await page.read(f"/library/{entry_id}")
    return await move(page, entry_id, "approve", rendering=view["review"]["rendering"])


async def approve_all(desk: Desk, entry_id: str) -> Any:
    """Submit the draft and have it approved by both."""
    await move(desk[WRITER], entry_id, "submit", note="请审")
    for login in REVIEWERS:
        view = await approve(desk[login], entry_id)
    return view


async def publish_reviewed(desk: Desk, entry_id: str) -> Any:
    await approve_all(desk, entry_id)
    return await move(desk[WRITER], entry_id, "publish")
