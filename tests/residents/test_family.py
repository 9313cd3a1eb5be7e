"""Delegates chosen by the resident: invited by a code, accepted with a birth date, ended by either side at once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, ProgrammingError
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from residents.family import terms
from residents.models import AccessEvent, Account, Consent, Delegation, Invitation, Notice
from tests import factories
from tests.factories import NOON
from tests.people import People
from tests.residents.families import CODE, ask, invited, open_to, prove, taken_up
from tests.sessions import session_of

Enter = Callable[[Account], Client]
FAMILY = reverse("residents:family")
INVITE, ACCEPT = reverse("residents:invite_delegate"), reverse("residents:accept_delegation")


def refusal(error: BaseException) -> str:
    """The word with which the database refused."""
    return str(error).splitlines()[0]


@pytest.fixture
def mother(people: People, signed_in: Enter) -> Client:
    client = signed_in(people.helanfang_account)
    prove(client)
    return client


@pytest.fixture
def daughter(people: People, signed_in: Enter) -> Client:
    return signed_in(people.hexiaoyu_account)


def test_the_form_ticks_nothing_beforehand(people: People, mother: Client) -> None:
    page = mother.get(INVITE).content.decode()
    assert "checked" not in page.split("<main")[1].split("</main>")[0]


def test_a_person_invites_and_gets_a_code_of_which_only_the_hash_is_kept(people: People, mother: Client) -> None:
    answer = mother.post(INVITE, {"scope": ["booking", "results"], "months": "12", "agreed": "on"})
    with acting_as("owner"):
        invitation = Invitation.objects.get()
    page = mother.get(answer["Location"]).content.decode()
    shown = page.split('code-value">')[1].split("<")[0]
    assert len(terms.tidy(shown)) == 10
    assert terms.tidy(shown).encode() not in bytes(invitation.code_hash)
    assert invitation.scope == ["booking", "results"]


def test_inviting_records_the_consent_to_delegates(people: People, signed_in: Enter) -> None:
    person = factories.resident("田桂英")
    invited(signed_in(factories.account(person, consents=())), "booking")
    with acting_as("owner"):
        assert list(Consent.objects.filter(resident=person).values_list("purpose", flat=True)) == ["delegates"]


def test_without_a_recent_proof_nobody_invites(people: People, signed_in: Enter) -> None:
    client = signed_in(people.helanfang_account)
    prove(client, NOON - timedelta(days=1))
    assert "reauthenticate" in client.get(INVITE)["Location"]
    with pytest.raises(match="proof"):
        ask(client, "SELECT app.invite_delegate(ARRAY['booking'], 12, '\\x01', NULL, NULL, '')")


def test_the_relative_sees_what_they_take_on_and_accepts(people: People, mother: Client, daughter: Client) -> None:
    invited(mother, "booking", "results")
    typed = {"code": "abcde-fghjk", "birth": "1957-02-13"}
    offer = daughter.post(ACCEPT, typed).content.decode()
    assert "贺兰芳" in offer
    assert "看检查检验结果" in offer
    daughter.post(ACCEPT, {**typed, "accept": "yes"})
    assert open_to(daughter, people.helanfang) == {"identity", "booking", "results"}


def test_both_sides_are_told_that_it_began(people: People, mother: Client, daughter: Client) -> None:
    invited(mother, "booking")
    made = taken_up(daughter, people.helanfang.birth_date)
    with acting_as("owner"):
        told = Notice.objects.filter(kind="delegation_started", subject_id=made).values_list("resident", flat=True)
        assert set(told) == {people.helanfang.pk, people.hexiaoyu.pk}


def test_accepting_is_in_the_persons_access_log(people: People, mother: Client, daughter: Client) -> None:
    invited(mother, "booking")
    taken_up(daughter, people.helanfang.birth_date)
    with session_of(mother):
        event = AccessEvent.objects.get(resident_id=people.helanfang.pk, action="residents.accepted_delegation")
    assert (event.actor_name, event.capacity) == ("贺小雨", "delegate")


def test_a_wrong_birth_date_opens_nothing_and_is_counted(people: People, mother: Client, daughter: Client) -> None:
    invited(mother, "booking")
    assert taken_up(daughter, people.wangjianguo.birth_date) is None
    with acting_as("owner"):
        assert Invitation.objects.get().missed == 1
    assert open_to(daughter, people.helanfang) == set()


def test_a_wrong_code_and_a_wrong_birth_date_read_the_same(people: People, mother: Client, daughter: Client) -> None:
    invited(mother, "booking")
    first = daughter.post(ACCEPT, {"code": CODE, "birth": "1950-01-01"}).content.decode()
    second = daughter.post(ACCEPT, {"code": "KKKKKKKKKK", "birth": "1957-02-13"}).content.decode()
    said = "邀请码或出生日期不对"
    assert said in first
    assert said in second
    assert "贺兰芳" not in first + second


def test_after_five_misses_one_has_to_wait(people: People, mother: Client, daughter: Client) -> None:
    invited(mother, "booking")
    for _n in range(5):
        taken_up(daughter, people.helanfang.birth_date, code="KKKKKKKKKK")
    with pytest.raises(match="wait"):
        taken_up(daughter, people.helanfang.birth_date)


def test_an_invitation_missed_five_times_is_void(people: People, mother: Client, signed_in: Enter) -> None:
    invited(mother, "booking")
    with acting_as("owner"):
        Invitation.objects.update(missed=5)
    assert taken_up(signed_in(people.hexiaoyu_account), people.helanfang.birth_date) is None


def test_a_code_is_good_once(people: People, mother: Client, daughter: Client, signed_in: Enter) -> None:
    invited(mother, "booking")
    taken_up(daughter, people.helanfang.birth_date)
    assert taken_up(signed_in(people.wangjianguo_account), people.helanfang.birth_date) is None


def test_a_code_ends_after_three_days(people: People, signed_in: Enter, at: Callable[..., Any]) -> None:
    with at(NOON):
        invited(signed_in(people.helanfang_account), "booking")
    with at(NOON + timedelta(days=3)):
        assert taken_up(signed_in(people.hexiaoyu_account), people.helanfang.birth_date) is None


def test_a_withdrawn_code_is_void(people: People, mother: Client, daughter: Client) -> None:
    mother.post(reverse("residents:withdraw_invitation", args=[invited(mother, "booking")]))
    assert taken_up(daughter, people.helanfang.birth_date) is None


def test_nobody_accepts_their_own_invitation(people: People, mother: Client) -> None:
    invited(mother, "booking")
    assert taken_up(mother, people.helanfang.birth_date) is None


def test_who_is_not_proved_accepts_nothing(people: People, mother: Client, signed_in: Enter) -> None:
    weak = factories.account(factories.resident("周㛃"), level=1)
    invited(mother, "booking")
    with pytest.raises(match="level"):
        taken_up(signed_in(weak), people.helanfang.birth_date)


def test_nobody_has_more_than_eight_helpers(people: People, mother: Client) -> None:
    for number in range(8):
        invited(mother, "booking", code=f"ABCDEFGHJ{number}")
    with pytest.raises(match="too_many"):
        invited(mother, "booking")


@pytest.mark.parametrize("scope", [[], ["identity"], ["booking", "everything"]])
def test_only_what_can_be_lent_is_lent(people: People, mother: Client, scope: list[str]) -> None:
    with pytest.raises(DatabaseError, match="scope"):
        invited(mother, *scope)


def test_nobody_lends_for_longer_than_three_years(people: People, mother: Client) -> None:
    with pytest.raises(match="scope"):
        invited(mother, "booking", months=37)


@pytest.mark.parametrize("side", ["helanfang_account", "hexiaoyu_account"])
def test_either_side_ends_it_at_once(people: People, daughter: Client, signed_in: Enter, side: str) -> None:
    held = factories.delegation(people.helanfang, people.hexiaoyu, "booking")
    signed_in(getattr(people, side)).post(reverse("residents:end_delegation", args=[held.pk]))
    assert open_to(daughter, people.helanfang) == set()
    with acting_as("owner"):
        assert Notice.objects.filter(kind="delegation_ended", subject_id=held.pk).count() == 2


def test_a_stranger_ends_nothing(people: People, daughter: Client, signed_in: Enter) -> None:
    held = factories.delegation(people.helanfang, people.hexiaoyu, "booking")
    stranger = signed_in(people.wangjianguo_account)
    assert stranger.post(reverse("residents:end_delegation", args=[held.pk])).status_code == 404
    assert ask(stranger, "SELECT app.end_delegation(%s, NULL, '')", held.pk) is False
    assert "booking" in open_to(daughter, people.helanfang)


def test_a_new_agreement_takes_the_place_of_the_old(people: People, mother: Client, daughter: Client) -> None:
    factories.delegation(people.helanfang, people.hexiaoyu, "booking", "records")
    invited(mother, "results")
    taken_up(daughter, people.helanfang.birth_date)
    assert open_to(daughter, people.helanfang) == {"identity", "results"}


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO residents_delegation (id) VALUES (gen_random_uuid())",
        "UPDATE residents_delegation SET ends_at = ends_at + interval '9 years'",
        "DELETE FROM residents_delegation",
        "INSERT INTO residents_invitation (id) VALUES (gen_random_uuid())",
        "UPDATE residents_guardianship SET state = 'approved'",
        "SELECT app.write_family_event(NULL, '', '', '', '', '', NULL, '')",
        "SELECT app.tell_family(NULL, '', NULL)",
        "SELECT app.enter_child('', '', '', NULL, NULL, NULL, '', NULL, NULL)",
        "SELECT app.read_invitation('', NULL, NULL, '')",
        "SELECT app.child_by_document('', NULL)",
        "SELECT app.consent_for_child(NULL, NULL, NULL)",
        "SELECT app.agree_to_delegates(NULL, NULL, '', NULL, '')",
    ],
)
def test_the_web_login_has_no_other_way_in(people: People, mother: Client, statement: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        ask(mother, statement)


def test_a_helper_does_not_see_the_other_helpers(people: People, daughter: Client) -> None:
    factories.delegation(people.helanfang, people.hexiaoyu, "booking", "records")
    factories.delegation(people.helanfang, people.wangjianguo, "booking")
    with session_of(daughter):
        assert [row.delegate_id for row in Delegation.objects.all()] == [people.hexiaoyu.pk]


def test_the_family_page_names_both_directions(people: People, mother: Client, daughter: Client) -> None:
    factories.delegation(people.helanfang, people.hexiaoyu, "booking")
    assert "贺小雨" in mother.get(FAMILY).content.decode()
    assert "为贺兰芳办理" in daughter.get(FAMILY).content.decode()


def test_whoever_shares_a_phone_is_not_on_the_switcher(people: People, signed_in: Enter) -> None:
    with acting_as("owner"):
        account = Account.objects.get(pk=people.wangjianguo_account.pk)
        account.phone = "19900000001"
        account.save()
    page = signed_in(people.helanfang_account).get("/").content.decode()
    assert "王建国" not in page


def test_withdrawing_the_consent_ends_what_relatives_may_do(people: People, daughter: Client) -> None:
    held = factories.delegation(people.helanfang, people.hexiaoyu, "booking")
    with acting_as("owner"):
        Consent.objects.filter(resident=people.helanfang, purpose="delegates").update(
            withdrawn_at=NOON, withdrawn_by=people.helanfang_account.pk
        )
    assert open_to(daughter, people.helanfang) == set()
    with acting_as("owner"):
        assert Delegation.objects.get(pk=held.pk).ended_at is not None
