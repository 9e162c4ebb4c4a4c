"""PDF files are checked and written anew (PDF 重写): pages alone, nothing that runs or hides."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    StreamObject,
)

from appeals.attachments_refusing import refused

MOST_PAGES = 50
#: So many parts at most; pages of an honest file have far fewer.
MOST_PARTS = 60_000
#: Keys and values that make something run, and those that bring other files along.
_RUNS = {"/JavaScript", "/JS", "/Launch", "/XFA", "/SubmitForm", "/ImportData", "/Rendition"}
_BRINGS = {"/EmbeddedFiles", "/EmbeddedFile", "/EF", "/FileAttachment", "/RichMedia", "/GoToE"}
#: What says how or by whom it was made, or leads elsewhere; dropped wherever it stands.
_DROPPED = ("/Metadata", "/PieceInfo", "/LastModified", "/AA", "/Thumb")
_LINK = "/Link"
_BROKEN = (
    PyPdfError, OSError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError,
    AssertionError, RecursionError, MemoryError, NotImplementedError, struct.error, zlib.error,
)  # fmt: skip


def clean_pdf(content: bytes) -> bytes:
    """Write a PDF anew with nothing but its pages.

    A signature does not survive this, nor do links, bookmarks, and what the pictures on its
    pages told of where they were taken.

    Args:
        content: A PDF file.

    Raises:
        AttachmentRefused: It cannot be read, is locked, too long, runs something or brings other
            files along.
    """
    try:
        reader = PdfReader(BytesIO(content))
        if reader.is_encrypted:
            raise refused("encrypted_pdf")
        if not 0 < len(reader.pages) <= MOST_PAGES:
            why = "too_many_pages" if len(reader.pages) else "broken_pdf"
            raise refused(why, most=MOST_PAGES)
        _check_parts(reader)
        return _written_anew(reader)
    except _BROKEN as error:
        raise refused("broken_pdf") from error


def _check_parts(reader: PdfReader) -> None:
    for count, part in enumerate(_parts_of(reader.trailer.get("/Root"))):
        if count > MOST_PARTS:
            raise refused("too_complex")
        said = {*map(str, part), str(part.get("/S", "")), str(part.get("/Subtype", ""))}
        said.add(str(part.get("/Type", "")))
        if said & _RUNS:
            raise refused("script")
        if said & _BRINGS:
            raise refused("embedded")


def _written_anew(reader: PdfReader) -> bytes:
    writer = PdfWriter()
    for page in reader.pages:
        writer.add_page(page, excluded_keys=("/StructParents", "/B", "/Dur", "/Trans"))
    writer.metadata = None
    for part in _parts_of(ArrayObject(page.indirect_reference for page in writer.pages)):
        _strip(part)
    target = BytesIO()
    writer.write(target)
    return target.getvalue()


def _strip(part: DictionaryObject) -> None:
    for name in _DROPPED:
        part.pop(name, None)
    if "/Annots" in part:
        found: Any = part["/Annots"].get_object()
        kept = [each for each in found if each.get_object().get("/Subtype") != _LINK]
        for each in kept:
            each.get_object().pop("/A", None)
        part[NameObject("/Annots")] = ArrayObject(kept)
    if isinstance(part, StreamObject) and part.get("/Filter") in ("/DCTDecode", ["/DCTDecode"]):
        part._data = without_segments(part._data)


def without_segments(jpeg: bytes) -> bytes:
    """A JPEG without what its application segments and comments say, dots untouched.

    Kept is Adobe's own segment, without which the colours would be others.
    """
    if not jpeg.startswith(b"\xff\xd8"):
        return jpeg
    kept, place = bytearray(b"\xff\xd8"), 2
    while jpeg[place : place + 1] == b"\xff" and place + 4 <= len(jpeg):
        marker = jpeg[place + 1]
        length = 2 + int.from_bytes(jpeg[place + 2 : place + 4], "big")
        if marker == 0xDA:
            break
        tells = 0xE0 <= marker <= 0xEF or marker == 0xFE
        if not tells or marker == 0xEE:
            kept += jpeg[place : place + length]
        place += length
    return bytes(kept) + jpeg[place:]


def _parts_of(root: Any) -> Iterator[DictionaryObject]:
    """Every dictionary that can be reached from ``root``, each once."""
    waiting, seen = [root], set()
    while waiting:
        part = waiting.pop()
        if isinstance(part, IndirectObject):
            key = (part.idnum, part.generation)
            if key in seen:
                continue
            seen.add(key)
            part = part.get_object()
        if isinstance(part, DictionaryObject):
            yield part
            waiting.extend(part.raw_get(name) for name in part)
        elif isinstance(part, ArrayObject):
            waiting.extend(list.__iter__(part))
