"""That something a page of a record shows has changed: written by triggers, so that no page outlives what it shows."""

from uuid import uuid4

from django.db import models
from django.utils.translation import gettext_lazy as _


class PersonChange(models.Model):
    """Something about one person changed, and nothing of what. Added in the transaction of the change, never updated.

    So nobody who writes to a record waits for another. The key is random: a number from a sequence could come twice
    after a restore, and a page that was kept before it would stand again.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    resident = models.ForeignKey(
        "residents.Resident", models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("档案有变化")
        verbose_name_plural = _("档案有变化")
        indexes = [
            models.Index(fields=["resident"], include=["id"], name="person_change_of"),
            models.Index(fields=["at"], name="person_change_at"),
        ]


class CountyChange(models.Model):
    """Something that pages of records show of the county changed: a facility, a text, a rule, a setting."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    at = models.DateTimeField(_("时间"), db_index=True)

    class Meta:
        verbose_name = _("全县资料有变化")
        verbose_name_plural = _("全县资料有变化")
