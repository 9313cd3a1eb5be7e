"""Somebody has a session's token and the web login: what its functions and policies still refuse."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError
from django.test import Client
from django.urls import reverse

from facilities.models import Membership
from foundation.crypto import digest
from foundation.rowsecurity import acting_as
from residents.models import (
    AccessCase,
    Account,
    Approval,
    Consent,
    Guardianship,
    Identifier,
    Notice,
    Opening,
    PresenceCode,
    Resident,
)
from residents.presence import new_card_code
from tests import factories
from tests.factories import NOON, made
from tests.people import HELANFANG_NUMBER, People
from tests.residents.families import ask, child, open_to
from tests.sessions import session_of

Enter = Callable[[Account], Client]
CREATE = "SELECT app.create_at_counter(%s, %s, '某人', 'mouren', 'male', '1990-01-01', %s, 'passport', '\\x00', %s)"


@pytest.mark.parametrize("login", ["", "helanfang_account", "chenyisheng"])
def test_nobody_enters_a_person_at_no_counter(people: People, signed_in: Enter, login: str) -> None:
    client = signed_in(getattr(people, login)) if login else Client()
    assert ask(client, CREATE, None, uuid4(), uuid4(), [b"x" * 32]) is False
    with acting_as("owner"):
        assert not Identifier.objects.filter(kind="passport").exists()


def test_where_nobody_works_no_code_is_taken(people: People, signed_in: Enter) -> None:
    code = "SELECT app.open_assisted(%s, NULL, %s, NULL, '')"
    assert ask(signed_in(people.wangjianguo_account), code, digest("x"), ["book"]) is None


def test_whom_a_facility_cares_for_is_nobodys_question(people: People, signed_in: Enter) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        ask(signed_in(people.wangjianguo_account), "SELECT app.cares_for(%s, %s)", people.township.pk, uuid4())


# --- notices and cases ------------------------------------------------------------------------------------------------


def unread(person: Resident) -> int:
    with acting_as("owner"):
        return Notice.objects.filter(resident=person, read_at=None).count()


def hide_notices(client: Client) -> None:
    with session_of(client):
        Notice.objects.update(read_at=NOON)


def test_a_helper_hides_no_notice(people: People, signed_in: Enter) -> None:
    made(Notice(resident=people.helanfang, kind="emergency_access", subject_id=uuid4(), created_at=NOON))
    factories.delegation(people.helanfang, people.hexiaoyu, "booking")
    hide_notices(signed_in(people.hexiaoyu_account))
    assert unread(people.helanfang) == 1


def at_the_desk(enter: Enter, login: Account) -> Client:
    """Staff who have 贺兰芳's document in the reader."""
    desk = enter(login)
    desk.post(reverse("staff:counter"), {"card": HELANFANG_NUMBER})
    desk.post(reverse("staff:counter_check"))
    return desk


def test_staff_hide_no_notice_of_whom_they_opened(people: People, signed_in: Enter) -> None:
    desk = at_the_desk(signed_in, people.zhangqiantai)
    before = unread(people.helanfang)
    hide_notices(desk)
    assert unread(people.helanfang) == before > 0


def test_the_person_hears_that_a_card_was_printed(people: People, signed_in: Enter) -> None:
    at_the_desk(signed_in, people.zhangqiantai).post(reverse("staff:counter_card"))
    with acting_as("owner"):
        card = PresenceCode.objects.get(resident=people.helanfang)
        assert Notice.objects.filter(resident=people.helanfang, kind="assisted_act", subject_id=card.pk).exists()


def test_a_manager_answers_a_case_only_in_their_own_name(people: People, signed_in: Enter) -> None:
    manager = factories.staff("fuzeren", "院负责人", people.township, "manager")
    case = made(
        AccessCase(
            resident=people.helanfang,
            opened_at=NOON,
            opened_by=people.helanfang_account.pk,
            actor_id=manager.pk,
            actor_name=manager.name,
            facility=people.township,
            first_at=NOON,
            last_at=NOON,
            due_at=NOON + timedelta(days=15),
        )
    )
    said = {"verdict": "justified", "answer": "正常服务", "answered_at": NOON, "answered_by": people.zhangqiantai.pk}
    with pytest.raises(ProgrammingError, match="answered_in_ones_own_name"), session_of(signed_in(manager)):
        AccessCase.objects.filter(pk=case.pk).update(**said)


# --- helpers ----------------------------------------------------------------------------------------------------------


def test_a_booking_helper_reads_no_reason_of_an_emergency(people: People, signed_in: Enter) -> None:
    made(
        Opening(
            token_hash=b"t" * 32,
            account_id=people.chenyisheng.pk,
            resident=people.helanfang,
            facility=people.county,
            kind="emergency",
            scope=["records"],
            reason="昏迷，需要了解用药",
            opened_at=NOON,
            closes_at=NOON + timedelta(minutes=30),
        )
    )
    factories.delegation(people.helanfang, people.hexiaoyu, "booking")
    with session_of(signed_in(people.hexiaoyu_account)):
        assert not Opening.objects.exists()


def explained(people: People, enter: Enter) -> Client:
    """李村医, whom 贺兰芳 asked to explain what is there."""
    code = new_card_code()
    made(
        PresenceCode(
            resident=people.helanfang,
            kind="card",
            code_hash=digest(code),
            issued_at=NOON - timedelta(days=1),
            expires_at=NOON + timedelta(days=9),
        )
    )
    client = enter(people.licunyi)
    tasks = {"code": code, "tasks": ["explain"], "facility": str(people.township.pk)}
    client.post(reverse("staff:assist"), tasks)
    return client


def test_who_helps_reads_what_was_agreed_to(people: People, signed_in: Enter) -> None:
    assert open_to(explained(people, signed_in), people.helanfang) == {"identity", "records", "results"}


def test_a_consent_taken_back_ends_a_helpers_reading(people: People, signed_in: Enter) -> None:
    client = explained(people, signed_in)
    with acting_as("owner"):
        Consent.objects.filter(resident=people.helanfang, purpose="results").update(
            withdrawn_at=NOON, withdrawn_by=people.helanfang_account.pk
        )
    assert open_to(client, people.helanfang) == {"identity", "records"}


@pytest.mark.parametrize(("born", "status"), [(date(2020, 1, 1), 200), (date(2011, 1, 1), 403)])
def test_a_guardian_exports_for_a_child_and_not_for_a_young_person(
    people: People, signed_in: Enter, born: date, status: int
) -> None:
    ward = child(born)
    factories.consent(ward, "records")
    factories.delegation(ward, people.hexiaoyu, "booking", "records", "results", relation="guardian")
    client = signed_in(people.hexiaoyu_account)
    client.post(reverse("residents:act"), {"resident": str(ward.pk)})
    assert client.get(reverse("residents:my_data")).status_code == status
    assert client.get(reverse("residents:ask_for_correction")).status_code == status


# --- two persons ------------------------------------------------------------------------------------------------------
APPROVE = "SELECT app.approve_guardianship(%s, %s, '', 'male', '2019-05-18', %s, %s, '\\x00', NULL, '')"


def application(people: People, ward: Resident, guardian: Resident, by: Account) -> Guardianship:
    with acting_as("owner"):
        index = bytes(Identifier.objects.get(resident=ward).index)
    asked: Guardianship = made(
        Guardianship(
            guardian=guardian,
            kinship="mother",
            child_name=ward.name,
            child_kind="resident_id_card",
            child_number="640199201905180275",
            child_index=index,
            evidence_kind="household",
            facility=people.township,
            created_by=by.pk,
            created_at=NOON,
        )
    )
    return asked


def approve(client: Client, asked: Guardianship, typed: str | None, index: bytes) -> UUID:
    made_up: UUID = ask(client, APPROVE, asked.pk, typed, uuid4(), [index])
    return made_up


@pytest.mark.parametrize("same", ["name", "phone"])
def test_nobody_approves_their_own_application_from_another_account(
    people: People, signed_in: Enter, same: str
) -> None:
    ward = child(date(2019, 5, 18))
    private = factories.resident("张前台" if same == "name" else "张小红")
    login = factories.account(private, phone="19900000077")
    if same == "phone":
        with acting_as("owner"):
            people.zhangqiantai.phone = "19900000077"
            people.zhangqiantai.save()
    asked = application(people, ward, private, login)
    with pytest.raises(DatabaseError, match="own"):
        approve(signed_in(people.zhangqiantai), asked, ward.name, bytes(asked.child_index))


@pytest.mark.parametrize("trick", ["no name", "another child"])
def test_an_approval_is_for_the_child_that_was_asked_for(people: People, signed_in: Enter, trick: str) -> None:
    ward = child(date(2019, 5, 18))
    asked = application(people, ward, people.hexiaoyu, people.hexiaoyu_account)
    index, typed = bytes(asked.child_index), None
    if trick == "another child":
        other = child(date(2018, 4, 1), name="周小宝", sequence=31)
        with acting_as("owner"):
            index, typed = bytes(Identifier.objects.get(resident=other).index), other.name
    with pytest.raises(DatabaseError, match="name"):
        approve(signed_in(people.zhangqiantai), asked, typed, index)


@pytest.fixture
def security(people: People) -> Account:
    return factories.staff("anquan", "安全员", people.bureau, "security")


def request(by: Account, at: Any, about: Account | None, kind: str, **fields: Any) -> Approval:
    whom = {"account_id": about.pk, "account_name": about.name} if about else {"account_id": None}
    return Approval(
        kind=kind,
        facility=at,
        payload="{}",
        reason="例行办理",
        requested_by=by.pk,
        requested_name=by.name,
        requested_at=NOON,
        expires_at=NOON + timedelta(days=7),
        **{"role": ""} | whom | fields,
    )


def test_nobody_asks_for_a_role_of_their_own(people: People, security: Account, signed_in: Enter) -> None:
    wish = request(security, people.township, security, "give_role", role="clinician")
    with pytest.raises(ProgrammingError, match="row-level security"), session_of(signed_in(security)):
        wish.save(force_insert=True)


def test_the_page_refuses_it_first(people: People, security: Account, signed_in: Enter) -> None:
    address = reverse("staff:give_role", args=[security.pk])
    assert signed_in(security).get(address).status_code == 403


def test_a_manager_resets_nobody_of_another_place(people: People, security: Account, signed_in: Enter) -> None:
    manager = factories.staff("fuzeren", "院负责人", people.township, "manager")
    asked = made(request(security, people.township, people.chenyisheng, "reset_second_factor"))
    assert ask(signed_in(manager), "SELECT app.may_decide(%s)", asked.pk) is False
    here = made(request(security, people.township, people.licunyi, "reset_second_factor"))
    assert ask(signed_in(manager), "SELECT app.may_decide(%s)", here.pk) is True


def test_a_request_for_a_new_account_lets_nobody_else_in(people: People, security: Account, signed_in: Enter) -> None:
    manager = factories.staff("fuzeren", "院负责人", people.township, "manager")
    asked = made(request(security, people.township, None, "open_account", role="clinician", account_name="新人"))
    client = signed_in(manager)
    assert ask(client, "SELECT app.decide_approval(%s, true, '')", asked.pk) is True
    assert ask(client, "SELECT app.finish_approval(%s, %s)", asked.pk, people.zhangqiantai.pk) is False
    wanted = Membership(account=people.zhangqiantai, facility=people.township, role="clinician", starts_at=NOON)
    with pytest.raises((ProgrammingError, IntegrityError)), session_of(client):
        wanted.save(force_insert=True)
