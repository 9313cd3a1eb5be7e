"""Trials of the other kinds that are asked: a view on a front-end machine and a PACS, over real sockets."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from records.exchange.models import Source
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.pacs.answers import answer, study
from tests.exchange.pacs.peer import Reply, pretending
from tests.exchange.sqlviews.frontend import COLUMNS, PASSWORD, FrontEnd, front_end
from tests.exchange.test_credentials import saved
from tests.exchange.test_desk import Enter
from tests.exchange.test_onboarding import counted, wanted
from tests.people import HELANFANG_NUMBER, People

OPTIONS = {"view": "检验视图", "watermark": "修改时间", "key": "行号", "tls": "off", "columns": {"columns": COLUMNS}}


@pytest.fixture
def engineer(people: People, signed_in: Enter) -> Client:
    return signed_in(people.engineer)


@pytest.fixture
def machine() -> Iterator[FrontEnd]:
    """A front-end machine with three reports, one of them of two results."""
    with front_end() as made:
        for number, (report, code) in enumerate([("A1", "ALT"), ("A1", "AST"), ("A2", "ALT"), ("A3", "ALT")]):
            made.add(
                report=report,
                code=code,
                item=code,
                value=20 + number,
                document=HELANFANG_NUMBER,
                changed=f"2026-11-20 1{number}:00",
            )
        yield made


def view(people: People, machine: FrontEnd, secret: str = PASSWORD, **options: Any) -> Source:
    """The feed that reads the view, its password saved on the staff site."""
    place = {"address": machine.address, "allowed_hosts": [f"127.0.0.1:{machine.port}"], "state": "paused"}
    source = factories.source(people.county, "view", kind="sql_view", options=OPTIONS | options, **place)
    return saved(source, ("password", secret))


def test_a_view_is_tested_with_the_password_that_was_saved(engineer: Client, people: People, machine: FrontEnd) -> None:
    trial = wanted(engineer, view(people, machine), "connection")
    assert (trial.state, "有全部 17 个要用的列" in trial.sentence, "没有加密" in trial.sentence) == (
        "passed",
        True,
        True,
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"watermark": "改动"}, "视图里没有这些列：改动"),
        ({"view": "没有的视图"}, "没有这个视图"),
        ({"columns": {}}, "列对照"),
    ],
)
def test_what_is_wrong_with_a_view_is_said(
    engineer: Client, people: People, machine: FrontEnd, options: dict[str, Any], words: str
) -> None:
    trial = wanted(engineer, view(people, machine, **options), "connection")
    assert (trial.state, words in trial.sentence) == ("failed", True)


def test_a_wrong_password_is_said(engineer: Client, people: People, machine: FrontEnd) -> None:
    assert "用户名或密码不对" in wanted(engineer, view(people, machine, "wrong"), "connection").sentence


def test_a_view_is_rehearsed_with_its_last_reports_whole(engineer: Client, people: People, machine: FrontEnd) -> None:
    source, before = view(people, machine), counted()
    facts = wanted(engineer, source, "rehearsal").facts
    assert facts["kinds"] == {"Observation": 4, "DiagnosticReport": 3, "Patient": 1}
    assert (facts["looked"], facts["matched"]) == (8, 8)
    assert (counted(), rows(Source, pk=source.pk)[0].cursor) == (before, {})


def test_a_pacs_is_tested_and_rehearsed(engineer: Client, people: People) -> None:
    asked: list[str] = []

    def reply(path: str, _headers: Any) -> Reply:
        asked.append(path)
        return 200, {"Content-Type": "application/dicom+json"}, answer(study())

    with pretending(reply) as address:
        place = {"address": address, "allowed_hosts": [address.split("/")[2]], "state": "paused"}
        source = factories.source(people.county, "pacs", kind="dicomweb", **place)
        before = counted()
        assert "能查到检查列表" in wanted(engineer, source, "connection").sentence
        facts = wanted(engineer, source, "rehearsal").facts
    assert (facts["kinds"], facts["matched"]) == ({"Patient": 1, "ImagingStudy": 1}, 2)
    assert "limit=100" in asked[-1]
    assert counted() == before


def test_a_gateway_that_answers_something_else_is_said_to(engineer: Client, people: People) -> None:
    def reply(_path: str, _headers: Any) -> Reply:
        return 200, {"Content-Type": "application/json"}, json.dumps({"error": "login"}).encode()

    with pretending(reply) as address:
        place = {"address": address, "allowed_hosts": [address.split("/")[2]], "state": "paused"}
        source = factories.source(people.county, "pacs", kind="dicomweb", **place)
        assert "不是 DICOM JSON 列表" in wanted(engineer, source, "connection").sentence
