"""What is written at the counter: codes that open an account, and deaths waiting for a second person's word."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7


class ActivationCode(models.Model):
    """A one-time code printed at a counter; with the document number it opens the person's account.

    Closed to every login: only the database's own functions issue, compare and use one up.
    """

    class Level(models.IntegerChoices):
        """What whoever uses the code up has proved at the counter."""

        MATCHED = 2, _("手工核对证件")
        VERIFIED = 3, _("读卡器核验")

    behind_sign_in = True

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+")
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("发放机构"))
    level = models.PositiveSmallIntegerField(_("实名等级"), choices=Level.choices)
    code_hash = models.BinaryField(max_length=32)
    issued_by = models.UUIDField(_("发放人"))
    issued_at = models.DateTimeField(_("发放时间"))
    expires_at = models.DateTimeField(_("有效期至"))
    used_at = models.DateTimeField(_("使用时间"), null=True)
    revoked_at = models.DateTimeField(_("作废时间"), null=True)
    tries = models.PositiveSmallIntegerField(_("输错次数"), default=0)

    class Meta:
        verbose_name = _("激活码")
        verbose_name_plural = _("激活码")
        constraints = [
            models.CheckConstraint(name="activation_level_is_2_or_3", condition=Q(level__in=[2, 3])),
            models.CheckConstraint(
                name="activation_code_ends_after_it_starts", condition=Q(expires_at__gt=F("issued_at"))
            ),
            models.UniqueConstraint(
                name="one_live_activation_code_per_person",
                fields=["resident"],
                condition=Q(used_at__isnull=True, revoked_at__isnull=True),
            ),
        ]


class DeathReport(models.Model):
    """A death that one member of staff entered from a certificate; it counts once a manager has confirmed it.

    Taking one back goes the same way (`undoes`): one reads the living person's document, another one decides.

    Closed to every login: managers read of the waiting ones through the database's own function.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+", verbose_name=_("居民"))
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("登记机构"))
    died_on = models.DateField(_("死亡日期"))
    evidence = models.CharField(_("依据"), max_length=100)
    reported_by = models.UUIDField(_("登记人"))
    reported_at = models.DateTimeField(_("登记时间"))
    decided_by = models.UUIDField(_("审核人"), null=True)
    decided_at = models.DateTimeField(_("审核时间"), null=True)
    confirmed = models.BooleanField(_("属实"), null=True)
    undoes = models.BooleanField(_("更正误登记"), default=False, db_default=False)

    class Meta:
        verbose_name = _("死亡登记")
        verbose_name_plural = _("死亡登记")
        constraints = [
            models.CheckConstraint(
                name="a_death_is_decided_by_somebody_else",
                condition=Q(decided_by=None) | ~Q(decided_by=F("reported_by")),
            ),
            models.CheckConstraint(
                name="a_death_is_decided_exactly_when_signed",
                condition=Q(decided_at=None, decided_by=None, confirmed=None)
                | Q(decided_at__isnull=False, decided_by__isnull=False, confirmed__isnull=False),
            ),
            models.UniqueConstraint(
                name="one_open_death_report_per_person", fields=["resident"], condition=Q(decided_at__isnull=True)
            ),
        ]
