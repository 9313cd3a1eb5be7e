"""短信与消息: what left by which channel, what it cost, what waits for tomorrow, and why something did not leave.

Counts only: the database gives the bureau no number, no text and no name.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation import clock
from foundation.rowsecurity import database
from portal.staff_log import record
from residents.message_limits import cap
from residents.models import Channel, Delivery, MessageSpending

DAYS = 14


@dataclass(frozen=True)
class Pot:
    """What today may cost and has cost so far, in yuan."""

    name: str
    urgent: bool
    spent: str
    cap: str
    reached_at: datetime | None


@dataclass
class Line:
    """One channel on one day."""

    day: date
    channel: str
    left: int = 0
    delivered: int = 0
    failed: int = 0
    waiting: int = 0
    held: int = 0
    fen: int = 0

    @property
    def cost(self) -> str:
        """In yuan."""
        return yuan(self.fen)


@dataclass(frozen=True)
class Trouble:
    """One reason for which messages did not leave."""

    channel: str
    reason: str
    messages: int
    last_at: datetime


def figures(request: HttpRequest) -> HttpResponse:
    """Two weeks of messages, for the bureau's administrators, engineers and auditors."""
    if not request.user.has_perm("residents.view_messagespending"):
        raise PermissionDenied
    now = clock.now()
    since = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS - 1)
    record(request, "staff.listed", MessageSpending)
    context = {
        **admin.site.each_context(request),
        "title": _("短信与消息"),
        "pots": pots(now),
        "lines": lines(since),
        "troubles": troubles(since),
        "days": DAYS,
    }
    return TemplateResponse(request, "portal/staff_messages.html", context)


def yuan(fen: int) -> str:
    """An amount of fen as people write it."""
    return f"{fen / 100:.2f}"


def pots(now: datetime) -> list[Pot]:
    """Today's pots, those nothing was taken from included."""
    today = {row.pot: row for row in MessageSpending.objects.filter(day=timezone.localdate(now))}
    return [
        Pot(
            name=str(label),
            urgent=pot == MessageSpending.Pot.URGENT,
            spent=yuan(today[pot].spent_fen if pot in today else 0),
            cap=yuan(cap(pot, now)),
            reached_at=today[pot].reached_at if pot in today else None,
        )
        for pot, label in MessageSpending.Pot.choices
    ]


def lines(since: datetime) -> list[Line]:
    """One line for each day and channel, newest first."""
    found: dict[tuple[date, str], Line] = {}
    labels = dict(Channel.choices)
    for day, channel, status, messages, held, fen in _ask("SELECT * FROM app.message_figures(%s)", since):
        line = found.setdefault((day, channel), Line(day, str(labels[channel])))
        line.left += messages if status in {Delivery.Status.SENT, Delivery.Status.DELIVERED} else 0
        line.delivered += messages if status == Delivery.Status.DELIVERED else 0
        line.failed += messages if status == Delivery.Status.FAILED else 0
        line.waiting += messages if status == Delivery.Status.WAITING else 0
        line.held += held
        line.fen += int(fen)
    return sorted(found.values(), key=lambda line: (line.day, line.channel), reverse=True)


def troubles(since: datetime) -> list[Trouble]:
    """Why messages did not leave, the latest first."""
    labels = dict(Channel.choices)
    rows = _ask("SELECT * FROM app.message_troubles(%s) ORDER BY last_at DESC LIMIT 20", since)
    return [Trouble(str(labels[channel]), reason, messages, at) for channel, reason, messages, at in rows]


def _ask(statement: str, since: datetime) -> list[Any]:
    with connections[database()].cursor() as cursor:
        cursor.execute(statement, [since])
        return list(cursor.fetchall())
