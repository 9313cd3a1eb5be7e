"""An answer costs the same number of statements whatever the number of rows."""

from django.test import Client
from django.utils import timezone

from foundation.rowsecurity import acting_as
from records.models import Medication
from records.summaries import keeping
from tests import factories
from tests.api.scene import Enter, Scene
from tests.budget import cost

PATHS = [
    "/api/records/summary/",
    "/api/records/medications/",
    "/api/reports/",
    "/api/items/",
    "/api/notices/",
    "/api/bookings/",
    "/api/articles/",
]


def test_many_rows_cost_as_many_statements_as_one(scene: Scene, signed_in: Enter) -> None:
    client = signed_in(scene.people.helanfang_account)
    few = {path: _paid(client, path) for path in PATHS}
    _more(scene)
    assert {path: _paid(client, path) for path in PATHS} == few


def test_a_report_costs_the_same_with_many_items(scene: Scene, signed_in: Enter) -> None:
    her, feed = scene.people.helanfang, factories.source(scene.people.township)
    client = signed_in(scene.people.helanfang_account)
    paid = []
    for count in (1, 30):
        values = [factories.observation(her, feed, name=f"项目{count}-{number}") for number in range(count)]
        report = factories.report(her, feed, item_identifiers=[value.identifier for value in values])
        paid.append(_paid(client, f"/api/reports/{report.pk}/"))
    assert paid[0] == paid[1]


def _paid(client: Client, path: str) -> int:
    with acting_as("worker"):
        keeping.sweep(timezone.now(), 60.0)
    found = cost(client, path)
    return len(found.web) + len(found.signin)


def _more(scene: Scene) -> None:
    her, feed = scene.people.helanfang, factories.source(scene.people.township)
    for number in range(25):
        value = factories.observation(her, feed, name=f"项目{number}")
        factories.report(her, feed, title=f"报告{number}", item_identifiers=[value.identifier])
        factories.made(Medication(name=f"药{number}", **factories._provenance(her, feed, factories.NOON)))
