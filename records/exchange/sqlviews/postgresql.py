"""PostgreSQL, through psycopg."""

import os
import re
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

import psycopg

from records.exchange.problems import PullFailed
from records.exchange.sqlviews.plan import Target

ERRORS = (psycopg.Error,)
_SSLMODE = {"verify": "verify-full", "require": "require", "off": "disable"}
_BY_STATE = {
    "57014": "查询超时，被数据库取消。请机构给水位列加索引，或减小每页行数（page_rows）。",
    "42501": "登录没有读取这个视图的权限。请机构执行 GRANT SELECT。",
    "42P01": "没有这个视图（名称区分大小写；不在默认模式里时写成“模式名.视图名”）。",
    "3F000": "没有这个模式（schema）。请核对视图名。",
    "42703": "视图里没有格式设置写的列。请核对列名。",
    "25006": "视图在查询时要写入数据，已被拒绝。请机构改为只读的视图。",
    "28P01": "用户名或密码不对。请核对地址里的用户名和“凭证”里的密码。",
    "3D000": "没有这个数据库。请核对地址里的库名。",
    "53300": "数据库的连接已满。稍后会自动重试。",
}
# A connection that is refused has no code, only a sentence in the server's language.
_BY_WORDS = (
    (re.compile("authentication failed|no password|认证失败|没有.*(密码|口令)"), _BY_STATE["28P01"]),
    (re.compile("method requirement"), "数据库没有用 scram-sha-256 或 md5 核对密码，没有继续。请机构检查认证方式。"),
    (re.compile("pg_hba"), "数据库不允许从门户服务器登录。请机构在 pg_hba.conf 里放行。"),
    (re.compile("SSL|certificate"), "不能建立加密连接，或证书不可信。请机构启用 TLS；确实没有时把 tls 设为 off。"),
    (re.compile("does not exist|不存在"), _BY_STATE["3D000"]),
)


class PostgreSQL:
    """One connection."""

    quote = '"'

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self._connection = connection
        self._wire = socket.socket(fileno=os.dup(connection.fileno()))

    def begin(self, seconds: float) -> None:
        milliseconds = str(int(seconds * 1000))
        self._connection.execute("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        self._connection.execute(
            "SELECT set_config('statement_timeout', %s, true), set_config('timezone', 'Asia/Shanghai', true)",
            [milliseconds],
        )

    def end(self) -> None:
        self._connection.execute("ROLLBACK")

    def cursor(self) -> Any:
        return self._connection.cursor(name="portal")

    def clock(self) -> datetime:
        row = self._connection.execute("SELECT clock_timestamp()").fetchone()
        if row is None or not isinstance(row[0], datetime):
            raise PullFailed("数据库没有给出现在的时间。")
        return row[0]

    def wire(self) -> socket.socket:
        return self._wire

    def close(self) -> None:
        self._connection.close()
        self._wire.close()


def connect(
    target: Target,
    address: str,
    seconds: float,
    deadline: Callable[[socket.socket], AbstractContextManager[None]],
) -> PostgreSQL:
    """A connection to this very address, the name only checked against the certificate; raises psycopg.Error.

    A password is proved, never sent: whoever answers in the server's place must not learn it.
    """
    more: dict[str, Any] = {"sslrootcert": "system"} if target.tls == "verify" else {}
    if target.password:
        more |= {"password": target.password, "require_auth": "scram-sha-256,md5"}
    connection = psycopg.connect(
        host=target.host,
        hostaddr=address,
        port=target.port,
        dbname=target.database,
        user=target.user,
        sslmode=_SSLMODE[target.tls],
        gssencmode="disable",
        passfile=f"{os.devnull}/none",
        connect_timeout=max(2, int(seconds)),
        client_encoding="UTF8",
        autocommit=True,
        prepare_threshold=None,
        application_name="resident-health-portal",
        **more,
    )
    return PostgreSQL(connection)


def in_words(trouble: Exception, target: Target) -> str:
    """What happened, for the people who run the feed."""
    state = getattr(trouble, "sqlstate", None) or ""
    if state in _BY_STATE:
        return f"数据库 {target.place}：{_BY_STATE[state]}"
    if state:
        return f"数据库 {target.place} 出错（{state}）。稍后会自动重试；若一直这样，请联系机构信息科。"
    if isinstance(trouble, psycopg.DataError):
        return f"数据库 {target.place} 的视图里有不能读取的内容（如 infinity 日期）。请机构检查。"
    for words, sentence in _BY_WORDS:
        if words.search(str(trouble)):
            return f"数据库 {target.place}：{sentence}"
    return f"连接不上数据库 {target.place}，或连接中途断开。请确认前置机已开机、网络和防火墙放行；稍后会自动重试。"
