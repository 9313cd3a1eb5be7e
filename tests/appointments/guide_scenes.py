"""What the tests of the guide stand on: a version of few rules, and the page after some answers."""

from typing import Any

from django.test import Client

from appointments.models import GuideQuestion, GuideSign, GuideSymptom, GuideVersion
from foundation.rowsecurity import acting_as
from tests import factories
from tests.appointments.scenes import TODAY
from tests.factories import NOON
from tests.people import People

GUIDE = "/appointments/guide/"
DISCLAIMER = "就诊科室建议，不能代替医生诊断。"
PLACE = {"outcome": "department", "departments": "全科、内科", "level": "village", "urgency": "days"}


def draft_of(people: People, number: int = 1) -> GuideVersion:
    """A version by the editor, without rules yet."""
    made: GuideVersion = factories.made(
        GuideVersion(
            number=number,
            note="第一版",
            source="县医院",
            editors=[people.editor.pk],
            author_name="宣教编辑",
            changed_at=NOON,
        )
    )
    return made


def version(people: People, number: int = 1, **fields: Any) -> GuideVersion:
    """A version of two danger signs and one complaint with two questions; reviewed unless told otherwise."""
    draft = draft_of(people, number)
    factories.made(GuideSign(version=draft, text="胸口压得慌还出冷汗", outcome="emergency", advice="坐着别动"))
    factories.made(GuideSign(version=draft, text="不想活了", outcome="hotline"))
    pain = factories.made(GuideSymptom(version=draft, part="head", name="头疼", other_words="脑仁疼", **PLACE))
    factories.made(GuideQuestion(symptom=pain, text="突然像炸开？", outcome="emergency", position=1))
    away = {"outcome": "department", "departments": "外科", "level": "county", "urgency": "today"}
    factories.made(GuideQuestion(symptom=pain, text="头摔过？", position=2, **away))
    if fields.pop("reviewed", True):
        reviewed(draft, people, **fields)
    return draft


def reviewed(draft: GuideVersion, people: People, **fields: Any) -> None:
    signed = {"reviewed_by": people.reviewer.pk, "reviewer_name": "医学审核", "reviewed_at": NOON, "valid_from": TODAY}
    with acting_as("owner"):
        GuideVersion.objects.filter(pk=draft.pk).update(**{**signed, **fields})


def said(of: GuideVersion, client: Client | None = None, **answers: Any) -> str:
    """The page after these answers."""
    response = (client or Client()).post(GUIDE, {"version": of.pk, **answers})
    assert response.status_code == 200
    return response.content.decode()


def at_the_head(of: GuideVersion, client: Client | None = None, **answers: Any) -> str:
    symptom = GuideSymptom.objects.get(version=of).pk
    return said(of, client, clear="1", who="adults", part="head", symptom=symptom, **answers)
