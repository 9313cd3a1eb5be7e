"""The worker's side: setting what waits, signing it, storing it in pieces; and deleting what is over.

A run claims a row and says that it is alive at each step; a claim that has been silent for some minutes is taken over.
What a run made is stored only while the claim is still its own, so a task that is repeated, or killed half-way and
begun again, gives one file.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from foundation.crypto import CannotOpen, digest
from foundation.dated import register, setting
from foundation.press import PrintingFailed
from foundation.rowsecurity import database
from records.actions import signed
from records.booklet import pictures
from records.booklet.parcels import HOURS, pieces_of, unpacked
from records.booklet.typesetting import set_apart
from records.models import IssuedCopy, Parcel, ParcelPiece
from residents.models import Notice

logger = logging.getLogger(__name__)
SILENT_SECONDS = register("records.booklet_silent_seconds", 300, "制作档案PDF的进程多少秒没有动静就由别的进程接手")
MOST_TRIES, AT_ONCE = 3, 20
STEPS = 4  # read, set, signed, stored
Clock = Callable[[], datetime]
State = Parcel.State


def due(now: datetime) -> list[UUID]:
    """What waits to be made, or was left by a run that is silent; oldest first."""
    return list(_open(now).order_by("asked_at").values_list("pk", flat=True)[:AT_ONCE])


def make(parcel_id: UUID, *, clock: Clock) -> bool:
    """Make one file; False where there is nothing to do, another run is at it, or it could not be made."""
    claim = uuid4()
    parcel = _claimed(parcel_id, claim, clock())
    if parcel is None:
        return False
    try:
        told = unpacked(parcel)
        issued = parcel.asked_at
        if not _alive(parcel, claim, 1, clock()):
            return False
        plain = set_apart(told["draft"], issued=issued, font_dir=Path(settings.PDF_FONT_DIR))
        if not _alive(parcel, claim, 2, clock()):
            return False
        pdf = signed(plain, now=clock())
        if not _alive(parcel, claim, 3, clock()):
            return False
    except (PrintingFailed, CannotOpen) as failed:
        # Neither says what the file says, or about whom.
        logger.error("a booklet could not be made: %s", failed)
        _give_up(parcel, claim)
        return False
    return _publish(parcel, claim, told, pdf, clock())


def _open(now: datetime) -> Any:
    silent = Q(beat_at__lt=now - timedelta(seconds=setting(SILENT_SECONDS, now)))
    return Parcel.objects.filter(Q(state=State.WAITING) | Q(state=State.WORKING) & silent, expires_at__gt=now)


def _claimed(parcel_id: UUID, claim: UUID, now: datetime) -> Parcel | None:
    """Take a row for this run; a row that ended three runs is given up."""
    mine = _open(now).filter(pk=parcel_id)
    if mine.filter(tries__gte=MOST_TRIES).update(state=State.FAILED, draft=None, claim=None):
        return None
    taken = mine.update(state=State.WORKING, claim=claim, beat_at=now, done=0, tries=F("tries") + 1)
    return Parcel.objects.defer("entries").get(pk=parcel_id) if taken else None


def _alive(parcel: Parcel, claim: UUID, done: int, now: datetime) -> bool:
    """Say how far this run is; False once another has taken over."""
    return bool(_held(parcel, claim).update(done=done, beat_at=now))


def _held(parcel: Parcel, claim: UUID) -> Any:
    return Parcel.objects.filter(pk=parcel.pk, state=State.WORKING, claim=claim)


def _give_up(parcel: Parcel, claim: UUID) -> None:
    _held(parcel, claim).update(state=State.FAILED, draft=None, claim=None)


def _publish(parcel: Parcel, claim: UUID, told: dict[str, Any], pdf: bytes, now: datetime) -> bool:
    """Store the file, remember it for whoever checks it, and tell its maker: all of it or nothing."""
    with transaction.atomic(using=database()):
        if not _held(parcel, claim).select_for_update().values_list("pk").first():
            return False
        ParcelPiece.objects.filter(parcel_id=parcel.pk).delete()
        ParcelPiece.objects.bulk_create(pieces_of(parcel, pdf))
        IssuedCopy.objects.create(
            resident_id=parcel.resident_id,
            kind=IssuedCopy.Kind.BOOKLET,
            report_ids=[UUID(key) for key in told["reports"]],
            code_hash=digest(told["code"]),
            sha256=sha256(pdf).digest(),
            issued_at=parcel.asked_at,
            account_id=parcel.account_id,
        )
        _held(parcel, claim).update(
            state=State.READY,
            draft=None,
            done=STEPS,
            pages=pictures.count(pdf),
            size=len(pdf),
            ready_at=now,
            expires_at=now + timedelta(hours=setting(HOURS, now)),
        )
        _tell(parcel, told["inbox"], now)
    return True


def _tell(parcel: Parcel, inbox: str, now: datetime) -> None:
    """A line in the inbox of whoever asked."""
    Notice.objects.create(resident_id=UUID(inbox), kind=Notice.Kind.RECORD_READY, subject_id=parcel.pk, created_at=now)


def empty(now: datetime) -> int:
    """Delete the content of files that are over; returns of how many. The rows stay, without content."""
    emptied = 0
    over = Parcel.objects.exclude(state=State.EXPIRED).filter(expires_at__lte=now)
    for key in list(over.order_by("expires_at").values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic(using=database()):
            if over.filter(pk=key).update(state=State.EXPIRED, draft=None, entries=[], claim=None):
                ParcelPiece.objects.filter(parcel_id=key).delete()
                emptied += 1
    return emptied
