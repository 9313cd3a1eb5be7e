"""Writing down, striking out, and putting right by doing both. Nothing is ever changed or deleted."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from foundation import tally
from foundation.dated import register, setting
from records.models import OwnEntry, OwnReport
from records.own.reading import may_write
from residents.access import Viewer, record_event

WROTE = "records.wrote_own"
STRUCK = "records.struck_own"
PUT_RIGHT = "records.put_own_right"
A_DAY = register("records.own_most_a_day", 100, "一个账号一天最多替一位居民记多少条自己测的数值")


class TooMany(Exception):
    """So many entries a day that nobody can have measured them."""


def own_word(viewer: Viewer) -> None:
    """Raise PermissionDenied for whoever reads under an opening: what is written here is the person's own."""
    if not may_write(viewer):
        raise PermissionDenied(_("这里由居民本人、家人或在场帮办的人记录。医务人员测的数值请记在本机构的系统里。"))


@transaction.atomic
def write(
    *,
    viewer: Viewer,
    kind: str,
    values: Mapping[str, Any],
    form_key: UUID,
    now: datetime,
    instead_of: OwnEntry | None = None,
) -> OwnEntry:
    """Write a measurement down; the same form again gives the same entry. `instead_of` is struck out with it.

    Raises TooMany, and PermissionDenied for whoever may only read.
    """
    own_word(viewer)
    if (known := _sent_before(viewer, form_key)) is not None:
        record_event(viewer=viewer, action=WROTE, now=now, subject=known)
        return known
    _bounded(viewer, now)
    entry = OwnEntry(
        resident_id=viewer.resident_id,
        kind=kind,
        form_key=form_key,
        entered_at=now,
        entered_by=viewer.account_id,
        entered_name=viewer.name,
        replaces=instead_of,
        **values,
    )
    try:
        with transaction.atomic():
            entry.save(force_insert=True)
    except IntegrityError:  # a double tap: the other one was first
        if (known := _sent_before(viewer, form_key)) is None:
            raise
        return known
    record_event(viewer=viewer, action=PUT_RIGHT if instead_of else WROTE, now=now, subject=entry)
    if instead_of is not None:
        _strike(instead_of, viewer, now)
    return entry


def strike(*, viewer: Viewer, row: OwnEntry | OwnReport, now: datetime) -> bool:
    """Strike a row out for good; False where somebody did so before."""
    own_word(viewer)
    record_event(viewer=viewer, action=STRUCK, now=now, subject=row)
    return _strike(row, viewer, now)


def _strike(row: OwnEntry | OwnReport, viewer: Viewer, now: datetime) -> bool:
    valid = type(row)._default_manager.filter(pk=row.pk, struck_at=None)
    return bool(valid.update(struck_at=now, struck_by=viewer.account_id, struck_name=viewer.name))


def _sent_before(viewer: Viewer, form_key: UUID) -> OwnEntry | None:
    mine = OwnEntry.objects.visible_to(viewer)
    return mine.filter(entered_by=viewer.account_id, form_key=form_key).first()


def _bounded(viewer: Viewer, now: datetime) -> None:
    with tally.unseen("a number shows no health data"):
        lately = OwnEntry.objects.visible_to(viewer).filter(entered_at__gte=now - timedelta(days=1))
        if lately.filter(entered_by=viewer.account_id).count() >= setting(A_DAY, now):
            raise TooMany
