"""Pictures that people send."""

import io

from PIL import Image


def photograph() -> bytes:
    """A small JPEG, 120 by 80."""
    content = io.BytesIO()
    Image.new("RGB", (120, 80), "teal").save(content, "JPEG")
    return content.getvalue()
