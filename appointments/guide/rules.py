"""Reading the version in force: its signs, complaints and questions, in their order, only those in use."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import QuerySet

from appointments.finding import says
from appointments.guide.state import State
from appointments.models import BodyPart, GuideQuestion, GuideSign, GuideSymptom, GuideVersion


def signs(version: GuideVersion) -> list[GuideSign]:
    """The danger signs."""
    return list(version.signs.filter(in_use=True))


def complaints(version: GuideVersion, who: str) -> QuerySet[GuideSymptom]:
    """The complaints of adults, of children or of pregnant women."""
    return version.symptoms.filter(in_use=True, **{f"for_{who}": True})


def parts(version: GuideVersion, who: str) -> list[BodyPart]:
    """The body parts for which there is a complaint."""
    known = set(complaints(version, who).values_list("part", flat=True))
    return [part for part in BodyPart if part in known]


def listed(version: GuideVersion, state: State) -> list[GuideSymptom]:
    """The complaints of the part, or those that answer to the words, in hanzi or in pinyin."""
    known = complaints(version, state.who)
    if state.part:
        return list(known.filter(part=state.part))
    return [one for one in known if says(state.words, one.name, one.other_words)]


def complaint(version: GuideVersion, who: str, key: UUID) -> GuideSymptom | None:
    """One of them, or `None` where a form says what no page offered."""
    return complaints(version, who).filter(pk=key).first()


def questions(symptom: GuideSymptom) -> Sequence[GuideQuestion]:
    """The questions of a complaint."""
    return list(symptom.questions.filter(in_use=True))
