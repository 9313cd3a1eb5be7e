"""Where a view is and how it is read: a source's settings, checked. Only names are taken from them, no statements."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from records.exchange.credentials import secrets_of
from records.exchange.models import Source
from records.exchange.problems import NotListed, PullFailed
from records.exchange.tables.plan import Plan, read_plan
from records.exchange.tables.problems import BadPlan

PORTS = {"postgresql": 5432, "mysql": 3306}
TLS = ("verify", "require", "off")
MOST_PAGE_ROWS = 2000
MOST_KEYS = 4
# A number has no clock to lag behind: so many numbers before the last one are read again.
OVERLAP_NUMBERS = 1000
_KNOWN = frozenset(
    {"view", "watermark", "key", "page_rows", "overlap_numbers", "tls", "columns", "charset", "patient_numbers_of"}
)
# A letter, Chinese ones included, then letters and digits: what needs no thought, although every name is quoted too.
_NAME = re.compile(r"[^\W\d][\w$]{0,63}")
ADDRESS = (
    "数据库地址应写成 postgresql://用户名@主机:端口/库名 或 mysql://用户名@主机:端口/库名，不带参数。"
    "请核对数据来源的设置。"
)
PASSWORD_IN_ADDRESS = "数据库地址里不能写密码。请把密码保存在数据来源的“凭证”里。"


@dataclass(frozen=True)
class Target:
    """A database: which kind, where, and who asks."""

    kind: str
    host: str
    port: int
    database: str
    user: str
    password: str
    tls: str

    @property
    def place(self) -> str:
        """Host and port, as they are listed."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True)
class View:
    """A view: its name in parts, its watermark and key columns, how many rows are asked for at once, its mapping."""

    name: tuple[str, ...]
    watermark: str
    key: tuple[str, ...]
    page_rows: int
    overlap_numbers: int
    columns: Plan

    @property
    def identity(self) -> str:
        """What a cursor belongs to: with another view or watermark it means nothing."""
        return "|".join((".".join(self.name), self.watermark, *self.key))


def target_of(source: Source) -> Target:
    """Where the view is; raises PullFailed for an address that is none, or names a host that is not listed."""
    parts = urlsplit(source.address)
    if parts.scheme not in PORTS:
        raise PullFailed(ADDRESS)
    if parts.password is not None:
        raise PullFailed(PASSWORD_IN_ADDRESS)
    host, port, database = _place(parts)
    listed = {item.strip().lower() for item in source.allowed_hosts}
    if f"{host}:{port}" not in listed:
        said = f"数据库地址 {host}:{port} 不在“允许访问的主机”中，没有访问。请核对数据来源的设置。"
        raise NotListed(said, f"{host}:{port}")
    tls = source.options.get("tls", "require")
    if tls not in TLS:
        raise PullFailed(f"格式设置里的 tls 只能是 {'、'.join(TLS)}。")
    return Target(parts.scheme, host, port, database, unquote(parts.username or ""), secrets_of(source).password, tls)


def _place(parts: SplitResult) -> tuple[str, int, str]:
    try:
        port = parts.port or PORTS[parts.scheme]
    except ValueError:
        raise PullFailed(ADDRESS) from None
    database = unquote(parts.path.removeprefix("/"))
    if not parts.hostname or not parts.username or not database or "/" in database or parts.query or parts.fragment:
        raise PullFailed(ADDRESS)
    if any(mark in parts.hostname for mark in ",@\\ \x00") or "\x00" in database:
        raise PullFailed(ADDRESS)
    return parts.hostname.lower(), port, database


def view_of(options: Mapping[str, Any], page_rows: int) -> View:
    """How the view is read; raises PullFailed naming the setting that is wrong."""
    unknown = [str(key)[:40] for key in options if key not in _KNOWN]
    if unknown:
        raise PullFailed(f"格式设置里有不认识的项：{'、'.join(unknown[:5])}。")
    name = options.get("view")
    view = tuple(name.split(".")) if isinstance(name, str) else ()
    if not 1 <= len(view) <= 2:
        raise PullFailed("格式设置里的 view 应写视图名，或“模式名.视图名”。")
    key = options.get("key")
    keys = tuple(key) if isinstance(key, list) else (key,)
    if not 1 <= len(keys) <= MOST_KEYS:
        raise PullFailed(f"格式设置里的 key 应为能区分每一行的列名，最多 {MOST_KEYS} 列。")
    return View(
        name=tuple(_name(part, "view") for part in view),
        watermark=_name(options.get("watermark"), "watermark"),
        key=tuple(_name(part, "key") for part in keys),
        page_rows=_whole(options, "page_rows", page_rows, MOST_PAGE_ROWS),
        overlap_numbers=_whole(options, "overlap_numbers", OVERLAP_NUMBERS, 1_000_000),
        columns=_columns(options),
    )


def _name(value: object, setting: str) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise PullFailed(
            f"格式设置里的 {setting} 只能写名称（汉字、字母、数字、下划线，不以数字开头），不能写语句或表达式。"
        )
    return value


def _whole(options: Mapping[str, Any], key: str, usual: int, most: int) -> int:
    value = options.get(key, min(usual, most))
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise PullFailed(f"格式设置里的 {key} 应为 1 到 {most} 的整数。")
    return value


def _columns(options: Mapping[str, Any]) -> Plan:
    """The column mapping, which must be able to read what we write: the header first, and each row's time of change."""
    try:
        plan = read_plan(options.get("columns", {}))
    except BadPlan as problem:
        raise PullFailed("列对照不能使用：" + "".join(problem.sentences[:3])) from None
    if plan.header_row > 1 or plan.sheet:
        raise PullFailed("数据库视图没有工作表，表头总在第一行：请去掉列对照里的 header_row 和 sheet。")
    return plan
