"""Documents that are not FHIR: kept whole before anybody reads them, translated in the order of their arrival.

A document is translated as a whole or not at all: what cannot be read is one held message, and the bytes stay.
"""

import hashlib
import io
import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connections
from django.db.models import F

from foundation.keys import uuid7
from records.exchange import filing, resending
from records.exchange.applying import ATTEMPTS, GAVE_UP
from records.exchange.messages import UNREADABLE_KIND, broken
from records.exchange.mistakes import MISTAKES
from records.exchange.models import Held, InboundKey, Pull, Source, StoredFile, Translation
from records.exchange.ordering import batches
from records.exchange.runs import Clock, Parcel, Run, Watch, running
from records.exchange.transactions import alias, durable
from records.exchange.translating import Untranslatable
from records.exchange.translators import entries_of, neighbours_of

logger = logging.getLogger(__name__)

BATCH = 200
# How many small documents are translated together, and how much they may say in all.
TOGETHER = 50
TOGETHER_BYTES = 1024 * 1024
LARGEST = 2000
State = Translation.State

# Laboratories send hundreds of small messages a minute, and each is on disk before its answer: one statement keeps one,
# 2.4 instead of 3.4 CPU ms for a message of 20 results received and answered.
_KEEP = """
WITH kept AS (
    INSERT INTO exchange_storedfile (id, source_id, sha256, size, layout, name, received_at)
    VALUES (%(file)s, %(source)s, %(sha256)s, %(size)s, %(layout)s, %(name)s, %(now)s)
    ON CONFLICT (source_id, sha256) DO NOTHING RETURNING id
), part AS (
    INSERT INTO exchange_filepart (id, file_id, number, content) SELECT %(part)s, id, 0, %(content)s FROM kept
)
INSERT INTO exchange_translation (file_id, source_id, received_at, state, attempts)
SELECT id, %(source)s, %(now)s, %(state)s, 0 FROM kept
"""


def keep(raw: bytes, source: Source, layout: StoredFile.Layout, name: str, now: datetime) -> bool:
    """Keep a document: it is on disk when this returns. False where the source sent the same bytes before.

    Raises ValueError for one without content, of which there is nothing to keep.
    """
    if not raw:
        raise ValueError("an empty document")
    parts = filing.sealed_parts(io.BytesIO(raw))
    part, content = next(parts)
    file = uuid7()
    values: dict[str, Any] = {
        "file": file,
        "source": source.pk,
        "sha256": hashlib.sha256(raw).digest(),
        "size": len(raw),
        "layout": layout.value,
        "name": _shown(name),
        "now": now,
        "part": part,
        "content": content,
        "state": State.WAITING.value,
    }
    with durable(), connections[alias()].cursor() as cursor:
        cursor.execute(_KEEP, values)
        is_new = bool(cursor.rowcount)
        if is_new:
            filing.write_parts(file, parts, first=1)
    return is_new


def _shown(name: str) -> str:
    """A name that the database can keep: a control character in it must not stop what it is the name of."""
    return "".join(one for one in name if one.isprintable())[:200]


def due() -> list[UUID]:
    """The sources of which documents wait; what comes while a feed is tried waits until it goes live."""
    waiting = Translation.objects.filter(state=State.WAITING).exclude(source__state=Source.State.TESTING)
    return list(waiting.values_list("source_id", flat=True).distinct())


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
    resending.settle(run.source, parcels, run.bench.now)
    _settle(run.source, [parcel.file for parcel in parcels if parcel.file], run.bench.now)


def _translated(run: Run, translation: Translation) -> Parcel | None:
    """What a document says; None for one that is set aside, or waits for another attempt."""
    file = translation.file
    try:
        if translation.attempts >= ATTEMPTS:
            raise Untranslatable(GAVE_UP)
        entries = entries_of(file, run.bench.limits)
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
