"""The pages of a resident's record, by what they are called in tables of figures."""

from django.contrib.auth import SESSION_KEY
from django.db import connections
from django.test import Client
from django.urls import reverse

from foundation import clock
from foundation.rowsecurity import acting_as
from health_education.models import Article
from records.exchange.models import Source
from records.models import Document, Encounter, Examination, FollowUp, Medication, Observation, Report
from records.summaries import keeping
from residents.models import Account, Resident
from tests import factories
from tests.bench import life

SEARCHES = {"two characters": "血糖", "letters": "ALT", "text": "结节", "a facility": "人民医院", "in vain": "骨髓穿刺"}
SECTIONS = ("medications", "conditions", "encounters", "immunizations", "examinations", "documents", "vitals")
PLAIN = ("home", "reports", "items", "follow_ups", "vaccinations", "growth", "sources", "shares", "disputes")
EACH = {"follow_up": FollowUp, "check_up": Examination, "document": Document}


def prepare(of: Resident, feed: Source, most: int = life.OBSERVATIONS) -> None:
    """A life of so many rows at most, with its summary kept, and with something to read for its diseases."""
    life.live(of, feed, most)
    for tag in ("hypertension", "diabetes"):
        with acting_as("owner"):
            Article.objects.filter(pk=factories.article(tag).article_id).update(tags=[tag])
    with acting_as("worker"):
        keeping.sweep(clock.now(), 60.0)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")


def addresses(client: Client) -> dict[str, str]:
    """Every page that is looked at, for the resident who is signed in."""
    with acting_as("owner"):
        hers = {"resident": Account.objects.get(pk=client.session[SESSION_KEY]).resident}
        report = Report.objects.filter(category="laboratory", **hers).newest_first().first()
        item = Observation.objects.filter(code="2345-7", **hers).newest_first().first()
        medicine = Medication.objects.filter(**hers).newest_first().first()
        visit = Encounter.objects.filter(**hers).newest_first().first()
        rows = {name: model.objects.filter(**hers).newest_first().first() for name, model in EACH.items()}
    assert report and item and medicine and visit
    return {
        **{name.replace("_", " "): reverse(f"records:{name}") for name in PLAIN},
        "abnormal reports": reverse("records:reports", query={"abnormal": "on"}),
        "abnormal items": reverse("records:items", query={"abnormal": "on", "time": "1y"}),
        "report": reverse("records:report", args=[report.pk]),
        "trend": reverse("records:trend", args=[item.id]),
        "condition": reverse("records:condition", args=["hypertension"]),
        **{f"section {slug}": reverse("records:section", args=[slug]) for slug in SECTIONS},
        "one medicine": reverse("records:thing", args=["medications", medicine.pk]),
        "one visit": reverse("records:thing", args=["encounters", visit.pk]),
        **{name.replace("_", " "): reverse(f"records:{name}", args=[row.pk]) for name, row in rows.items() if row},
        "search box": reverse("records:search"),
        **{f"search {what}": _asked_for(client, words) for what, words in SEARCHES.items()},
    }


def _asked_for(client: Client, words: str) -> str:
    return str(client.post(reverse("records:search"), {"q": words})["Location"])
