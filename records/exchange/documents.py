"""Documents that are not FHIR: kept whole before anybody reads them, translated in the order of their arrival.

A document is translated as a whole or not at all: what cannot be read is one held message, and the bytes stay.
"""

import hashlib
import io
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F

from records.exchange import filing
from records.exchange.applying import ATTEMPTS, GAVE_UP
from records.exchange.bundles import Entry
from records.exchange.messages import UNREADABLE_KIND, broken
from records.exchange.mistakes import MISTAKES
from records.exchange.models import Held, InboundKey, Pull, Source, StoredFile, Translation
from records.exchange.ordering import batches
from records.exchange.runs import Clock, Run, Watch, running
from records.exchange.transactions import durable
from records.exchange.translating import Untranslatable
from records.exchange.translators import entries_of, neighbours_of

logger = logging.getLogger(__name__)

BATCH = 200
State = Translation.State


def keep(raw: bytes, source: Source, layout: StoredFile.Layout, name: str, now: datetime) -> bool:
    """Keep a document: it is on disk when this returns. False where the source sent the same bytes before."""
    with durable():
        file, is_new = StoredFile.objects.get_or_create(
            source=source,
            sha256=hashlib.sha256(raw).digest(),
            defaults={"size": len(raw), "layout": layout, "name": name[:200], "received_at": now},
        )
        if is_new:
            filing.write_parts(file, io.BytesIO(raw))
            Translation.objects.create(file=file, source=source, received_at=now)
    return is_new


def due() -> list[UUID]:
    """The sources of which documents wait."""
    return list(Translation.objects.filter(state=State.WAITING).values_list("source_id", flat=True).distinct())


def translate(
    source_id: UUID, *, clock: Clock, seconds: float | None = None, watch: Watch = lambda progress: None
) -> Pull:
    """Translate and apply what waits of one source; returns the finished run. Raises AlreadyRunning.

    With `seconds`, the run stops at the next document after that time, and the rest waits for the next run.
    """
    with running(source_id, clock, watch) as run:
        until = run.bench.now + timedelta(seconds=seconds) if seconds is not None else None
        for translation in _waiting(source_id):
            if until is not None and clock() > until:
                break
            _translate(run, translation)
        return run.close(Pull.Outcome.SUCCEEDED)


def _waiting(source_id: UUID) -> Iterator[Translation]:
    """What waits, oldest first, each once."""
    waiting = Translation.objects.filter(source_id=source_id, state=State.WAITING).order_by("received_at", "file_id")
    yield from waiting.select_related("file__source__facility").iterator(chunk_size=BATCH)


def _translate(run: Run, translation: Translation) -> None:
    """The attempt is counted first: a document that kills the process is set aside in the end."""
    file = translation.file
    Translation.objects.filter(pk=translation.pk).update(attempts=F("attempts") + 1)
    try:
        if translation.attempts >= ATTEMPTS:
            raise Untranslatable(GAVE_UP)
        entries = entries_of(file)
    except Untranslatable as problem:
        _set_aside(run, file, problem.explanation)
    except MISTAKES as mistake:
        logger.error("document %s could not be translated: %s", file.pk, type(mistake).__name__)
        return
    else:
        _receive(run, file, entries)
        _settle(file, run.bench.now)
    Translation.objects.filter(pk=translation.pk).update(state=State.DONE)


def _receive(run: Run, file: StoredFile, entries: list[Entry]) -> None:
    neighbours = neighbours_of(entries)
    for batch in batches(iter(entries), BATCH):
        run.receive(batch, neighbours, file=file, cursor={})


def _set_aside(run: Run, file: StoredFile, explanation: str) -> None:
    message = broken(b"", 0, explanation, bytes(file.sha256))
    run.take([message], neighbours_of([]), file=file, cursor={})


def _settle(file: StoredFile, now: datetime) -> None:
    """A document that was held as unreadable has been read after all."""
    name = f"sha256:{bytes(file.sha256).hex()}"
    same = InboundKey.objects.filter(source_id=file.source_id, kind=UNREADABLE_KIND, identifier=name)
    Held.objects.filter(key__in=same, resolved_at=None).update(
        resolved_at=now, resolved_by="系统", resolution="重新处理后已入档", retry_requested_at=None
    )
    same.filter(state=InboundKey.State.HELD).update(state=InboundKey.State.APPLIED)
