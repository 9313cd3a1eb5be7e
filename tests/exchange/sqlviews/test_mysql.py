"""A view of a real MariaDB, as a login that may only read it; MYSQLD names the server where it is not installed."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Any

import pymysql
import pytest

from facilities.models import Facility
from foundation.dated import REGISTRY, Registered
from foundation.rowsecurity import acting_as
from records.exchange import translators
from records.exchange.limits import Limits
from records.exchange.models import Source, StoredFile
from records.exchange.problems import PullFailed
from records.exchange.sqlviews.plan import target_of
from records.exchange.sqlviews.sessions import Session
from records.exchange.tables import translate
from records.models import Observation
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.sqlviews.conftest import OPTIONS, VARIABLE, pulled, translated
from tests.exchange.sqlviews.frontend import COLUMNS, PASSWORD
from tests.factories import NOON
from tests.people import HELANFANG_NUMBER
from tests.portal.test_launcher import free_port

SERVER = os.environ.get("MYSQLD") or shutil.which("mariadbd") or "/usr/sbin/mariadbd"
pytestmark = pytest.mark.skipif(not Path(SERVER).exists(), reason="没有 MariaDB（apt-get install mariadb-server-core）")
SETUP = f"""
CREATE DATABASE lis CHARACTER SET gbk;
CREATE TABLE lis.results (id bigint AUTO_INCREMENT PRIMARY KEY, report varchar(40), code varchar(40), item varchar(80),
    value decimal(10, 2), changed datetime, wait int);
CREATE VIEW lis.`检验视图` AS SELECT id AS `行号`, '10023' AS `病历号`, '贺兰芳' AS `姓名`, '女' AS `性别`,
    DATE '1957-02-13' AS `出生日期`, '{HELANFANG_NUMBER}' AS `身份证号`, report AS `检验单号`, '肝功能' AS `检验目的`,
    code AS `项目代码`, item AS `检验项目`, value AS `结果`, 'U/L' AS `单位`, '7-40' AS `参考值`, changed AS `采样时间`,
    changed AS `审核时间`, '已审核' AS `状态`, changed AS `修改时间`, 321.00 AS `费用` FROM lis.results;
CREATE VIEW lis.slow AS SELECT *, sleep(5) AS pause FROM lis.`检验视图`;
CREATE USER portal@'%' IDENTIFIED BY '{PASSWORD}';
GRANT SELECT ON lis.`检验视图` TO portal@'%';
GRANT SELECT ON lis.slow TO portal@'%'
"""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A new server on a loopback port."""
    with tempfile.TemporaryDirectory(prefix="own-mysql-") as folder:
        share = Path(SERVER).parent.parent / "share/mysql"
        common = [SERVER, "--no-defaults", f"--datadir={folder}/data", f"--lc-messages-dir={share}"]
        common += [
            f"--character-sets-dir={share}/charsets",
            "--innodb-flush-method=fsync",
            "--skip-log-bin",
            "--skip-name-resolve",
        ]
        common += ["--user=root"] if os.geteuid() == 0 else []
        tables = [share / "mysql_system_tables.sql", share / "mysql_system_tables_data.sql"]
        script = "create database mysql;\nuse mysql;\n" + "".join(path.read_text() for path in tables)
        Path(folder, "data").mkdir()
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run([*common, "--bootstrap"], input=script.encode(), check=True, **quiet)
        number = free_port()
        place = [f"--port={number}", "--bind-address=127.0.0.1", f"--socket={folder}/s", f"--pid-file={folder}/p"]
        server = subprocess.Popen([*common, *place], **quiet)
        try:
            prepare(f"{folder}/s")
            yield number
        finally:
            server.terminate()
            server.wait(30)


def prepare(socket: str) -> None:
    pause = Event()
    for _ in range(150):
        try:
            with closing(owner(unix_socket=socket)) as connection, connection.cursor() as cursor:
                for statement in SETUP.split(";"):
                    cursor.execute(statement)
                cursor.execute("GRANT ALL ON *.* TO root@'127.0.0.1' IDENTIFIED BY 'only-here'")
                return
        except pymysql.err.OperationalError:
            pause.wait(0.2)
    pytest.fail("MariaDB did not start")


def owner(**where: Any) -> "pymysql.Connection[Any]":
    return pymysql.connect(user="root", charset="utf8mb4", autocommit=True, **where)


def ask(port: int, statement: str, values: list[Any] | None = None) -> None:
    with closing(owner(host="127.0.0.1", port=port, password="only-here")) as connection:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)


def add(port: int, report: str, code: str, value: str, changed: str = "2026-11-20 10:30:00") -> None:
    insert = "INSERT INTO lis.results (report, code, item, value, changed) VALUES (%s, %s, %s, %s, %s)"
    ask(port, insert, [report, code, "谷丙转氨酶" if code == "ALT" else "白蛋白", value, changed])


@pytest.fixture
def view(port: int, county: Facility, monkeypatch: pytest.MonkeyPatch) -> Source:
    """The feed that reads the view, which is empty."""
    monkeypatch.setitem(translators.TRANSLATORS, StoredFile.Layout.TABLE, translate)
    monkeypatch.setenv(VARIABLE, PASSWORD)
    ask(port, "TRUNCATE lis.results")
    return feed(port, county)


def feed(port: int, county: Facility, code: str = "mysql-view", **options: Any) -> Source:
    return factories.source(
        county,
        code,
        kind="sql_view",
        address=f"mysql://portal@127.0.0.1:{port}/lis",
        credential=VARIABLE,
        allowed_hosts=[f"127.0.0.1:{port}"],
        options=OPTIONS | options,
    )


def values() -> list[str]:
    return sorted(one.value_text for one in rows(Observation, superseded_at=None))


def test_what_is_in_the_view_is_in_the_records(port: int, view: Source) -> None:
    add(port, "L1", "ALT", "56.00")
    add(port, "L1", "ALB", "42.10")
    assert pulled(view).error == ""
    translated(view)
    assert values() == ["42.10", "56.00"]


def test_a_result_that_changed_brings_its_whole_report_and_nothing_new_keeps_nothing(port: int, view: Source) -> None:
    add(port, "L1", "ALT", "56.00")
    add(port, "L1", "ALB", "42.10")
    for _ in range(2):
        pulled(view)
    ask(port, "UPDATE lis.results SET value = 65, changed = '2026-11-20 11:30:00' WHERE code = 'ALT'")
    pulled(view)
    translated(view)
    assert values() == ["42.10", "65.00"] and len(rows(StoredFile)) == 2


def test_rows_of_one_moment_are_not_lost_at_the_edge_of_a_page(port: int, county: Facility, view: Source) -> None:
    for number in range(7):
        add(port, f"L{number}", "ALT", f"{number}.00")
    small = feed(port, county, "small-pages", page_rows=3)
    assert pulled(small).error == ""
    translated(small)
    assert values() == [f"{number}.00" for number in range(7)]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"view": "lis.results"}, "没有读取这个视图的权限"),
        ({"view": "没有的视图"}, "没有"),
        ({"tls": "require"}, "加密连接"),
        ({"view": "slow", "columns": {"columns": COLUMNS | {"specimen": "pause"}}}, "秒内没有答完"),
    ],
)
def test_what_may_not_or_cannot_be_asked_is_said(
    port: int, county: Facility, view: Source, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], words: str
) -> None:
    monkeypatch.setitem(REGISTRY, "exchange.answer_seconds", Registered("exchange.answer_seconds", 1, ""))
    add(port, "L1", "ALT", "56.00")
    error = pulled(feed(port, county, "odd-view", **options)).error
    assert words in error or "超时" in error


def test_a_wrong_password_is_said(view: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "a-wrong-one")
    assert "用户名或密码不对" in pulled(view).error


def test_the_session_cannot_write(port: int, view: Source) -> None:
    ask(port, "GRANT INSERT ON lis.results TO portal@'%'")
    with acting_as("worker"), Session(target_of(view), Limits.at(NOON)) as session, session.snapshot():
        with pytest.raises(PullFailed, match="要写入数据"):
            session.ask("INSERT INTO lis.results (report) VALUES (%s)", ["L9"], most=1)
    ask(port, "REVOKE INSERT ON lis.results FROM portal@'%'")
