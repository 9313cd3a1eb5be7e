"""No page of a record asks the database more than six times: not for one row of each kind, nor for five thousand."""

from collections.abc import Callable

from django.test import Client

from residents.models import Account
from tests import factories
from tests.bench.record_pages import addresses, prepare
from tests.budget import cost
from tests.people import People

MOST = 6


def costs(people: People, client: Client) -> dict[str, int]:
    """The statements of each page beyond the frame."""
    return {what: cost(client, address).beyond_the_frame for what, address in addresses(client).items()}


def test_no_page_asks_more_than_six_times(people: People, signed_in: Callable[[Account], Client]) -> None:
    client, feed = signed_in(people.helanfang_account), factories.source(people.county)
    prepare(people.helanfang, feed)
    many = costs(people, client)
    assert {what: number for what, number in many.items() if number > MOST} == {}


def test_no_page_asks_more_than_six_times_where_there_is_one_row_of_each_kind(
    people: People, signed_in: Callable[[Account], Client]
) -> None:
    client, feed = signed_in(people.helanfang_account), factories.source(people.county)
    prepare(people.helanfang, feed, most=1)
    assert {what: number for what, number in costs(people, client).items() if number > MOST} == {}
