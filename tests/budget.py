"""Counting statements: what every private page pays, and what a page may cost beyond it."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

# Session and account on the sign-in connection, the token of the transaction, one event of the access log.
# BEGIN and COMMIT are not counted: the driver sends them with the first and after the last statement.
FRAME = 4
# A page that shows health data pays one more: the tally of the read, written over the sign-in connection.
TALLY = 'INSERT INTO "residents_readtally"'


@dataclass(frozen=True)
class Cost:
    """The statements of one request, by connection."""

    web: list[str]
    signin: list[str]

    @property
    def beyond_the_frame(self) -> int:
        counted = len(self.web) + len(self.signin) + 1  # the token is set below the layer that counts
        return counted - FRAME - len(self.tallies)

    @property
    def tallies(self) -> list[str]:
        """The tallies of this request: one where it read health data."""
        return [text for text in self.signin if text.startswith(TALLY)]


def cost(client: Client, address: str, before: Callable[[], object] = int) -> Cost:
    """What a GET of `address` costs; it must answer 200. Asked twice, so that caches are warm.

    `before` is called between the two, to make cold what should be.
    """
    client.get(address)
    before()
    with CaptureQueriesContext(connections["default"]) as web, CaptureQueriesContext(connections["signin"]) as signin:
        assert client.get(address).status_code == 200
    return Cost(statements(web), statements(signin))


def statements(captured: CaptureQueriesContext) -> list[str]:
    texts = [query["sql"] for query in captured.captured_queries]
    return [text for text in texts if text not in {"BEGIN", "COMMIT", "ROLLBACK"}]
