"""A process with an embedding model: masked questions, measured, and answered all the same."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from answers.frame import Query
from app.cli import main
from app.wiring import Parts, unwire, wire
from core.clock import Clock
from core.database import transaction
from core.settings import Settings
from knowledge_base.files import ENTRIES, read_library
from knowledge_base.loading import load_files
from tests.embedding_endpoint import EmbeddingEndpointStub

TODAY = date(2026, 11, 21)
PHONE = "13800138000"
LOST = "发票丢了怎么办"


@pytest.fixture
def stub() -> Iterator[EmbeddingEndpointStub]:
    with EmbeddingEndpointStub() as running:
        yield running


@pytest.fixture
async def parts(
    settings: Settings,
    sqlite_template: Path,
    tmp_path: Path,
    stub: EmbeddingEndpointStub,
    clock: Clock,
) -> AsyncIterator[Parts]:
    database = tmp_path / "runmiao.db"
    database.write_bytes(sqlite_template.read_bytes())
    wired = wire(
        replace(
            settings,
            database_url=f"sqlite:///{database}",
            embedding_url=stub.url,
            embedding_model="stub",
            embedding_key="a key",
            embedding_timeout_millis=2_000,
        )
    )
    with transaction(wired.sessions) as session:
        load_files(session, read_library(ENTRIES / "invoice"), editor="files", now=clock())
    wired.library.refresh()
    for _ in range(2_000):
        if wired.library.snapshot.index.is_joined:
            break
        time.sleep(0.01)
    yield wired
    await unwire(wired)


def asked(outcome: str) -> float:
    return (
        REGISTRY.get_sample_value("runmiao_embedding_questions_total", {"outcome": outcome}) or 0.0
    )


async def test_a_question_is_masked_counted_and_answered(
    parts: Parts, stub: EmbeddingEndpointStub
) -> None:
    before = asked("ok")

    reply = parts.engine.answer(Query(f"{LOST}，我的电话{PHONE}", TODAY))

    assert parts.library.snapshot.index.is_joined
    assert reply.parts
    assert asked("ok") > before
    assert PHONE not in "".join(stub.texts)
    assert any("138****8000" in text for text in stub.texts)
    assert REGISTRY.get_sample_value("runmiao_embedding_ready") == 1


async def test_with_the_endpoint_down_answers_are_those_of_a_process_without(
    parts: Parts, stub: EmbeddingEndpointStub, settings: Settings
) -> None:
    stub.fault = "500"
    before = asked("failed")
    plain = wire(
        replace(
            settings, database_url=parts.settings.database_url, data_folder=settings.data_folder
        )
    )
    plain.library.refresh()

    for text in (LOST, "专票开错了怎么红冲", "今天天气怎么样"):
        with_model = parts.engine.answer(Query(text, TODAY))
        without = plain.engine.answer(Query(text, TODAY))
        assert replace(with_model, timings={}) == replace(without, timings={})

    assert asked("failed") > before
    await unwire(plain)


def retrieval(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, float]]:
    documents, queries = folder / "documents.jsonl", folder / "queries.jsonl"
    rows = [("d1", "发票遗失怎么处理"), ("d2", "税务稽查怎么应对"), ("d3", "开业登记怎么办理")]
    documents.write_text(
        "\n".join(json.dumps({"doc_id": name, "question": text}) for name, text in rows), "utf-8"
    )
    queries.write_text(json.dumps({"query": "被请去喝茶要带啥", "doc_id": "d2"}), "utf-8")
    status = main(
        ["evaluate", "retrieval", "--documents", str(documents), "--queries", str(queries)]
    )
    told = capsys.readouterr().out
    return status, json.loads(told) if told else {}


def test_evaluation_measures_with_the_model_that_the_settings_name(
    stub: EmbeddingEndpointStub,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("RUNMIAO_EMBEDDING_URL", stub.url)
    monkeypatch.setenv("RUNMIAO_EMBEDDING_MODEL", "stub")
    monkeypatch.setenv("RUNMIAO_EMBEDDING_WEIGHT_PERCENT", "50")

    status, told = retrieval(tmp_path, capsys)

    assert (status, told["hit1"]) == (0, 1.0)
    assert "被请去喝茶要带啥" in stub.texts


def test_evaluation_with_a_model_that_is_gone_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RUNMIAO_EMBEDDING_FOLDER", str(tmp_path / "nowhere"))

    documents, queries = tmp_path / "d.jsonl", tmp_path / "q.jsonl"
    documents.write_text('{"doc_id": "d1", "question": "发票"}', "utf-8")
    queries.write_text('{"doc_id": "d1", "query": "发票"}', "utf-8")
    status = main(
        ["evaluate", "retrieval", "--documents", str(documents), "--queries", str(queries)]
    )

    told = capsys.readouterr()
    assert (status, told.out) == (1, "")
    assert "没有 model.onnx" in told.err
