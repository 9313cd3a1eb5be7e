"""From the inbox to the outbox: who is told by which channel, once, whoever wrote the notice."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connections, transaction
from django.test.utils import CaptureQueriesContext

from foundation.crypto import blind_index
from foundation.keys import uuid7
from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from residents import documents, messages_port, openings, spreading
from residents.authorities.port import configured
from residents.messages_port import NoSms, NoWechat
from residents.models import Account, Binding, Consent, Delivery, MessageChoice, Notice, Resident
from tests import factories
from tests.factories import NOON, made
from tests.people import HELANFANG_NUMBER, People
from tests.residents.door import work

Clock = Callable[[datetime], AbstractContextManager[Any]]
FANG, YU = "19900000001", "19900000003"


@pytest.fixture(autouse=True)
def noon(at: Clock) -> Any:
    with at(NOON):
        yield


def line(of: Resident, kind: str = "report_ready", **fields: Any) -> Notice:
    return made(Notice(resident=of, kind=kind, **{"subject_id": uuid7(), "created_at": NOON, **fields}))


def sweep() -> int:
    with acting_as("worker"):
        return spreading.spread(NOON)


def told() -> list[tuple[str, str, str]]:
    """Who got what: template, channel, address."""
    with acting_as("owner"):
        rows = Delivery.objects.order_by("template", "channel")
        return [(row.template, row.channel, row.recipient or "") for row in rows]


def change(instance: Any, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(instance, name, value)
    with acting_as("owner"):
        instance.save()


def bind(account: Account, openid: str = "o-fang") -> Binding:
    index = blind_index("openid", openid)
    issuer = configured()["wechat"].app_id
    facts = {"authority": "wechat", "issuer": issuer, "subject": openid, "subject_index": index}
    return made(Binding(account=account, level=3, bound_at=NOON, **facts))


def no_consent(of: Resident) -> None:
    with acting_as("owner"):
        Consent.objects.of(of.pk).filter(purpose="messages").update(withdrawn_at=NOON, withdrawn_by=of.pk)


def refuse(of: Resident, template: str) -> None:
    made(MessageChoice(resident=of, template=template, channel="sms", wanted=False, changed_at=NOON))


def test_a_notice_becomes_an_sms_to_the_verified_number(people: People) -> None:
    change(people.helanfang, phone="19900000099")
    line(people.helanfang)
    assert (sweep(), told()) == (1, [("report_ready", "sms", FANG)])


def test_a_second_sweep_tells_nobody(people: People) -> None:
    line(people.helanfang)
    assert (sweep(), sweep(), len(told())) == (1, 0, 1)


def test_four_sweeps_at_once_tell_each_once(people: People) -> None:
    for _turn in range(40):
        line(people.helanfang)
    start = Barrier(4)

    def run() -> None:
        start.wait()
        while sweep():
            pass
        connections.close_all()

    sweeps = [Thread(target=run) for _ in range(4)]
    for thread in sweeps:
        thread.start()
    for thread in sweeps:
        thread.join()
    with acting_as("owner"):
        assert (Delivery.objects.count(), Notice.objects.untold().count()) == (40, 0)


def test_a_sweep_that_dies_tells_again(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    line(people.helanfang)
    with monkeypatch.context() as broken:
        broken.setattr(Delivery.objects, "bulk_create", lambda *_args, **_options: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            sweep()
    assert (sweep(), len(told())) == (1, 1)


def questions() -> int:
    with acting_as("worker"), CaptureQueriesContext(connections["worker"]) as asked:
        spreading.spread(NOON)
    return len(asked)


def test_a_batch_asks_the_same_questions_for_one_and_for_thirty(people: People) -> None:
    line(people.helanfang)
    sweep()  # the dated settings are kept from here on
    line(people.helanfang)
    for_one = questions()
    for turn in range(30):
        line(people.wangjianguo if turn % 2 else people.helanfang)
    assert (for_one, questions()) == (for_one, for_one)


def test_without_an_account_the_number_noted_at_the_facility_is_told(people: People) -> None:
    person = factories.resident("周平", phone="19900000077")
    factories.consent(person, "messages")
    line(person)
    sweep()
    assert told() == [("report_ready", "sms", "19900000077")]


def test_a_number_that_was_not_verified_is_not_told(people: People) -> None:
    change(people.helanfang_account, phone_verified_at=None)
    line(people.helanfang)
    assert (sweep(), told()) == (1, [])


def test_without_consent_nothing_but_warnings_leaves(people: People) -> None:
    no_consent(people.helanfang)
    for kind in ("report_ready", "booked", "case_answered", "first_access", "new_device"):
        line(people.helanfang, kind)
    sweep()
    assert [template for template, *_rest in told()] == ["first_access", "new_device"]


def test_what_somebody_does_not_want_stays_in_the_inbox(people: People) -> None:
    refuse(people.helanfang, "booked")
    line(people.helanfang, "booked"), line(people.helanfang, "report_ready")
    sweep()
    assert told() == [("report_ready", "sms", FANG)]


def test_a_warning_cannot_be_refused(people: People) -> None:
    refuse(people.helanfang, "new_device")
    line(people.helanfang, "new_device")
    sweep()
    assert told() == [("new_device", "sms", FANG)]


def test_the_dead_get_no_message(people: People) -> None:
    change(people.helanfang, deceased_on=NOON.date())
    factories.delegation(people.helanfang, people.hexiaoyu, "notices")
    line(people.helanfang)
    assert (sweep(), told()) == (1, [])


def test_without_sms_there_is_only_the_line(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages_port, "sms", NoSms)
    line(people.helanfang)
    assert (sweep(), told()) == (1, [])


def test_an_old_line_is_not_told_after_days(people: People) -> None:
    line(people.helanfang, created_at=NOON - timedelta(hours=73))
    assert (sweep(), told()) == (1, [])


def test_a_number_that_cannot_be_opened_stops_nobody(people: People) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE residents_account SET phone = 'garbage' WHERE id = %s", [people.helanfang_account.pk])
    line(people.helanfang), line(people.wangjianguo)
    sweep()
    assert [address for *_rest, address in told()] == ["19900000002"]


# --- notices that the database writes by itself -----------------------------------------------------------------------
def test_an_emergency_opening_by_night_reaches_the_phone_at_once(people: People, signed_in: Any, at: Clock) -> None:
    with at(NOON.replace(hour=23)):
        client = signed_in(people.chenyisheng)
        with seeing(client.session.get(TOKEN)), transaction.atomic():
            openings.open_in_emergency(
                document=documents.read(HELANFANG_NUMBER, NOON.date()),
                name="",
                born=None,
                facility_id=people.county.pk,
                reason="昏迷送来急诊",
                origin=openings.Origin("127.0.0.1", "REF"),
            )
        work()
    with acting_as("owner"):
        states = dict(Delivery.objects.values_list("template", "status"))
    assert states == {"emergency_access": "sent", "first_access": "waiting"}


# --- helpers ---------------------------------------------------------------------------------------------------------
def test_a_helper_who_asked_for_it_hears_that_there_is_something(people: People) -> None:
    factories.delegation(people.helanfang, people.hexiaoyu, "notices")
    line(people.helanfang)
    sweep()
    assert told() == [("family_notice", "sms", YU), ("report_ready", "sms", FANG)]


@pytest.mark.parametrize(
    "fields",
    [
        {"ended_at": NOON},
        {"ends_at": NOON - timedelta(minutes=1)},
        {"starts_at": NOON + timedelta(minutes=1)},
        {"state": "requested"},
        {"scope": ["booking"]},
    ],
    ids=lambda fields: "-".join(fields),
)
def test_a_helper_who_may_not_is_not_told(fields: dict[str, Any], people: People) -> None:
    scope = fields.pop("scope", ["notices"])
    factories.delegation(people.helanfang, people.hexiaoyu, *scope, **fields)
    line(people.helanfang)
    sweep()
    assert [template for template, *_rest in told()] == ["report_ready"]


def test_a_helper_is_not_told_once_the_person_takes_the_consent_back(people: People) -> None:
    factories.delegation(people.helanfang, people.hexiaoyu, "notices")
    with acting_as("owner"):
        Consent.objects.of(people.helanfang.pk).filter(purpose="delegates").update(
            withdrawn_at=NOON, withdrawn_by=people.helanfang_account.pk
        )
    line(people.helanfang)
    sweep()
    assert "family_notice" not in [template for template, *_rest in told()]


def test_a_helper_can_refuse_family_messages(people: People) -> None:
    factories.delegation(people.helanfang, people.hexiaoyu, "notices")
    made(
        MessageChoice(resident=people.hexiaoyu, template="family_notice", channel="sms", wanted=False, changed_at=NOON)
    )
    line(people.helanfang)
    sweep()
    assert [template for template, *_rest in told()] == ["report_ready"]


def test_a_phone_two_people_share_rings_once(people: People) -> None:
    change(people.hexiaoyu_account, phone=FANG)
    factories.delegation(people.helanfang, people.hexiaoyu, "notices")
    line(people.helanfang)
    sweep()
    assert told() == [("report_ready", "sms", FANG)]


def test_a_child_without_a_phone_is_told_through_the_guardian(people: People) -> None:
    child = factories.resident("贺小苗", factories.id_number(NOON.date().replace(year=2020), 31))
    factories.delegation(child, people.hexiaoyu, "notices", relation="guardian")
    line(child)
    sweep()
    assert told() == [("family_notice", "sms", YU)]


def test_of_an_adult_the_former_guardian_hears_nothing(people: People) -> None:
    grown = factories.resident("贺小禾", factories.id_number(NOON.date().replace(year=2008), 33))
    factories.delegation(grown, people.hexiaoyu, "notices", relation="guardian")
    line(grown)
    assert (sweep(), told()) == (1, [])


# --- WeChat ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def wechat(monkeypatch: pytest.MonkeyPatch) -> None:
    class Open(NoWechat):
        available = True

    monkeypatch.setattr(messages_port, "wechat", Open)


def test_who_bound_the_official_account_is_told_there_too(people: People, wechat: None) -> None:
    bind(people.helanfang_account)
    line(people.helanfang)
    sweep()
    assert told() == [("report_ready", "sms", FANG), ("report_ready", "wechat", "o-fang")]


def test_who_wants_wechat_only_gets_no_sms(people: People, wechat: None) -> None:
    bind(people.helanfang_account)
    refuse(people.helanfang, "booked")
    line(people.helanfang, "booked")
    sweep()
    assert told() == [("booked", "wechat", "o-fang")]


def test_nobody_writes_to_the_dead_by_wechat(people: People, wechat: None) -> None:
    bind(people.helanfang_account)
    change(people.helanfang, deceased_on=NOON.date())
    line(people.helanfang)
    assert (sweep(), told()) == (1, [])


def test_who_unbound_it_is_not_told_there(people: People, wechat: None) -> None:
    change(bind(people.helanfang_account), ended_at=NOON)
    line(people.helanfang)
    sweep()
    assert told() == [("report_ready", "sms", FANG)]


# --- what the worker may know ----------------------------------------------------------------------------------------
def test_the_worker_sees_no_account(people: People) -> None:
    with acting_as("worker"), pytest.raises(Exception, match="permission denied"):
        Account.objects.exists()


@pytest.mark.parametrize("function", ["message_addresses", "message_delegates"])
def test_the_web_login_cannot_ask_for_anybodys_number(function: str, people: People) -> None:
    with connections["default"].cursor() as cursor, pytest.raises(Exception, match="permission denied"):
        cursor.execute(f"SELECT * FROM app.{function}(%s)", [[people.helanfang.pk]])
