"""Posters and screens: where they hang, who checks in by one, and what a screen shows."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db import connections
from django.urls import reverse

from appointments.models import Booking, Point, Ticket
from facilities.models import Department, Facility
from foundation.dated import register
from foundation.rowsecurity import asked, database
from residents.access import Viewer

REFRESH = register("appointments.board_seconds", 5, "候诊大屏每几秒更新一次（2到60）")
BOARD = """
SELECT queue, department, doctor, place, category, number, name, state, room, calls, called_at FROM app.board(%s)
ORDER BY department, doctor, queue, turn
"""


@dataclass(frozen=True)
class Wall:
    """Where a poster or a screen hangs, as far as its code tells."""

    facility_id: UUID
    facility_name: str
    department_id: UUID | None
    name: str


@dataclass(frozen=True)
class Shown:
    """One line of the screen: no more of a person than a ticket and the ends of their name."""

    label: str
    name: str
    room: str
    calls: int
    called_at: datetime | None


@dataclass
class Lane:
    """One queue on the screen."""

    department: str
    doctor: str
    place: str
    called: list[Shown] = field(default_factory=list)
    waiting: list[Shown] = field(default_factory=list)
    skipped: list[Shown] = field(default_factory=list)


def wall_of(code: str, kind: str) -> Wall | None:
    """Where the code hangs; None for one that was taken down or never was."""
    with connections[database()].cursor() as cursor:
        cursor.execute("SELECT facility, facility_name, department, name FROM app.point_of(%s, %s)", [code, kind])
        row = cursor.fetchone()
    return Wall(*row) if row else None


def lanes_of(code: str) -> list[Lane]:
    """What the screen with this code shows now."""
    with connections[database()].cursor() as cursor:
        cursor.execute(BOARD, [code])
        rows = cursor.fetchall()
    lanes: dict[UUID, Lane] = {}
    for queue, department, doctor, place, category, number, name, state, room, calls, called_at in rows:
        lane = lanes.setdefault(queue, Lane(department, doctor, place))
        label = Ticket(category=category, number=number).label
        getattr(lane, state).append(Shown(label, name, room, calls, called_at))
    return list(lanes.values())


def due_here(viewer: Viewer, wall: Wall, today: date) -> Sequence[Booking]:
    """The person's visits of today at the place of a poster, those that are over left out."""
    mine = Booking.objects.visible_to(viewer).with_everything().filter(facility_id=wall.facility_id, date=today)
    if wall.department_id:
        mine = mine.filter(department_id=wall.department_id)
    return list(mine.filter(status__in=Booking.AWAITED).order_by("slot__starts_at"))


def check_in(booking: Booking, code: str) -> str:
    """Check in by a poster's code; what came of it, in one word (`app.arrive`, migration 0009)."""
    return str(asked("SELECT app.arrive(%s, %s, '')", [booking.pk, code]))


def hang(*, kind: str, facility: Facility, department: Department | None, name: str, by: UUID, now: datetime) -> Point:
    """A new poster or screen with a code of its own."""
    point = Point(kind=kind, facility=facility, department=department, name=name, made_by=by, made_at=now)
    point.code = secrets.token_urlsafe(18)
    point.save(force_insert=True)
    return point


def take_down(point: Point, now: datetime) -> None:
    """Its code opens nothing from now on."""
    Point.objects.filter(pk=point.pk, ended_at=None).update(ended_at=now)


def address_of(point: Point) -> str:
    """What the code of a poster, or the browser of a screen, is given."""
    name = "appointments:check_in" if point.kind == Point.Kind.POSTER else "appointments:board"
    return settings.PUBLIC_URL.rstrip("/") + reverse(name, args=[point.code])
