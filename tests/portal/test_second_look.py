"""What one could still do alone after what takes two: an old session, a quick thief, an unknowing colleague."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from residents.models import Account, Delivery, Resident
from tests import factories
from tests.factories import id_number
from tests.people import HELANFANG_NUMBER, People
from tests.portal.staffing import Enter, events
from tests.portal.test_approvals import WHY, decide
from tests.portal.test_enrolment import enrol, print_code
from tests.residents.door import code_sent, work
from tests.residents.second_steps import first_step, pair, set_up_app
from tests.residents.test_counter import issue, read

OTHER, THIEFS = id_number(sequence=905), "19900000099"


# --- a session from before the second factor -------------------------------------------------------------------------
@pytest.fixture
def early(people: People, signed_in: Enter) -> Client:
    """Somebody with the password, who came in between the reset and the owner's new second factor."""
    security: Account = factories.staff("anquan", "安全员", people.bureau, "security")
    pair(people.zhangqiantai)
    signed_in(security).post(reverse("staff:ask_reset", args=[people.zhangqiantai.pk]), {"reason": WHY})
    decide(signed_in(people.administrator))
    first_step(thief := Client())
    first_step(owner := Client())
    enrol(owner, print_code(signed_in(security), people.zhangqiantai).context["code"])
    set_up_app(owner)
    assert owner.get(reverse("staff:index")).status_code == 200
    return thief


@pytest.mark.parametrize("name", ["mfa_add_webauthn", "mfa_generate_recovery_codes", "mfa_view_recovery_codes"])
def test_a_session_without_the_second_factor_adds_none_beside_it(early: Client, name: str) -> None:
    assert early.get(reverse(name)).status_code == 302


def test_nor_does_it_make_recovery_codes_to_come_in_with(early: Client) -> None:
    before = recovery_seed()
    early.post(reverse("mfa_generate_recovery_codes"))
    assert recovery_seed() == before


def recovery_seed() -> object:
    with acting_as("owner"):
        return Authenticator.objects.get(type="recovery_codes").data


# --- a thief who is quicker than the worker --------------------------------------------------------------------------
def told(template: str) -> list[str]:
    with acting_as("owner"):
        return [delivery.recipient for delivery in Delivery.objects.filter(template=template)]


def take_over(number: str, code: str) -> None:
    """The slip used at once, with the thief's own phone."""
    visitor = Client()
    visitor.post(reverse("account_activate"), {"number": number, "code": code})
    secrets = dict.fromkeys(["password1", "password2"], "窗外的雨下了三天") | {"phone": THIEFS}
    visitor.post(reverse("account_activate_secrets"), secrets)
    visitor.post(reverse("account_activate_phone"), {"code": code_sent()})


@pytest.fixture
def desk(people: People, signed_in: Enter) -> Client:
    return signed_in(people.zhangqiantai)


def test_the_noted_phone_hears_of_a_slip_though_the_worker_comes_after_it_was_used(
    people: People, desk: Client
) -> None:
    factories.resident("钱来顺", OTHER, facility=people.township, phone="19900000077")
    read(desk, OTHER, manual="on")
    take_over(OTHER, issue(desk))
    work()
    with acting_as("owner"):
        assert Account.objects.get(resident__name="钱来顺").phone == THIEFS
    assert told("activation_printed") == ["19900000077"]


def test_so_does_the_phone_of_an_account_that_a_facility_noted_too(people: People, desk: Client) -> None:
    with acting_as("owner"):
        her = Resident.objects.get(pk=people.helanfang.pk)
        her.phone = "19900000001"
        her.save()
    read(desk)
    take_over(HELANFANG_NUMBER, issue(desk))
    work()
    assert told("activation_printed") == ["19900000001"]


# --- a colleague who knew of nothing ---------------------------------------------------------------------------------
def test_a_colleague_who_serves_the_person_for_something_else_is_no_witness(
    people: People, desk: Client, signed_in: Enter
) -> None:
    read(signed_in(factories.staff("liuqiantai", "刘前台", people.township, "reception")))
    read(desk, manual="on")
    page = desk.post(reverse("staff:counter_issue"), {"agreed": "on"}, follow=True).content.decode()
    assert "需要两个人" in page


def test_one_agreement_is_good_for_one_slip(people: People, desk: Client, signed_in: Enter) -> None:
    read(other := signed_in(factories.staff("liuqiantai", "刘前台", people.township, "reception")), manual="on")
    other.post(reverse("staff:counter_issue"), {"witness": "on"})
    read(desk, manual="on")
    assert issue(desk)
    page = desk.post(reverse("staff:counter_issue"), {"agreed": "on"}, follow=True).content.decode()
    assert "需要两个人" in page


def test_nobody_agrees_without_the_person_open(people: People, desk: Client) -> None:
    desk.post(reverse("staff:counter_issue"), {"witness": "on"})
    assert not events(action="residents.witnessed_activation")
