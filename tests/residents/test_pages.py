"""我的, 消息, 谁看过我的档案, 长辈版: a person's own pages, and only the person's."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation.keys import uuid7
from foundation.rowsecurity import acting_as
from residents import presenters
from residents.models import AccessEvent, Account, Identifier, Notice, Resident, Verification
from tests import factories
from tests.factories import NOON
from tests.people import HELANFANG_NUMBER, People

SignedIn = Callable[[Account], Client]


def text(client: Client, name: str, *args: Any, **query: Any) -> str:
    return client.get(reverse(f"residents:{name}", args=args), query).content.decode()


def notice(of: Resident, minutes: int = 0, **fields: Any) -> Notice:
    fields = {"kind": "report_ready", "subject_id": uuid7(), "created_at": NOON + timedelta(minutes=minutes)} | fields
    return factories.made(Notice(resident=of, **fields))


def event(of: Resident, minutes: int = 0, **fields: Any) -> AccessEvent:
    fields = {"action": "records.read_report", "actor_name": "陈医生", "actor_id": uuid7()} | fields
    return factories.made(AccessEvent(at=NOON + timedelta(minutes=minutes), resident_id=of.pk, **fields))


def test_my_number_and_phone_are_masked(people: People, signed_in: SignedIn) -> None:
    page = text(signed_in(people.helanfang_account), "me")
    assert "640***********0125" in page and "199****0001" in page
    assert HELANFANG_NUMBER not in page and "19900000001" not in page


def test_my_page_writes_no_event(people: People, signed_in: SignedIn) -> None:
    client = signed_in(people.helanfang_account)
    text(client, "me")
    text(client, "access_log")
    with acting_as("owner"):
        assert not AccessEvent.objects.exists()


@pytest.mark.parametrize(("level", "said"), [(0, "未实名"), (1, "L1 自行登记"), (2, "L2 与已有档案相符"), (3, "L3")])
def test_my_level_is_explained(db: None, signed_in: SignedIn, level: int, said: str) -> None:
    account = factories.account(factories.resident("某人"), level=level)
    assert said in text(signed_in(account), "me")


def test_a_proof_that_was_revoked_or_ended_does_not_count(people: People, signed_in: SignedIn) -> None:
    with acting_as("owner"):
        Verification.objects.filter(account=people.helanfang_account).update(revoked_at=NOON)
        Verification.objects.filter(account=people.wangjianguo_account).update(valid_until=NOON - timedelta(days=1))
    assert "未实名" in text(signed_in(people.helanfang_account), "me")
    assert "未实名" in text(signed_in(people.wangjianguo_account), "me")


@pytest.mark.parametrize("name", ["me", "notices", "access_log"])
def test_signed_out_leads_to_the_door(people: People, client: Client, name: str) -> None:
    assert client.get(reverse(f"residents:{name}")).url.startswith(reverse("account_login"))


@pytest.mark.parametrize("name", ["me", "notices", "access_log"])
def test_staff_have_no_page_of_their_own(people: People, signed_in: SignedIn, name: str) -> None:
    assert signed_in(people.zhangqiantai).get(reverse(f"residents:{name}")).status_code == 403


@pytest.mark.parametrize("name", ["me", "notices", "access_log"])
def test_no_cache_may_keep_my_pages(people: People, signed_in: SignedIn, name: str) -> None:
    answer = signed_in(people.helanfang_account).get(reverse(f"residents:{name}"))
    assert "no-store" in answer.headers["Cache-Control"]


def test_the_inbox_says_that_something_is_there(people: People, signed_in: SignedIn) -> None:
    notice(people.helanfang)
    page = text(signed_in(people.helanfang_account), "notices")
    assert "您的检查检验报告已出" in page and "未读" in page


def test_the_inbox_is_the_persons_own(people: People, signed_in: SignedIn) -> None:
    notice(people.wangjianguo)
    assert "您的检查检验报告已出" not in text(signed_in(people.helanfang_account), "notices")


def test_opening_a_line_marks_it_and_leads_there(people: People, signed_in: SignedIn) -> None:
    line = notice(people.helanfang)
    answer = signed_in(people.helanfang_account).post(reverse("residents:open_notice", args=[line.pk]))
    assert answer.url == reverse("records:reports")
    assert _read_at(line) is not None


def test_a_strangers_line_is_not_found(people: People, signed_in: SignedIn) -> None:
    line = notice(people.helanfang)
    answer = signed_in(people.wangjianguo_account).post(reverse("residents:open_notice", args=[line.pk]))
    assert answer.status_code == 404 and _read_at(line) is None


def test_looking_at_the_inbox_marks_nothing(people: People, signed_in: SignedIn) -> None:
    line = notice(people.helanfang)
    client = signed_in(people.helanfang_account)
    text(client, "notices")
    assert client.get(reverse("residents:open_notice", args=[line.pk])).status_code == 405
    assert _read_at(line) is None


def test_all_lines_can_be_marked_at_once(people: People, signed_in: SignedIn) -> None:
    mine, other = notice(people.helanfang), notice(people.wangjianguo)
    signed_in(people.helanfang_account).post(reverse("residents:read_all_notices"))
    assert _read_at(mine) is not None and _read_at(other) is None


def test_a_long_inbox_is_cut_into_pages(people: People, signed_in: SignedIn) -> None:
    for minutes in range(25):
        notice(people.helanfang, minutes)
    client = signed_in(people.helanfang_account)
    first, second = (text(client, "notices", page=number).count('class="row-main"') for number in (1, 2))
    assert (first, second) == (20, 5)


@pytest.mark.parametrize("name", ["notices", "access_log"])
def test_a_list_costs_the_same_for_one_row_and_fifty(people: People, signed_in: SignedIn, name: str) -> None:
    client = signed_in(people.helanfang_account)
    notice(people.helanfang)
    event(people.helanfang, facility_id=people.county.pk)
    few = _queries(client, name)
    for minutes in range(50):
        notice(people.helanfang, minutes)
        event(people.helanfang, minutes, facility_id=people.county.pk)
    assert _queries(client, name) == few <= 10


@pytest.mark.parametrize("action", ["records.something_new", "staff.new", "unknown", ""])
def test_a_deed_without_words_of_its_own_is_named_all_the_same(action: str) -> None:
    assert str(presenters.action_words(action))


@pytest.mark.parametrize(
    ("number", "masked"),
    [("640199195702130125", "640***********0125"), ("E12345678", "E*******8"), ("P123456789", "P12***6789")],
)
def test_a_number_is_masked(number: str, masked: str) -> None:
    assert presenters.masked_number(number) == masked


def test_each_document_of_mine_is_shown(people: People, signed_in: SignedIn) -> None:
    factories.made(Identifier(resident=people.helanfang, kind="passport", value="E12345678", index=b"x" * 32))
    assert "E*******8" in text(signed_in(people.helanfang_account), "me")


def test_the_card_counts_unread_lines(people: People, signed_in: SignedIn) -> None:
    notice(people.helanfang)
    notice(people.helanfang, 1, read_at=NOON)
    page = signed_in(people.helanfang_account).get(reverse("home")).content.decode()
    assert "您有 1 条新消息" in page


def test_the_card_is_silent_for_staff_and_visitors(people: People) -> None:
    for user in (people.zhangqiantai, None):
        request = RequestFactory().get("/")
        request.user = user
        card = Template("{% load residents_home %}{% unread_notices %}").render(Context({"request": request}))
        assert card.strip() == ""


def test_the_elders_look_is_remembered_here_for_a_year(db: None, client: Client) -> None:
    answer = client.post(reverse("residents:display"), {"mode": "elder", "next": "/accounts/login/"})
    assert (answer.url, answer.cookies["display"]["max-age"]) == ("/accounts/login/", 365 * 24 * 3600)
    assert 'data-mode="elder"' in client.get(reverse("account_login")).content.decode()


def test_the_elders_look_is_remembered_for_the_account(people: People, signed_in: SignedIn) -> None:
    signed_in(people.helanfang_account).post(reverse("residents:display"), {"mode": "elder"})
    elsewhere = signed_in(people.helanfang_account)
    assert 'data-mode="elder"' in text(elsewhere, "me")


@pytest.mark.parametrize("place", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_the_switch_sends_nobody_elsewhere(db: None, client: Client, place: str) -> None:
    assert client.post(reverse("residents:display"), {"mode": "elder", "next": place}).url == reverse("home")


@pytest.mark.parametrize("mode", ["", "huge", "<script>"])
def test_an_unknown_look_is_refused(db: None, client: Client, mode: str) -> None:
    assert client.post(reverse("residents:display"), {"mode": mode}).status_code == 400


def _read_at(line: Notice) -> Any:
    with acting_as("owner"):
        return Notice.objects.get(pk=line.pk).read_at


def _queries(client: Client, name: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        text(client, name)
    return len(queries)
