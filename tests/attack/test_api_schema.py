"""Every operation of /api/ asked many times what its schema allows and what it does not, by a signed-in resident:
no 5xx, no answer outside the schema, none about another resident (issue 6, "What it must show", 5)."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
import schemathesis
from django.core.cache import cache

from tests.api.fuzzing import ANSWERED, ask, asking, schema
from tests.api.scene import Enter, Program, Scene, scene_of
from tests.people import People

MANY = 100
asked = count()
api = schema()
api.config.generation.update(modes=[schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE])


@pytest.fixture
def scene(people: People) -> Scene:
    return scene_of(people)


@pytest.fixture
def program(scene: Scene, signed_in: Enter, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    yield Program(signed_in(scene.people.helanfang_account))
    cache.clear()


@api.parametrize()
@asking(MANY)
def test_no_answer_is_outside_the_schema_or_about_somebody_else(case: Any, scene: Scene, program: Program) -> None:
    if next(asked) % 50 == 0:
        cache.clear()  # else most answers were "too many requests"
    ask(case, scene, program, next(asked))


def test_the_questions_were_let_in() -> None:
    assert [name for name, statuses in ANSWERED.items() if name.startswith("GET") and 200 not in statuses] == []
