"""Documents that are not FHIR: kept whole before anybody reads them, translated in the order of their arrival.

A document is translated as a whole or not at all: what cannot be read is one held message, and the bytes stay.
"""

import hashlib
import io
import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F

from records.exchange import filing
from records.exchange.applying import ATTEMPTS, GAVE_UP
from records.exchange.messages import UNREADABLE_KIND, broken
from records.exchange.mistakes import MISTAKES
from records.exchange.models import Held, InboundKey, Pull, Source, StoredFile, Translation
from records.exchange.ordering import batches
from records.exchange.runs import Clock, Parcel, Run, Watch, running
from records.exchange.transactions import durable
from records.exchange.translating import Untranslatable
from records.exchange.translators import entries_of, neighbours_of

logger = logging.getLogger(__name__)

BATCH = 200
# How many small documents are translated together, and how much they may say in all.
TOGETHER = 50
TOGETHER_BYTES = 1024 * 1024
LARGEST = 2000
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
        for some in _together(_waiting(source_id)):
            if until is not None and clock() > until:
                break
            _translate(run, some)
        return run.close(Pull.Outcome.SUCCEEDED)


def _waiting(source_id: UUID) -> Iterator[Translation]:
    """What waits, oldest first, each once."""
    waiting = Translation.objects.filter(source_id=source_id, state=State.WAITING).order_by("received_at", "file_id")
    yield from waiting.select_related("file__source__facility").iterator(chunk_size=BATCH)


def _together(waiting: Iterator[Translation]) -> Iterator[list[Translation]]:
    """Small documents some at a time; one that was tried before may have killed its process, and is tried alone."""
    some: list[Translation] = []
    size = 0
    for translation in waiting:
        size += translation.file.size
        alone = translation.attempts > 0
        if some and (alone or some[-1].attempts or len(some) == TOGETHER or size > TOGETHER_BYTES):
            yield some
            some, size = [], translation.file.size
        some.append(translation)
    if some:
        yield some


def _translate(run: Run, some: Sequence[Translation]) -> None:
    """The attempts are counted first: a document that kills the process is set aside in the end."""
    keys = [one.pk for one in some]
    Translation.objects.filter(pk__in=keys).update(attempts=F("attempts") + 1)
    parcels = [parcel for one in some if (parcel := _translated(run, one)) is not None]
    _receive(run, parcels)
    _settle(run.source, [parcel.file for parcel in parcels if parcel.file], run.bench.now)


def _translated(run: Run, translation: Translation) -> Parcel | None:
    """What a document says; None for one that is set aside, or waits for another attempt."""
    file = translation.file
    try:
        if translation.attempts >= ATTEMPTS:
            raise Untranslatable(GAVE_UP)
        entries = entries_of(file)
    except Untranslatable as problem:
        run.take(broken(b"", 0, problem.explanation, bytes(file.sha256)), file=file)
        Translation.objects.filter(pk=translation.pk).update(state=State.DONE)
        return None
    except MISTAKES as mistake:
        logger.error("document %s could not be translated: %s", file.pk, type(mistake).__name__)
        return None
    return Parcel(entries, neighbours_of(entries), file)


def _receive(run: Run, parcels: Sequence[Parcel]) -> None:
    """All at once, unless that is very much."""
    if sum(len(parcel.entries) for parcel in parcels) <= LARGEST:
        run.receive_all(parcels, cursor={})
        return
    for parcel in parcels:
        for batch in batches(iter(parcel.entries)):
            run.receive(batch, parcel.neighbours, file=parcel.file, cursor={})


def _settle(source: Source, files: Sequence[StoredFile], now: datetime) -> None:
    """Documents have been read, also those that were held as unreadable before."""
    names = [f"sha256:{bytes(file.sha256).hex()}" for file in files]
    same = InboundKey.objects.filter(source=source, kind=UNREADABLE_KIND, identifier__in=names)
    Held.objects.filter(key__in=same, resolved_at=None).update(
        resolved_at=now, resolved_by="系统", resolution="重新处理后已入档", retry_requested_at=None
    )
    same.filter(state=InboundKey.State.HELD).update(state=InboundKey.State.APPLIED)
    Translation.objects.filter(pk__in=[file.pk for file in files]).update(state=State.DONE)
