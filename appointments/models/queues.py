"""The waiting room: the queue of a doctor or a room, a ticket for whoever has come, what hangs on the walls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext_lazy as _

from appointments.models.bookings import Booking
from appointments.models.kinds import Period
from appointments.models.sessions import Session
from foundation.keys import uuid7

if TYPE_CHECKING:
    from residents.access import Viewer


class Queue(models.Model):
    """Those who wait for one doctor, or, where the county has it so, for one room with several doctors, in a half-day.

    Made by the database with the first ticket.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+")
    department = models.ForeignKey("facilities.Department", models.PROTECT, related_name="+")
    date = models.DateField()
    period = models.CharField(max_length=10, choices=Period.choices)
    # Null where doctors share the queue of a room.
    session = models.OneToOneField(Session, models.PROTECT, null=True, related_name="queue")
    room = models.CharField(_("诊室"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("候诊队列")
        verbose_name_plural = _("候诊队列")
        constraints = [
            models.UniqueConstraint(
                name="one_queue_per_room_and_half_day",
                fields=["facility", "date", "period", "room"],
                condition=Q(session=None),
            ),
            models.CheckConstraint(
                name="queue_is_a_doctors_or_a_rooms", condition=Q(session__isnull=False) | ~Q(room="")
            ),
        ]


class TicketQuerySet(models.QuerySet["Ticket"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Tickets of the person the viewer looks at; row-level security says the same."""
        return self.filter(resident_id=viewer.resident_id)

    def live(self) -> Self:
        """Tickets of people who are still here."""
        return self.filter(state__in=Ticket.HERE)

    def in_turn(self) -> Self:
        """In the order in which people are called (`app.turn_of`, migration 0009, says the same)."""
        ranks = [When(category=name, then=Value(rank)) for name, rank in Ticket.RANKS.items()]
        first = Case(When(category=Ticket.Category.PRIORITY, then=Value(0)), default=Value(1))
        return self.order_by(first, "order_at", Case(*ranks), "number", "id")


class Ticket(models.Model):
    """A place in a queue, from checking in to leaving the room. The database numbers it and guards its states."""

    class Category(models.TextChoices):
        ORDINARY = "ordinary", _("普通")
        PRIORITY = "priority", _("优先")
        ELDER = "elder", _("老年")

    class State(models.TextChoices):
        WAITING = "waiting", _("候诊")
        CALLED = "called", _("请进")
        SKIPPED = "skipped", _("过号")
        DONE = "done", _("已看完")
        LEFT = "left", _("已离开")

    HERE = (State.WAITING, State.CALLED, State.SKIPPED)
    LETTERS = {Category.ORDINARY: "A", Category.PRIORITY: "Y", Category.ELDER: "L"}
    RANKS = {Category.PRIORITY: 0, Category.ELDER: 1, Category.ORDINARY: 2}

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    queue = models.ForeignKey(Queue, models.PROTECT, related_name="tickets")
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+")
    booking = models.ForeignKey(Booking, models.PROTECT, related_name="tickets")
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+")
    category = models.CharField(_("类别"), max_length=10, choices=Category.choices)
    number = models.PositiveSmallIntegerField(_("票号"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.WAITING)
    # Whose turn it is: the booked time for whoever came in time, else when they came (back).
    order_at = models.DateTimeField()
    late = models.BooleanField(_("迟到"), default=False)
    issued_at = models.DateTimeField(_("取号时间"))
    called_at = models.DateTimeField(_("叫号时间"), null=True)
    called_by = models.UUIDField(null=True)
    calls = models.PositiveSmallIntegerField(default=0)
    room = models.CharField(_("诊室"), max_length=100, blank=True)
    ended_at = models.DateTimeField(null=True)

    objects = TicketQuerySet.as_manager()

    class Meta:
        verbose_name = _("候诊票")
        verbose_name_plural = _("候诊票")
        indexes = [models.Index(fields=["queue", "state"], name="ticket_by_queue")]
        constraints = [
            models.UniqueConstraint(name="ticket_number_given_once", fields=["queue", "category", "number"]),
            models.UniqueConstraint(
                name="one_live_ticket_per_booking",
                fields=["booking"],
                condition=Q(state__in=["waiting", "called", "skipped"]),
            ),
            models.UniqueConstraint(
                name="one_called_at_a_time_per_room", fields=["queue", "room"], condition=Q(state="called")
            ),
            models.CheckConstraint(
                name="ticket_called_exactly_into_a_room", condition=~Q(state="called") | (~Q(room="") & Q(calls__gte=1))
            ),
            models.CheckConstraint(
                name="ticket_ended_exactly_when_dated",
                condition=Q(state__in=["done", "left"], ended_at__isnull=False)
                | (~Q(state__in=["done", "left"]) & Q(ended_at=None)),
            ),
        ]

    @property
    def label(self) -> str:
        """As it is called and printed: the letter of the category and three digits."""
        return f"{self.LETTERS[Ticket.Category(self.category)]}{self.number:03d}"


class Point(models.Model):
    """Something on a wall: the poster by whose code people check in, or the screen of a waiting room.

    Its code is no secret of anybody's: a poster's proves that one stands before it, a screen's shows masked names.
    """

    class Kind(models.TextChoices):
        POSTER = "poster", _("签到海报")
        BOARD = "board", _("候诊大屏")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(_("种类"), max_length=10, choices=Kind.choices)
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+")
    department = models.ForeignKey(
        "facilities.Department", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("科室")
    )
    name = models.CharField(_("放在哪里"), max_length=60)
    code = models.CharField(max_length=32, unique=True, editable=False)
    made_by = models.UUIDField(editable=False)
    made_at = models.DateTimeField(editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("签到海报和大屏")
        verbose_name_plural = _("签到海报和大屏")
        ordering = ["kind", "name"]
