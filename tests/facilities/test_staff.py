"""Facilities and roles on the staff site: who may change what."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse

from facilities.models import Department, Facility, Membership
from foundation.rowsecurity import acting_as
from residents.models import Account
from tests import factories
from tests.factories import NOON, PASSWORD
from tests.people import People
from tests.sessions import session_of

SignedIn = Callable[[Account], Client]
LISTS = ["facility", "department", "practitioner", "membership"]


@pytest.fixture
def manager(people: People) -> Account:
    """The manager of the township health centre."""
    return factories.staff("yuanzhang", "赵院长", people.township, "manager")


def change(instance: Any) -> str:
    return reverse(f"admin:facilities_{instance._meta.model_name}_change", args=[instance.pk])


def add(model: str) -> str:
    return reverse(f"admin:facilities_{model}_add")


def department_form(at: Facility, **fields: Any) -> dict[str, Any]:
    return {"facility": str(at.pk), "code": "N01", "name": "内科", "position": "10", "is_active": "on"} | fields


def test_a_manager_adds_and_changes_a_department_of_their_own(
    people: People, manager: Account, signed_in: SignedIn
) -> None:
    client = signed_in(manager)
    assert client.post(add("department"), department_form(people.township)).status_code == 302
    with acting_as("owner"):
        department = Department.objects.get(code="N01")
    client.post(change(department), department_form(people.township, name="全科"))
    with acting_as("owner"):
        assert Department.objects.get(code="N01").name == "全科"


def test_a_manager_does_not_reach_another_facilitys_department(
    people: People, manager: Account, signed_in: SignedIn
) -> None:
    other = factories.department(people.county, "外科")
    client = signed_in(manager)
    assert client.get(change(other)).status_code == 404
    assert client.post(change(other), department_form(people.county, name="改掉")).status_code == 404
    with acting_as("owner"):
        assert Department.objects.get(pk=other.pk).name == "外科"


def test_a_manager_does_not_add_a_department_elsewhere(people: People, manager: Account, signed_in: SignedIn) -> None:
    response = signed_in(manager).post(add("department"), department_form(people.county))
    assert "facility" in response.context["adminform"].form.errors


def test_the_database_refuses_another_facilitys_department(
    people: People, manager: Account, signed_in: SignedIn
) -> None:
    other = factories.department(people.county, "外科")
    with session_of(signed_in(manager)):
        assert Department.objects.filter(pk=other.pk).update(name="改掉") == 0
    with pytest.raises(DatabaseError, match="row-level security"), session_of(signed_in(manager)):
        Department(facility=people.county, code="X", name="假").save(force_insert=True)


def test_a_doctors_department_is_of_the_doctors_facility(people: People, signed_in: SignedIn) -> None:
    elsewhere = factories.department(people.county, "外科")
    form = {"facility": str(people.township.pk), "department": str(elsewhere.pk), "code": "D9", "name": "王医生"}
    response = signed_in(people.administrator).post(add("practitioner"), form)
    assert "department" in response.context["adminform"].form.errors


def test_the_administrator_gives_a_role_by_username(people: People, signed_in: SignedIn) -> None:
    form = {"username": "Bianji ", "facility": str(people.township.pk), "role": "editor"}
    assert signed_in(people.administrator).post(add("membership"), form).status_code == 302
    with acting_as("owner"):
        given = Membership.objects.get(facility=people.township, role="editor")
    assert (given.account_id, given.account_name) == (people.editor.pk, "宣教编辑")


@pytest.mark.parametrize("username", ["nobody", ""])
def test_a_role_for_an_unknown_account_is_refused(people: People, signed_in: SignedIn, username: str) -> None:
    form = {"username": username, "facility": str(people.township.pk), "role": "editor"}
    response = signed_in(people.administrator).post(add("membership"), form)
    assert "username" in response.context["adminform"].form.errors


def test_a_residents_account_gets_no_role(people: People, signed_in: SignedIn) -> None:
    form = {"username": people.helanfang_account.username, "facility": str(people.township.pk), "role": "editor"}
    response = signed_in(people.administrator).post(add("membership"), form)
    assert "username" in response.context["adminform"].form.errors


def test_the_same_role_twice_is_refused_in_words(people: People, signed_in: SignedIn) -> None:
    form = {"username": "bianji", "facility": str(people.bureau.pk), "role": "editor"}
    response = signed_in(people.administrator).post(add("membership"), form)
    assert "已有此角色" in response.content.decode()


def end(client: Client, membership: Membership) -> str:
    data = {"action": "end", "_selected_action": [str(membership.pk)]}
    return client.post(reverse("admin:facilities_membership_changelist"), data, follow=True).content.decode()


def role_of(account: Account) -> Membership:
    with acting_as("owner"):
        return Membership.objects.get(account=account)


def test_an_ended_role_opens_nothing_any_more(people: People, signed_in: SignedIn) -> None:
    editor = signed_in(people.editor)
    assert "已结束" in end(signed_in(people.administrator), role_of(people.editor))
    assert editor.get(reverse("admin:health_education_article_changelist")).status_code == 403


def test_the_last_administrator_cannot_be_ended(people: People, signed_in: SignedIn) -> None:
    assert "最后一位系统管理员" in end(signed_in(people.administrator), role_of(people.administrator))
    assert role_of(people.administrator).ended_at is None


def test_one_of_two_administrators_can_be_ended(people: People, signed_in: SignedIn) -> None:
    second = factories.staff("second", "第二位", people.bureau, "administrator")
    end(signed_in(people.administrator), role_of(second))
    assert role_of(second).ended_at is not None


def test_a_given_role_is_shown_and_never_rewritten(people: People, signed_in: SignedIn) -> None:
    client, membership = signed_in(people.administrator), role_of(people.editor)
    assert client.get(change(membership)).status_code == 200
    assert client.post(change(membership), {"role": "administrator"}).status_code == 403


@pytest.mark.parametrize("model", ["facility", "membership"])
def test_a_manager_adds_neither_facilities_nor_roles(
    people: People, manager: Account, signed_in: SignedIn, model: str
) -> None:
    assert signed_in(manager).get(add(model)).status_code == 403


def test_a_manager_sees_the_roles_of_their_own_facility_only(
    people: People, manager: Account, signed_in: SignedIn
) -> None:
    page = signed_in(manager).get(reverse("admin:facilities_membership_changelist")).content.decode()
    assert "张前台" in page
    assert "陈医生" not in page


@pytest.mark.parametrize("model", LISTS)
def test_lists_ask_the_same_number_of_questions_for_any_length(
    people: People, signed_in: SignedIn, model: str, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        doctor = factories.practitioner(factories.department(factories.facility()))
        factories.staff(f"staff{number}", "某人", doctor.facility, "reception")
    with django_assert_max_num_queries(16):  # among them one for each list that only the county may add to
        signed_in(people.administrator).get(reverse(f"admin:facilities_{model}_changelist"))


def first_administrator(monkeypatch: pytest.MonkeyPatch, password: str = PASSWORD, username: str = "first.one") -> None:
    monkeypatch.setenv("FIRST_PASSWORD", password)
    with acting_as("owner"):
        call_command("create_first_administrator", username=username, password_env="FIRST_PASSWORD")


def test_an_empty_county_gets_its_bureau_and_first_administrator(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    first_administrator(monkeypatch)
    with acting_as("owner"):
        membership = Membership.objects.select_related("facility").get()
    assert (membership.role, membership.facility.level) == ("administrator", "bureau")
    account = Account.objects.get(username="first.one")
    assert account.check_password(PASSWORD)


def test_there_is_only_one_first_administrator(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="已经有系统管理员了"):
        first_administrator(monkeypatch)


def test_an_ended_administrator_does_not_stand_in_the_way(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    with acting_as("owner"):
        Membership.objects.filter(role="administrator").update(ended_at=NOON - timedelta(days=300))
    first_administrator(monkeypatch)
    with acting_as("owner"):
        assert Membership.objects.get(ended_at=None, role="administrator").facility_id == people.bureau.pk


@pytest.mark.parametrize(
    ("password", "username", "reason"),
    [("12345678", "first.one", "密码"), (PASSWORD, "640199198001010011", "用户名应为")],
)
def test_a_weak_password_or_an_odd_name_is_refused(
    db: None, monkeypatch: pytest.MonkeyPatch, password: str, username: str, reason: str
) -> None:
    with pytest.raises(CommandError, match=reason):
        first_administrator(monkeypatch, password, username)


def test_a_taken_username_is_refused(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    with acting_as("owner"):
        Membership.objects.filter(role="administrator").update(ended_at=NOON - timedelta(days=300))
    with pytest.raises(CommandError, match="已有人使用"):
        first_administrator(monkeypatch, username="bianji")


def test_a_forgotten_variable_is_a_sentence(db: None) -> None:
    with pytest.raises(CommandError, match="环境变量 NOWHERE 没有设置"), acting_as("owner"):
        call_command("create_first_administrator", username="first.one", password_env="NOWHERE")


def test_two_different_passwords_typed_are_refused(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter(["valley-lantern-42", "valley-lantern-43"])
    monkeypatch.setattr("residents.management.commands.create_first_administrator.getpass", lambda prompt: next(typed))
    with pytest.raises(CommandError, match="不一样"), acting_as("owner"):
        call_command("create_first_administrator", username="first.one")


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("admin:facilities_facility_changelist", 200),
        ("admin:facilities_membership_add", 200),
        ("admin:health_education_article_changelist", 403),
        ("records:reports", 403),
        ("appointments:bookings", 403),
    ],
)
def test_the_first_administrator_reaches_what_the_role_allows(
    db: None, monkeypatch: pytest.MonkeyPatch, signed_in: SignedIn, name: str, status: int
) -> None:
    first_administrator(monkeypatch)
    client = signed_in(Account.objects.get(username="first.one"))
    assert client.get(reverse(name)).status_code == status
