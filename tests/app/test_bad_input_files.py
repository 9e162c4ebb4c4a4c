"""Files that people bring to ``ask`` and ``evaluate``: a clear result, or the wrong line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from app.cli import main

Run = Callable[..., tuple[int, str, str]]
DOCUMENTS = [
    {"doc_id": "d1", "question": "小规模纳税人增值税起征点是多少"},
    {"doc_id": "d2", "question": "发票丢了怎么办"},
    {"doc_id": "d3", "question": "公司注销怎么办理"},
]
QUERIES = [{"query": "发票丢失如何处理", "doc_id": "d2"}]
GOOD = json.dumps(QUERIES[0], ensure_ascii=False)
#: Texts that ask nothing, or nothing of ours, or nothing that can be read.
ODD = {
    "stop words only": "请问一下那个呢的了吗",
    "five thousand characters": "我是一个小微企业的老板，" * 417,
    "control characters": "\x00\x07\x1b\x7f",
    "a thousand words alike": "增值税 " * 1_000,
    "english": "How do I pay VAT for my small business?",
    "arabic": "كيف أدفع الضرائب",
    "japanese": "消費税はどうやって払いますか",
    "a formula": "∑(x²+√y)/∫dz ≥ 0 =SUM(A1:B9)*6%",
    "an address": "https://example.com/a?b=%E7%A8%8E&c=d#e",
    "query syntax": 'words:税 AND (grams:"a b"~2 OR *) -x^9 [a TO z] /re.*x/',
    "a regular expression": "(a+)+$ .*? \\d{1,9} [",
    "half a character": "\ud800税",
    "zero width": "\u200b\u200d\ufeff",
    "emoji": "😀🎉👨‍👩‍👧",
    "other direction": "\u202e税票发",
    "one long word": "a" * 5_000,
    "one long number": "9" * 5_000,
    "one character": "税" * 5_000,
}


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: object) -> tuple[int, str, str]:
        status = main([str(each) for each in arguments])
        told = capsys.readouterr()
        return status, told.out, told.err

    return call


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, object], Path]:
    """Write a file of rows, of text or of bytes."""

    def put(name: str, given: object) -> Path:
        path = tmp_path / name
        if isinstance(given, list):
            given = "\n".join(map(json.dumps, given))
        path.write_bytes(given.encode() if isinstance(given, str) else given)
        return path

    return put


Write = Callable[[str, object], Path]


def retrieval(run: Run, write: Write, documents: object, queries: object) -> tuple[int, str, str]:
    paths = write("documents.jsonl", documents), write("queries.jsonl", queries)
    return run("evaluate", "retrieval", "--documents", paths[0], "--queries", paths[1])


BAD_FILES: dict[str, tuple[object, tuple[str, ...]]] = {
    "empty": ("", ("是空的",)),
    "only blank lines": ("\n \n\n", ("是空的",)),
    "no json": (f"{GOOD}\n不是 JSON\n", ("第 2 行", "不是 JSON")),
    "two objects in a line": (f"{GOOD} {GOOD}", ("第 1 行", "不是 JSON")),
    "a list": (f"{GOOD}\n[1, 2]\n", ("第 2 行", "不是 JSON 对象")),
    "a number": (f"{GOOD}\n\n5\n", ("第 3 行", "不是 JSON 对象")),
    "too deep": ("[" * 100_000, ("第 1 行",)),
    "gbk": (f"{GOOD}\n".encode() + GOOD.encode("gbk"), ("第 2 行", "UTF-8", "另存为")),
    "all gbk": (GOOD.encode("gbk"), ("第 1 行", "像是 GBK")),
    "utf-16": (GOOD.encode("utf-16"), ("UTF-16", "另存为 UTF-8")),
    "no doc_id": (f'{GOOD}\n{{"query": "发票"}}', ("第 2 行", "缺少 doc_id")),
    "nothing in it": ("{}", ("第 1 行", "缺少 query、doc_id")),
    "null": ('{"query": "发票", "doc_id": null}', ("第 1 行", "缺少 doc_id")),
    "a number for a text": ('{"query": "发票", "doc_id": 2}', ("第 1 行", "doc_id", "文字")),
    "a blank text": (f'{GOOD}\n{{"query": " ", "doc_id": "d2"}}', ("第 2 行", "query 是空的")),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_what_is_wrong_with_a_file_of_queries_is_told_with_file_and_line(
    run: Run, write: Write, name: str
) -> None:
    given, told = BAD_FILES[name]

    status, out, error = retrieval(run, write, DOCUMENTS, given)

    assert status == 1
    assert out == ""
    assert error.startswith("✗ ")
    assert all(each in error for each in (*told, "queries.jsonl")), error
    assert "Traceback" not in error


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("", "是空的"),
        ('{"doc_id": "d1", "question": "税"}\n{"question": "发票"}', "第 2 行缺少 doc_id"),
        ('{"doc_id": "", "question": "税"}', "第 1 行的 doc_id 是空的"),
    ],
)
def test_a_file_of_documents_is_held_to_the_same(
    run: Run, write: Write, given: str, told: str
) -> None:
    status, _, error = retrieval(run, write, given, QUERIES)

    assert status == 1
    assert f"documents.jsonl {told}" in error


def test_a_missing_file_and_a_folder_are_told(run: Run, write: Write, tmp_path: Path) -> None:
    queries = write("queries.jsonl", QUERIES)

    for path in (tmp_path / "nowhere.jsonl", tmp_path):
        status, _, error = run("evaluate", "retrieval", "--documents", path, "--queries", queries)
        assert (status, str(path) in error) == (1, True)


def test_odd_queries_are_searched_and_counted_as_what_they_are(run: Run, write: Write) -> None:
    odd = [{"query": text, "doc_id": "d3"} for text in ODD.values()]

    status, out, error = retrieval(run, write, DOCUMENTS, [*QUERIES, *odd])

    told = json.loads(out.splitlines()[-1])
    assert (status, error) == (0, "")
    assert told["queries"] == len(ODD) + 1
    assert 1 / told["queries"] <= told["hit1"] + 1e-4


def test_odd_documents_are_indexed_and_do_not_hide_the_others(run: Run, write: Write) -> None:
    odd = [{"doc_id": name, "question": text} for name, text in ODD.items()]

    status, out, _ = retrieval(run, write, [*odd, *DOCUMENTS], QUERIES)

    told = json.loads(out.splitlines()[-1])
    assert (status, told["hit1"], told["documents"]) == (0, 1.0, len(ODD) + len(DOCUMENTS))


def test_a_byte_order_mark_and_windows_line_ends_are_read(run: Run, write: Write) -> None:
    lines = "\r\n".join(json.dumps(each, ensure_ascii=False) for each in DOCUMENTS)

    status, out, _ = retrieval(run, write, b"\xef\xbb\xbf" + lines.encode(), QUERIES)

    assert (status, json.loads(out)["documents"]) == (0, len(DOCUMENTS))


def test_a_line_separator_inside_of_a_text_ends_no_row(run: Run, write: Write) -> None:
    queries = json.dumps({"query": "发票\u2028丢了\x85怎么办", "doc_id": "d2"}, ensure_ascii=False)

    status, out, _ = retrieval(run, write, DOCUMENTS, queries)

    assert (status, json.loads(out)["hit1"]) == (0, 1.0)


def test_one_id_twice_is_one_document_asked_for_in_two_ways_and_is_told(
    run: Run, write: Write
) -> None:
    again = {"doc_id": "d2", "question": "票据遗失"}

    status, out, error = retrieval(run, write, [*DOCUMENTS, again], QUERIES)

    assert (status, json.loads(out)["documents"]) == (0, len(DOCUMENTS))
    assert "有 1 行的 doc_id 前面已有" in error


def test_a_query_for_a_document_that_is_not_there_is_counted_as_missed_and_told(
    run: Run, write: Write
) -> None:
    status, out, error = retrieval(
        run, write, DOCUMENTS, [*QUERIES, {"query": "发票丢了", "doc_id": "d9"}]
    )

    told = json.loads(out)
    assert (status, told["hit1"], told["queries_without_document"]) == (0, 0.5, 1)
    assert "有 1 行的 doc_id 不在" in error


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"intent": "ask_tax"}, "缺少 text"),
        ({"text": ""}, "text 是空的"),
        ({"text": "税", "intent": 3}, "intent 要写成文字"),
        ({"text": "税", "in_scope": "false"}, "in_scope 要写成true 或 false"),
    ],
)
def test_rows_for_understanding_are_held_to_their_types(
    run: Run, write: Write, row: dict[str, object], told: str
) -> None:
    path = write("texts.jsonl", [{"text": "怎么开发票", "in_scope": True}, row])

    status, _, error = run("evaluate", "understanding", "--file", path)

    assert status == 1
    assert f"texts.jsonl 第 2 行{told}" in error.replace("行的 ", "行")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("", "是空的"),
        ('{"question": "税"}\n{"text": "税"}', "第 2 行缺少 question"),
        ('["税"]', "第 1 行不是 JSON 对象"),
        ('{"question": "税", "as_of": 2025}', "第 1 行的 as_of 要写成文字"),
        ('{"question": "怎么申报"}'.encode("gbk"), "第 1 行不是 UTF-8（像是 GBK 编码）"),
    ],
)
def test_a_file_of_questions_to_ask_is_read_before_anything_is_asked(
    run: Run, write: Write, given: object, told: str
) -> None:
    path = write("questions.jsonl", given)

    status, _, error = run("ask", "--file", path, "--url", "http://127.0.0.1:9")

    assert status == 1
    assert f"questions.jsonl {told}" in error
