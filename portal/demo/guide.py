"""The demonstration county's guide, as its editor would write it and its reviewer put it in force."""

from datetime import datetime, timedelta

from django.utils import timezone

from appointments.models import GuideQuestion, GuideSign, GuideSymptom, GuideVersion
from portal.demo.guide_lower import LOWER
from portal.demo.guide_rules import NOTE, SIGNS, SOURCE, Complaint, End
from portal.demo.guide_upper import UPPER
from residents.models import Account

EDITOR, REVIEWER = "xuanjiao", "shenhe"
BEGUN = timedelta(days=30)


def seed_guide(now: datetime) -> None:
    """The first version with all its rules, once."""
    if GuideVersion.objects.exists():
        return
    editor, reviewer = (Account.objects.get(username=name) for name in (EDITOR, REVIEWER))
    written = now - BEGUN
    version = GuideVersion.objects.create(
        number=1, note=NOTE, source=SOURCE, editors=[editor.pk], author_name=editor.name, changed_at=written
    )
    write(version)
    GuideVersion.objects.filter(pk=version.pk).update(
        reviewed_by=reviewer.pk,
        reviewer_name=reviewer.name,
        reviewed_at=written,
        valid_from=timezone.localdate(written),
    )


def write(version: GuideVersion) -> None:
    """All rules into a draft."""
    for place, (text, end) in enumerate(SIGNS):
        GuideSign.objects.create(version=version, text=text, position=place, **_said(end))
    for place, complaint in enumerate((*UPPER, *LOWER)):
        _write(version, place, complaint)


def _write(version: GuideVersion, place: int, complaint: Complaint) -> None:
    symptom = GuideSymptom.objects.create(
        version=version,
        part=complaint.part,
        name=complaint.name,
        other_words=complaint.other_words,
        for_adults="a" in complaint.whom,
        for_children="c" in complaint.whom,
        for_pregnant="p" in complaint.whom,
        position=place,
        **_said(complaint.end),
    )
    for number, (text, end) in enumerate(complaint.questions):
        GuideQuestion.objects.create(symptom=symptom, text=text, position=number, **_said(end))


def _said(end: End) -> dict[str, str]:
    return {
        "outcome": end.outcome,
        "departments": end.departments,
        "level": end.level,
        "urgency": end.urgency,
        "advice": end.advice,
    }
