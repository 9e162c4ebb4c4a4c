"""A file read into lines (读取文件): TXT in the usual encodings, HTML, DOCX, PDF."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable

from docx import Document as open_docx
from docx.table import Table
from lxml import html
from pypdf import PdfReader

from knowledge_base.exchange.archive import MEGABYTE, check_xml, open_archive
from knowledge_base.exchange.faults import ExchangeRefused
from knowledge_base.notices.vocabulary import NoticeRefused, refuse

MOST_BYTES = 20 * MEGABYTE
MOST_PAGES = 300
MOST_SIGNS = 200_000
#: An office file may unfold to so much.
MOST_UNFOLDED = 40 * MEGABYTE
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_HTML = re.compile(r"<!doctype html|<html\b|<body\b|<p[\s>]|<div[\s>]", re.IGNORECASE)
_BLOCKS = (
    *("address", "article", "blockquote", "br", "center", "dd", "div", "dl", "dt", "li", "p"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "section", "table", "td", "th", "title", "tr"),
)
_UNREAD = ("script", "style", "nav", "footer", "noscript", "template")
#: Blocks of a page that are menus when most of what they say is links.
_MENUS = ("ul", "ol", "dl", "div", "td", "p")
_MOSTLY = 0.6
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
#: Signs that say nothing and that a database may refuse.
_UNSAID = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\u200b-\u200f\ufeff\ud800-\udfff]")
#: Between two of these a space is an artefact of word-splitting or justified print.
_CJK = r"[\u3400-\u9fff\u3000-\u303f\uff00-\uffef“”‘’]"
_GAP = re.compile(rf"(?<={_CJK}) +(?={_CJK})")
_CLAUSE_WITHIN = re.compile(
    r"(?<=[。：；！？\s])(?=[一二三四五六七八九十]{1,3}、|（[一二三四五六七八九十]{1,3}）|第[一二三四五六七八九十百]{1,5}条)"
)
#: A line of this length was not broken by its writer.
_ENDLESS = 600
_CLAUSE_START = re.compile(
    r"(?:第[一二三四五六七八九十百零〇0-9]{1,6}[条章节]|[一二三四五六七八九十]{1,3}、|"
    r"[（(][一二三四五六七八九十0-9]{1,3}[）)]|\d{1,2}[.．、])"
)


def read_lines(content: bytes) -> tuple[str, list[str]]:
    """Read a file by what it is, whatever its name says.

    Returns:
        The kind (``txt``, ``html``, ``docx``, ``pdf``) and the lines that say something.

    Raises:
        NoticeRefused: It cannot be read; the reason says what to do.
    """
    if len(content) > MOST_BYTES:
        raise refuse("too_large", most=MOST_BYTES // MEGABYTE)
    kind, raw = _read(content)
    lines = list(_tidy(raw))
    if sum(map(len, lines)) > MOST_SIGNS:
        raise refuse("too_long", most=MOST_SIGNS)
    if not lines:
        raise refuse("scanned" if kind == "pdf" else "empty")
    return kind, lines


def _read(content: bytes) -> tuple[str, list[str]]:
    if content.startswith(b"%PDF"):
        return "pdf", _joined(_pdf(content))
    if content.startswith(b"PK"):
        return "docx", _docx(content)
    if content.startswith(_OLD_OFFICE):
        raise refuse("old_office")
    text = _decoded(content)
    if len(_HTML.findall(text)) > 1:
        return "html", _html(text)
    return "txt", text.splitlines()


def _decoded(content: bytes) -> str:
    if not content.strip():
        raise refuse("empty")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _CONTROL.search(text.replace("\x0c", "\n")):
            raise refuse("not_text")
        return text
    raise refuse("encoding")


def _html(text: str) -> list[str]:
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    try:
        tree = html.document_fromstring(text, parser=html.HTMLParser(no_network=True))
    except (ValueError, html.etree.ParserError, html.etree.XMLSyntaxError) as error:
        raise refuse("broken") from error
    for each in tree.xpath("|".join(f"//{name}" for name in _UNREAD)) + tree.xpath("//comment()"):
        each.drop_tree()
    for each in [menu for menu in tree.iter(*_MENUS) if _is_menu(menu)]:
        if each.getparent() is not None:
            each.drop_tree()
    for each in tree.iter(*_BLOCKS):
        each.text = f"\n{each.text or ''}"
        each.tail = f"\n{each.tail or ''}"
    return tree.text_content().splitlines()


def _is_menu(block: html.HtmlElement) -> bool:
    said = "".join(block.text_content().split())
    links = sum(len("".join(each.text_content().split())) for each in block.iter("a"))
    return "。" not in said and links > _MOSTLY * len(said)


def _docx(content: bytes) -> list[str]:
    try:
        archive = open_archive(content, "DOCX")
        if "word/document.xml" not in archive.namelist():
            raise refuse("not_text")
        if sum(each.file_size for each in archive.infolist()) > MOST_UNFOLDED:
            raise refuse("zip_bomb")
        check_xml(archive, "DOCX")
    except ExchangeRefused as refused:
        code = refused.faults[0].code
        raise refuse("broken" if code == "broken_file" else code) from refused
    try:
        found: list[str] = []
        for block in open_docx(io.BytesIO(content)).iter_inner_content():
            found += _table(block) if isinstance(block, Table) else block.text.splitlines()
        return found
    except Exception as error:  # a broken document fails anywhere within the library
        raise refuse("broken") from error


def _table(table: Table) -> Iterable[str]:
    """One line for each row; a cell that spans columns is said once."""
    for row in table.rows:
        yield "　".join(dict.fromkeys(cell.text.strip() for cell in row.cells))


def _pdf(content: bytes) -> list[str]:
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise refuse("encrypted")
        if len(reader.pages) > MOST_PAGES:
            raise refuse("too_many_pages", most=MOST_PAGES)
        return [line for page in reader.pages for line in page.extract_text().splitlines()]
    except NoticeRefused:
        raise
    except Exception as error:  # a broken document fails anywhere within the library
        raise refuse("broken") from error


def _joined(lines: list[str]) -> list[str]:
    """Lines of print put together to paragraphs: a full line goes on, unless a clause begins."""
    lines = [line.strip() for line in lines if line.strip()]
    full = max((len(line) for line in lines), default=0) - 3
    found: list[str] = []
    goes_on = False
    for line in lines:
        if goes_on and not _CLAUSE_START.match(line):
            found[-1] += line
        else:
            found.append(line)
        goes_on = len(line) >= full and not line.endswith(("。", "：", ":"))
    return found


def _tidy(lines: Iterable[str]) -> Iterable[str]:
    """Lines without page furniture and stray spaces; an endless line is cut at its clauses."""
    for line in lines:
        line = re.sub(r"[\xa0\u3000\t]+", " ", _UNSAID.sub("", line)).strip()
        line = _GAP.sub("", line) if _is_split_into_words(line) else re.sub(r" {2,}", " ", line)
        parts = _CLAUSE_WITHIN.split(line) if len(line) > _ENDLESS else [line]
        yield from (part.strip() for part in parts if part.strip())


def _is_split_into_words(line: str) -> bool:
    return len(_GAP.findall(line)) * 5 > len(line)
