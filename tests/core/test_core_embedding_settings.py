"""An embedding model is named whole or not at all, and questions never go there in plain."""

from __future__ import annotations

import pytest

from core.messages import sentence_for
from core.settings import BadSetting, read_settings

URL = "https://models.example/v1/embeddings"


@pytest.mark.parametrize(
    "url", [URL, "http://127.0.0.1:8081/v1/embeddings"], ids=["https", "loopback"]
)
def test_an_endpoint_with_its_model_is_accepted(url: str) -> None:
    read = read_settings({"RUNMIAO_EMBEDDING_URL": url, "RUNMIAO_EMBEDDING_MODEL": "m"})

    assert read.embedding_url == url
    assert (read.embedding_timeout_millis, read.embedding_weight_percent) == (300, 10)


@pytest.mark.parametrize(
    ("changed", "name", "why"),
    [
        ({"URL": "http://models.example/v1/embeddings"}, "URL", "不能明文"),
        ({"URL": "http://127.0.0.1.evil.example/v1/embeddings"}, "URL", "不能明文"),
        ({"URL": "https://models.example/v1"}, "URL", "/embeddings"),
        ({"URL": "https://user:pass@models.example/v1/embeddings"}, "URL", "密钥另写"),
        ({"URL": f"{URL}?key=k"}, "URL", "参数"),
        ({"MODEL": ""}, "MODEL", "模型名"),
        ({"FOLDER": "/opt/model"}, "URL", "只能写一个"),
        ({"WEIGHT_PERCENT": "101"}, "WEIGHT_PERCENT", "0 到 100"),
        ({"TIMEOUT_MILLIS": "0"}, "TIMEOUT_MILLIS", "1 到"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_reason(
    changed: dict[str, str], name: str, why: str
) -> None:
    given = {"URL": URL, "MODEL": "m", **changed}

    with pytest.raises(BadSetting) as refused:
        read_settings({f"RUNMIAO_EMBEDDING_{key}": value for key, value in given.items()})

    assert refused.value.details["name"] == f"RUNMIAO_EMBEDDING_{name}"
    assert why in sentence_for(refused.value)


def test_the_key_is_never_printed() -> None:
    read = read_settings(
        {
            "RUNMIAO_EMBEDDING_URL": URL,
            "RUNMIAO_EMBEDDING_MODEL": "m",
            "RUNMIAO_EMBEDDING_KEY": "s3cret",
        }
    )

    assert "s3cret" not in str(read.public_values())
