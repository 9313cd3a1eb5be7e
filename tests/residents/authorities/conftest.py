"""A platform and WeChat on a socket, set up as this county's authorities."""

from collections.abc import Iterator

import pytest
from django.core.cache import caches

from foundation.dated import REGISTRY, Registered
from residents.authorities import port
from tests.residents import authority_server
from tests.residents.authorities import visits


@pytest.fixture
def server(settings: object) -> Iterator[authority_server.AuthorityServer]:
    """The fake authorities, and the portal's settings that lead to them."""
    with authority_server.running() as running:
        settings.OIDC_ISSUER = running.issuer
        settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = authority_server.CLIENT, authority_server.SECRET
        settings.OIDC_NAME = "省身份认证平台"
        settings.AUTHORITIES = ["residents.authorities.oidc.from_settings", "tests.residents.authorities.visits.wechat"]
        visits.SERVER = running.issuer
        fresh()
        yield running
        fresh()


def fresh() -> None:
    """Nothing remembered of another test's server."""
    port._load.cache_clear()
    caches["memory"].clear()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """One second for a whole round trip."""
    name = "identity.authority_seconds"
    monkeypatch.setitem(REGISTRY, name, Registered(name, 1, ""))
