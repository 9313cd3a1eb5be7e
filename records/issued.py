"""What anybody may know of a copy that was handed out, by the code on it or by the file itself."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from foundation.crypto import digest
from records.models import IssuedCopy


@dataclass(frozen=True)
class CopyState:
    """Whether a copy still holds: of one report `state` says it; of a booklet, how many reports inside do not.

    Of a booklet, number and facility are empty, and there is no report time. `recalled` counts as withdrawn there.
    """

    kind: str
    state: str
    report_number: str
    facility_name: str
    reported_at: datetime | None
    issued_at: datetime
    sha256: bytes
    reports: int
    corrected: int
    withdrawn: int

    @property
    def is_booklet(self) -> bool:
        """Whether it holds a record, or a part of one, and not one report."""
        return self.kind == IssuedCopy.Kind.BOOKLET


def by_code(code: str) -> CopyState | None:
    """The copy that this code is printed on (`records.codes.tidy`); None where there is none."""
    return _asked(digest(code), b"")


def by_file(fingerprint: bytes) -> CopyState | None:
    """The copy whose file has this SHA-256; None where no such file was handed out."""
    return _asked(b"", fingerprint)


def _asked(code_hash: bytes, fingerprint: bytes) -> CopyState | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM app.check_issued(%s, %s)", [code_hash, fingerprint])
        row = cursor.fetchone()
    if row is None:
        return None
    kind, state, number, facility, *rest = row
    return CopyState(kind, state, number or "", facility or "", *rest)
