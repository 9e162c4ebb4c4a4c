"""A sentence model in a local folder (本机语义模型): ``model.onnx`` beside ``tokenizer.json``."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge_base.embedding.embedder import EmbedderUnusable, EmbeddingFailed, checked
from knowledge_base.meaning import Vectors

MODEL, TOKENIZER = "model.onnx", "tokenizer.json"
#: So many texts are given to the model at once, each cut after so many tokens.
AT_ONCE, LONGEST = 32, 256


class OnnxFolder:
    """Runs the model in this process, on one thread; nothing leaves the machine.

    A model that gives a vector per token has its vectors averaged over the tokens of the text.

    Args:
        folder: Where ``model.onnx`` and ``tokenizer.json`` lie.

    Raises:
        EmbedderUnusable: A file or an optional package is missing, or the files cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        for name in (MODEL, TOKENIZER):
            if not (folder / name).is_file():
                raise EmbedderUnusable(reason=f"{folder} 里没有 {name}")
        onnxruntime, tokenizers = _package("onnxruntime"), _package("tokenizers")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        try:
            self._tokenizer = tokenizers.Tokenizer.from_file(str(folder / TOKENIZER))
            self._session = onnxruntime.InferenceSession(
                str(folder / MODEL), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # both raise what no type of theirs names
            raise EmbedderUnusable(reason=f"{folder} 里的模型读不了：{error}") from error
        self._tokenizer.enable_truncation(max_length=LONGEST)
        self._tokenizer.enable_padding()
        self._inputs = {each.name for each in self._session.get_inputs()}
        self.model = f"onnx:{_digest(folder / MODEL, folder / TOKENIZER)}"

    def vectors(self, texts: Sequence[str], *, seconds: float | None = None) -> Vectors:
        """As :class:`Embedder` says; what is begun is not broken off."""
        parts = [
            self._vectors(texts[first : first + AT_ONCE]) for first in range(0, len(texts), AT_ONCE)
        ]
        return np.concatenate(parts)

    def close(self) -> None:
        """Nothing is open."""

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        encoded = self._tokenizer.encode_batch(list(texts))
        given = {
            "input_ids": np.array([each.ids for each in encoded], np.int64),
            "attention_mask": np.array([each.attention_mask for each in encoded], np.int64),
            "token_type_ids": np.array([each.type_ids for each in encoded], np.int64),
        }
        wanted = {name: rows for name, rows in given.items() if name in self._inputs}
        try:
            output = np.asarray(self._session.run(None, wanted)[0])
        except Exception as error:  # the runtime raises what no type of its own names
            raise EmbeddingFailed(type(error).__name__) from error
        if output.ndim == 3:
            output = averaged(output, given["attention_mask"])
        return checked(output, len(texts))


def averaged(tokens: NDArray[Any], mask: NDArray[np.int64]) -> NDArray[Any]:
    """Average vectors of tokens, shape (texts, tokens, dimensions), over those that are no padding.

    Args:
        tokens: One vector per token.
        mask: 1 where a token is one of the text, shape (texts, tokens).
    """
    counted = mask[:, :, None].astype(tokens.dtype)
    return np.asarray((tokens * counted).sum(axis=1) / np.maximum(counted.sum(axis=1), 1))


def _package(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise EmbedderUnusable(
            reason=f"没有安装 {name}，请先执行 .venv/bin/pip install -r requirements/embedding.txt"
        ) from error


def _digest(*paths: Path) -> str:
    told = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                told.update(chunk)
    return told.hexdigest()[:32]
