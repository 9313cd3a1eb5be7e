"""Two residents, each with one of everything, told apart by words that stand nowhere else."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from appointments.models import Booking
from foundation.keys import uuid7
from foundation.rowsecurity import acting_as
from records.models import (
    Allergy,
    Condition,
    Document,
    Encounter,
    Immunization,
    Medication,
    Report,
    SharedReport,
    ShareLink,
)
from residents.models import Account, Notice, Resident
from tests import factories
from tests.architecture.world import World, world_of
from tests.people import People

STRANGER = "王建国"
MARKS = (STRANGER, "秘药辛丸", "秘诊壬症", "秘项癸", "秘报子单", "19.7713", "秘院丑所", "19900000002")


@dataclass(frozen=True)
class Scene:
    """Hers, the stranger's ids, and what the stranger's rows say."""

    world: World
    mine: dict[str, Any]
    theirs: dict[str, Any]

    @property
    def people(self) -> People:
        return self.world.people


def scene_of(people: People) -> Scene:
    """She has what the world gives her and a little more; he has the same, with his marks."""
    world = world_of(people)
    feed = factories.source(people.township)
    mine = {
        "report": world.report.pk,
        "item": world.value.id,
        "medication": world.medicine.pk,
        "booking": world.booking.pk,
        "notice": world.notice.pk,
        "share": _share(people.helanfang, people.helanfang_account, world.report),
    }
    _statements(people.helanfang, feed, "青霉素", "高血压")
    return Scene(world, mine, _of_the_stranger(people, world))


def _statements(of: Resident, feed: Any, thing: str, disease: str) -> None:
    rows = (
        (Allergy, {"name": thing}),
        (Condition, {"name": disease}),
        (Immunization, {"name": thing}),
        (Encounter, {"kind": "ambulatory", "reason": disease}),
        (Document, {"title": thing}),
    )
    for model, said in rows:
        factories.made(model(**said, **factories._provenance(of, feed, factories.NOON)))


def _of_the_stranger(people: People, world: World) -> dict[str, Any]:
    his, office = people.wangjianguo, factories.facility("SECRET", "秘院丑所")
    feed = factories.source(office)
    value = factories.observation(his, feed, name="秘项癸", value_text="19.7713")
    report = factories.report(his, feed, title="秘报子单", item_identifiers=[value.identifier])
    medicine = factories.made(Medication(name="秘药辛丸", **factories._provenance(his, feed, factories.NOON)))
    _statements(his, feed, "秘药辛丸", "秘诊壬症")
    notice = factories.made(Notice(resident=his, kind="report_ready", subject_id=report.pk, created_at=timezone.now()))
    return {
        "report": report.pk,
        "item": value.id,
        "medication": medicine.pk,
        "booking": _booking(people, world).pk,
        "notice": notice.pk,
        "share": _share(his, people.wangjianguo_account, report),
    }


def _booking(people: People, world: World) -> Booking:
    session = world.session
    return factories.made(
        Booking(
            resident=people.wangjianguo,
            resident_name=STRANGER,
            slot=factories.slot(session, 10),
            session=session,
            facility_id=session.facility_id,
            department_id=session.department_id,
            date=session.date,
            period=session.period,
            form_key=uuid7(),
            booked_by=people.wangjianguo_account.pk,
            booked_at=timezone.now(),
        )
    )


def _share(of: Resident, by: Account, report: Report) -> Any:
    now = timezone.now()
    share = ShareLink(
        resident=of,
        kind="recognition",
        code_hash=uuid7().bytes,
        link_hash=uuid7().bytes,
        pin_hash=b"p",
        form_hash=uuid7().bytes,
        created_by=by.pk,
        created_at=now,
        expires_at=now + timedelta(hours=2),
        attempts=5,
    )
    factories.made(share)
    factories.made(SharedReport(resident=of, share=share, report=report, number=1))
    return share.pk


def places(ids: dict[str, Any], world: World) -> dict[str, Any]:
    """The parameters of addresses, with the ids of one of the two."""
    return {
        "report_id": ids["report"],
        "item_id": ids["item"],
        "row_id": ids["medication"],
        "booking_id": ids["booking"],
        "notice": ids["notice"],
        "share_id": ids["share"],
        "practitioner_id": world.session.practitioner_id,
        "session_id": world.session.pk,
        "slug": world.article.article.slug,
        "kind": "medications",
    }


class Program:
    """A program in the browser of somebody who is signed in: JSON in, JSON out, with the token."""

    def __init__(self, client: Client) -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.client.cookies = client.cookies
        self.token = self.client.get("/api/csrf/").json()["csrf_token"]

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(path, query)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        names = {"X-CSRFToken": self.token, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.client.post(path, body if body is not None else {}, "application/json", headers=names)


Enter = Callable[[Account], Client]


def count_rows(model: Any, **filters: Any) -> int:
    """How many rows there are, as the owner counts."""
    with acting_as("owner"):
        return int(model.objects.filter(**filters).count())
