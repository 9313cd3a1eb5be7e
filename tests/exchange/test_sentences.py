"""What the worker wrote down is read in the reader's language: every sentence it can write has its English."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.utils.translation import override

from records.exchange import sentences
from records.exchange.models import Pull, Trial
from records.exchange.sentences import SENTENCES, shown
from residents.models import Account
from tests import factories
from tests.factories import NOON, made
from tests.people import People

ROOM = Path(sentences.__file__).parents[1]
# Who speaks of runs, trials and FHIR messages. Of tables, CDA and HL7 v2 the settings that only JSON can get wrong
# are Chinese as yet (tables/plan.py).
SPEAKERS = [
    *["http.py", "tls.py", "credentials.py", "fhir_versions.py", "runs.py", "problems.py", "joining.py", "pulling.py"],
    *["messages.py", "matching.py", "disagreements.py", "newborns.py", "waking.py", "merging.py", "times.py"],
    *["reading.py", "references.py", "applying.py", "translators.py", "cda/*.py", "tables/[!p]*.py"],
    *["connectors/*.py", "onboarding/*.py", "pacs/*.py", "sqlviews/*.py", "folders/*.py", "mapping/*.py"],
]
BLANK = re.compile(r"\{[^}]*\}")
HAN = re.compile("[\u4e00-\u9fff]")


def texts(node: ast.AST) -> Iterator[str]:
    """The literal texts under a node, with {} where something is put in; not those of docstrings and of gettext."""
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"_", "gettext_lazy", "register"}
    ):
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    for child in ast.iter_child_nodes(node):
        yield from texts(child)


def written() -> set[str]:
    """Every sentence that one of the speakers can say, with {} where something is put in."""
    files = [path for pattern in SPEAKERS for path in ROOM.glob(pattern)]
    every = [
        text for path in files for text in texts(ast.parse(path.read_text())) if HAN.search(text) and "(?:" not in text
    ]
    return {one for text in every if HAN.search(text) for one in re.findall("[^。]+。", BLANK.sub("{}", text))}


def test_every_sentence_that_can_be_written_is_in_a_list() -> None:
    known = {BLANK.sub("{}", msgid) for msgid in SENTENCES}
    assert sorted(written() - known) == []


@pytest.mark.parametrize(
    ("stored", "english"),
    [
        (
            "机构接口 10.1.2.3:8443 在 8 秒内没有答完。稍后会自动重试；若一直这样，请机构检查前置机。",
            "The interface 10.1.2.3:8443 did not finish its answer within 8 seconds. It is tried again later;"
            " if this goes on, ask the facility to check its front-end machine.",
        ),
        (
            "机构接口 h:1 的证书不可信：证书已过期。请机构更换证书。",
            "The certificate of the interface h:1 cannot be trusted: The certificate has expired. Ask the facility to"
            " renew it.",
        ),
        (
            "看了 5 条，3 条可以入档，2 条要等处理。没有写入任何档案。",
            "Looked at 5 messages; 3 can be filed, 2 would wait for somebody. Nothing was written to any record.",
        ),
        (
            "“采样时间”不是能确定的日期。请写成 2026-11-20 或 2026-11-20 08:30:00，或在列对照里写明日期格式。",
            '"采样时间" is no date that can be told for sure. Write it as 2026-11-20 or 2026-11-20 08:30:00, or say the'
            " format in the mapping.",
        ),
        ("谁也没有写过的一句话。", "谁也没有写过的一句话。"),
        ("", ""),
    ],
)
def test_a_stored_explanation_is_read_in_english(stored: str, english: str) -> None:
    with override("en"):
        assert shown(stored) == english
    with override("zh-hans"):
        assert shown(stored) == stored


def test_no_sentence_is_taken_for_another() -> None:
    filled = {msgid: BLANK.sub("7", msgid) for msgid in SENTENCES if msgid.endswith("。")}
    taken = {msgid: next(m for p, m in sentences._patterns() if p.fullmatch(text)) for msgid, text in filled.items()}
    assert {msgid: other for msgid, other in taken.items() if other != msgid} == {}


def test_staff_read_runs_and_trials_in_their_language(people: People, signed_in: Callable[[Account], Client]) -> None:
    feed = factories.source(people.county, "county", kind="fhir_r4", address="https://h:1/fhir", allowed_hosts=["h:1"])
    common = {"source": feed, "facility": people.county, "started_at": NOON, "ended_at": NOON}
    made(Pull(outcome="failed", error="连接不上机构接口 h:1。", alive_at=NOON, **common))
    made(Trial(kind="connection", asked_at=NOON, asked_by="孙", state="failed", sentence="找不到主机 h。", **common))
    client = signed_in(people.engineer)
    english = {"accept-language": "en"}
    pulls = client.get("/staff/exchange/pull/", headers=english).content.decode()
    steps = client.get(f"/staff/exchange/source/{feed.pk}/onboarding/", headers=english).content.decode()
    assert "The interface h:1 cannot be reached." in pulls
    assert "The host h cannot be found." in steps
