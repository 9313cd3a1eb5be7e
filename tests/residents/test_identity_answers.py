"""No answer at the door tells whether somebody is known: the same page, the same statements, in the same order.

Times are compared in tests/attack/test_identity_times.py, with tries enough for statistics.
"""

import re

import pytest
from django.db import connections
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from tests.people import People
from tests.residents.door import KNOWN, page, statements
from tests.residents.identity_answers import PHONE_CHANGE, QUESTIONS, Question, numbers

CHANCE = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[0-9A-F]{8}\b|\d{1,2}:\d{2}")


def seen(response: HttpResponse, typed: str) -> tuple[int, str, str]:
    """Everything of an answer that reaches the browser, without what differs by chance."""
    body = CHANCE.sub("?", page(response, typed)) if response.status_code == 200 else ""
    return response.status_code, getattr(response, "url", ""), body


def asked(question: Question, typed: str) -> tuple[tuple[int, str, str], list[str]]:
    """The answer, and what the database was asked on either connection."""
    client = question.prepare(typed)
    with CaptureQueriesContext(connections["signin"]) as signin, CaptureQueriesContext(connections["default"]) as web:
        response = question.send(client, typed)
    return seen(response, typed), [*statements(signin), *statements(web)]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_every_number_gets_the_same_answer(people: People, question: Question) -> None:
    answers = {name: asked(question, number)[0] for name, number in numbers(people).items()}
    assert len(set(answers.values())) == 1, answers


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_every_number_costs_the_same_statements(people: People, question: Question) -> None:
    asked(question, KNOWN)  # whatever is loaded once per process
    costs = {name: asked(question, number)[1] for name, number in numbers(people).items()}
    nobody = costs.pop("nobody")
    assert {name: cost for name, cost in costs.items() if cost != nobody} == {}


def test_a_phone_somebody_else_has_gets_the_same_answer(people: People) -> None:
    asked(PHONE_CHANGE, "19977777777")  # whatever is loaded once per process
    taken, free = (asked(PHONE_CHANGE, phone) for phone in ("19900000002", "19955555555"))
    assert taken == free


def test_the_comparison_would_see_a_difference(people: People) -> None:
    password = QUESTIONS[0]
    assert asked(password, KNOWN) != asked(password, "640199195702130126")
