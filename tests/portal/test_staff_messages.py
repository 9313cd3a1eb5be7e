"""短信与消息: the bureau counts messages and never sees to whom they went."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from foundation.clock import now
from residents.models import Account, Delivery, MessageSpending
from tests import factories
from tests.factories import made
from tests.people import People

Enter = Callable[[Account], Client]


def message(key: str, status: str = "sent", **fields: Any) -> Delivery:
    dates = {"sent_at": now()} if status in {"sent", "delivered"} else {}
    dates |= {"delivered_at": now()} if status == "delivered" else {}
    fields = {"recipient": "19900000001", "parameters": "{}", "due_at": now(), "cost_fen": 5} | dates | fields
    return made(Delivery(template="booked", key=key, status=status, **fields))


def page(client: Client) -> str:
    return client.get(reverse("staff:messages")).content.decode()


def cells(text: str) -> list[str]:
    row = text.split('<th role="rowheader" scope="row">短信</th>')[1].split("</tr>")[0]
    return re.findall(r"<td[^>]*>(.*?)</td>", row)


def test_the_days_messages_are_counted_by_state_and_cost(people: People, signed_in: Enter) -> None:
    message("1"), message("2", "delivered"), message("3", "failed", error="手机关机。")
    message("4", "waiting", waits_for="budget", cost_fen=0)
    assert cells(page(signed_in(people.administrator))) == ["2", "1", "1", "1", "1", "0.15"]


def test_why_messages_did_not_leave_is_shown_without_to_whom(people: People, signed_in: Enter) -> None:
    message("1", "failed", error="腾讯云短信套餐余量不足，请购买套餐包。")
    text = page(signed_in(people.administrator))
    assert "套餐余量不足" in text and "19900000001" not in text


def test_a_pot_that_is_used_up_is_said_here_and_on_the_desk(people: People, signed_in: Enter) -> None:
    today = factories.NOON.__class__.now(factories.SHANGHAI).date()
    made(MessageSpending(day=today, pot="notices", spent_fen=30_000, reached_at=now()))
    client = signed_in(people.administrator)
    assert "已用完" in page(client) and "300.00" in page(client)
    desk = client.get(reverse("staff:index")).context["groups"]
    assert [card.count for group in desk for card in group.cards if str(card.title) == "短信与消息"] == [1]


@pytest.mark.parametrize("who", ["zhangqiantai", "chenyisheng", "editor"])
def test_nobody_else_on_the_staff_sees_it(who: str, people: People, signed_in: Enter) -> None:
    assert signed_in(getattr(people, who)).get(reverse("staff:messages")).status_code == 403


def test_an_engineer_of_a_facility_counts_nothing(people: People, signed_in: Enter) -> None:
    message("1")
    elsewhere = factories.staff("tuozhan", "外院工程师", people.county, "engineer")
    assert "这些天没有消息发出" in page(signed_in(elsewhere))
