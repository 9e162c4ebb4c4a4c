"""Notices about flags and kites, written as files of every kind that people bring."""

from __future__ import annotations

import io
import zipfile

from docx import Document as new_docx
from pypdf import PdfReader, PdfWriter

NOTICE = """\
彩旗总局关于门店彩旗报备有关事项的公告
国家税务总局公告2026年第99号
为了方便纳税人，现就彩旗报备有关事项公告如下：
一、小规模纳税人月销售额未超过12万元的，免征彩旗税。
二、纳税人应当在挂旗之日起15日内向主管税务机关办理彩旗报备。
（一）报备可以通过电子税务局办理，也可以到办税服务厅办理。
（二）逾期不报备的，处200元以上2000元以下的罚款。
三、彩旗税减按1%的征收率计算，税务机关应在3个工作日内办结。
四、本公告自2026年10月1日起施行，执行至2027年12月31日。《彩旗办法》（财税〔2016〕12号）第三条同时废止。
特此公告。
国家税务总局
2026年9月1日
"""


def docx_of(text: str, *rows: tuple[str, ...]) -> bytes:
    """A DOCX with a paragraph for each line, and a table."""
    document = new_docx()
    for line in text.splitlines():
        document.add_paragraph(line)
    if rows:
        table = document.add_table(len(rows), len(rows[0]))
        for place, row in enumerate(rows):
            for column, cell in enumerate(row):
                table.cell(place, column).text = cell
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def html_of(text: str) -> str:
    """A saved page: a menu above the notice, links below."""
    menu = "".join(f'<li><a href="/{n}">栏目{n}</a></li>' for n in range(30))
    body = "".join(f"<p>&nbsp;&nbsp;{line}</p>" for line in text.splitlines())
    return (
        f"<!DOCTYPE html><html><head><title>彩旗</title><script>alert('x')</script></head><body>"
        f'<form><ul>{menu}</ul><div class="main">{body}</div></form>'
        f'<div><a href="/about">关于我们</a> <a href="/map">网站地图</a></div></body></html>'
    )


def pdf_of(text: str) -> bytes:
    """A PDF of one page that really holds the text, as a program prints it."""
    glyphs = {sign: place for place, sign in enumerate(sorted(set(text) - {"\n"}), 1)}
    lines = ["".join(f"{glyphs[sign]:04x}" for sign in line) for line in text.splitlines()]
    shown = "\n".join(
        f"BT /F 10 Tf 1 0 0 1 40 {800 - 14 * place} Tm <{line}> Tj ET"
        for place, line in enumerate(lines)
    )
    signs = "\n".join(
        f"<{place:04x}> <{sign.encode('utf-16-be').hex()}>" for sign, place in glyphs.items()
    )
    spoken = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def "
        "1 begincodespacerange <0000> <ffff> endcodespacerange\n"
        f"{len(glyphs)} beginbfchar\n{signs}\nendbfchar endcmap end end"
    )
    return _pdf(
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        "/Resources << /Font << /F 5 0 R >> >> >>",
        _stream(shown),
        "<< /Type /Font /Subtype /Type0 /BaseFont /Song /Encoding /Identity-H "
        "/DescendantFonts [6 0 R] /ToUnicode 7 0 R >>",
        "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Song /DW 1000 "
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>",
        _stream(spoken),
    )


def _stream(text: str) -> str:
    return f"<< /Length {len(text)} >>\nstream\n{text}\nendstream"


def _pdf(*objects: str) -> bytes:
    content, places = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(content))
        content += f"{number} 0 obj\n{each}\nendobj\n".encode("ascii")
    index = "".join(f"{place:010d} 00000 n \n" for place in places)
    told = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{index}"
    end = f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(content)}\n%%EOF"
    return content + (told + end).encode("ascii")


def scanned_pdf() -> bytes:
    """A PDF that shows nothing to read."""
    writer = PdfWriter()
    writer.add_blank_page(595, 842)
    return _written(writer)


def locked_pdf() -> bytes:
    """A PDF that opens with a password alone."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf_of("彩旗"))))
    writer.encrypt("secret")
    return _written(writer)


def _written(writer: PdfWriter) -> bytes:
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def docx_bomb() -> bytes:
    """A small DOCX that unfolds to sixty megabytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"<w>" + b" " * (60 << 20))
    return target.getvalue()


def docx_with_entities() -> bytes:
    """A DOCX whose text declares an entity."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("word/document.xml", '<!DOCTYPE w [<!ENTITY a "b">]><w>&a;</w>')
    return target.getvalue()
