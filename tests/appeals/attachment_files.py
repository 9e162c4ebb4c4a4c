"""Files that taxpayers and troublemakers send: pictures with a place, bombs, PDFs that run."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

from appeals.attachments_cleaning import CleanFile, clean_file
from appeals.tables import FileKind

#: What gives a place and a person away; none of it may be left.
SECRETS = (b"SecretPhone", b"SecretPlace", b"SecretName", b"SecretTail", b"GPS")
_LATITUDE, _ORIENTATION, _MODEL, _GPS = 2, 0x0112, 0x0110, 0x8825


def exif(orientation: int = 1) -> Image.Exif:
    """Where, and with which telephone."""
    told = Image.Exif()
    told[_MODEL] = "SecretPhone"
    told[_ORIENTATION] = orientation
    told.get_ifd(_GPS)[_LATITUDE] = (30.0, 15.0, 27.5)
    return told


def drawn(size: tuple[int, int] = (60, 40), mode: str = "RGB") -> Image.Image:
    """A picture whose left half is red and whose right half is blue."""
    picture = Image.new("RGB", size, "blue")
    picture.paste("red", (0, 0, size[0] // 2, size[1]))
    return picture.convert(mode)


def jpeg(orientation: int = 1, size: tuple[int, int] = (60, 40), **more: Any) -> bytes:
    """A photo as a telephone makes it, telling all it knows."""
    target = BytesIO()
    drawn(size).save(
        target, "JPEG", exif=exif(orientation), comment=b"SecretName",
        xmp=b"<x:xmpmeta>SecretPlace</x:xmpmeta>", icc_profile=b"SecretName profile", **more,
    )  # fmt: skip
    return target.getvalue() + b"SecretTail"


def png(mode: str = "RGBA", size: tuple[int, int] = (60, 40)) -> bytes:
    """A screenshot with text chunks."""
    target, info = BytesIO(), PngInfo()
    info.add_text("Author", "SecretName")
    info.add_itxt("XML:com.adobe.xmp", "SecretPlace")
    drawn(size, mode).save(target, "PNG", pnginfo=info, exif=exif())
    return target.getvalue() + b"SecretTail"


def webp(frames: int = 1) -> bytes:
    """A picture of a messenger; with frames it moves."""
    target = BytesIO()
    others = [Image.new("RGB", (60, 40), "green")] * (frames - 1)
    drawn().save(
        target, "WEBP", exif=exif(), save_all=frames > 1, append_images=others, lossless=True
    )
    return target.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """A few bytes that say they unfold to far more."""

    def chunk(name: bytes, data: bytes) -> bytes:
        tail = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + tail

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    dots = zlib.compress(bytes(1024))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", dots) + chunk(b"IEND", b"")


def pdf(pages: int = 1, **more: Any) -> bytes:
    """A PDF; ``more`` is passed to :func:`finish`."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(width=200, height=100)
    return finish(writer, **more)


def finish(
    writer: PdfWriter,
    *,
    script: str | None = None,
    embedded: bool = False,
    password: str | None = None,
    page: DictionaryObject | None = None,
) -> bytes:
    """Write it with what troublemakers put in, and with whose it is."""
    writer.add_metadata({"/Author": "SecretName", "/Title": "SecretPlace"})
    xmp = DecodedStreamObject()
    xmp.set_data(b"<x:xmpmeta>SecretPlace</x:xmpmeta>")
    writer.root_object[NameObject("/Metadata")] = writer._add_object(xmp)
    if script:
        runs = {"/S": "/JavaScript", "/JS": script}
        writer.root_object[NameObject("/OpenAction")] = _dictionary(runs)
    if embedded:
        writer.add_attachment("hidden.txt", b"hidden")
    if page:
        writer.pages[0].update(page)
    if password is not None:
        writer.encrypt(password)
    target = BytesIO()
    writer.write(target)
    return target.getvalue() + b"SecretTail"


def pdf_with_action(action: dict[str, str], subtype: str = "/Link") -> bytes:
    """A PDF with something to click on its first page."""
    annotation = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject(subtype),
            NameObject("/Rect"): ArrayObject([NumberObject(each) for each in (0, 0, 50, 50)]),
            NameObject("/A"): _dictionary(action),
        }
    )
    return pdf(page=DictionaryObject({NameObject("/Annots"): ArrayObject([annotation])}))


def pdf_with_photo() -> bytes:
    """A PDF whose page shows a photo that still tells where it was taken."""
    writer = PdfWriter()
    page = writer.add_blank_page(width=200, height=100)
    photo = StreamObject()
    photo._data = jpeg().removesuffix(b"SecretTail")
    photo.update(
        {
            NameObject("/Type"): NameObject("/XObject"),
            NameObject("/Subtype"): NameObject("/Image"),
            NameObject("/Width"): NumberObject(60),
            NameObject("/Height"): NumberObject(40),
            NameObject("/ColorSpace"): NameObject("/DeviceRGB"),
            NameObject("/BitsPerComponent"): NumberObject(8),
            NameObject("/Filter"): NameObject("/DCTDecode"),
        }
    )
    images = DictionaryObject({NameObject("/Photo"): writer._add_object(photo)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): images})
    return finish(writer)


def clean(name: str = "截图.png", content: bytes | None = None) -> CleanFile:
    """A file that was made harmless."""
    return clean_file(png() if content is None else content, name)


def plain_file(content: bytes) -> CleanFile:
    """A clean file without the work of cleaning, for tests of what comes after it."""
    return CleanFile(FileKind.PICTURE, "截图.jpg", content)


def _dictionary(said: dict[str, str]) -> DictionaryObject:
    return DictionaryObject({NameObject(name): _value(value) for name, value in said.items()})


def _value(text: str) -> Any:
    return NameObject(text) if text.startswith("/") else TextStringObject(text)
