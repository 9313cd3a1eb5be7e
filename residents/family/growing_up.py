"""What time itself changes: birthdays that are near, agreements that ran out, photographs nobody needs any more."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.db.models import Q
from django.utils import timezone

from foundation.dated import setting
from residents.family import terms
from residents.messages import notify
from residents.models import Delegation, GuardianshipPhoto, Notice

CATCH_UP = timedelta(days=7)  # a worker that was down some days still tells
AGES = (terms.CONSENT_AGE, terms.ADULT_AGE)


def tell_of_birthdays(now: datetime) -> int:
    """Tell wards and guardians some days before 14 and 18 and on the day; each only once. Returns how many were due."""
    due = [found for age in AGES for found in _near(age, now)]
    for delegation, subject in due:
        for person in (delegation.resident_id, delegation.delegate_id):
            notify(resident_id=person, kind=Notice.Kind.HAND_OVER, subject_id=subject, now=now)
    return len(due)


def tell_of_ends(now: datetime) -> int:
    """Tell both sides of an agreement that ran out; each only once."""
    over = Delegation.objects.filter(state="approved", ended_at=None, ends_at__lte=now, ends_at__gt=now - CATCH_UP)
    ended = list(over.exclude(relation=Delegation.Relation.GUARDIAN))
    for delegation in ended:
        for person in (delegation.resident_id, delegation.delegate_id):
            notify(resident_id=person, kind=Notice.Kind.DELEGATION_ENDED, subject_id=delegation.pk, now=now)
    return len(ended)


def clear_photos(now: datetime) -> int:
    """Delete the photographs of applications decided some time ago."""
    before = now - timedelta(days=setting(terms.PHOTO_DAYS, now))
    return GuardianshipPhoto.objects.filter(guardianship__reviewed_at__lt=before).delete()[0]


def _near(age: str, now: datetime) -> Iterator[tuple[Delegation, UUID]]:
    """Guardians' delegations whose ward has that birthday soon or had it lately, with the name of the news."""
    ahead, years = timedelta(days=setting(terms.TELL_BEFORE, now)), setting(age, now)
    first, last = timezone.localdate(now - CATCH_UP), timezone.localdate(now + ahead)
    born = Q(
        resident__birth_date__gte=terms.birthday(first, -years) - timedelta(days=2),
        resident__birth_date__lte=terms.birthday(last, -years) + timedelta(days=2),
    )
    held = Delegation.objects.filter(born, relation="guardian", state="approved", ended_at=None)
    for delegation in held.select_related("resident").order_by("id").iterator():
        comes = terms.comes_of(delegation.resident.birth_date, age, now)
        if comes - ahead <= now < comes:
            yield delegation, uuid5(delegation.pk, f"{years} soon")
        elif comes <= now < comes + CATCH_UP:
            yield delegation, uuid5(delegation.pk, f"{years} now")
