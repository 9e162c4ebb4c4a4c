"""A sentence model in a local folder gives texts their vectors, or says what it lacks."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from core.messages import sentence_for
from knowledge_base.embedding.embedder import EmbedderUnusable
from knowledge_base.embedding.onnx_folder import AT_ONCE, LONGEST, OnnxFolder
from tests.onnx_files import CHARACTERS, UNKNOWN, write_model

LONG, SHORT = "发票丢了怎么办", "注销"


def mean_of(rows: np.ndarray, text: str) -> np.ndarray:
    found = np.mean([rows[CHARACTERS.find(each) + 2] for each in text], axis=0)
    return found / np.linalg.norm(found)


def test_vectors_of_tokens_are_averaged_without_the_padding(tmp_path: Path) -> None:
    rows = write_model(tmp_path)

    vectors = OnnxFolder(tmp_path).vectors([LONG, SHORT])

    assert vectors.dtype == np.float32
    assert np.allclose(vectors, [mean_of(rows, LONG), mean_of(rows, SHORT)], atol=1e-6)


def test_a_model_that_gives_one_vector_per_text_is_taken_at_its_word(tmp_path: Path) -> None:
    rows = write_model(tmp_path, pools=True)

    assert np.allclose(OnnxFolder(tmp_path).vectors([LONG])[0], mean_of(rows, LONG), atol=1e-6)


def test_many_texts_keep_their_order(tmp_path: Path) -> None:
    rows = write_model(tmp_path)
    texts = [LONG, SHORT] * AT_ONCE + [LONG]

    vectors = OnnxFolder(tmp_path).vectors(texts)

    assert np.allclose(vectors, [mean_of(rows, each) for each in texts], atol=1e-6)


def test_what_is_endless_is_cut_and_what_is_unknown_has_a_vector(tmp_path: Path) -> None:
    rows = write_model(tmp_path)

    endless, strange = OnnxFolder(tmp_path).vectors(["税" * LONGEST + "发" * 5_000, "😀"])

    assert np.allclose(endless, mean_of(rows, "税"), atol=1e-5)
    assert np.allclose(strange, rows[UNKNOWN] / np.linalg.norm(rows[UNKNOWN]), atol=1e-6)


def test_other_files_are_another_model(tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("same", 1), ("other", 2)):
        write_model(tmp_path / name, seed=seed)

    one, same, other = (OnnxFolder(tmp_path / each).model for each in ("one", "same", "other"))

    assert one == same != other


@pytest.mark.parametrize("missing", ["model.onnx", "tokenizer.json"])
def test_a_missing_file_is_named(tmp_path: Path, missing: str) -> None:
    write_model(tmp_path)
    (tmp_path / missing).unlink()

    with pytest.raises(EmbedderUnusable) as refused:
        OnnxFolder(tmp_path)

    assert missing in sentence_for(refused.value)
    assert "RUNMIAO_EMBEDDING_FOLDER" in sentence_for(refused.value)


@pytest.mark.parametrize("broken", ["model.onnx", "tokenizer.json"])
def test_a_broken_file_is_told(tmp_path: Path, broken: str) -> None:
    write_model(tmp_path)
    (tmp_path / broken).write_text("rubbish", "utf-8")

    with pytest.raises(EmbedderUnusable) as refused:
        OnnxFolder(tmp_path)

    assert "读不了" in sentence_for(refused.value)


@pytest.mark.parametrize("package", ["onnxruntime", "tokenizers"])
def test_a_missing_package_is_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    write_model(tmp_path)
    monkeypatch.setitem(sys.modules, package, None)

    with pytest.raises(EmbedderUnusable) as refused:
        OnnxFolder(tmp_path)

    assert package in sentence_for(refused.value)
    assert "requirements/embedding.txt" in sentence_for(refused.value)
