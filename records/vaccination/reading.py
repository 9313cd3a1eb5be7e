"""The door to a person's vaccinations and what the schedule asks for next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.utils import timezone

from foundation.dated import register, setting
from records.models import Immunization, ScheduledDose
from records.vaccination.planning import Planned, later, plan
from residents.access import Viewer, record_event
from residents.models import Resident

READ_VACCINATIONS = "records.read_vaccinations"
YEARS = register("records.schedule_years", 18, "未满多少岁时列出按免疫程序应接种的疫苗")
AT_MOST = 300
# GB/T 2261.1, as the schedule names them.
SEXES = {"1": "male", "2": "female"}
MONTHS = 12


@dataclass(frozen=True)
class Vaccinations:
    """What was given, newest first, and the schedule for a child (None for adults); `sources`: what it follows."""

    person: Resident
    given: Sequence[Immunization]
    planned: Sequence[Planned] | None
    sources: Sequence[str]


def vaccinations_for(viewer: Viewer, *, now: datetime) -> Vaccinations:
    """What was given and what is due; the look is written down."""
    person = get_object_or_404(Resident, pk=viewer.resident_id)
    record_event(viewer=viewer, action=READ_VACCINATIONS, now=now)
    given = list(Immunization.objects.visible_to(viewer).readable().newest_first()[:AT_MOST])
    today = timezone.localdate(now)
    if today >= later(person.birth_date, setting(YEARS, now) * MONTHS):
        return Vaccinations(person, given, None, ())
    rules = list(in_force(today))
    planned = plan(rules, given, born=person.birth_date, sex=SEXES.get(person.sex, ""), today=today)
    return Vaccinations(person, given, planned, sorted({one.rule.source for one in planned}))


def in_force(today: date) -> Sequence[ScheduledDose]:
    """The rules that hold on a day."""
    ended = Q(valid_until__isnull=False, valid_until__lt=today)
    return list(ScheduledDose.objects.filter(valid_from__lte=today).exclude(ended))
