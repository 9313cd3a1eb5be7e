"""A picture of an article to save and pass on, where a link cannot be sent: title, county and QR code."""

from functools import lru_cache
from io import BytesIO

import segno
from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT, EDGE = 750, 1000, 60
BRAND, INK, MUTED, PAPER = "#0b7568", "#15211e", "#4f5f5a", "#ffffff"
TITLE, TEXT, SMALL = 56, 32, 26
MOST_TITLE, MOST_SUMMARY = 4, 4
COLOURS = 64


@lru_cache(maxsize=256)  # about 10 MB; every article in each language, so that nobody can make all be drawn anew
def poster(title: str, summary: str, address: str, language: str) -> bytes:
    """The picture as PNG, of what everybody may read; drawn once for the same words and `language` of the page."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, WIDTH, 130), fill=BRAND)
    pen.text((EDGE, 62), f"{settings.COUNTY_NAME} · {_('健康宣教')}", PAPER, _font(TEXT, bold=True), anchor="lm")
    below = _write(pen, title, 180, _font(TITLE, bold=True), INK, MOST_TITLE)
    _write(pen, summary, below + 24, _font(TEXT), MUTED, MOST_SUMMARY)
    code = _code(address)
    picture.paste(code, (EDGE, HEIGHT - EDGE - code.height))
    beside = EDGE + code.width + 30
    pen.text((beside, HEIGHT - EDGE - code.height + 60), _("长按识别二维码，看全文"), INK, _font(TEXT), anchor="lm")
    pen.text((beside, HEIGHT - EDGE - code.height + 120), _("有出处，经医生审核"), MUTED, _font(SMALL), anchor="lm")
    held = BytesIO()
    picture.quantize(COLOURS).save(held, "PNG", optimize=True)
    return held.getvalue()


def _write(pen: ImageDraw.ImageDraw, text: str, top: int, font: ImageFont.FreeTypeFont, colour: str, most: int) -> int:
    """Write lines from `top` down, cut after `most`; returns where they end."""
    lines = _lines(text, font)
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1][:-1] + "…"]
    for line in lines:
        pen.text((EDGE, top), line, colour, font)
        top += int(font.size * 1.5)
    return top


def _lines(text: str, font: ImageFont.FreeTypeFont) -> list[str]:
    """The text in lines that fit; Latin words stay whole."""
    lines = [""]
    for word in _words(text):
        if lines[-1] and font.getlength(lines[-1] + word) > WIDTH - 2 * EDGE and word not in "，。、；：！？”）》":
            lines.append("")
        lines[-1] += word if lines[-1] else word.lstrip()
    return lines


def _words(text: str) -> list[str]:
    """Chinese characters one by one, anything in ASCII up to the next blank together."""
    words: list[str] = []
    for letter in " ".join(text.split()):
        if words and letter.isascii() and letter != " " and words[-1].isascii():
            words[-1] += letter
        else:
            words.append(letter)
    return words


def _code(address: str) -> Image.Image:
    held = BytesIO()
    segno.make_qr(address, error="m").save(held, kind="png", scale=6, border=1)
    return Image.open(held).convert("RGB")


@lru_cache(maxsize=8)
def _font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    name = "700Bold/NotoSansSC_700Bold.ttf" if bold else "400Regular/NotoSansSC_400Regular.ttf"
    return ImageFont.truetype(settings.PDF_FONT_DIR / name, size)
