"""Acting for another: the banner on every page, what is out of scope says so, and the log says in what capacity."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from appointments.models import Booking, Rule
from foundation.keys import uuid7
from foundation.rowsecurity import acting_as
from records.models import Observation, Report
from residents.models import AccessEvent, Account, Correction, MessageChoice, Notice, PresenceCode
from tests import factories
from tests.factories import NOON, made
from tests.people import People
from tests.residents.families import EVERYTHING, child, open_to, prove
from tests.sessions import session_of

Enter = Callable[[Account], Client]
BANNER = "正在为贺兰芳办理"
CLOSED = "没有授权"
LATER = NOON + timedelta(days=400)


def acting(people: People, enter: Enter, *scope: str) -> Client:
    """贺小雨's browser, acting for her mother within `scope`."""
    factories.delegation(people.helanfang, people.hexiaoyu, *scope)
    client = enter(people.hexiaoyu_account)
    client.post(reverse("residents:act"), {"resident": str(people.helanfang.pk)})
    return client


def text(client: Client, name: str, *args: Any) -> str:
    return client.get(reverse(name, args=args)).content.decode()


PAGES = [
    "home",
    "records:home",
    "records:reports",
    "appointments:facilities",
    "appointments:bookings",
    "health_education:articles",
    "residents:me",
    "residents:notices",
    "residents:family",
    "residents:consents",
    "account_change_password",
]


@pytest.mark.parametrize("page", PAGES)
def test_the_banner_is_on_every_page(people: People, signed_in: Enter, page: str) -> None:
    assert BANNER in text(acting(people, signed_in, *EVERYTHING), page)


@pytest.mark.parametrize(
    ("page", "needed"),
    [
        ("records:home", "records"),
        ("records:reports", "results"),
        ("appointments:bookings", "booking"),
        ("residents:notices", "notices"),
    ],
)
def test_what_is_out_of_scope_says_so_instead_of_an_empty_list(
    people: People, signed_in: Enter, page: str, needed: str
) -> None:
    client = acting(people, signed_in, *(name for name in EVERYTHING if name != needed))
    answer = client.get(reverse(page))
    assert answer.status_code == 403
    assert CLOSED in answer.content.decode()


def test_a_page_out_of_scope_leaks_nothing(people: People, signed_in: Enter) -> None:
    report = factories.report(people.helanfang, factories.source(people.township), title="乙肝五项")
    client = acting(people, signed_in, "booking")
    known = client.get(reverse("records:report", args=[report.pk]))
    unknown = client.get(reverse("records:report", args=[uuid7()]))
    assert known.status_code == unknown.status_code == 403
    assert "乙肝五项" not in known.content.decode()


@pytest.mark.parametrize("page", ["residents:consents", "residents:family"])
def test_pages_about_the_account_stay_ones_own(people: People, signed_in: Enter, page: str) -> None:
    factories.delegation(people.helanfang, people.wangjianguo, "booking")
    assert "王建国" not in text(acting(people, signed_in, *EVERYTHING), page)


def test_the_persons_page_shows_no_phone_of_the_helper(people: People, signed_in: Enter) -> None:
    page = text(acting(people, signed_in, "booking"), "residents:me")
    assert "贺兰芳" in page
    assert "199****0003" not in page


def test_home_greets_with_whom_one_acts_for(people: People, signed_in: Enter) -> None:
    assert "为贺兰芳办理" in text(acting(people, signed_in, "booking"), "home")


def test_home_offers_those_one_may_act_for_by_name_only(people: People, signed_in: Enter) -> None:
    factories.delegation(people.helanfang, people.hexiaoyu, "booking", "results")
    factories.report(people.helanfang, factories.source(people.township), title="糖化血红蛋白")
    page = text(signed_in(people.hexiaoyu_account), "home")
    assert "为家人办理" in page
    assert "糖化血红蛋白" not in page


def test_nobody_acts_for_whom_they_were_not_asked_by(people: People, signed_in: Enter) -> None:
    client = signed_in(people.wangjianguo_account)
    client.post(reverse("residents:act"), {"resident": str(people.helanfang.pk)})
    assert BANNER not in text(client, "home")


def test_a_revoked_helper_is_oneself_again_on_the_next_click(people: People, signed_in: Enter) -> None:
    client = acting(people, signed_in, "booking")
    with acting_as("owner"):
        people.helanfang.delegations.update(ended_at=NOON, ended_by=uuid7())
    page = text(client, "appointments:bookings")
    assert BANNER not in page
    assert "代办已经结束" in page


def test_one_tap_leads_back_to_oneself(people: People, signed_in: Enter) -> None:
    client = acting(people, signed_in, "booking")
    client.post(reverse("residents:stop_acting"))
    assert BANNER not in text(client, "home")


def booked(people: People, client: Client) -> Booking:
    department = factories.department(people.township)
    session = factories.session(factories.practitioner(department), timezone.localdate() + timedelta(days=1))
    slot = factories.slot(session)
    made(Rule(facility=people.township, valid_from=date(2026, 1, 1), window_days=14))
    client.post(reverse("appointments:confirm", args=[slot.pk]), {"form_key": str(uuid7())})
    with acting_as("owner"):
        return Booking.objects.get()


def test_a_booking_says_for_whom_and_by_whom(people: People, signed_in: Enter) -> None:
    client = acting(people, signed_in, "booking")
    booking = booked(people, client)
    assert (booking.resident_id, booking.resident_name) == (people.helanfang.pk, "贺兰芳")
    assert booking.booked_by == people.hexiaoyu_account.pk
    mothers = text(signed_in(people.helanfang_account), "appointments:booking", booking.pk)
    assert "代为预约" in mothers
    assert "贺小雨" in mothers


def test_the_page_that_asks_names_whom_one_books_for(people: People, signed_in: Enter) -> None:
    client = acting(people, signed_in, "booking")
    session = factories.session(factories.practitioner(factories.department(people.township)), date(2099, 1, 5))
    page = text(client, "appointments:confirm", factories.slot(session).pk)
    assert "贺兰芳" in page


def test_the_notice_of_a_booking_is_the_persons(people: People, signed_in: Enter) -> None:
    booked(people, acting(people, signed_in, "booking"))
    with acting_as("owner"):
        assert set(Notice.objects.filter(kind="booked").values_list("resident", flat=True)) == {people.helanfang.pk}


def test_each_look_is_logged_in_its_capacity(people: People, signed_in: Enter) -> None:
    text(acting(people, signed_in, *EVERYTHING), "records:reports")
    with acting_as("owner"):
        event = AccessEvent.objects.get(action="records.list_reports")
    assert (event.resident_id, event.actor_name, event.capacity) == (people.helanfang.pk, "贺小雨", "delegate")


def test_a_guardians_look_is_a_guardians(people: People, signed_in: Enter) -> None:
    person = child(date(2019, 5, 18))
    factories.delegation(person, people.hexiaoyu, *EVERYTHING, relation="guardian")
    factories.consent(person, "records")
    client = signed_in(people.hexiaoyu_account)
    client.post(reverse("residents:act"), {"resident": str(person.pk)})
    assert "正在为林子涵办理" in text(client, "records:home")
    with acting_as("owner"):
        assert AccessEvent.objects.get(action="records.read_summary").capacity == "guardian"


@pytest.mark.parametrize("relation", ["family", "guardian"])
def test_what_is_especially_sensitive_is_never_a_helpers(people: People, signed_in: Enter, relation: str) -> None:
    person = child(date(2019, 5, 18)) if relation == "guardian" else people.helanfang
    feed = factories.source(people.township)
    if relation == "guardian":
        for purpose in ("records", "results"):
            factories.consent(person, purpose)
    secret = factories.report(person, feed, title="艾滋病确证", sensitivity=5)
    factories.observation(person, feed, name="HIV抗体", sensitivity=5)
    plain = factories.report(person, feed, title="血常规")
    factories.delegation(person, people.hexiaoyu, *EVERYTHING, relation=relation)
    client = signed_in(people.hexiaoyu_account)
    prove(client)
    assert open_to(client, person) == {"identity", *EVERYTHING}
    with session_of(client):
        assert list(Report.objects.values_list("pk", flat=True)) == [plain.pk]
        assert not Observation.objects.exists()
    client.post(reverse("residents:act"), {"resident": str(person.pk)})
    assert client.get(reverse("records:report", args=[secret.pk])).status_code == 404


def test_a_helper_without_notices_reads_no_inbox(people: People, signed_in: Enter) -> None:
    made(Notice(resident=people.helanfang, kind="report_ready", subject_id=uuid7(), created_at=NOON))
    client = acting(people, signed_in, "booking")
    with session_of(client):
        assert not Notice.objects.filter(resident=people.helanfang).exists()


def test_a_helpers_look_does_not_mark_a_message_as_read(people: People, signed_in: Enter) -> None:
    notice = made(Notice(resident=people.helanfang, kind="report_ready", subject_id=uuid7(), created_at=NOON))
    acting(people, signed_in, "notices").post(reverse("residents:open_notice", args=[notice.pk]))
    with acting_as("owner"):
        assert Notice.objects.get(pk=notice.pk).read_at is None


def test_a_helper_without_the_record_reads_no_access_log(people: People, signed_in: Enter) -> None:
    text(signed_in(people.helanfang_account), "records:reports")
    client = acting(people, signed_in, "booking")
    with session_of(client):
        about = AccessEvent.objects.filter(resident_id=people.helanfang.pk)
        assert set(about.values_list("actor_id", flat=True)) <= {people.hexiaoyu_account.pk}


def test_a_printed_copy_names_who_took_it(people: People, signed_in: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    from records import actions

    printed: list[Any] = []
    monkeypatch.setattr(actions, "render", lambda document, fonts: printed.append(document) or b"%PDF")
    feed = factories.source(people.township)
    value = factories.observation(people.helanfang, feed)
    report = factories.report(people.helanfang, feed, item_identifiers=[value.identifier])
    for client in (acting(people, signed_in, "results"), signed_in(people.helanfang_account)):
        client.get(reverse("records:report_pdf", args=[report.pk]))
    assert [one.taken_by for one in printed] == ["由代办人贺小雨下载", ""]


def touched(client: Client, statement: str, *values: Any) -> int:
    """How many rows a statement of this browser's session reaches."""
    with session_of(client), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def presence_code(people: People) -> None:
    made(PresenceCode(resident=people.helanfang, kind="card", code_hash=b"p" * 32, issued_at=NOON, expires_at=LATER))


def choice(people: People) -> None:
    made(MessageChoice(resident=people.helanfang, template="booked", channel="sms", wanted=True, changed_at=NOON))


def correction(people: People) -> None:
    told = {"subject": "result", "text": "血型写错了", "asked_at": NOON, "asked_by": uuid7(), "due_at": LATER}
    made(Correction(resident=people.helanfang, facility=people.township, **told))


@pytest.mark.parametrize(
    ("prepare", "statement"),
    [
        (presence_code, "UPDATE residents_presencecode SET revoked_at = app.clock()"),
        (choice, "UPDATE residents_messagechoice SET wanted = false"),
        (correction, "SELECT * FROM residents_correction"),
    ],
)
def test_what_is_not_a_helpers_business_is_not_reached(
    people: People, signed_in: Enter, prepare: Callable[[People], None], statement: str
) -> None:
    prepare(people)
    factories.delegation(people.helanfang, people.hexiaoyu, "booking", "results", "notices")
    assert touched(signed_in(people.hexiaoyu_account), statement) == 0
    assert touched(signed_in(people.helanfang_account), statement) == 1
