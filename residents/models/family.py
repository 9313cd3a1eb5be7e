"""How somebody comes to act for another: an invitation by the person, or a guardian's application."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.fields import EncryptedTextField
from foundation.keys import uuid7
from residents.models.access import Category
from residents.models.consent import Purpose
from residents.models.resident import Identifier
from residents.querysets import GuardianshipQuerySet, InvitationQuerySet


class Invitation(models.Model):
    """A code that a person hands to a relative; only its hash is kept. The database's own functions write here."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="invitations")
    scope = ArrayField(models.CharField(max_length=20, choices=Category.choices), verbose_name=_("授权范围"))
    months = models.PositiveSmallIntegerField(_("授权几个月"))
    code_hash = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField(_("邀请时间"))
    expires_at = models.DateTimeField(_("邀请码有效期至"))
    used_at = models.DateTimeField(_("接受时间"), null=True)
    revoked_at = models.DateTimeField(_("撤回时间"), null=True)
    missed = models.PositiveSmallIntegerField(_("出生日期输错次数"), default=0)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("代办邀请")
        verbose_name_plural = _("代办邀请")
        indexes = [models.Index(fields=["resident", "expires_at"], name="invitation_by_resident")]
        constraints = [
            models.CheckConstraint(
                name="invitation_ends_after_it_starts", condition=Q(expires_at__gt=models.F("created_at"))
            )
        ]


class Guardianship(models.Model):
    """A parent's or guardian's application to act for a child, with its evidence. Only staff's yes opens anything.

    The child is named by what was typed: whether the county knows such a child is nobody's business before a yes.
    """

    class Kinship(models.TextChoices):
        FATHER = "father", _("父亲")
        MOTHER = "mother", _("母亲")
        OTHER = "other", _("其他监护人")

    class Evidence(models.TextChoices):
        HOUSEHOLD = "household", _("户口簿")
        BIRTH_CERTIFICATE = "birth_certificate", _("出生医学证明")
        OTHER = "other", _("其他证明")

    class State(models.TextChoices):
        REQUESTED = "requested", _("待审核")
        APPROVED = "approved", _("已通过")
        REFUSED = "refused", _("未通过")
        WITHDRAWN = "withdrawn", _("已撤回")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    guardian = models.ForeignKey("residents.Resident", models.PROTECT, related_name="guardianships")
    kinship = models.CharField(_("与孩子的关系"), max_length=10, choices=Kinship.choices)
    child_name = EncryptedTextField(_("孩子的姓名"))
    child_kind = models.CharField(_("孩子的证件类型"), max_length=30, choices=Identifier.Kind.choices)
    child_number = EncryptedTextField(_("孩子的证件号码"))
    child_index = models.BinaryField(max_length=32)
    evidence_kind = models.CharField(_("证明材料"), max_length=20, choices=Evidence.choices)
    evidence_number = EncryptedTextField(_("证明材料编号"), null=True)
    consents = ArrayField(
        models.CharField(max_length=20, choices=Purpose.choices), verbose_name=_("替孩子同意的事项"), default=list
    )
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("审核机构"))
    at_counter = models.BooleanField(_("窗口登记"), default=False)
    created_by = models.UUIDField(_("登记人"))
    created_at = models.DateTimeField(_("申请时间"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.REQUESTED)
    reviewed_by = models.UUIDField(_("审核人"), null=True)
    reviewed_at = models.DateTimeField(_("审核时间"), null=True)
    reason = models.CharField(_("未通过的原因"), max_length=200, blank=True)
    delegation = models.OneToOneField("residents.Delegation", models.PROTECT, null=True, related_name="guardianship")

    objects = GuardianshipQuerySet.as_manager()

    class Meta:
        verbose_name = _("监护人申请")
        verbose_name_plural = _("监护人申请")
        indexes = [
            models.Index(fields=["facility", "created_at"], name="guardianship_queue", condition=Q(state="requested"))
        ]
        constraints = [
            models.CheckConstraint(
                name="guardianship_reviewer_is_not_who_entered",
                condition=Q(reviewed_by=None) | ~Q(reviewed_by=models.F("created_by")),
            ),
            models.CheckConstraint(
                name="guardianship_decided_exactly_when_signed",
                condition=Q(state__in=["requested", "withdrawn"], reviewed_at__isnull=True, reviewed_by__isnull=True)
                | Q(state__in=["approved", "refused"], reviewed_at__isnull=False, reviewed_by__isnull=False),
            ),
            models.CheckConstraint(
                name="guardianship_opens_exactly_when_approved",
                condition=Q(state="approved", delegation__isnull=False) | (~Q(state="approved") & Q(delegation=None)),
            ),
            models.UniqueConstraint(
                name="one_waiting_guardianship_per_pair",
                fields=["guardian", "child_index"],
                condition=Q(state="requested"),
                violation_error_message=_("这个孩子的申请已经提交，正在等待审核。"),
            ),
        ]


class GuardianshipPhoto(models.Model):
    """A photographed page of the evidence, sealed; seen by whoever reviews it, and cleared away some days later."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    guardianship = models.ForeignKey(Guardianship, models.CASCADE, related_name="photos")
    position = models.PositiveSmallIntegerField()
    picture = models.BinaryField()  # a JPEG sealed for this row, see residents/family/photos.py
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("监护证明照片")
        verbose_name_plural = _("监护证明照片")
        constraints = [
            models.UniqueConstraint(name="one_photo_per_place", fields=["guardianship", "position"]),
            models.CheckConstraint(name="at_most_four_photos", condition=Q(position__gte=1, position__lte=4)),
        ]
