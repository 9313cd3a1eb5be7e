"""A facility's people as a file: once, to whoever asked, after another person said yes.

Names, sex, birth year and village; document numbers only where they were asked for. Cells that a spreadsheet would run
as a formula are made harmless (OWASP, CSV injection).
"""

import csv
import io
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from uuid import UUID

from django.db import connections
from django.db.models import Func
from django.utils.translation import gettext as _

from facilities.imports import harmless
from foundation.crypto import unseal
from foundation.fields import EncryptedTextField
from foundation.rowsecurity import database
from residents.models import Approval, Identifier, Resident

IN_MEMORY = 4 * 1024 * 1024
ROWS_AT_ONCE = 500


class NothingToFetch(Exception):
    """The export was not approved, was fetched before, is too old, or belongs to somebody else."""


def write_people(approval: Approval) -> tuple[IO[bytes], int]:
    """The file, from its beginning, and how many people are in it; raises NothingToFetch.

    Written while the transaction lasts that also notes the delivery: a file that breaks off was not delivered. Memory
    holds a few megabytes of it, the rest lies in a nameless file of this process.
    """
    file: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  # the answer closes it once sent
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(_heading(approval.with_numbers))
    count = 0
    for row in _rows(approval.pk):
        writer.writerow(_cells(row, approval.with_numbers))
        count += 1
    text.detach()
    if not count and not _delivered(approval.pk):
        file.close()
        raise NothingToFetch
    file.seek(0)
    return file, count


def _heading(with_numbers: bool) -> list[str]:
    heading = [_("姓名"), _("性别"), _("出生年份"), _("建档机构")]
    return [*heading, _("证件类型"), _("证件号码")] if with_numbers else heading


def _rows(approval_id: UUID) -> Iterator[tuple[Any, ...]]:
    with connections[database()].cursor() as cursor:
        cursor.execute("SELECT * FROM app.export_people(%s)", [approval_id])
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield from rows


def _cells(row: tuple[Any, ...], with_numbers: bool) -> list[str]:
    name, sex, born, village, document, kind, value = row
    cells = [harmless(name), str(Resident.Sex(sex).label), str(born.year), harmless(village)]
    if not with_numbers:
        return cells
    if document is None:
        return [*cells, "", ""]
    return [*cells, str(Identifier.Kind(kind).label), harmless(_number(document, value))]


def _number(document: UUID, value: bytes) -> str:
    field = Identifier._meta.get_field("value")
    assert isinstance(field, EncryptedTextField)
    return unseal(bytes(value), field.place(Identifier(pk=document))).decode()


def _delivered(approval_id: UUID) -> bool:
    # The database dated it with this transaction's own clock: an earlier delivery has another one.
    return Approval.objects.filter(pk=approval_id, done_at=Func(function="app.clock")).exists()
