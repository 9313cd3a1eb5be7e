"""A draw (抽签) for a clinic that is too scarce for "who comes first": requests, a sealed seed, and what came of it.

The hash of the seed is published before the first request, the seed after the last one. Whoever has both and the
number of requests can work out the order again (docs/draw.md).
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from appointments.models.sessions import Session
from foundation.fields import EncryptedTextField
from foundation.keys import uuid7


class Draw(models.Model):
    """The draw of one half-day. All of it is public; it names nobody."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    session = models.OneToOneField(Session, models.PROTECT, related_name="held_draw")
    seed_hash = models.CharField(_("种子的 SHA-256"), max_length=64)
    opens_at = models.DateTimeField(_("开始登记"))
    closes_at = models.DateTimeField(_("截止登记"))
    # Counted by the database with each request, which gets its number by it.
    asked = models.PositiveIntegerField(_("登记数"), default=0, db_default=0)
    # What there was to draw as the seed was published, and how many of it are kept for elders.
    places = models.PositiveIntegerField(_("号源数"), default=0, db_default=0)
    elders = models.PositiveIntegerField(_("其中老年人预留"), default=0, db_default=0)
    seed = models.CharField(_("种子"), max_length=64, blank=True, default="", db_default="")
    # Request numbers in the order drawn, each with what came of it.
    result = models.JSONField(_("结果"), default=list, db_default=models.Value([], models.JSONField()))
    settled_at = models.DateTimeField(_("完成时间"), null=True)

    class Meta:
        verbose_name = _("抽签")
        verbose_name_plural = _("抽签")
        indexes = [models.Index(fields=["closes_at"], name="draw_waits", condition=Q(settled_at=None))]
        constraints = [
            models.CheckConstraint(name="draw_closes_after_it_opens", condition=Q(closes_at__gt=F("opens_at"))),
            models.CheckConstraint(name="draw_settled_with_its_seed", condition=Q(settled_at=None) | ~Q(seed="")),
        ]


class DrawSeed(models.Model):
    """The seed until it is published; only the worker reads it."""

    draw = models.OneToOneField(Draw, models.PROTECT, primary_key=True, related_name="+")
    seed = EncryptedTextField()


class DrawRequest(models.Model):
    """One person's wish for a place in the half-day; it takes none."""

    class Outcome(models.TextChoices):
        WAITING = "", _("等待抽签")
        WON = "won", _("抽中")
        LOST = "lost", _("没有抽中")
        RULE = "rule", _("抽到时不符合预约规则")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    draw = models.ForeignKey(Draw, models.PROTECT, related_name="requests")
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+")
    number = models.PositiveIntegerField(_("登记号"), editable=False, db_default=0)
    asked_by = models.UUIDField(editable=False)
    asked_at = models.DateTimeField(_("登记时间"))
    rank = models.PositiveIntegerField(_("抽到第几"), null=True)
    outcome = models.CharField(_("结果"), max_length=4, choices=Outcome.choices, blank=True, default="", db_default="")
    booking = models.OneToOneField("appointments.Booking", models.PROTECT, null=True, related_name="drawn_by")

    class Meta:
        verbose_name = _("抽签登记")
        verbose_name_plural = _("抽签登记")
        constraints = [
            models.UniqueConstraint(name="one_request_per_person_and_draw", fields=["draw", "resident"]),
            models.UniqueConstraint(name="draw_number_given_once", fields=["draw", "number"]),
            models.CheckConstraint(
                name="draw_won_exactly_with_a_booking",
                condition=Q(outcome="won", booking__isnull=False) | (~Q(outcome="won") & Q(booking=None)),
            ),
        ]
