"""A few questions about health and visits; to all operations and many more in tests/attack/test_api_schema.py."""

from itertools import count
from typing import Any

import schemathesis

from tests.api.fuzzing import ANSWERED, ask, asking, schema
from tests.api.scene import Program, Scene

FEW = 3
asked = count()
api = schema()
api.config.generation.update(modes=[schemathesis.GenerationMode.POSITIVE])


@api.include(path_regex="/api/(records|reports|items|shares|bookings)/").parametrize()
@asking(FEW)
def test_no_answer_is_outside_the_schema_or_about_somebody_else(case: Any, scene: Scene, program: Program) -> None:
    ask(case, scene, program, next(asked))


def test_the_questions_were_let_in() -> None:
    assert [name for name, statuses in ANSWERED.items() if name.startswith("GET") and 200 not in statuses] == []
