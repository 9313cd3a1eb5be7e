"""MySQL and MariaDB, through PyMySQL."""

import os
import socket
import ssl
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from typing import Any

import pymysql
from pymysql.cursors import SSCursor

from records.exchange.problems import PullFailed
from records.exchange.sqlviews.plan import Target

ERRORS = (pymysql.Error, OSError)
_BY_CODE = {
    1040: "数据库的连接已满。稍后会自动重试。",
    1044: "登录没有读取这个库的权限。请机构执行 GRANT SELECT。",
    1045: "用户名或密码不对，或不允许从门户服务器登录。请核对地址里的用户名和“凭证”里的密码。",
    1049: "没有这个数据库。请核对地址里的库名。",
    1054: "视图里没有格式设置写的列。请核对列名。",
    1142: "登录没有读取这个视图的权限。请机构执行 GRANT SELECT。",
    1143: "登录没有读取这个视图的某一列的权限。请机构执行 GRANT SELECT。",
    1146: "没有这个视图。请核对视图名（可写成“库名.视图名”）。",
    1356: "视图本身已失效（它引用的表或列没有了）。请机构修复视图。",
    1792: "视图在查询时要写入数据，已被拒绝。请机构改为只读的视图。",
    1969: "查询超时，被数据库取消。请机构给水位列加索引，或减小每页行数（page_rows）。",
    2026: "不能建立加密连接，或证书不可信。请机构启用 TLS；确实没有时把 tls 设为 off。",
    3024: "查询超时，被数据库取消。请机构给水位列加索引，或减小每页行数（page_rows）。",
}


class _Refused:
    """An authentication plugin that would send the password as it is."""

    def __init__(self, connection: object) -> None:
        pass

    def authenticate(self, packet: object) -> None:
        raise pymysql.err.OperationalError(2026, "cleartext password refused")


class MySQL:
    """One connection."""

    quote = "`"

    def __init__(self, connection: "pymysql.Connection[SSCursor]", wire: socket.socket) -> None:
        self._connection = connection
        self._wire = wire

    def begin(self, seconds: float) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute("SET time_zone = '+08:00'")
            self._limit(cursor, seconds)
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT")

    def _limit(self, cursor: SSCursor, seconds: float) -> None:
        """MySQL and MariaDB name it differently, and old ones have neither: there the deadline alone counts."""
        for statement, value in (
            ("SET SESSION max_execution_time = %s", int(seconds * 1000)),
            ("SET SESSION max_statement_time = %s", int(seconds)),
        ):
            with suppress(pymysql.err.OperationalError, pymysql.err.InternalError):
                cursor.execute(statement, [value])

    def end(self) -> None:
        self._connection.rollback()

    def cursor(self) -> Any:
        return self._connection.cursor()

    def clock(self) -> datetime:
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT UTC_TIMESTAMP()")
            row = cursor.fetchone()
        if not row or not isinstance(row[0], datetime):
            raise PullFailed("数据库没有给出现在的时间。")
        return row[0].replace(tzinfo=UTC)

    def wire(self) -> socket.socket:
        return self._wire

    def close(self) -> None:
        with suppress(*ERRORS):
            self._connection.close()
        self._wire.close()


def connect(
    target: Target,
    address: str,
    seconds: float,
    deadline: Callable[[socket.socket], AbstractContextManager[None]],
) -> MySQL:
    """A connection to this very address, the name only checked against the certificate; raises pymysql.Error, OSError.

    The server may ask for no file of ours (LOAD LOCAL is off), and for no password in clear.
    """
    connection = pymysql.Connection(
        host=target.host,
        port=target.port,
        user=target.user,
        password=target.password,
        database=target.database,
        charset="utf8mb4",
        cursorclass=SSCursor,
        ssl=_tls(target.tls),
        ssl_disabled=target.tls == "off",
        auth_plugin_map={"mysql_clear_password": _Refused},
        local_infile=False,
        program_name="resident-health-portal",
        defer_connect=True,
    )
    wire = socket.create_connection((address, target.port), seconds)
    # TLS takes the socket away from this object; a second one for the same connection stays.
    spare = socket.socket(fileno=os.dup(wire.fileno()))
    try:
        with deadline(spare):
            connection.connect(wire)
    except BaseException:
        spare.close()
        raise
    return MySQL(connection, spare)


def _tls(wanted: str) -> ssl.SSLContext | None:
    if wanted == "off":
        return None
    context = ssl.create_default_context()
    if wanted == "require":
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def in_words(trouble: Exception, target: Target) -> str:
    """What happened, for the people who run the feed."""
    code = trouble.args[0] if trouble.args and isinstance(trouble.args[0], int) else 0
    if code in _BY_CODE:
        return f"数据库 {target.place}：{_BY_CODE[code]}"
    if code and not 2000 <= code < 3000 and not isinstance(trouble, OSError):
        return f"数据库 {target.place} 出错（{code}）。稍后会自动重试；若一直这样，请联系机构信息科。"
    return f"连接不上数据库 {target.place}，或连接中途断开。请确认前置机已开机、网络和防火墙放行；稍后会自动重试。"
