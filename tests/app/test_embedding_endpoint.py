"""The embedding endpoint is called as documented, and nothing it answers is believed unchecked."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from app.embedding_endpoint import AT_ONCE, TRIES, EmbeddingEndpoint
from knowledge_base.embedding.embedder import EmbeddingFailed
from tests.embedding_endpoint import EmbeddingEndpointStub, vector_of

TEXTS = ["小规模纳税人起征点", "发票丢了怎么办", "怎么注销"]
KEY = "a key that nobody may read"


@pytest.fixture
def stub() -> Iterator[EmbeddingEndpointStub]:
    with EmbeddingEndpointStub() as running:
        yield running


@pytest.fixture
def endpoint(stub: EmbeddingEndpointStub) -> Iterator[EmbeddingEndpoint]:
    opened = EmbeddingEndpoint(stub.url, "some-model", KEY, again_seconds=0.01)
    yield opened
    opened.close()


def expected(texts: list[str]) -> np.ndarray:
    rows = np.array([vector_of(text) for text in texts])
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_every_text_has_its_vector_of_length_one(
    endpoint: EmbeddingEndpoint, stub: EmbeddingEndpointStub
) -> None:
    vectors = endpoint.vectors(TEXTS)

    assert vectors.dtype == np.float32
    assert np.allclose(vectors, expected(TEXTS), atol=1e-6)
    assert stub.asked == [{"model": "some-model", "input": TEXTS, "encoding_format": "float"}]
    assert stub.headers["Authorization"] == f"Bearer {KEY}"


def test_vectors_are_put_in_order_by_their_index(
    endpoint: EmbeddingEndpoint, stub: EmbeddingEndpointStub
) -> None:
    stub.fault = "shuffled"

    assert np.allclose(endpoint.vectors(TEXTS), expected(TEXTS), atol=1e-6)


def test_many_texts_go_in_several_calls_and_come_back_in_order(
    endpoint: EmbeddingEndpoint, stub: EmbeddingEndpointStub
) -> None:
    texts = [f"第{number}个问题" for number in range(2 * AT_ONCE + 1)]

    assert np.allclose(endpoint.vectors(texts), expected(texts), atol=1e-6)
    assert [len(body["input"]) for body in stub.asked] == [AT_ONCE, AT_ONCE, 1]


@pytest.mark.parametrize(
    "fault",
    ["too few", "too many", "one twice", "ragged", "not finite", "all zeros", "words",
     "another shape", "no json", "400", "401", "302"],
)  # fmt: skip
def test_a_wrong_answer_is_refused_and_not_asked_for_again(
    endpoint: EmbeddingEndpoint, stub: EmbeddingEndpointStub, fault: str
) -> None:
    stub.fault = fault

    with pytest.raises(EmbeddingFailed):
        endpoint.vectors(TEXTS)

    assert len(stub.asked) == 1
    assert stub.elsewhere == 0, "a redirect is not followed"


@pytest.mark.parametrize("fault", ["500", "503", "429", "hangs up"])
def test_what_may_pass_is_tried_again_where_nobody_waits(
    endpoint: EmbeddingEndpoint, stub: EmbeddingEndpointStub, fault: str
) -> None:
    stub.faults = [fault] * (TRIES - 1)

    assert len(endpoint.vectors(TEXTS)) == len(TEXTS)
    assert len(stub.asked) == TRIES


def test_it_is_not_tried_for_ever(endpoint: EmbeddingEndpoint, stub: EmbeddingEndpointStub) -> None:
    stub.fault = "500"

    with pytest.raises(EmbeddingFailed):
        endpoint.vectors(TEXTS)

    assert len(stub.asked) == TRIES


@pytest.mark.parametrize("fault", ["slow", "trickle"])
def test_a_question_waits_no_longer_than_it_may_and_is_sent_once(
    endpoint: EmbeddingEndpoint, stub: EmbeddingEndpointStub, fault: str
) -> None:
    stub.fault = fault
    started = time.monotonic()

    with pytest.raises(EmbeddingFailed):
        endpoint.vectors(TEXTS[:1], seconds=0.2)

    assert time.monotonic() - started < 1.0
    assert len(stub.asked) == 1


def test_an_endpoint_that_is_gone_is_told_so_at_once() -> None:
    endpoint = EmbeddingEndpoint("http://127.0.0.1:9/v1/embeddings", "m", again_seconds=0.01)
    try:
        with pytest.raises(EmbeddingFailed, match="Connect"):
            endpoint.vectors(TEXTS, seconds=0.3)
    finally:
        endpoint.close()


def test_several_threads_ask_at_once(
    endpoint: EmbeddingEndpoint, stub: EmbeddingEndpointStub
) -> None:
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda text: endpoint.vectors([text], seconds=5.0), TEXTS * 8))

    assert np.allclose(np.concatenate(found), expected(TEXTS * 8), atol=1e-6)


def test_closing_breaks_off_what_is_under_way_and_ends_it_for_good(
    endpoint: EmbeddingEndpoint, stub: EmbeddingEndpointStub
) -> None:
    stub.fault = "slow"
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(endpoint.vectors, TEXTS)
        while not stub.asked:
            time.sleep(0.01)

        endpoint.close()

        with pytest.raises(EmbeddingFailed):
            waiting.result(timeout=1)
    with pytest.raises(EmbeddingFailed):
        endpoint.vectors(TEXTS)


def test_neither_key_nor_texts_are_logged(
    endpoint: EmbeddingEndpoint, stub: EmbeddingEndpointStub, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stub.fault = "500"

    with pytest.raises(EmbeddingFailed) as failed:
        endpoint.vectors(TEXTS)

    written = caplog.text + repr(failed.value) + repr(failed.value.__cause__)
    assert "tried again" in caplog.text
    assert KEY not in written
    assert not any(text in written for text in TEXTS)
