"""Whoever reads a share, or checks a copy, is on no page of a record of their own."""

import re

import pytest
from django.test import Client
from django.urls import reverse


@pytest.mark.parametrize("address", ["records:shared", "records:shared_open", "records:verify_form"])
def test_no_room_is_marked_as_the_readers_own(address: str, db: None) -> None:
    page = Client().get(reverse(address)).content.decode()
    nav = re.search(r'<nav class="nav".*?</nav>', page, flags=re.DOTALL)
    assert nav is not None and "aria-current" not in nav[0]
