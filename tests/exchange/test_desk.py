"""The engineers' desk on the staff site."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from records.exchange import pushing
from records.exchange.models import CodeMapping, Held, PushKey, Source
from residents.models import AccessEvent, Account
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.sending import deliver, observation
from tests.people import People

Enter = Callable[[Account], Client]
WORDS = "机构已更正并重新发送"


@pytest.fixture
def engineer(people: People, signed_in: Enter) -> Client:
    return signed_in(people.engineer)


@pytest.fixture
def held(people: People) -> Held:
    """One held message of the county hospital."""
    deliver(factories.source(people.county, "county"), observation())
    (row,) = rows(Held)
    return row


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:exchange_{name}", args=args)


def form(people: People, **fields: Any) -> dict[str, Any]:
    return {
        "facility": str(people.county.pk),
        "code": "county-fhir",
        "name": "县人民医院接口",
        "kind": "fhir_r4",
        "address": "https://his-front:8443/fhir",
        "allowed_hosts": "HIS-front:8443",
        "credential": "FACILITY_TOKEN_COUNTY",
        "interval_minutes": "15",
        "state": "paused",
        **fields,
    }


def test_an_engineer_adds_and_changes_a_source(engineer: Client, people: People) -> None:
    assert engineer.post(url("source_add"), form(people)).status_code == 302
    (source,) = rows(Source)
    assert source.allowed_hosts == ["his-front:8443"]
    assert engineer.post(url("source_change", source.pk), form(people, interval_minutes="30")).status_code == 302
    assert rows(Source)[0].interval_minutes == 30


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"address": "his-front/fhir"}, "请填写以 http:// 或 https:// 开头的接口地址"),
        ({"allowed_hosts": "his-front"}, "应写成“主机名:端口”"),
        ({"allowed_hosts": "other:8443"}, "接口地址的主机和端口不在这里"),
        ({"credential": "SECRET_KEY"}, "应以 FACILITY_TOKEN_ 开头"),
    ],
)
def test_a_mistake_in_a_source_is_said_on_the_form(
    engineer: Client, people: People, fields: dict[str, str], words: str
) -> None:
    assert words in engineer.post(url("source_add"), form(people, **fields)).content.decode()
    assert rows(Source) == []


def test_an_engineer_makes_a_source_due(engineer: Client, people: People) -> None:
    feed = factories.source(people.county, "fhir", kind="fhir_r4", address="http://x:1", allowed_hosts=["x:1"])
    engineer.post(url("source_changelist"), {"action": "pull_now", "_selected_action": [str(feed.pk)]})
    assert rows(Source)[0].next_pull_at is not None


def test_runs_are_listed_with_their_six_counts(engineer: Client, held: Held) -> None:
    page = engineer.get(url("pull_changelist")).content.decode()
    assert all(word in page for word in ("收到", "新增", "重复", "不需要", "待处理", "失败"))


def test_a_held_message_is_shown_with_reason_and_explanation_and_without_its_text(engineer: Client, held: Held) -> None:
    page = engineer.get(url("held_change", held.pk)).content.decode()
    assert "尚未收到该患者的信息" in page
    assert held.explanation in page
    assert "空腹血糖" not in page


def test_looking_at_a_held_message_is_written_down(engineer: Client, held: Held) -> None:
    engineer.get(url("held_change", held.pk))
    assert [event.subject_id for event in rows(AccessEvent, action="staff.read")] == [str(held.pk)]


def test_another_try_is_a_row_for_the_workers_sweep(engineer: Client, held: Held) -> None:
    engineer.post(url("held_changelist"), {"action": "try_again", "_selected_action": [str(held.pk)]})
    assert rows(Held)[0].retry_requested_at is not None


def test_a_message_is_settled_by_hand_with_words_and_a_name(engineer: Client, people: People, held: Held) -> None:
    assert engineer.post(url("held_change", held.pk), {"resolution": WORDS}).status_code == 302
    (row,) = rows(Held)
    assert (row.resolution, row.resolved_by) == (WORDS, people.engineer.name)
    assert engineer.post(url("held_change", held.pk), {"resolution": "又改"}).status_code == 403


def test_a_message_is_not_settled_without_words(engineer: Client, held: Held) -> None:
    assert "请写明处理结果" in engineer.post(url("held_change", held.pk), {"resolution": " "}).content.decode()


def test_the_list_shows_what_is_open_and_on_request_what_is_done(engineer: Client, held: Held) -> None:
    engineer.post(url("held_change", held.pk), {"resolution": WORDS})
    assert held.explanation not in engineer.get(url("held_changelist")).content.decode()
    assert held.explanation in engineer.get(url("held_changelist"), {"done": "yes"}).content.decode()


def test_a_mapping_belongs_to_the_facility_of_its_source(engineer: Client, people: People) -> None:
    feed = factories.source(people.county, "county")
    fields = {"source": str(feed.pk), "local_code": "GLU", "standard_system": "http://loinc.org"}
    engineer.post(url("codemapping_add"), fields | {"standard_code": "1558-6"})
    assert [row.facility_id for row in rows(CodeMapping)] == [people.county.pk]


@pytest.mark.parametrize("name", ["source_changelist", "pull_changelist", "held_changelist", "codemapping_changelist"])
def test_a_clinician_has_no_business_here(people: People, signed_in: Enter, name: str) -> None:
    assert signed_in(people.chenyisheng).get(url(name)).status_code == 403


@pytest.mark.parametrize("count", [1, 50])
def test_the_list_of_held_messages_takes_the_same_queries_for_one_and_fifty(
    engineer: Client, people: People, count: int, django_assert_max_num_queries: Any
) -> None:
    deliver(factories.source(people.county, "county"), *(observation(id=f"o{n}") for n in range(count)))
    with django_assert_max_num_queries(16):
        engineer.get(url("held_changelist"))


def test_an_engineer_hands_out_a_token_to_push_with_which_is_shown_once(engineer: Client, people: People) -> None:
    feed = factories.source(people.township, "town-push", kind="fhir_push", state="enabled")
    action = {"action": "issue_push_key", "_selected_action": [str(feed.pk)]}
    page = engineer.post(url("source_changelist"), action).content.decode()
    (key,) = rows(PushKey)
    shown = re.search(r'class="push-key">([\w-]+)<', page)
    assert shown and pushing.hash_of(shown[1]) == bytes(key.token_hash)
    assert shown[1] not in engineer.get(url("source_changelist")).content.decode()


def test_tokens_are_taken_back_all_at_once(engineer: Client, people: People) -> None:
    feed = factories.source(people.township, "town-push", kind="fhir_push", state="enabled")
    for action in ("issue_push_key", "revoke_push_keys"):
        engineer.post(url("source_changelist"), {"action": action, "_selected_action": [str(feed.pk)]})
    assert [key.revoked_at is not None for key in rows(PushKey)] == [True]


def test_a_source_that_is_pulled_gets_no_token(engineer: Client, people: People) -> None:
    feed = factories.source(people.township, "town-fhir")
    engineer.post(url("source_changelist"), {"action": "issue_push_key", "_selected_action": [str(feed.pk)]})
    assert rows(PushKey) == []
