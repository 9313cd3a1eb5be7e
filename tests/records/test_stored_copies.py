"""A copy that was taken once is handed out again from the store, while it would be the same and may be read."""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from io import BytesIO

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from foundation import clock
from foundation.crypto import unseal
from foundation.models import DatedSetting
from foundation.rowsecurity import acting_as
from records import tasks
from records.models import Dispute, IssuedCopy, Observation, Report, StoredCopy
from records.models.copies import stored_place
from residents.models import Account, Identifier, Resident
from tests import factories
from tests.budget import cost
from tests.factories import NOON
from tests.people import People
from tests.records import rows

SignIn = Callable[[Account], Client]
ITEMS = [{"name": f"项目{number}", "value_text": "5.60", "unit": "mmol/L"} for number in range(12)]


@pytest.fixture
def report(people: People) -> Report:
    return rows.panel(people.helanfang, factories.source(people.county), NOON, *ITEMS, title="血液检查")


@pytest.fixture
def client(people: People, signed_in: SignIn) -> Client:
    return signed_in(people.helanfang_account)


def taken(client: Client, report: Report) -> bytes:
    response = client.get(reverse("records:report_pdf", args=[report.pk]))
    assert response.status_code == 200
    return bytes(response.content)


def words(pdf: bytes) -> str:
    return "".join("".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


def owned(model: type) -> list:
    with acting_as("owner"):
        return list(model.objects.all())


def test_the_second_download_is_the_same_file(client: Client, report: Report) -> None:
    assert taken(client, report) == taken(client, report)
    assert len(owned(IssuedCopy)) == 1


def test_each_download_is_written_down(client: Client, report: Report) -> None:
    taken(client, report)
    taken(client, report)
    assert rows.actions() == ["records.download_report"] * 2


def test_from_the_store_it_costs_one_statement_whatever_the_report_holds(client: Client, report: Report) -> None:
    asked = cost(client, reverse("records:report_pdf", args=[report.pk]))
    gate, authorised, event = asked.web
    assert "app.residents_for('results')" in gate  # every page of a person pays it
    assert "records_storedcopy" in authorised and event.startswith('INSERT INTO "residents_accessevent"')


def test_having_opened_the_page_meanwhile_makes_no_difference(client: Client, report: Report) -> None:
    first = taken(client, report)
    client.get(reverse("records:report", args=[report.pk]))
    assert taken(client, report) == first


def test_the_file_is_sealed(client: Client, report: Report) -> None:
    pdf = taken(client, report)
    [row] = owned(StoredCopy)
    assert b"%PDF" not in bytes(row.content)
    assert unseal(bytes(row.content), stored_place(row.pk)) == pdf
    assert sha256(pdf).digest() == bytes(owned(IssuedCopy)[0].sha256)


def contested(report: Report) -> None:
    with acting_as("owner"):
        factories.made(
            Dispute(
                resident_id=report.resident_id,
                category="results",
                kind="report",
                subject_id=report.pk,
                title="x",
                reason="not_mine",
                asked_at=NOON,
                asked_by=report.pk,
                due_at=NOON + timedelta(days=15),
            )
        )


def renamed(report: Report) -> None:
    with acting_as("owner"):
        Resident.objects.filter(pk=report.resident_id).update(name="贺兰芬")


def another_document(report: Report) -> None:
    with acting_as("owner"):
        Identifier.objects.filter(resident_id=report.resident_id).delete()


def renoted(report: Report) -> None:
    with acting_as("owner"):
        Report.objects.filter(pk=report.pk).update(status="preliminary")


def withdrawn_item(report: Report) -> None:
    with acting_as("owner"):
        rows.withdrawn(Observation.objects.filter(name="项目3").get())


def kept_back_item(report: Report) -> None:
    with acting_as("owner"):
        Observation.objects.filter(name="项目3").update(release="withheld")


def newer_item(report: Report) -> None:
    with acting_as("owner"):
        item = Observation.objects.get(name="项目3")
    rows.replaced(item, value_text="128")


CHANGES = {
    contested: "提出异议",
    renamed: "贺兰芬",
    another_document: "",
    renoted: "初步报告",
    withdrawn_item: "",
    kept_back_item: "另有1项请到检查机构领取",
    newer_item: "128",
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_whatever_changes_what_it_shows_makes_a_new_one(
    client: Client, report: Report, change: Callable[[Report], None]
) -> None:
    first = taken(client, report)
    change(report)
    second = taken(client, report)
    assert second != first and CHANGES[change] in words(second)
    assert taken(client, report) == second


def test_a_corrected_report_leads_to_the_one_in_force(client: Client, report: Report) -> None:
    taken(client, report)
    new = rows.corrected(report)
    response = client.get(reverse("records:report_pdf", args=[report.pk]))
    assert response["Location"] == reverse("records:report_pdf", args=[new.pk])


def recalled(report: Report) -> None:
    with acting_as("owner"):
        Report.objects.filter(pk=report.pk).update(release="recalled")


def now_special(report: Report) -> None:
    with acting_as("owner"):
        Report.objects.filter(pk=report.pk).update(sensitivity=5)


def left(report: Report) -> None:
    with acting_as("owner"):
        Report.objects.filter(pk=report.pk).update(left_at=NOON)


def kept_at_the_facility(report: Report) -> None:
    with acting_as("owner"):
        Report.objects.filter(pk=report.pk).update(release="withheld")


@pytest.mark.parametrize(
    "change", [rows.withdrawn, recalled, now_special, left, kept_at_the_facility], ids=lambda change: change.__name__
)
def test_what_may_not_be_read_any_more_does_not_come_from_the_store(
    client: Client, report: Report, change: Callable[[Report], None]
) -> None:
    taken(client, report)
    change(report)
    assert client.get(reverse("records:report_pdf", args=[report.pk])).status_code == 404


def test_without_consent_nothing_comes_from_the_store(client: Client, report: Report) -> None:
    taken(client, report)
    client.post(reverse("residents:withdraw_consent", args=["results"]))
    response = client.get(reverse("records:report_pdf", args=[report.pk]))
    assert response.get("Content-Type") != "application/pdf"


def test_a_delegate_takes_a_copy_of_their_own_that_says_so(
    people: People, client: Client, report: Report, signed_in: SignIn
) -> None:
    mine = taken(client, report)
    factories.delegation(people.helanfang, people.hexiaoyu, "records", "results")
    theirs = signed_in(people.hexiaoyu_account)
    theirs.post(reverse("residents:act"), {"resident": str(people.helanfang.pk)})
    pdf = taken(theirs, report)
    assert pdf != mine and "由代办人贺小雨下载" in words(pdf)
    assert taken(theirs, report) == pdf and taken(client, report) == mine


def test_another_language_is_another_file(client: Client, report: Report) -> None:
    first = taken(client, report)
    client.post(reverse("set_language"), {"language": "en"})
    assert taken(client, report) != first


def test_a_file_whose_key_is_gone_is_printed_anew(client: Client, report: Report) -> None:
    first = taken(client, report)
    with acting_as("owner"):
        StoredCopy.objects.update(content=b"\x01\x02zzspoilt")
    assert taken(client, report) != first


def test_nobody_but_the_account_that_took_it_sees_the_row(
    people: People, client: Client, report: Report, signed_in: SignIn
) -> None:
    taken(client, report)
    with transaction.atomic(), connection.cursor() as cursor:  # signed in as nobody
        cursor.execute("SELECT count(*) FROM records_storedcopy")
        assert cursor.fetchone() == (0,)


def aged(days: int) -> None:
    with acting_as("owner"):
        StoredCopy.objects.update(stored_at=clock.now() - timedelta(days=days))


@pytest.mark.parametrize(("days", "left"), [(29, 1), (31, 0)])
def test_after_a_month_the_file_goes_and_its_hash_stays(client: Client, report: Report, days: int, left: int) -> None:
    taken(client, report)
    aged(days)
    with acting_as("worker"):
        tasks.clear_stored_copies()
    assert (len(owned(StoredCopy)), len(owned(IssuedCopy))) == (left, 1)


def test_the_county_says_for_how_long(client: Client, report: Report) -> None:
    factories.made(DatedSetting(key="records.stored_copy_days", value=3, valid_from=NOON - timedelta(days=1)))
    taken(client, report)
    aged(4)
    with acting_as("worker"):
        assert tasks.clear_stored_copies() == 1


def test_a_file_that_was_replaced_goes_at_once(client: Client, report: Report) -> None:
    taken(client, report)
    renamed(report)
    second = taken(client, report)
    with acting_as("worker"):
        assert tasks.clear_stored_copies() == 1
    assert taken(client, report) == second
