"""Staff without a second factor walk every address of the staff site: each role gets nothing but the detour."""

from typing import Any

import pytest
from django.test import Client

from tests.portal.test_second_factor_first import answers, scene

__all__ = ["scene"]


@pytest.mark.parametrize("who", ["zhangqiantai", "chenyisheng", "editor", "reviewer"])
def test_without_a_factor_no_address_answers(who: str, scene: Any) -> None:
    client = Client()
    client.force_login(getattr(scene.people, who))
    assert answers(client, scene) == {}
