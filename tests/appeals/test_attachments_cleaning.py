"""What is taken of a file that was sent, what is left of it, and what is refused with a reason."""

from __future__ import annotations

import random
from io import BytesIO

import pytest
from PIL import Image
from pypdf import PdfReader

from appeals.attachments_cleaning import MOST_BYTES, clean_file, kept_name
from appeals.attachments_pictures import LONGEST_SIDE
from appeals.errors import AttachmentRefused, AttachmentTooLarge
from appeals.tables import FileKind
from core.messages import sentence_for
from tests.appeals.attachment_files import (
    SECRETS,
    drawn,
    jpeg,
    pdf,
    pdf_with_action,
    pdf_with_photo,
    png,
    png_that_claims,
    webp,
)

RED, BLUE, GREEN, WHITE = (254, 0, 0), (0, 0, 254), (0, 128, 0), (255, 255, 255)


def opened(content: bytes) -> Image.Image:
    picture = Image.open(BytesIO(content))
    picture.load()
    return picture


def near(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(abs(a - b) < 12 for a, b in zip(one, other, strict=True))


def saved(picture: Image.Image, format: str, **more: object) -> bytes:
    target = BytesIO()
    picture.save(target, format, **more)
    return target.getvalue()


@pytest.mark.parametrize("content", [jpeg(), png(), webp()], ids=["jpeg", "png", "webp"])
def test_nothing_is_left_of_a_picture_but_what_is_seen(content: bytes):
    assert any(secret in content for secret in SECRETS), "or there would be nothing to remove"

    made = clean_file(content, "截图.jpg")
    picture = opened(made.content)

    assert made.kind is FileKind.PICTURE and picture.format == "JPEG"
    assert not [secret for secret in SECRETS if secret in made.content]
    assert dict(picture.getexif()) == {} and picture.getexif().get_ifd(0x8825) == {}
    assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert made.content.endswith(b"\xff\xd9"), "nothing stands behind the end"
    assert near(picture.getpixel((5, 20)), RED) and near(picture.getpixel((55, 20)), BLUE)


@pytest.mark.parametrize(
    ("orientation", "red_at", "blue_at", "size"),
    [
        (1, (5, 20), (55, 20), (60, 40)),
        (3, (55, 20), (5, 20), (60, 40)),
        (6, (20, 5), (20, 55), (40, 60)),
        (8, (20, 55), (20, 5), (40, 60)),
    ],
)
def test_a_photo_is_turned_the_way_it_was_held(orientation, red_at, blue_at, size):
    picture = opened(clean_file(jpeg(orientation), "照片.jpg").content)

    assert picture.size == size
    assert near(picture.getpixel(red_at), RED) and near(picture.getpixel(blue_at), BLUE)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16"])
def test_every_kind_of_png_becomes_an_ordinary_picture(mode: str):
    picture = drawn()
    picture = picture.convert("L").convert("I;16") if mode == "I;16" else picture.convert(mode)

    made = opened(clean_file(saved(picture, "PNG"), "a.png").content)

    assert (made.mode, made.size) == ("RGB", (60, 40))


def test_sixteen_bits_a_dot_are_not_all_white():
    grey = Image.new("I;16", (8, 8), 128 * 256)

    made = opened(clean_file(saved(grey, "PNG"), "a.png").content)

    assert near(made.getpixel((4, 4)), (128, 128, 128))


def test_what_shines_through_becomes_white():
    clear = Image.new("RGBA", (8, 8), (0, 0, 0, 0))

    made = opened(clean_file(saved(clear, "PNG"), "a.png").content)

    assert near(made.getpixel((4, 4)), WHITE)


def test_a_print_of_four_colours_is_taken():
    made = opened(clean_file(saved(drawn(mode="CMYK"), "JPEG"), "a.jpg").content)

    assert made.mode == "RGB" and near(made.getpixel((5, 20)), RED)


def test_the_longest_side_is_limited():
    made = opened(clean_file(jpeg(size=(6100, 1000)), "a.jpg").content)

    assert made.size == (LONGEST_SIDE, 492)


def test_of_a_moving_picture_the_first_frame_is_kept():
    moving = webp(frames=3)
    assert getattr(Image.open(BytesIO(moving)), "n_frames", 1) > 1

    made = opened(clean_file(moving, "a.webp").content)

    assert getattr(made, "n_frames", 1) == 1 and near(made.getpixel((5, 20)), RED)


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (b"", "a.jpg", "empty"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "a.jpg", "page"),
        (b"\xef\xbb\xbf  <svg onload=alert(1)>", "a.png", "page"),
        (b"just words", "a.pdf", "unknown"),
        (b"PK\x03\x04 a document", "a.pdf", "office"),
        (b"\xd0\xcf\x11\xe0 an old document", "a.doc", "office"),
        (b"MZ a program", "a.jpg", "program"),
        (b"GIF89a", "a.gif", "other_picture"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "IMG_1.HEIC", "heic"),
        (b"GIF89a/*%PDF-1.7 two at once", "a.pdf", "other_picture"),
        (b"\n%PDF-1.7 not at the beginning", "a.pdf", "unknown"),
        (jpeg()[:300], "a.jpg", "broken_picture"),
        (png()[:120], "a.png", "broken_picture"),
        (webp()[:60], "a.webp", "broken_picture"),
        (b"\xff\xd8\xff\xe0", "a.jpg", "broken_picture"),
        (b"RIFF\0\0\0\0WEBP", "a.webp", "broken_picture"),
        (pdf()[:80], "a.pdf", "broken_pdf"),
        (b"%PDF-1.7\n%%EOF", "a.pdf", "broken_pdf"),
        (png(), "a.pdf", "mismatch"),
        (png(), "a.exe", "mismatch"),
        (pdf(), "a.jpg", "mismatch"),
        (png_that_claims(30_000, 30_000), "a.png", "too_many_pixels"),
        (png_that_claims(10_000, 9_000), "a.png", "too_many_pixels"),
        (png_that_claims(1000, 1000), "a.png", "broken_picture"),
        (pdf(script="app.alert(1)"), "a.pdf", "script"),
        (pdf(embedded=True), "a.pdf", "embedded"),
        (pdf(password="x"), "a.pdf", "encrypted_pdf"),
        (pdf(password=""), "a.pdf", "encrypted_pdf"),
        (pdf(pages=51), "a.pdf", "too_many_pages"),
        (pdf(pages=0), "a.pdf", "broken_pdf"),
        (pdf_with_action({"/S": "/Launch", "/F": "cmd.exe"}), "a.pdf", "script"),
        (pdf_with_action({"/S": "/JavaScript", "/JS": "x"}), "a.pdf", "script"),
        (pdf_with_action({"/S": "/SubmitForm", "/F": "http://x"}), "a.pdf", "script"),
        (pdf_with_action({"/S": "/GoToE"}), "a.pdf", "embedded"),
        (pdf_with_action({"/S": "/None"}, "/FileAttachment"), "a.pdf", "embedded"),
    ],
)  # fmt: skip
def test_what_is_not_taken_is_refused_with_what_to_do(content: bytes, name: str, why: str):
    with pytest.raises(AttachmentRefused) as refused:
        clean_file(content, name)

    assert refused.value.details["why"] == why
    sentence = sentence_for(refused.value)
    assert sentence.startswith("附件没有收下：") and "{" not in sentence
    assert "上传" in sentence or "再拍" in sentence


def test_a_name_of_a_key_written_otherwise_hides_nothing():
    hidden = pdf_with_action({"/S": "/Launch"}).replace(b"/Launch", b"/L#61unc#68")
    assert b"/Launch" not in hidden

    with pytest.raises(AttachmentRefused) as refused:
        clean_file(hidden, "a.pdf")
    assert refused.value.details["why"] == "script"


def test_a_file_of_more_than_ten_megabytes_is_refused():
    with pytest.raises(AttachmentTooLarge) as refused:
        clean_file(bytes(MOST_BYTES + 1), "a.jpg")
    assert "10 MB" in sentence_for(refused.value)


def test_nothing_is_left_of_a_pdf_but_its_pages():
    content = pdf(pages=2)
    assert b"SecretName" in content and b"SecretPlace" in content

    made = clean_file(content, "申报表.pdf")
    reader = PdfReader(BytesIO(made.content))

    assert made.kind is FileKind.PDF and len(reader.pages) == 2
    assert not [secret for secret in SECRETS if secret in made.content]
    assert "/Info" not in reader.trailer and "/Metadata" not in reader.trailer["/Root"]
    assert reader.xmp_metadata is None
    assert made.content.rstrip().endswith(b"%%EOF")


def test_links_go_and_notes_stay():
    link = clean_file(pdf_with_action({"/S": "/URI", "/URI": "http://SecretPlace"}), "a.pdf")
    note = clean_file(pdf_with_action({"/S": "/URI", "/URI": "http://x"}, "/Text"), "a.pdf")

    assert PdfReader(BytesIO(link.content)).pages[0]["/Annots"] == []
    [kept] = PdfReader(BytesIO(note.content)).pages[0]["/Annots"]
    assert kept.get_object()["/Subtype"] == "/Text" and "/A" not in kept.get_object()
    assert b"SecretPlace" not in link.content


def test_a_photo_in_a_pdf_tells_no_place_and_is_still_seen():
    content = pdf_with_photo()
    assert b"SecretPhone" in content

    made = clean_file(content, "a.pdf")
    [photo] = PdfReader(BytesIO(made.content)).pages[0].images

    assert not [secret for secret in SECRETS if secret in made.content]
    assert photo.image.size == (60, 40) and near(photo.image.getpixel((5, 20)), RED)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("截图.png", "截图.jpg"),
        ("IMG_0001.JPEG", "IMG_0001.jpg"),
        ("C:\\Users\\me\\照片.jpg", "照片.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("", "图片.jpg"),
        (".jpg", "图片.jpg"),
        ("2026.11发票", "2026.11发票.jpg"),
        ("13800138000的截图.jpg", "138_8000的截图.jpg"),
        ("110101199003077758.jpg", "110_77.jpg"),
        ("发票\u202egpj.jpg", "发票gpj.jpg"),
        ('a"b\r\nSet-Cookie: x.jpg', "a_b Set-Cookie_ x.jpg"),
        ("长" * 300 + ".jpg", "长" * 80 + ".jpg"),
    ],
)
def test_a_name_is_cleaned_and_masked(name: str, kept: str):
    assert clean_file(jpeg(), name).name == kept


def test_a_name_keeps_its_own_ending_by_kind():
    assert kept_name("申报表", FileKind.PDF) == "申报表.pdf"


def test_broken_files_of_every_sort_are_refused_and_never_surprise():
    chance = random.Random(7)
    sound = [jpeg(), png(), webp(), webp(3), pdf(2), pdf_with_photo()]
    taken = refused = 0
    for round in range(600):
        content = bytearray(sound[round % len(sound)])
        for _ in range(chance.choice((1, 3, 30))):
            content[chance.randrange(len(content))] = chance.randrange(256)
        if round % 3 == 0:
            del content[chance.randrange(len(content)) :]
        try:
            clean_file(bytes(content), "a")
            taken += 1
        except AttachmentRefused:
            refused += 1

    assert taken and refused and taken + refused == 600
