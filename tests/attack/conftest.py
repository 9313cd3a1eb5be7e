"""In this room it is noon of the factories' day, and everything of 贺兰芳's is there to be stolen."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.core.cache import cache
from kombu.exceptions import OperationalError

from residents import tasks
from tests.attack.scene import Scene, scene_of
from tests.factories import NOON
from tests.people import People


@pytest.fixture(autouse=True)
def noon(at: Callable[[datetime], Any]) -> Iterator[None]:
    with at(NOON):
        yield
        cache.clear()


@pytest.fixture
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker is woken."""

    def away(**options: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(tasks.send_due, "apply_async", away)


@pytest.fixture
def scene(people: People) -> Scene:
    return scene_of(people)
