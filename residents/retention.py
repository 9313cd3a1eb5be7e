"""Moving whole months of the access log out of the database, verified, without deleting a row."""

from datetime import datetime

from django.conf import settings
from django.db import connections, transaction
from psycopg import sql

from foundation.dated import setting
from foundation.rowsecurity import database
from residents import heads
from residents.canonical import SHANGHAI, month_after, month_name
from residents.log_limits import KEPT_MONTHS
from residents.verifying import Fault, Walk, month_named

LOG, CHAIN = "residents_accessevent", "residents_seal"
ATTACHED = """
SELECT right(inhrelid::regclass::text, 6) FROM pg_inherits
WHERE inhparent = %s::regclass AND inhrelid::regclass::text ~ '_[0-9]{6}$' ORDER BY 1
"""
STRAY = "SELECT EXISTS (SELECT 1 FROM residents_accessevent_default WHERE at >= %s AND at < %s)"


class Refused(Exception):
    """The month cannot be moved out; the message says why, in the operator's words."""

    def __init__(self, message: str, faults: list[Fault] | None = None) -> None:
        super().__init__(message)
        self.faults = faults or []


def months_before(before: datetime, now: datetime) -> list[datetime]:
    """The months with partitions of their own before `before`; raises Refused inside the time they must be kept."""
    kept = setting(KEPT_MONTHS, now)
    local = now.astimezone(SHANGHAI)
    months = local.year * 12 + local.month - 1 - kept
    if before > datetime(months // 12, months % 12 + 1, 1, tzinfo=SHANGHAI):
        raise Refused(f"访问记录至少要保留 {kept} 个月，{month_name(before)} 之前的还不能全部移出。")
    with connections[database()].cursor() as cursor:
        cursor.execute(ATTACHED, [LOG])
        names = {row[0] for row in cursor.fetchall()}
        cursor.execute(ATTACHED, [CHAIN])
        names &= {row[0] for row in cursor.fetchall()}
    return sorted(month for month in map(month_named, names) if month < before)


def detach(month: datetime, now: datetime) -> int:
    """Verify a month, close its heads, and take both partitions off their tables; returns how many events it held.

    Raises Refused where the month does not prove whole, or some of its events lie elsewhere.
    """
    walk = Walk(month, settings.AUDIT_HEADS, now)
    if faults := list(walk.faults()):
        raise Refused(f"{month_name(month)} 核验没有通过，不能移出。", faults)
    name = month_name(month)
    with transaction.atomic(using=database()), connections[database()].cursor() as cursor:
        cursor.execute(heads.LOCK)
        cursor.execute(STRAY, [month, month_after(month)])
        if cursor.fetchone()[0]:
            raise Refused(f"{name} 有记录在默认分区里，不能按月移出。")
        if walk.links:
            heads.close(month, now)
        for table in (LOG, CHAIN):
            names = sql.Identifier(table), sql.Identifier(f"{table}_{name}")
            cursor.execute(sql.SQL("ALTER TABLE {} DETACH PARTITION {}").format(*names))
    return walk.links
