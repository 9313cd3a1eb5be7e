"""Consents: what is asked, what was agreed to, and taking it back. The database decides who may sign for whom."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from foundation import rowsecurity
from foundation.dated import setting
from residents.access import Viewer, own_viewer_of, record_event, viewer_of
from residents.ages import age_on
from residents.models import Consent, ConsentText, Resident
from residents.models.consent import Purpose

GAVE, WITHDREW = "residents.gave_consent", "residents.withdrew_consent"


@dataclass(frozen=True)
class Asked:
    """One purpose with the text in force, and the agreement to it if there is one."""

    purpose: str
    text: ConsentText
    consent: Consent | None

    @property
    def is_outdated(self) -> bool:
        """Agreed to in other words than those in force now."""
        return self.consent is not None and self.consent.text_id not in {None, self.text.pk}


def signer_of(request: HttpRequest) -> Viewer:
    """For whom this session may sign: whoever it acts for where the law lets it, else oneself.

    The law lets it for a ward under 14, and for a person who stands at the counter.
    """
    viewer = viewer_of(request)
    return viewer if viewer.is_self or may_sign_for(viewer.resident_id) else own_viewer_of(request)


def may_sign_for(resident_id: UUID) -> bool:
    """Whether the database takes a consent of this person from this session."""
    with transaction.atomic(savepoint=False):
        return bool(rowsecurity.asked("SELECT %s = ANY (app.may_consent_for())", [resident_id]))


def asked_of(viewer: Viewer, now: datetime) -> list[Asked]:
    """Every purpose in its fixed order, in the words for the person's age."""
    person = Resident.objects.only("birth_date").get(pk=viewer.resident_id)
    audience = audience_of(person.birth_date, now)
    texts = {text.purpose: text for text in ConsentText.objects.in_force(now) if text.audience == audience}
    given = {consent.purpose: consent for consent in Consent.objects.live().of(viewer.resident_id)}
    return [Asked(purpose, texts[purpose], given.get(purpose)) for purpose in Purpose.values if purpose in texts]


def audience_of(birth: date, now: datetime) -> str:
    """Whose words: a child's guardian is asked for the child (PIPL article 31)."""
    is_child = age_on(birth, timezone.localdate(now)) < setting("delegation.consent_age", now)
    return ConsentText.Audience.CHILD if is_child else ConsentText.Audience.ADULT


@transaction.atomic
def give(*, viewer: Viewer, purposes: Iterable[str], asked: Sequence[Asked], now: datetime) -> int:
    """Agree to some purposes in the words shown; one already agreed to in these words stays as it is.

    A newer text is agreed to anew: the earlier agreement is dated as taken back. Returns how many were written.
    """
    wanted = [one for one in asked if one.purpose in set(purposes) and (one.consent is None or one.is_outdated)]
    for one in wanted:
        if one.consent is not None:
            _end(one.consent, viewer, now)
        consent = Consent(
            resident_id=viewer.resident_id,
            purpose=one.purpose,
            text=one.text,
            given_at=now,
            given_by=viewer.account_id,
        )
        consent.save(force_insert=True)
        record_event(viewer=viewer, action=GAVE, now=now, subject=consent, purpose=one.text.title)
    return len(wanted)


@transaction.atomic
def withdraw(*, viewer: Viewer, asked: Asked, now: datetime) -> bool:
    """Take an agreement back, at once; False when there was none."""
    if asked.consent is None or not _end(asked.consent, viewer, now):
        return False
    record_event(viewer=viewer, action=WITHDREW, now=now, subject=asked.consent, purpose=asked.text.title)
    return True


def has_agreed(resident_id: UUID, purpose: str) -> bool:
    """Whether a person agreed to a purpose, as far as this session may know."""
    return Consent.objects.live().of(resident_id).filter(purpose=purpose).exists()


def _end(consent: Consent, viewer: Viewer, now: datetime) -> int:
    live = Consent.objects.live().filter(pk=consent.pk)
    return live.update(withdrawn_at=now, withdrawn_by=viewer.account_id)
