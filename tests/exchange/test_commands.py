"""The two commands: counts for people, plain sentences for mistakes, exit code 1."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from facilities.models import Facility
from foundation.rowsecurity import acting_as
from portal.demo.sandbox import SandboxServer
from records.exchange.models import Pull, Source
from records.exchange.runs import Progress
from records.exchange.watching import bar, table, watching
from tests import factories
from tests.exchange.sending import DATA, observation, patient, versioned

VISIT = DATA / "visit.json"


class Terminal(StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def run(*arguments: Any, **options: Any) -> str:
    """A command under the worker's login; returns what it wrote to its standard output."""
    out = StringIO()
    with acting_as("worker"):
        call_command(*arguments, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def test_import_prints_the_counts_of_each_file_and_a_total(feed: Source) -> None:
    printed = run("import_fhir", VISIT, VISIT, source="county-files").splitlines()
    assert printed[0].split() == ["收到", "新增", "重复", "不需要", "待处理", "失败"]
    assert [line.split() for line in printed[1:]] == [
        ["visit.json", "7", "4", "0", "3", "0", "0"],
        ["visit.json", "7", "0", "7", "0", "0", "0"],
        ["合计", "14", "4", "7", "3", "0", "0"],
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["import_fhir", "missing.json", "--source", "county-files"], "不能读取"),
        (["import_fhir", str(VISIT), "--source", "nobody"], "现有：county-files"),
        (["import_fhir", str(VISIT)], "请写明要导入的文件和数据来源"),
        (["import_fhir", "--source", "county-files"], "请写明要导入的文件和数据来源"),
        (["import_fhir", "/", "--source", "county-files"], "这是一个文件夹"),
        (["pull", "--source", "nobody"], "现有：（没有）"),
        (["pull"], "没有已启用的数据来源"),
    ],
)
def test_a_wrong_argument_is_answered_in_a_sentence(feed: Source, arguments: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run(*arguments)


def test_a_busy_source_is_left_alone(feed: Source, clock: Callable[[], Any]) -> None:
    factories.made(Pull(source=feed, facility=feed.facility, started_at=_now(), alive_at=_now()))
    with pytest.raises(CommandError, match="正在拉取或导入"):
        run("import_fhir", VISIT, source="county-files")


def _now() -> Any:
    from foundation import clock

    return clock.now()


def test_pull_asks_every_enabled_source_and_fails_for_the_one_that_is_down(county: Facility) -> None:
    resources = [versioned(item, 1, "2026-11-20T08:00:00Z") for item in (patient(), observation())]
    with SandboxServer("COUNTY", resources=resources) as server:
        host = server.url.split("/")[2]
        factories.source(county, "a-up", kind="fhir_r4", address=server.url, allowed_hosts=[host])
        factories.source(county, "b-down", kind="fhir_r4", address="http://127.0.0.1:9/", allowed_hosts=["127.0.0.1:9"])
        assert run("pull", source="a-up").splitlines()[1].split() == ["a-up", "2", "2", "0", "0", "0", "0"]
        with pytest.raises(CommandError, match="1 个数据来源没有拉取成功：b-down"):
            run("pull")


def test_the_bar_is_for_terminals_only() -> None:
    plain, terminal = StringIO(), Terminal()
    for stream in (plain, terminal):
        watching(stream, "visit.json")(Progress(fetched=3, total=6))
    assert plain.getvalue() == ""
    assert "50%" in terminal.getvalue()
    assert "已收到 3 条" in bar(Progress(fetched=3))


def test_columns_line_up_under_chinese_words() -> None:
    lines = table([("a", Pull(fetched=1)), ("很长的名字", Pull(fetched=2))]).splitlines()
    assert len(lines) == 4
    assert all(line.strip() for line in lines)
