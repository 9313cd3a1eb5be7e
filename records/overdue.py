"""What is past its day, by facility and by month: disputes, results out of range, and what people said of services.

Figures only. The rows behind them are those that row-level security shows the reader: all to the bureau, and to the
head of a facility its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connections
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foundation.dated import register, setting
from foundation.rowsecurity import database

MONTHS = register("records.overdue_months", 6, "“逾期与核实”统计最近几个月")
DISPUTES = """
SELECT f.id, f.name, count(*) FILTER (WHERE d.answered_at IS NULL),
  count(*) FILTER (WHERE d.answered_at IS NULL AND d.due_at < %(now)s),
  (min(d.due_at) FILTER (WHERE d.answered_at IS NULL AND d.due_at < %(now)s) AT TIME ZONE 'Asia/Shanghai')::date,
  round((percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM d.answered_at - d.asked_at) / 86400)
    FILTER (WHERE d.answered_at IS NOT NULL))::numeric, 1)::float
FROM records_dispute d JOIN facilities_facility f ON f.id = d.facility_id
WHERE d.answered_at IS NULL OR d.answered_at >= %(since)s GROUP BY f.id, f.name ORDER BY 4 DESC, 3 DESC, 2
"""
MATTERS = """
SELECT f.id, f.name, count(*) FILTER (WHERE c.ended_at IS NULL),
  count(*) FILTER (WHERE c.state = 'waiting' AND c.due_on < %(today)s),
  min(c.due_on) FILTER (WHERE c.state = 'waiting' AND c.due_on < %(today)s),
  round((percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM s.first_at - c.opened_at) / 86400))::numeric, 1)
    ::float
FROM records_followthrough c JOIN facilities_facility f ON f.id = c.facility_id
LEFT JOIN LATERAL (SELECT min(s.done_at) AS first_at FROM records_followthroughstep s
  WHERE s.case_id = c.id AND s.deed IN ('contacted', 'booked', 'rechecked', 'critical')) s ON true
WHERE c.ended_at IS NULL OR c.ended_at >= %(since)s GROUP BY f.id, f.name ORDER BY 4 DESC, 3 DESC, 2
"""
SERVICES = """
SELECT f.id, f.name, count(*), count(*) FILTER (WHERE q.answer = 'yes'), count(*) FILTER (WHERE q.answer = 'no'),
  count(*) FILTER (WHERE q.answer = ''),
  round(100.0 * count(*) FILTER (WHERE q.answer = 'yes') / nullif(count(*) FILTER (WHERE q.answer <> ''), 0))::int
FROM records_servicequestion q JOIN facilities_facility f ON f.id = q.facility_id
WHERE q.asked_at >= %(since)s GROUP BY f.id, f.name ORDER BY 5 DESC, 3 DESC, 2
"""
BY_MONTH = """
WITH due AS (
  SELECT date_trunc('month', d.due_at AT TIME ZONE 'Asia/Shanghai')::date AS month, 1 AS disputes,
    (coalesce(d.answered_at, %(now)s) > d.due_at)::int AS late, 0 AS matters, 0 AS missed
  FROM records_dispute d WHERE d.due_at >= %(since)s AND d.due_at <= %(now)s
  UNION ALL
  SELECT date_trunc('month', c.due_on)::date, 0, 0, 1, (coalesce((SELECT min(s.done_at) FROM records_followthroughstep s
    WHERE s.case_id = c.id AND s.deed IN ('contacted', 'booked', 'rechecked', 'critical', 'closed')), %(now)s)
      >= (c.due_on + 1)::timestamp AT TIME ZONE 'Asia/Shanghai')::int
  FROM records_followthrough c WHERE c.due_on >= %(first)s AND c.due_on < %(today)s AND c.state <> 'gone')
SELECT to_char(month, 'YYYY-MM'), sum(disputes)::int, sum(late)::int, sum(matters)::int, sum(missed)::int
FROM due GROUP BY month ORDER BY month DESC
"""


@dataclass(frozen=True)
class Line:
    """One facility: what is open, how much of it late, the earliest day missed, and how long it takes in the middle."""

    facility: UUID
    name: str
    open: int
    late: int
    oldest: date | None
    median: float | None


@dataclass(frozen=True)
class Table:
    """One kind of work; `page` is the address of the list that it leads to, with what narrows it to what is late."""

    title: "str | Promise"
    page: str
    query: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class Service:
    """What people said of one facility's services; `share`: percent of the answers that said yes."""

    facility: UUID
    name: str
    asked: int
    confirmed: int
    denied: int
    silent: int
    share: int | None


@dataclass(frozen=True)
class Month:
    """What fell due within a month, and how much of it was late."""

    month: str
    disputes: int
    late: int
    matters: int
    missed: int


def tables(now: datetime) -> Sequence[Table]:
    """Disputes and results out of range, facility by facility, the most that is late first."""
    return [
        Table(_("档案异议"), "admin:records_dispute_changelist", "late=1", _lines(DISPUTES, now)),
        Table(_("异常结果随访"), "staff:follow_through", "list=late", _lines(MATTERS, now)),
    ]


def _lines(statement: str, now: datetime) -> Sequence[Line]:
    return [Line(*row) for row in _rows(statement, now)]


def services(now: datetime) -> Sequence[Service]:
    """What people said of services, the most denied first."""
    return [Service(*row) for row in _rows(SERVICES, now)]


def months(now: datetime) -> Sequence[Month]:
    """What fell due in each of the last months, the newest first."""
    return [Month(*row) for row in _rows(BY_MONTH, now)]


def _rows(statement: str, now: datetime) -> list[tuple[Any, ...]]:
    today = timezone.localdate(now)
    number = today.year * 12 + today.month - 1 - int(setting(MONTHS, now))
    first = date(number // 12, number % 12 + 1, 1)
    since = timezone.make_aware(datetime.combine(first, datetime.min.time()))
    with connections[database()].cursor() as cursor:
        cursor.execute(statement, {"now": now, "today": today, "since": since, "first": first})
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
