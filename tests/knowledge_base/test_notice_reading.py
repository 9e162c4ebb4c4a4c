"""Files that hold a notice are read alike; what cannot be read is refused with what to do."""

from __future__ import annotations

import pytest
from notice_files import (
    NOTICE,
    docx_bomb,
    docx_of,
    docx_with_entities,
    html_of,
    locked_pdf,
    pdf_of,
    scanned_pdf,
)

from core.messages import sentence_for
from knowledge_base.notices import reading
from knowledge_base.notices.proposal import propose
from knowledge_base.notices.reading import read_lines
from knowledge_base.notices.vocabulary import NoticeRefused

LINES = NOTICE.splitlines()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_text_is_read_in_every_usual_encoding(encoding):
    assert read_lines(NOTICE.encode(encoding)) == ("txt", LINES)


def test_a_docx_is_read_with_its_tables_row_by_row():
    kind, lines = read_lines(docx_of(NOTICE, ("税目", "税率"), ("彩旗", "1%")))

    assert (kind, lines) == ("docx", [*LINES, "税目 税率", "彩旗 1%"])


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_saved_page_is_read_without_its_menus_and_scripts(encoding):
    kind, lines = read_lines(html_of(NOTICE).encode(encoding))

    assert (kind, lines) == ("html", ["彩旗", *LINES])


def test_a_page_that_begins_as_xml_is_read():
    page = '<?xml version="1.0" encoding="utf-8"?>' + html_of(NOTICE)

    assert read_lines(page.encode())[1] == ["彩旗", *LINES]


def test_a_pdf_with_text_is_read():
    kind, lines = read_lines(pdf_of(NOTICE))

    assert (kind, "".join(lines)) == ("pdf", "".join(LINES))
    assert "二、纳税人应当在挂旗之日起15日内向主管税务机关办理彩旗报备。" in lines


def test_lines_that_were_broken_in_print_are_put_together():
    whole = "一、纳税人应当在挂旗之日起十五日内向主管税务机关办理彩旗报备，并且保存报备的回执备查。"
    printed = f"彩旗公告\n{whole[:24]}\n{whole[24:]}\n二、本公告自发布之日起施行。"

    assert read_lines(pdf_of(printed))[1] == ["彩旗公告", whole, "二、本公告自发布之日起施行。"]


def test_words_set_apart_by_spaces_are_put_together_and_clauses_begin_lines():
    words = "一、 纳税人 应当 办理 彩旗 报备 。 二、 税务机关 免费 办理 。 " * 40

    lines = read_lines(words.encode())[1]

    assert lines[:2] == ["一、纳税人应当办理彩旗报备。", "二、税务机关免费办理。"]


def test_signs_that_nobody_sees_are_left_out():
    page = html_of("彩旗\ufeff办法\u200b公告")

    assert "彩旗办法公告" in read_lines(page.encode())[1]


REFUSED = {
    "empty": [b"", b"  \n ", b"<html><body><p> </p></body></html>", docx_of("")],
    "scanned": [scanned_pdf()],
    "encrypted": [locked_pdf()],
    "old_office": [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600],
    "broken": [b"%PDF-1.7\nnothing", b"PK\x03\x04broken", pdf_of(NOTICE)[:200]],
    "not_text": [b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", b"abc\x00def"],
    "encoding": [b"\x81\xff\xff\xfe\xfd" * 3],
    "zip_bomb": [docx_bomb()],
    "dangerous_xml": [docx_with_entities()],
    "too_long": ["彩旗".encode() * 150_000],
}


@pytest.mark.parametrize(
    ("why", "content"), [(why, each) for why, all_of in REFUSED.items() for each in all_of]
)
def test_what_cannot_be_read_is_refused_with_what_to_do(why, content):
    with pytest.raises(NoticeRefused) as caught:
        read_lines(content)

    assert caught.value.details["why"] == why
    sentence = sentence_for(caught.value)
    assert "请" in sentence and caught.value.details["reason"] in sentence


def test_a_file_that_is_too_large_is_not_looked_at(monkeypatch):
    monkeypatch.setattr(reading, "MOST_BYTES", 1024)

    with pytest.raises(NoticeRefused) as caught:
        read_lines(b"x" * 1025)

    assert caught.value.details["why"] == "too_large"


def test_a_zip_of_something_else_is_no_notice():
    with pytest.raises(NoticeRefused) as caught:
        read_lines(docx_of("彩旗").replace(b"word/document.xml", b"word/documens.xml"))

    assert caught.value.details["why"] in ("not_text", "broken")


@pytest.mark.parametrize(
    "text",
    [
        "关于关于" * 40_000,
        "公告通告" * 45_000,
        "财政部税务总局" * 25_000,
        "一、税\n" * 40_000,
        "《彩旗" * 60_000,
        "彩旗应当在" * 35_000,
        "2026年1月1日" * 20_000,
    ],
    ids=["titles", "announcements", "offices", "clauses", "quotes", "duties", "days"],
)
def test_a_text_made_to_be_slow_is_read_all_the_same(text):
    assert propose(text.encode()).kind == "txt"


def test_a_pdf_with_a_broken_stream_is_read_or_refused_but_never_fails_otherwise():
    content = bytearray(pdf_of(NOTICE))
    for place in range(60, len(content), 97):
        broken = bytes(content[:place] + bytes([content[place] ^ 0x5A]) + content[place + 1 :])
        try:
            read_lines(broken)
        except NoticeRefused as refused:
            assert refused.details["why"] in ("broken", "scanned", "not_text", "encoding")
