"""Putting a signature into a PDF as an addition at its end, so that every byte printed before stays as it was."""

from datetime import datetime
from functools import cache
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _

from records.signing.ours import is_self_signed
from records.signing.port import Signer, SigningFailed, signer

FIELD = "Signature"
# A point outside the page: nothing to draw (PDF/A-2, 6.3.3) and nothing to read aloud (PDF/UA-1, 7.18.1).
OFF_PAGE = (-1, -1, -1, -1)


def sign(pdf: bytes, *, now: datetime) -> bytes:
    """`pdf` with a PAdES signature (B-B) that covers all of it and permits no change.

    A PDF/A-2a file stays one, with the same tags. Raises SigningFailed for what is no PDF, and when the signer fails.
    """
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.general import SigningError

    try:
        return _signed(pdf, signer(), now)
    except (PdfError, SigningError):
        # pyHanko quotes what it could not read, and that may be about a person's health.
        raise SigningFailed("the file cannot be signed") from None


def _signed(pdf: bytes, key: Signer, now: datetime) -> bytes:
    from pyhanko.sign.fields import SigFieldSpec
    from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup

    field = SigFieldSpec(FIELD, on_page=0, box=OFF_PAGE, readable_field_name=_("电子签名"))
    steps = PdfCMSEmbedder(field).write_cms(FIELD, _writer()(BytesIO(pdf)))
    next(steps)
    steps.send(_what_is_signed(key, now))
    prepared, output = steps.send(SigIOSetup(md_algorithm=key.algorithm, in_place=False))
    steps.send(key.cms(prepared.document_digest, now=now))
    return bytes(output.getvalue())


def _what_is_signed(key: Signer, now: datetime) -> Any:
    from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
    from pyhanko.sign.signers.cms_embedder import SigMDPSetup, SigObjSetup
    from pyhanko.sign.signers.pdf_byterange import SignatureObject

    reason = _("本机自签，只证明出具后未被改动，不具法律效力") if is_self_signed() else _("证明文件出具后未被改动")
    empty = SignatureObject(timestamp=now, subfilter=SigSeedSubFilter.PADES, bytes_reserved=2 * key.room, reason=reason)
    return SigObjSetup(empty, SigMDPSetup(key.algorithm, certify=True, docmdp_perms=MDPPerm.NO_CHANGES))


@cache
def _writer() -> type:
    """pyHanko's writer that adds to the end. Its import takes a second, which most processes never need to spend."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    class Writer(IncrementalPdfFileWriter):
        def _update_meta(self) -> None:
            """Leave the description alone: written anew it would no longer be what PDF/A wants, word for word."""

    return Writer
