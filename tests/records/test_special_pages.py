"""What is of special sensitivity is read by its person alone, after a fresh proof, with each look written down."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from records.exchange.models import Source
from records.models import Condition, Report
from tests import factories
from tests.budget import cost
from tests.factories import NOON
from tests.people import People
from tests.portal.staffing import Enter
from tests.records import rows
from tests.records.rows import actions, read

Clock = Callable[[datetime], AbstractContextManager[Any]]
NAMES = ("特殊病种检查", "55.5", "某诊断")


@pytest.fixture(autouse=True)
def noon(at: Clock) -> Iterator[None]:
    with at(NOON):
        yield


@pytest.fixture
def kept(people: People, feed: Source) -> Report:
    """A report that the facility lets be read online, and a diagnosis that it hands over in person."""
    rows.statement(Condition, people.helanfang, feed, name="某诊断", sensitivity=5, release="withheld")
    item = {"name": "某项", "value_text": "55.5", "sensitivity": 5}
    return rows.panel(people.helanfang, feed, NOON, item, title="特殊病种检查", sensitivity=5)


def test_after_a_proof_she_finds_what_is_hers(kept: Report, hers: Client) -> None:
    page = read(hers, "special")
    assert [word for word in ("特殊病种检查", "县人民医院", "请带身份证到机构领取") if word not in page] == []


def test_what_is_handed_over_in_person_is_not_named(kept: Report, hers: Client) -> None:
    assert "某诊断" not in read(hers, "special")


def test_what_may_be_read_online_opens_with_its_results(kept: Report, hers: Client) -> None:
    page = read(hers, "special_entry", "report", kept.pk)
    assert ("特殊病种检查" in page, "55.5" in page) == (True, True)


def test_what_is_handed_over_in_person_does_not_open(kept: Report, people: People, feed: Source, hers: Client) -> None:
    held = factories.report(people.helanfang, feed, sensitivity=5, release="withheld")
    assert hers.get(reverse("records:special_entry", args=["report", held.pk])).status_code == 404


def test_an_ordinary_entry_is_none_of_these(people: People, feed: Source, hers: Client) -> None:
    plain = factories.report(people.helanfang, feed)
    assert hers.get(reverse("records:special_entry", args=["report", plain.pk])).status_code == 404


def test_each_look_is_written_down(kept: Report, hers: Client) -> None:
    read(hers, "special")
    read(hers, "special_entry", "report", kept.pk)
    assert sorted(actions()) == ["records.list_special", "records.read_special"]


@pytest.mark.parametrize("page", ["list", "entry"])
def test_six_minutes_later_she_proves_it_again(kept: Report, hers: Client, at: Clock, page: str) -> None:
    name, values = ("special", []) if page == "list" else ("special_entry", ["report", kept.pk])
    address = reverse(f"records:{name}", args=values)
    with at(NOON + timedelta(minutes=6)):
        answer = hers.get(address)
    assert (answer.status_code, "reauthenticate" in answer["Location"], actions()) == (302, True, [])


def test_the_page_closes_itself_when_the_proof_is_over(kept: Report, hers: Client, at: Clock) -> None:
    with at(NOON + timedelta(minutes=3)):
        page = read(hers, "special")
    home = reverse("records:home")
    assert f'<noscript><meta http-equiv="refresh" content="120;url={home}"></noscript>' in page
    assert f'data-closes-seconds="120" data-closes-to="{home}"' in page


def test_no_browser_keeps_it(kept: Report, hers: Client) -> None:
    assert hers.get(reverse("records:special"))["Cache-Control"] == "no-store"


def test_a_daughter_who_may_read_everything_else_is_told_why_not(
    kept: Report, people: People, signed_in: Enter
) -> None:
    factories.delegation(people.helanfang, people.hexiaoyu, "records", "results", "identity")
    daughter = signed_in(people.hexiaoyu_account)
    daughter.post(reverse("residents:act"), {"resident": str(people.helanfang.pk)})
    for address in (reverse("records:special"), reverse("records:special_entry", args=["report", kept.pk])):
        answer = daughter.get(address)
        page = answer.content.decode()
        assert (answer.status_code, [word for word in NAMES if word in page]) == (403, [])


def test_a_stranger_finds_nothing_of_it(kept: Report, people: People, signed_in: Enter) -> None:
    stranger = signed_in(people.wangjianguo_account)
    assert "特殊病种检查" not in read(stranger, "special")
    assert stranger.get(reverse("records:special_entry", args=["report", kept.pk])).status_code == 404


def test_it_stays_out_of_every_list(kept: Report, hers: Client) -> None:
    pages = [read(hers, name) for name in ("reports", "items", "home")] + [read(hers, "search", q="特殊病种")]
    assert [word for word in ("特殊病种检查</", "55.5", str(kept.pk)) if word in "".join(pages)] == []


def test_many_cost_as_many_statements_as_one(kept: Report, people: People, feed: Source, hers: Client) -> None:
    few = cost(hers, reverse("records:special")).beyond_the_frame
    for _number in range(20):
        factories.report(people.helanfang, feed, sensitivity=5)
    assert cost(hers, reverse("records:special")).beyond_the_frame == few <= 6
