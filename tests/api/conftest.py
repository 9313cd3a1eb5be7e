"""Programs of residents, and somebody else's rows beside theirs."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from tests.api.scene import Enter, Program, Scene, scene_of
from tests.people import People


@pytest.fixture
def scene(people: People) -> Scene:
    return scene_of(people)


@pytest.fixture
def program(scene: Scene, signed_in: Enter) -> Iterator[Program]:
    """Hers."""
    yield Program(signed_in(scene.people.helanfang_account))
    cache.clear()
