"""A front-end machine: a database of its own on the tests' server, a view, a login that may only read, a TCP port."""

import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from portal import testdb

PASSWORD = "only-for-this-test"
TABLE = """
CREATE TABLE results (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, patient text, name text, sex text, born date, document text,
    report text, title text, code text, item text, value numeric, unit text, range text, sampled timestamp,
    reported timestamp, status text, changed timestamp, zoned timestamptz, number bigint, digits text, secret text
);
CREATE VIEW "检验视图" AS SELECT id AS "行号", patient AS "病历号", name AS "姓名", sex AS "性别", born AS "出生日期",
    document AS "身份证号", report AS "检验单号", title AS "检验目的", code AS "项目代码", item AS "检验项目",
    value AS "结果", unit AS "单位", range AS "参考值", sampled AS "采样时间", reported AS "审核时间", status AS "状态",
    changed AS "修改时间", zoned AS "时刻", number AS "流水号", digits AS "文字时间", secret AS "费用" FROM results;
CREATE VIEW slow AS SELECT *, pg_sleep(5)::text AS pause FROM "检验视图";
CREATE SEQUENCE counted;
CREATE VIEW writing AS SELECT *, nextval('counted') AS counting FROM "检验视图";
"""
COLUMNS = {
    "patient_number": "病历号",
    "name": "姓名",
    "sex": "性别",
    "birth_date": "出生日期",
    "document_number": "身份证号",
    "report_number": "检验单号",
    "report_title": "检验目的",
    "item_code": "项目代码",
    "item_name": "检验项目",
    "result": "结果",
    "unit": "单位",
    "range": "参考值",
    "sampled_at": "采样时间",
    "reported_at": "审核时间",
    "report_status": "状态",
    "updated_at": "修改时间",
}
WHO = {"patient": "10023", "name": "贺兰芳", "sex": "女", "born": "1957-02-13"}


@dataclass
class FrontEnd:
    """The machine; `port` is where it is reached from outside."""

    port: int
    owner: str
    user: str
    database: str

    @property
    def address(self) -> str:
        return f"postgresql://{self.user}@127.0.0.1:{self.port}/{self.database}"

    def ask(self, statement: str, values: list[Any] | None = None) -> None:
        with psycopg.connect(self.owner, autocommit=True) as connection:
            connection.execute(statement, values)

    def add(self, **fields: Any) -> None:
        """A result of the laboratory."""
        row = {"unit": "U/L", "range": "7-40", "sampled": "2026-11-20 08:10", "reported": "2026-11-20 10:30"}
        row |= {"status": "已审核", "title": "肝功能", "secret": "321.00", **WHO, **fields}
        names = sql.SQL(", ").join(map(sql.Identifier, row))
        places = sql.SQL(", ").join([sql.Placeholder()] * len(row))
        with psycopg.connect(self.owner, autocommit=True) as connection:
            statement = sql.SQL("INSERT INTO results ({}) VALUES ({})").format(names, places)
            connection.execute(statement, list(row.values()))


@contextmanager
def front_end() -> Iterator[FrontEnd]:
    """A new database, dropped at the end."""
    word = secrets.token_hex(4)
    database, user = f"frontend_{word}", f"frontend_{word}"
    owner = make_conninfo(testdb.SUPER, dbname=database)
    with psycopg.connect(testdb.SUPER, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(database)))
        connection.execute(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(user), sql.Literal(PASSWORD))
        )
        try:
            _prepare(owner, user)
            with relayed(_server_socket()) as port:
                yield FrontEnd(port, owner, user, database)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(user)))


def _prepare(owner: str, user: str) -> None:
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(TABLE)
        grant = 'GRANT SELECT ON "检验视图", slow, writing TO {0}; GRANT USAGE ON SEQUENCE counted TO {0}'
        connection.execute(sql.SQL(grant).format(sql.Identifier(user)))


def _server_socket() -> str:
    folder = parse_qs(urlsplit(testdb.SUPER).query)["host"][0]
    return str(next(Path(folder).glob(".s.PGSQL.*[0-9]")))


@contextmanager
def relayed(path: str) -> Iterator[int]:
    """A TCP port that leads to a Unix socket."""
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_serve, args=(listener, path), daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _serve(listener: socket.socket, path: str) -> None:
    with suppress(OSError):
        while True:
            outside, _address = listener.accept()
            inside = socket.socket(socket.AF_UNIX)
            inside.connect(path)
            for one, other in ((outside, inside), (inside, outside)):
                threading.Thread(target=_carry, args=(one, other), daemon=True).start()


def _carry(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while piece := one.recv(65536):
            other.sendall(piece)
        other.shutdown(socket.SHUT_RDWR)
