"""What a view may not do, and what is said where it goes wrong: failed in plain words, the cursor where it was."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from facilities.models import Facility
from foundation.dated import REGISTRY, Registered
from records.exchange.models import Source, StoredFile
from tests import factories
from tests.exchange import dripping
from tests.exchange.conftest import rows
from tests.exchange.sqlviews.conftest import OPTIONS, VARIABLE, Made, pulled
from tests.exchange.sqlviews.frontend import COLUMNS, FrontEnd


def error_of(feed: Source) -> str:
    """What the failed run says; nothing was kept and the cursor has not moved."""
    run = pulled(feed)
    (source,) = rows(Source, pk=feed.pk)
    assert (run.outcome, source.cursor, rows(StoredFile)) == ("failed", {}, [])
    return run.error


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"view": "results; DROP TABLE results"}, "不能写语句"),
        ({"view": '检验视图" --'}, "不能写语句"),
        ({"view": "a.b.c"}, "模式名.视图名"),
        ({"watermark": "now()"}, "不能写语句"),
        ({"key": ["行号", "1=1"]}, "不能写语句"),
        ({"key": []}, "最多 4 列"),
        ({"where": "true"}, "不认识的项：where"),
        ({"page_rows": 100_000}, "1 到 2000"),
        ({"tls": "perhaps"}, "tls 只能是"),
        ({"columns": {}}, "列对照不能使用"),
        ({"columns": {"columns": COLUMNS | {"unit": "没有的列"}}}, "没有这些列：没有的列"),
        ({"columns": {"columns": {key: value for key, value in COLUMNS.items() if key != "updated_at"}}}, "updated_at"),
        ({"view": "没有的视图"}, "没有这个视图"),
        ({"view": "results"}, "没有读取这个视图的权限"),
        ({"view": "writing"}, "要写入数据"),
        ({"watermark": "姓名"}, "水位列（watermark）里有不能用的内容"),
        ({"key": "检验单号", "page_rows": 1}, "不能区分每一行"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    machine: FrontEnd, view: Made, options: dict[str, Any], words: str
) -> None:
    for _ in range(2):
        machine.add(report="L1", code="ALT", item="谷丙转氨酶", value="1", changed="2026-11-20 10:30")
    assert words in error_of(view(**options))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"address": "postgresql://u:secret@127.0.0.1:5432/lis"}, "不能写密码"),
        ({"address": "http://127.0.0.1:5432/lis"}, "数据库地址应写成"),
        ({"address": "postgresql://u@/lis?host=/var/run"}, "数据库地址应写成"),
        ({"address": "postgresql://u@127.0.0.1:5432/lis?options=-c"}, "数据库地址应写成"),
        ({"address": "postgresql://u@10.0.0.1,127.0.0.1:5432/lis"}, "数据库地址应写成"),
        ({"address": "postgresql://127.0.0.1:5432/lis"}, "数据库地址应写成"),
        ({"address": "postgresql://u@127.0.0.1:5432/lis", "allowed_hosts": ["10.0.0.1:5432"]}, "允许访问的主机"),
        ({"address": "mysql://u@169.254.169.254/lis", "allowed_hosts": ["10.0.0.1:3306"]}, "允许访问的主机"),
        ({"credential": "FACILITY_TOKEN_NOBODY"}, "FACILITY_TOKEN_NOBODY 没有设置"),
    ],
)
def test_an_address_that_may_not_be_asked_is_not(view: Made, fields: dict[str, Any], words: str) -> None:
    assert words in error_of(view(fields))


@pytest.mark.parametrize("place", ["127.0.0.1", "169.254.169.254", "::1"])
@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_a_name_that_leads_to_this_machine_is_not_followed(
    view: Made, monkeypatch: pytest.MonkeyPatch, place: str, kind: str
) -> None:
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest, **more: real(place, *rest, **more))
    feed = view({"address": f"{kind}://u@lis.example:99/lis", "allowed_hosts": ["lis.example:99"]})
    assert "解析到了本机" in error_of(feed)


def test_a_wrong_password_is_said_and_not_repeated(view: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "a-wrong-one")
    error = error_of(view())
    assert "用户名或密码不对" in error and "a-wrong-one" not in error


def test_a_server_without_tls_is_not_asked_in_clear_unless_that_is_said(view: Made) -> None:
    options = {key: value for key, value in OPTIONS.items() if key != "tls"}
    assert "加密连接" in error_of(view({"options": options}))


def test_a_view_that_takes_too_long_is_stopped(machine: FrontEnd, view: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.add(report="L1", code="ALT", item="谷丙转氨酶", value="1", changed="2026-11-20 10:30")
    monkeypatch.setitem(REGISTRY, "exchange.answer_seconds", Registered("exchange.answer_seconds", 1, ""))
    columns = {"columns": COLUMNS | {"specimen": "pause"}}
    error = error_of(view(view="slow", columns=columns))
    assert "超时" in error or "1 秒内没有答完" in error


def test_rows_out_of_the_watermarks_reach_are_said_at_once(machine: FrontEnd, view: Made) -> None:
    machine.add(report="L1", code="ALT", item="谷丙转氨酶", value="1", changed=None)
    assert "永远拉取不到" in error_of(view())


def test_dates_that_cannot_be_read_fail_in_words(machine: FrontEnd, view: Made) -> None:
    machine.add(report="L1", code="ALT", item="谷丙转氨酶", value="1", changed="infinity")
    assert "不能读取" in error_of(view())


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
@pytest.mark.parametrize("answer", [dripping.silent, dripping.dripping(b""), dripping.fixed(b"\x00" * 64)])
def test_a_server_that_never_comes_to_an_end_is_left_in_time(
    county: Facility, monkeypatch: pytest.MonkeyPatch, kind: str, answer: dripping.Answering
) -> None:
    monkeypatch.setitem(REGISTRY, "exchange.answer_seconds", Registered("exchange.answer_seconds", 1, ""))
    with at_once(answer) as port:
        fields = {"kind": "sql_view", "address": f"{kind}://u@127.0.0.1:{port}/lis", "options": OPTIONS}
        feed = factories.source(county, "odd-view", allowed_hosts=[f"127.0.0.1:{port}"], **fields)
        error = error_of(feed)
    assert any(words in error for words in ("连接不上", "秒内没有答完", "不符合协议", "没有继续"))


@contextmanager
def at_once(answer: dripping.Answering) -> Iterator[int]:
    """A server that speaks first, as MySQL does."""
    ended = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _address = listener.accept()
                threading.Thread(target=treat, args=(connection,), daemon=True).start()

    def treat(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            answer(connection, ended)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        ended.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def test_a_machine_that_is_down_is_said_to_be_down(county: Facility) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    for number, kind in enumerate(("postgresql", "mysql")):
        fields = {"kind": "sql_view", "address": f"{kind}://u@127.0.0.1:{port}/lis", "options": OPTIONS}
        feed = factories.source(county, f"down-{number}", allowed_hosts=[f"127.0.0.1:{port}"], **fields)
        assert "连接不上" in error_of(feed)
