"""互认凭证: chosen results, opened by a number and a PIN in a browser without an account."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from foundation.crypto import digest
from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, asked
from records.models import Report, ShareLink
from records.sharing import secrets
from records.sharing.secrets import Secrets
from residents.models import AccessEvent, Account, Opening
from tests import factories
from tests.people import People
from tests.records import rows, shares
from tests.sessions import session_of

SignIn = Callable[[Account], Client]


def events() -> list[tuple[str, str]]:
    with acting_as("owner"):
        return list(AccessEvent.objects.order_by("at", "id").values_list("action", "actor_name"))


def chosen(*reports: Report, **more: Any) -> dict[str, Any]:
    return {"reports": [str(one.pk) for one in reports], "hours": "24", "form_key": shares.new_key()} | more


# --- the person makes one ---------------------------------------------------------------------------------------------


def test_what_she_chose_is_what_the_doctor_reads(hers: Client, people: People, report: Report, doctor: Client) -> None:
    form = chosen(report)
    page = hers.post(reverse("records:share_new"), form).content.decode()
    known = shares.opens(people.helanfang_account, UUID(form["form_key"]))
    assert secrets.grouped(known.code) in page and known.pin in page
    assert shares.typed(doctor, known).headers["Location"] == reverse("records:shared_open")
    text = shares.read(doctor)
    assert [word for word in ("贺兰芳", "血常规甲", "血红蛋白", "98.6", "115-150", "偏低") if word not in text] == []


def test_a_form_sent_twice_makes_one_share_and_shows_the_same_number(
    hers: Client, people: People, report: Report
) -> None:
    form = chosen(report)
    code = secrets.grouped(shares.opens(people.helanfang_account, UUID(form["form_key"])).code)
    answers = [hers.post(reverse("records:share_new"), form).content.decode() for _ in range(2)]
    with acting_as("owner"):
        assert ([code in text for text in answers], ShareLink.objects.count()) == ([True, True], 1)


def test_a_strangers_report_in_the_form_is_not_there(hers: Client, people: People, feed: Any, report: Report) -> None:
    other = factories.report(people.wangjianguo, feed)
    for key in (str(other.pk), shares.new_key()):
        response = hers.post(reverse("records:share_new"), chosen(report) | {"reports": [str(report.pk), key]})
        assert "有一份报告不在可以分享的报告里" in response.content.decode()
    with acting_as("owner"):
        assert ShareLink.objects.count() == 0


def test_she_cannot_share_what_she_cannot_read(hers: Client, people: People, feed: Any) -> None:
    hidden = [
        factories.report(people.helanfang, feed, **fields)
        for fields in ({"sensitivity": 5}, {"release": "withheld"}, {"release": "recalled"}, {"status": "withdrawn"})
    ]
    for one in hidden:
        hers.post(reverse("records:share_new"), chosen(one))
    with acting_as("owner"):
        assert ShareLink.objects.count() == 0


def test_a_delegate_for_results_makes_one_and_its_end_ends_the_share(
    people: People, signed_in: SignIn, report: Report, doctor: Client
) -> None:
    tie = factories.delegation(people.helanfang, people.hexiaoyu, "results")
    client = signed_in(people.hexiaoyu_account)
    session = client.session
    session["acting"] = {"resident": str(people.helanfang.pk), "opening": None}
    session.save()
    form = chosen(report)
    client.post(reverse("records:share_new"), form)
    known = shares.opens(people.hexiaoyu_account, UUID(form["form_key"]))
    shares.typed(doctor, known)
    assert "血常规甲" in shares.read(doctor)
    shares.changed(tie, ended_at=timezone.now())
    assert doctor.get(reverse("records:shared_open")).status_code == 403
    assert "已经失效" in shares.typed(Client(), known).content.decode()


# --- the doctor opens it ----------------------------------------------------------------------------------------------


def test_the_person_sees_each_use_in_her_log(hers: Client, known: Secrets, doctor: Client) -> None:
    shares.typed(doctor, known, reader="银川市第一人民医院")
    shares.read(doctor)
    who = "持凭证者（自填：银川市第一人民医院）"
    assert events() == [("records.opened_share", who), ("records.read_share", who)]
    assert "凭证被使用" in hers.get(reverse("residents:access_log")).content.decode()


def test_her_list_counts_uses_and_names_the_hospital(hers: Client, known: Secrets, doctor: Client) -> None:
    shares.typed(doctor, known, reader="银川市第一人民医院")
    text = rows.read(hers, "shares")
    assert "银川市第一人民医院" in text and "打开过" in text and "1 次" in text


def test_the_qr_code_needs_the_pin_and_no_number(known: Secrets, doctor: Client) -> None:
    address = reverse("records:shared_link", args=[known.link])
    assert "凭证号" not in doctor.get(address).content.decode().split("</form>")[0].split("<form")[-1]
    assert doctor.post(address, {"pin": known.pin}).status_code == 302
    assert "血常规甲" in shares.read(doctor)


def test_the_link_alone_shows_nothing_of_hers(known: Secrets, doctor: Client) -> None:
    text = doctor.get(reverse("records:shared_link", args=[known.link])).content.decode()
    assert [word for word in ("贺兰芳", "血常规", "98.6") if word in text] == []


def test_the_pdf_is_the_reports_own_and_can_be_checked(known: Secrets, report: Report, doctor: Client) -> None:
    shares.typed(doctor, known)
    response = doctor.get(reverse("records:shared_pdf", args=[report.pk]))
    with acting_as("owner"):
        assert (response.content[:5], report.copies.count()) == (b"%PDF-", 1)
    assert events()[-1][0] == "records.downloaded_share"


def test_no_answer_of_a_share_is_kept(known: Secrets, report: Report, doctor: Client) -> None:
    answers = [shares.typed(doctor, known), doctor.get(reverse("records:shared_open"))]
    answers.append(doctor.get(reverse("records:shared_pdf", args=[report.pk])))
    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-store"}


def test_the_cookie_is_for_this_page_alone(known: Secrets, doctor: Client) -> None:
    cookie = shares.typed(doctor, known).cookies["share"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (
        "/records/shared/",
        True,
        "Strict",
        "",
    )


def test_done_is_done(known: Secrets, doctor: Client) -> None:
    shares.typed(doctor, known)
    kept = doctor.cookies["share"].value
    doctor.post(reverse("records:shared_leave"))
    doctor.cookies["share"] = kept
    assert doctor.get(reverse("records:shared_open")).status_code == 403


# --- staff ------------------------------------------------------------------------------------------------------------


def test_the_database_lets_no_opening_of_staff_make_one(people: People, signed_in: SignIn, report: Report) -> None:
    client = signed_in(people.licunyi)
    factories.made(opening_of(people, client))
    with session_of(client):
        assert Report.objects.filter(pk=report.pk).exists()
        assert asked("SELECT app.may_share_now(%s)", [people.helanfang.pk]) is False


def opening_of(people: People, client: Client) -> Any:
    now = timezone.now()
    return Opening(
        token_hash=digest(client.session[TOKEN]),
        account_id=people.licunyi.pk,
        resident=people.helanfang,
        facility=people.township,
        kind="care",
        scope=["identity", "records", "results"],
        reason="随访",
        opened_at=now,
        closes_at=now + timedelta(minutes=20),
    )
