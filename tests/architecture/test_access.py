"""The access table: every address, asked by everybody who might (personas.py); documented in docs/access.md."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from residents.models import Account
from tests.architecture import BASE
from tests.architecture.access_doc import page
from tests.architecture.access_table import EXPECTED
from tests.architecture.personas import ALL, PERSONAS, Browser, Persona, Scene, learned, scene_of
from tests.architecture.test_urls import path_of
from tests.architecture.url_table import TABLE, Row
from tests.people import People

every_persona = pytest.mark.parametrize("persona", PERSONAS, ids=[persona.key for persona in PERSONAS])
# What ends the walk for whoever acts for somebody comes last.
LAST = "residents:stop_acting"


def asked(browser: Browser, name: str, row: Row, scene: Scene) -> str:
    """The answer as one word: the status, and what the page tells about her (not counting its own address)."""
    browser.arm()
    path = path_of(name, row, scene.world)
    answer: Any = browser.client.post(path, row.data) if row.post else browser.client.get(path)
    return f"{answer.status_code}{learned(scene, text_of(answer).replace(path, ''))}"


def text_of(answer: HttpResponse) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode(errors="replace")


def walk(persona: Persona, people: People, enter: Callable[[Account], Client]) -> dict[str, str]:
    scene = scene_of(people)
    browser = persona.enter(scene, enter)
    return {name: asked(browser, name, TABLE[name], scene) for name in sorted(TABLE, key=lambda name: name == LAST)}


@every_persona
def test_everybody_gets_what_the_table_says_and_learns_no_more_than_they_may(
    persona: Persona, people: People, signed_in: Callable[[Account], Client]
) -> None:
    got = walk(persona, people, signed_in)
    told = {kind for answer in got.values() for kind in answer[3:]}
    assert told == persona.may_learn
    wrong = [f"{name}: {got[name]}, the table says {EXPECTED[name][persona.key]}" for name in TABLE]
    assert [line for name, line in zip(TABLE, wrong, strict=True) if got[name] != EXPECTED[name][persona.key]] == []


def test_the_table_knows_every_address_and_no_other() -> None:
    assert set(EXPECTED) == set(TABLE)


def test_nothing_may_be_learned_that_the_owner_does_not_see() -> None:
    assert all(persona.may_learn <= ALL for persona in PERSONAS)


def test_the_documentation_is_the_table() -> None:
    written = (BASE / "docs/access.md").read_text()
    assert written == page(), "run: make docs"
