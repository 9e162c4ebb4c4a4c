"""A file that was sent is made harmless (附件检查): told by its content, made anew, renamed."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from appeals.attachments_pdf import clean_pdf
from appeals.attachments_pictures import clean_picture
from appeals.attachments_refusing import attachment_words, refused
from appeals.errors import AttachmentTooLarge
from appeals.tables import FileKind
from core.masking import mask

MEGABYTE = 1024 * 1024
#: The most that is taken, picture or PDF.
MOST_BYTES = 10 * MEGABYTE
_ENDINGS = {FileKind.PICTURE: ".jpg", FileKind.PDF: ".pdf"}
_LONGEST_STEM = 80
_SUFFIX = re.compile(r"\.([A-Za-z][A-Za-z0-9]{1,4})$")
#: What a page begins with, after blanks and whatever else comes before its first tag.
_PAGE = re.compile(rb"^\W{0,8}<(?:!doctype|html|head|body|script|svg|\?xml|!--)", re.IGNORECASE)
#: What no file system takes, and what mask() puts in.
_UNFIT = re.compile(r'[\\/:*?"<>|]+')


@dataclass(frozen=True)
class CleanFile:
    """A file as it may be kept: its kind, a name without personal data, its new content."""

    kind: FileKind
    name: str
    content: bytes


def clean_file(content: bytes, name: str) -> CleanFile:
    """Check a file and make it anew; takes up to seconds, so never on the event loop.

    Args:
        content: What was sent.
        name: What it was called; believed in nothing.

    Raises:
        AttachmentTooLarge: It is larger than ``MOST_BYTES``.
        AttachmentRefused: It is not what can be taken; the reason says what to do.
    """
    if len(content) > MOST_BYTES:
        raise AttachmentTooLarge(most=MOST_BYTES // MEGABYTE)
    kind = _kind_of(content)
    stem, suffix = _split(name)
    if suffix and suffix.lower() not in attachment_words()["suffixes"][kind.value]:
        really = attachment_words()["is_really"][kind.value]
        raise refused("mismatch", suffix=suffix.lower(), is_really=really)
    made = clean_picture(content) if kind is FileKind.PICTURE else clean_pdf(content)
    return CleanFile(kind, kept_name(stem, kind), made)


def kept_name(stem: str, kind: FileKind) -> str:
    """A file's name as it may be kept and handed out: one line, masked, with a fixed ending."""
    line = " ".join(unicodedata.normalize("NFC", stem).split())
    # Control signs and those that turn the direction of writing (invoice‮fdp.exe).
    line = "".join(each for each in line if unicodedata.category(each)[0] != "C")
    line = _UNFIT.sub("_", mask(line).text).strip(" ._")
    kept = line[:_LONGEST_STEM].rstrip() or attachment_words()["names"][kind.value]
    return f"{kept}{_ENDINGS[kind]}"


def _split(name: str) -> tuple[str, str]:
    """The last part of a path without its ending, and the ending."""
    last = re.split(r"[\\/]", name)[-1].strip()
    found = _SUFFIX.search(last)
    return (last[: found.start()], found[1]) if found else (last, "")


def _kind_of(content: bytes) -> FileKind:
    if not content:
        raise refused("empty")
    for each in attachment_words()["types"]:
        if _begins(content, each):
            return FileKind.PDF if each["is"] == "pdf" else FileKind.PICTURE
    for each in attachment_words()["not_taken"]:
        if _begins(content, each):
            raise refused(each["why"])
    raise refused("page" if _PAGE.search(content[:256]) else "unknown")


def _begins(content: bytes, sign: dict[str, Any]) -> bool:
    return content.startswith(bytes.fromhex(str(sign["begins"])), sign["at"])
