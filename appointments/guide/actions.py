"""Deeds of the guide's desk: a new version out of an old one, its review, its withdrawal."""

from datetime import date, datetime
from typing import Any

from django.db import models, transaction
from django.db.models import Max

from appointments.models import GuideQuestion, GuideSign, GuideSymptom, GuideVersion
from foundation.keys import uuid7


class ChangedMeanwhile(Exception):
    """Somebody wrote on the version after the reviewer had read it, or reviewed it first."""


def next_number() -> int:
    """The number of the version that comes next."""
    return int(GuideVersion.objects.aggregate(last=Max("number"))["last"] or 0) + 1


@transaction.atomic
def copy(*, version: GuideVersion, now: datetime) -> GuideVersion:
    """A draft with the rules of `version` that are in use, signed by whoever asks for it."""
    draft = GuideVersion.objects.create(number=next_number(), note=version.note, source=version.source, changed_at=now)
    for sign in version.signs.filter(in_use=True):
        _again(sign, version=draft)
    for symptom in version.symptoms.filter(in_use=True):
        known = list(symptom.questions.filter(in_use=True))
        same = _again(symptom, version=draft)
        for question in known:
            _again(question, symptom=same)
    return draft


def _again(row: GuideSign | GuideSymptom | GuideQuestion, **changed: Any) -> Any:
    """The same words in another version."""
    said: dict[str, Any] = {
        field.name: getattr(row, field.name)
        for field in row._meta.concrete_fields
        if not isinstance(field, models.ForeignKey)
    }
    return type(row).objects.create(**{**said, "id": uuid7(), **changed})


@transaction.atomic
def review(*, version: GuideVersion, seen: datetime, valid_from: date, by: Any, now: datetime) -> None:
    """Put the version in force from a day on, as it was read.

    Raises `ChangedMeanwhile`, and IntegrityError for somebody who wrote on it; the database signs it.
    """
    changed = GuideVersion.objects.filter(pk=version.pk, reviewed_at=None, changed_at=seen).update(
        reviewed_by=by.pk, reviewer_name=by.name, reviewed_at=now, valid_from=valid_from
    )
    if not changed:
        raise ChangedMeanwhile


def withdraw(*, version: GuideVersion, now: datetime) -> bool:
    """Take a reviewed version out of force at once; the one before counts again. Whether it was there to take."""
    reviewed = GuideVersion.objects.filter(pk=version.pk, reviewed_at__isnull=False, withdrawn_at=None)
    return bool(reviewed.update(withdrawn_at=now))
