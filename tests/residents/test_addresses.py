"""Whose address the access log keeps: the client's, and nobody's word for it unless a proxy of ours says so."""

import pytest
from django.test import RequestFactory, override_settings

from residents.access import address_of


def test_a_forwarded_address_is_not_believed_without_a_proxy() -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="10.1.1.1", HTTP_X_FORWARDED_FOR="203.0.113.9")
    assert address_of(request) == "10.1.1.1"


@pytest.mark.parametrize("claimed", ["203.0.113.9", "198.51.100.1, 203.0.113.9"])
def test_behind_one_proxy_its_word_alone_counts(claimed: str) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR=claimed)
    with override_settings(ALLAUTH_TRUSTED_PROXY_COUNT=1):
        assert address_of(request) == "203.0.113.9"
