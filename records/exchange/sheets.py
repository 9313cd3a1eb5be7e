"""Tables as the people at the facility see them: read once more for their counts, their bad rows made into a sheet.

Only the worker opens what was received. The web asks by a row (`app.ask_error_sheet`), the worker makes the sheet,
seals it, and whoever asked takes it once (`app.take_error_sheet`); what nobody took in time is emptied.
"""

import hashlib
import json
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from foundation import crypto
from foundation.dated import register, setting
from foundation.rowsecurity import asked
from records.exchange import filing
from records.exchange.models import ErrorSheet, ErrorSheetContent, Source, StoredFile, TableReading, Translation
from records.exchange.tables import errors_sheet
from records.exchange.tables.assembling import assemble
from records.exchange.tables.translating import opened
from records.exchange.tables.workbooks import kind_of
from records.exchange.transactions import durable
from records.exchange.translating import Setup, Untranslatable
from records.exchange.translators import setup_of
from residents.openings import Origin

READ = "exchange.read_error_sheet"
HOURS = register("exchange.error_sheet_hours", 24, "“有问题的行”做好后，多少小时内可以下载")
MOST_ROWS = register("exchange.error_sheet_rows", 20_000, "“有问题的行”最多多少行；更多时多半是列对照不对")
AT_ONCE = 5
State = ErrorSheet.State


def sweep(now: datetime) -> None:
    """Read what was translated and not looked at yet, make the sheets that were asked for, empty the old ones."""
    for translation in _unread()[:AT_ONCE]:
        _read(translation.file, now)
    for reading in _outdated()[:AT_ONCE]:
        _read(reading.file, now)
    waiting = ErrorSheet.objects.filter(state=State.WAITING, expires_at__gt=now).order_by("requested_at")
    for sheet in waiting.select_related("file__file__source__facility")[:AT_ONCE]:
        _make(sheet, now)
    old = ErrorSheetContent.objects.filter(sheet__expires_at__lte=now).exclude(sealed=None)
    old.update(sealed=None)


def _unread() -> QuerySet[Translation]:
    done = Translation.objects.filter(state=Translation.State.DONE, file__layout=StoredFile.Layout.TABLE)
    return done.filter(file__reading=None).select_related("file__source__facility").order_by("file_id")


def _outdated() -> list[TableReading]:
    """Tables with bad rows whose source's mapping is another one since."""
    bad = TableReading.objects.filter(Q(bad__gt=0) | Q(rows=0)).select_related("file__source__facility", "source")
    digests = {source.pk: digest_of(setup_of(source)) for source in Source.objects.filter(kind=Source.Kind.TABLE)}
    other = Q(pk__in=[])
    for source_id, digest in digests.items():
        other |= Q(source_id=source_id) & ~Q(mapping=digest)
    return list(bad.filter(other)[:AT_ONCE])


def digest_of(setup: Setup) -> bytes:
    """A name for a mapping with its character set."""
    said = json.dumps([setup.charset, dict(setup.columns)], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(said.encode()).digest()


def _read(file: StoredFile, now: datetime) -> None:
    """Note how a table reads; one that cannot be read at all has no rows that could be told apart."""
    setup = setup_of(file.source)
    counts = {"rows": 0, "bad": 0, "reports": 0}
    try:
        table, plan = opened(_bytes(file), setup)
        assembled = assemble(table, plan)
        counts = {"rows": len(table.rows), "bad": len(assembled.bad), "reports": len(assembled.reports)}
    except Untranslatable:
        pass
    TableReading.objects.update_or_create(
        file=file,
        defaults={
            "source_id": file.source_id,
            "source_name": file.source.name,
            "facility_id": file.source.facility_id,
            "name": file.name,
            "received_at": file.received_at,
            "mapping": digest_of(setup),
            "read_at": now,
            **counts,
        },
    )


def _make(sheet: ErrorSheet, now: datetime) -> None:
    """The sheet somebody asked for, sealed for its row; or why there is none."""
    file = sheet.file.file
    made = {"state": State.FAILED.value, "explanation": _too_many(sheet.file, now), "suffix": ""}
    raw = b""
    if not made["explanation"]:
        try:
            raw = errors_sheet(_bytes(file), setup_of(file.source))
            made |= {"state": State.READY.value, "suffix": "xlsx" if kind_of(raw) else "csv"}
        except Untranslatable as problem:
            made["explanation"] = problem.explanation[:500]
    with durable():
        if raw:
            ErrorSheetContent.objects.update_or_create(
                sheet_id=sheet.pk, defaults={"sealed": crypto.seal(raw, _place(sheet.pk))}
            )
        ErrorSheet.objects.filter(pk=sheet.pk, state=State.WAITING).update(**made)


def _too_many(reading: TableReading, now: datetime) -> str:
    most = setting(MOST_ROWS, now)
    if reading.bad <= most:
        return ""
    return f"不能用的行超过 {most} 行，多半是列对照或字符集不对。请管理员先改列对照。"


def _bytes(file: StoredFile) -> bytes:
    with filing.stored_stream(file) as stream:
        return stream.read()


def _place(sheet_id: UUID) -> bytes:
    return f"{ErrorSheetContent._meta.db_table}.sealed.{sheet_id}".encode()


def ask(file_id: UUID, origin: Origin) -> UUID | None:
    """Ask for the bad rows of a table; None for whoever may not see its patients."""
    found: UUID | None = asked("SELECT app.ask_error_sheet(%s, %s, %s)", [file_id, origin.address, origin.reference])
    return found


def take(sheet_id: UUID, origin: Origin) -> bytes | None:
    """The sheet this account asked for, this once; None where there is nothing to take."""
    sealed = asked("SELECT app.take_error_sheet(%s, %s, %s)", [sheet_id, origin.address, origin.reference])
    return crypto.unseal(bytes(sealed), _place(sheet_id)) if sealed else None
