"""Saying that something about oneself is wrong."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from facilities.models import Facility
from foundation.dated import register, setting
from residents.access import Viewer, record_event
from residents.models import Correction

ASKED = "residents.asked_for_correction"
ANSWER_DAYS = register("my_data.correction_days", 15, "更正申请应在多少天内答复")
MOST_OPEN = register("my_data.most_open_corrections", 10, "每人同时最多有多少个待答复的更正申请")


class TooMany(Exception):
    """So many wait for an answer that one more would help nobody."""


@transaction.atomic
def ask(*, viewer: Viewer, facility: Facility, subject: str, text: str, now: datetime) -> Correction:
    """Put a correction before a facility; raises TooMany."""
    if Correction.objects.of(viewer.resident_id).filter(answered_at=None).count() >= setting(MOST_OPEN, now):
        raise TooMany
    correction = Correction(
        resident_id=viewer.resident_id,
        facility=facility,
        subject=subject,
        text=text,
        asked_at=now,
        asked_by=viewer.account_id,
        due_at=now + timedelta(days=setting(ANSWER_DAYS, now)),
    )
    correction.save(force_insert=True)
    record_event(viewer=viewer, action=ASKED, now=now, subject=correction, facility_id=facility.pk)
    return correction


def corrections_of(resident_id: UUID) -> Sequence[Correction]:
    """The person's own, newest first."""
    return list(Correction.objects.of(resident_id).select_related("facility")[:20])
