"""Pictures are made anew (图片重制): only their dots are kept, upright, on white, as JPEG."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

from PIL import Image, ImageOps

from appeals.attachments_refusing import refused
from appeals.errors import AttachmentRefused

#: The longest side that is kept, in dots.
LONGEST_SIDE = 3000
#: The most dots that are unfolded; more claims a broken file or a bomb.
MOST_PIXELS = 50_000_000
_FORMATS = ("JPEG", "PNG", "WEBP")
_QUALITY = 90
#: What Pillow's readers raise on files that are broken, cut off or made to hurt.
_BROKEN = (
    OSError, ValueError, SyntaxError, TypeError, LookupError, ArithmeticError, EOFError,
    MemoryError, struct.error, zlib.error,
)  # fmt: skip


def clean_picture(content: bytes) -> bytes:
    """Make a picture anew, without anything that is not seen; of an animated one the first frame.

    Args:
        content: A JPEG, PNG or WebP file.

    Returns:
        A JPEG file: turned as its orientation says, at most ``LONGEST_SIDE`` long, transparent
        parts white.

    Raises:
        AttachmentRefused: It cannot be read, or unfolds to too much.
    """
    try:
        with Image.open(BytesIO(content), formats=_FORMATS) as image:
            _check_pixels(image)
            paper = _on_white(_unfolded(image))
            target = BytesIO()
            paper.save(target, "JPEG", quality=_QUALITY, subsampling=0)
    except Image.DecompressionBombError as error:
        raise _too_many_pixels() from error
    except _BROKEN as error:
        raise refused("broken_picture") from error
    return target.getvalue()


def _check_pixels(image: Image.Image) -> None:
    if image.width * image.height > MOST_PIXELS:
        raise _too_many_pixels()


def _too_many_pixels() -> AttachmentRefused:
    return refused("too_many_pixels", most=MOST_PIXELS // 10_000)


def _unfolded(image: Image.Image) -> Image.Image:
    """The picture in its size and the right way up; a JPEG is unfolded no larger than needed."""
    within = (LONGEST_SIDE, LONGEST_SIDE)
    image.draft("RGB", within)
    image.load()
    image.thumbnail(within, Image.Resampling.LANCZOS)
    return ImageOps.exif_transpose(image)


def _on_white(image: Image.Image) -> Image.Image:
    """A new picture with the dots of the old one, and nothing else of it."""
    if image.mode.startswith("I") or image.mode == "F":
        # Sixteen bits a dot: the upper eight are kept.
        image = image.convert("I").point(lambda dot: dot * (1 / 256)).convert("L")
    paper = Image.new("RGB", image.size, "white")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        paper.paste(layer, mask=layer.getchannel("A"))
    else:
        paper.paste(image.convert("RGB"))
    return paper
