"""A tiny sentence model for tests, as the files that a real one is made of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tokenizers import Regex, Tokenizer, models, pre_tokenizers

DIMENSIONS = 16
CHARACTERS = "发票丢了怎么办注销税务登记补开"
PADDING, UNKNOWN = 0, 1


def write_model(folder: Path, *, pools: bool = False, seed: int = 7) -> np.ndarray:
    """Write ``model.onnx`` and ``tokenizer.json``.

    Args:
        folder: Where to.
        pools: Whether the model gives one vector per text, the mean over its tokens with their
            padding; else one per token.
        seed: Of its random vectors.

    Returns:
        The vector of each token, the first two being padding and what is unknown.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = ["[PAD]", "[UNK]", *CHARACTERS]
    vocabulary = {name: place for place, name in enumerate(names)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    tokenizer.save(str(folder / "tokenizer.json"))
    rows = np.random.default_rng(seed).normal(size=(len(names), DIMENSIONS)).astype("<f4")
    (folder / "model.onnx").write_bytes(_model(rows, pools=pools))
    return rows


def _model(rows: np.ndarray, *, pools: bool) -> bytes:
    """The protocol buffer of a graph that looks tokens up, and averages them if it ``pools``."""
    nodes = [_node("Gather", ["rows", "input_ids"], "tokens")]
    if pools:
        axes = _text(1, "axes") + _number(8, 1) + _number(20, 7)
        keep = _text(1, "keepdims") + _number(3, 0) + _number(20, 2)
        nodes.append(_node("ReduceMean", ["tokens"], "pooled", axes, keep))
    weights = (
        b"".join(_number(1, size) for size in rows.shape)
        + _number(2, 1)
        + _text(8, "rows")
        + _field(9, rows.tobytes())
    )
    output = _value("pooled", 1, ["n", "d"]) if pools else _value("tokens", 1, ["n", "l", "d"])
    graph = b"".join(_field(1, each) for each in nodes)
    graph += _text(2, "tiny") + _field(5, weights)
    for name in ("input_ids", "attention_mask"):
        graph += _field(11, _value(name, 7, ["n", "l"]))
    graph += _field(12, output)
    return _number(1, 8) + _field(7, graph) + _field(8, _text(1, "") + _number(2, 17))


def _node(kind: str, inputs: list[str], output: str, *attributes: bytes) -> bytes:
    given = b"".join(_text(1, each) for each in inputs)
    told = b"".join(_field(5, each) for each in attributes)
    return given + _text(2, output) + _text(4, kind) + told


def _value(name: str, kind: int, sizes: list[str]) -> bytes:
    shape = b"".join(_field(1, _text(2, size)) for size in sizes)
    return _text(1, name) + _field(2, _field(1, _number(1, kind) + _field(2, shape)))


def _number(place: int, value: int) -> bytes:
    return _variable(place << 3) + _variable(value)


def _text(place: int, value: str) -> bytes:
    return _field(place, value.encode())


def _field(place: int, value: bytes) -> bytes:
    return _variable(place << 3 | 2) + _variable(len(value)) + value


def _variable(value: int) -> bytes:
    told = bytearray()
    while value > 0x7F:
        told.append(value & 0x7F | 0x80)
        value >>= 7
    told.append(value)
    return bytes(told)
