"""怎样通知我: each person chooses for themselves; the inbox and the warnings are not for choosing."""

from collections.abc import Callable

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from foundation.crypto import blind_index
from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from residents import messages_port
from residents.authorities.port import configured
from residents.message_texts import CHOSEN
from residents.messages_port import NoSms, NoWechat
from residents.models import Account, Binding, MessageChoice
from tests import factories
from tests.factories import NOON, made
from tests.people import People

Enter = Callable[[Account], Client]
PAGE = "/me/messages/"


@pytest.fixture(autouse=True)
def wechat(monkeypatch: pytest.MonkeyPatch) -> None:
    class Open(NoWechat):
        available = True

    monkeypatch.setattr(messages_port, "wechat", Open)


def refused() -> set[tuple[str, str]]:
    with acting_as("owner"):
        return set(MessageChoice.objects.refused().values_list("template", "channel"))


def ticks(page: str) -> int:
    return page.count("checked")


def test_the_page_is_where_the_urls_say() -> None:
    assert reverse("residents:messages") == PAGE


def test_at_first_everything_is_on(people: People, signed_in: Enter) -> None:
    page = signed_in(people.helanfang_account).get(PAGE).content.decode()
    assert ticks(page) == 2 * len(CHOSEN) and "199****0001" in page


def test_what_is_ticked_stays_on_and_the_rest_is_off(people: People, signed_in: Enter) -> None:
    client = signed_in(people.helanfang_account)
    answer = client.post(PAGE, {"booked": ["sms", "wechat"], "report_ready": ["wechat"], "booking_cancelled": ["sms"]})
    assert answer.status_code == 302
    assert {("report_ready", "sms"), ("family_notice", "sms")} <= refused() and ("booked", "sms") not in refused()
    assert ticks(client.get(PAGE).content.decode()) == 4


def test_choosing_again_changes_the_same_rows(people: People, signed_in: Enter) -> None:
    client = signed_in(people.helanfang_account)
    client.post(PAGE, {})
    client.post(PAGE, {"booked": ["sms"]})
    with acting_as("owner"):
        assert MessageChoice.objects.count() == 2 * len(CHOSEN) == len(refused()) + 1


def test_a_warning_is_not_on_the_page(people: People, signed_in: Enter) -> None:
    client = signed_in(people.helanfang_account)
    client.post(PAGE, {"new_device": []})
    assert "new_device" not in {template for template, _channel in refused()}
    assert 'name="new_device"' not in client.get(PAGE).content.decode()


def test_another_channel_cannot_be_smuggled_in(people: People, signed_in: Enter) -> None:
    answer = signed_in(people.helanfang_account).post(PAGE, {"booked": ["email"]})
    assert answer.status_code == 200 and refused() == set()


def test_a_helper_chooses_for_themselves_only(people: People, signed_in: Enter) -> None:
    factories.delegation(people.helanfang, people.hexiaoyu, "notices")
    signed_in(people.hexiaoyu_account).post(PAGE, {})
    with acting_as("owner"):
        assert set(MessageChoice.objects.values_list("resident_id", flat=True)) == {people.hexiaoyu.pk}


def test_nobody_chooses_for_a_stranger(people: People, signed_in: Enter) -> None:
    row = MessageChoice(resident=people.helanfang, template="booked", channel="sms", wanted=False, changed_at=NOON)
    client = signed_in(people.wangjianguo_account)
    with (
        seeing(client.session.get(TOKEN)),
        pytest.raises(DatabaseError, match="row-level security"),
        transaction.atomic(),
    ):
        row.save(force_insert=True)


def test_without_consent_the_page_says_what_that_means(people: People, signed_in: Enter) -> None:
    person = factories.resident("周平")
    client = signed_in(factories.account(person, phone="19900000055", consents=()))
    assert "您还没有同意接收提醒" in client.get(PAGE).content.decode()


def test_who_bound_wechat_is_told_so(people: People, signed_in: Enter) -> None:
    client = signed_in(people.helanfang_account)
    assert "还没有绑定" in client.get(PAGE).content.decode()
    index = blind_index("openid", "o-1")
    made(
        Binding(
            account=people.helanfang_account,
            authority="wechat",
            issuer=configured()["wechat"].app_id,
            subject="o-1",
            subject_index=index,
            level=3,
            bound_at=NOON,
        )
    )
    assert "还没有绑定" not in client.get(PAGE).content.decode()


def test_a_portal_without_channels_has_nothing_to_choose(
    people: People, signed_in: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages_port, "sms", NoSms)
    monkeypatch.setattr(messages_port, "wechat", NoWechat)
    page = signed_in(people.helanfang_account).get(PAGE).content.decode()
    assert "还没有开通短信和微信" in page and '<form method="post" class="form"' not in page


def test_a_staff_account_has_no_such_page(people: People, signed_in: Enter) -> None:
    assert signed_in(people.zhangqiantai).get(PAGE).status_code in {302, 403}
