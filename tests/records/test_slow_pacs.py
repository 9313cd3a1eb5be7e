"""While a PACS draws a picture, the database has nothing open for it; and the look is on record whatever comes."""

from typing import Any

import pytest

from residents.models import AccessEvent
from tests.exchange.conftest import rows
from tests.exchange.pacs.peer import Reply
from tests.faults.breaking import ask
from tests.people import People
from tests.records.test_images import Pacs, SignIn, feed, pictures, report

__all__ = ["feed", "report"]

# A transaction holds a lock at least on itself; what a login does now is not shown to anybody.
OPEN = (
    "SELECT count(DISTINCT pid) FROM pg_locks JOIN pg_stat_activity USING (pid)"
    " WHERE datname = current_database() AND usename = 'portal_web'"
)
LOGGED = "SELECT count(*) FROM residents_accessevent WHERE action = 'records.view_picture'"


class Looking(Pacs):
    """Notes what the database has open, and in its access log, each time that it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[int, int]] = []

    def __call__(self, path: str, headers: Any) -> Reply:
        self.seen.append((ask(OPEN)[0][0], ask(LOGGED)[0][0]))
        return super().__call__(path, headers)


@pytest.fixture(name="pacs")
def looking() -> Pacs:
    return Looking()


def test_no_transaction_is_open_while_the_pacs_answers(
    pacs: Looking, people: People, report: Any, signed_in: SignIn
) -> None:
    client = signed_in(people.helanfang_account)
    listed = pictures(client, report)
    client.get(listed[0])
    assert [opened for opened, _logged in pacs.seen] == [0] * len(pacs.seen)
    assert len(pacs.seen) >= 2


def test_a_look_is_on_record_before_the_pacs_is_asked_for_the_picture(
    pacs: Looking, people: People, report: Any, signed_in: SignIn
) -> None:
    client = signed_in(people.helanfang_account)
    listed = pictures(client, report)
    pacs.seen.clear()
    assert client.get(listed[0]).status_code == 200
    assert [logged for _opened, logged in pacs.seen] == [1]


def test_a_picture_that_did_not_come_is_on_record_too(
    pacs: Looking, people: People, report: Any, signed_in: SignIn
) -> None:
    client = signed_in(people.helanfang_account)
    (first, *_others) = pictures(client, report)
    pacs.picture = (500, {}, b"")
    assert client.get(first).status_code == 503
    assert [event.subject_id for event in rows(AccessEvent, action="records.view_picture")] == [str(report.pk)]
