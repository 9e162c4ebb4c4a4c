"""A visitor of the web door; every answer is held against docs/openapi.yml."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient
from jsonschema import Draft202012Validator
from sqlalchemy.orm import Session

from consultations.tables import Conversation
from consultations.talk import access_conversation

SPEC = Path(__file__).resolve().parents[2] / "docs" / "openapi.yml"
API = "/api/v1"


@cache
def spec() -> dict[str, Any]:
    return yaml.safe_load(SPEC.read_text("utf-8"))


def check_against_spec(method: str, path: str, status: int, body: Any) -> None:
    """Fail unless the answer is one that the OpenAPI file describes."""
    responses = spec()["paths"][_described(path)][method.lower()]["responses"]
    name = str(status) if str(status) in responses else "default"
    assert name != "default" or status >= 400, f"{method} {path}: {status} is not described"
    response = responses[name]
    if "$ref" in response:
        response = spec()["components"]["responses"][response["$ref"].rpartition("/")[2]]
    schema = {
        **response["content"]["application/json"]["schema"],
        "components": spec()["components"],
    }
    Draft202012Validator(schema).validate(body)


def _described(path: str) -> str:
    parts = path.partition("?")[0].split("/")
    for known in spec()["paths"]:
        described = known.split("/")
        if len(parts) == len(described) and all(
            is_so == said or said.startswith("{")
            for is_so, said in zip(parts, described, strict=True)
        ):
            return known
    raise AssertionError(f"{path} is not described")


class Door:
    """Calls the door the way the page does."""

    def __init__(self, client: TestClient, services: Any) -> None:
        self.client = client
        self.services = services
        self.token = ""
        self.response: ClientResponse | None = None

    async def call(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, Any]:
        headers = {"X-RunMiao-Conversation": self.token, **more.pop("headers", {})}
        if body is not None:
            more["json"] = body
        async with self.client.request(method, API + path, headers=headers, **more) as response:
            data = await response.json()
            self.response = response
        check_against_spec(method, API + path, response.status, data)
        return response.status, data

    async def open(self) -> dict[str, Any]:
        """Open a talk and keep its secret."""
        status, data = await self.call("POST", "/conversations", {})
        assert status == 201
        self.token = data["conversation_token"]
        return data

    async def say(
        self, text: str, client_message_id: str | None = None, **more: Any
    ) -> tuple[int, Any]:
        """Say something in the talk."""
        body = {"text": text, "client_message_id": client_message_id or str(uuid.uuid4()), **more}
        return await self.call("POST", "/conversation/turns", body)

    async def ask(self, text: str) -> dict[str, Any]:
        """Say something, wait, and return the last message of the reply."""
        status, data = await self.say(text)
        assert status == 202, data
        await self.services.turns.wait_all()
        _, talk = await self.call("GET", "/conversation")
        assert talk["messages"][-1]["turn_id"] == data["turn_id"]
        return talk["messages"][-1]

    def conversation(self, session: Session) -> Conversation:
        return access_conversation(session, self.token)

    @asynccontextmanager
    async def stream(self, after: int = 0) -> AsyncIterator["Stream"]:
        """Listen to the talk."""
        async with self.client.get(
            f"{API}/conversation/events?after={after}",
            headers={"X-RunMiao-Conversation": self.token},
        ) as response:
            assert response.status == 200
            yield Stream(response)


class Stream:
    """Reads events one by one."""

    def __init__(self, response: ClientResponse) -> None:
        self._response = response

    async def next(self, name: str | None = None) -> dict[str, Any]:
        """The next event, or the next one called ``name``."""
        async with asyncio.timeout(10):
            while True:
                event = await self._read()
                if event and (name is None or event["event"] == name):
                    return event

    async def is_over(self) -> bool:
        async with asyncio.timeout(10):
            while await self._response.content.readline():
                pass
        return True

    async def _read(self) -> dict[str, Any]:
        event: dict[str, Any] = {}
        while (line := (await self._response.content.readline()).decode().rstrip("\n")) != "":
            field, _, value = line.partition(": ")
            event[field] = json.loads(value) if field == "data" else value
        return event
