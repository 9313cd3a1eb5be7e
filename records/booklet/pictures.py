"""Pages of a PDF as pictures, for browsers that show pictures only: drawn from the very file that was signed."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from threading import Lock

import pypdfium2

WIDTH = 1080  # fits a phone twice over, so that small print can be drawn larger with two fingers
COLOURS = 64
# PDFium may not be entered by two threads at once.
_one = Lock()


def count(pdf: bytes) -> int:
    """How many pages a file of ours has."""
    with _opened(pdf) as document:
        return len(document)


def page(pdf: bytes, number: int) -> bytes:
    """One page, counted from one, as PNG of a bounded width."""
    with _opened(pdf) as document:
        sheet = document[number - 1]
        image = sheet.render(scale=WIDTH / sheet.get_width()).to_pil()
    drawn = BytesIO()
    image.quantize(COLOURS).save(drawn, "PNG")
    return drawn.getvalue()


@contextmanager
def _opened(pdf: bytes) -> Iterator[pypdfium2.PdfDocument]:
    with _one:
        document = pypdfium2.PdfDocument(pdf)
        try:
            yield document
        finally:
            document.close()
