"""What a share shows is what stands now, and nothing else."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from foundation.crypto import seal
from foundation.rowsecurity import acting_as
from records.attachments import place_of
from records.models import Observation, Report, ReportAttachment
from records.sharing.secrets import Secrets
from tests import factories
from tests.people import People
from tests.records import rows, shares
from tests.records.sharing.conftest import ITEM

# --- what it shows is what stands now ---------------------------------------------------------------------------------

HIDING: dict[str, tuple[dict[str, Any], str]] = {
    "recalled": ({"release": "recalled"}, "正在核查"),
    "withdrawn": ({"withdrawn_at": timezone.now()}, "已由机构撤回"),
    "cancelled": ({"status": "cancelled"}, "已由机构撤回"),
    "pending": ({"release": "pending"}, "现在不能显示"),
    "kept at the facility": ({"release": "withheld"}, "现在不能显示"),
    "special": ({"sensitivity": 5}, "现在不能显示"),
    "another person's": ({"left_at": timezone.now()}, "正在核查"),
}


@pytest.mark.parametrize(("fields", "why"), HIDING.values(), ids=HIDING)
def test_a_report_that_may_not_be_read_any_more_is_not_shown(
    known: Secrets, report: Report, doctor: Client, fields: dict[str, Any], why: str
) -> None:
    shares.typed(doctor, known)
    shares.changed(report, **fields)
    text = shares.read(doctor)
    assert why in text and [word for word in ("血常规甲", "血红蛋白", "98.6") if word in text] == []
    assert doctor.get(reverse("records:shared_pdf", args=[report.pk])).status_code == 403


@pytest.mark.parametrize("fields", [{"release": "recalled"}, {"release": "withheld"}, {"sensitivity": 5}])
def test_a_result_that_may_not_be_read_is_left_out(
    known: Secrets, report: Report, doctor: Client, fields: dict[str, Any]
) -> None:
    shares.typed(doctor, known)
    with acting_as("owner"):
        Observation.objects.filter(identifier__in=report.item_identifiers).update(**fields)
    text = shares.read(doctor)
    assert "98.6" not in text and "另有 1 项" in text


def test_a_result_that_waits_hides_its_report(known: Secrets, report: Report, doctor: Client) -> None:
    shares.typed(doctor, known)
    with acting_as("owner"):
        Observation.objects.filter(identifier__in=report.item_identifiers).update(release="pending")
    assert "现在不能显示" in shares.read(doctor)


def test_a_corrected_report_shows_the_newest_and_says_so(known: Secrets, report: Report, doctor: Client) -> None:
    shares.typed(doctor, known)
    rows.corrected(report, findings="复核后更正")
    text = shares.read(doctor)
    assert "报告已更正" in text and "复核后更正" in text


def test_what_she_did_not_choose_is_not_in_it(people: People, feed: Any, known: Secrets, doctor: Client) -> None:
    other = factories.report(people.helanfang, feed, title="丙丁报告")
    shares.typed(doctor, known)
    assert "丙丁报告" not in shares.read(doctor)
    assert doctor.get(reverse("records:shared_pdf", args=[other.pk])).status_code == 403


# --- bounded ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 10])
def test_the_readers_page_asks_the_same_however_much_is_in_it(
    people: People, feed: Any, doctor: Client, count: int, django_assert_max_num_queries: Any
) -> None:
    at = timezone.now() - timedelta(days=1)
    reports = [rows.panel(people.helanfang, feed, at, *[ITEM] * count) for _ in range(count)]
    shares.share(people.helanfang, people.helanfang_account, reports)
    shares.typed(doctor, shares.opens(people.helanfang_account))
    with django_assert_max_num_queries(8):
        shares.read(doctor)


def test_the_facilitys_own_pdf_comes_with_a_complete_report(known: Secrets, report: Report, doctor: Client) -> None:
    attachment = ReportAttachment(resident_id=report.resident_id, report=report, number=1, title="原件", size=4)
    attachment.content = seal(b"%PDF", place_of(attachment.pk))
    factories.made(attachment)
    shares.typed(doctor, known)
    assert "原件" in shares.read(doctor)
    address = reverse("records:shared_original", args=[report.pk, 1])
    assert doctor.get(address).content == b"%PDF"
    with acting_as("owner"):
        Observation.objects.filter(identifier__in=report.item_identifiers).update(release="withheld")
    assert ("原件" in shares.read(doctor), doctor.get(address).status_code) == (False, 403)
