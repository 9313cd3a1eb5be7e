"""A person, and the documents by which the person is found."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.fields import EncryptedTextField
from foundation.keys import uuid7
from residents.phones import PhoneIndexField
from residents.querysets import IdentifierQuerySet


class Resident(models.Model):
    """One natural person, whether or not with an account: the county's master index (居民主索引)."""

    class Sex(models.TextChoices):
        """GB/T 2261.1."""

        UNKNOWN = "0", _("未知")
        MALE = "1", _("男")
        FEMALE = "2", _("女")
        UNSTATED = "9", _("未说明")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(_("姓名"), max_length=100)
    name_pinyin = models.CharField(_("姓名拼音"), max_length=200, blank=True)
    sex = models.CharField(_("性别"), max_length=1, choices=Sex.choices)
    birth_date = models.DateField(_("出生日期"))
    phone = EncryptedTextField(_("预留手机号"), null=True)
    phone_index = PhoneIndexField(of="phone")
    address = models.CharField(_("居住地"), max_length=200, blank=True)
    facility = models.ForeignKey(
        "facilities.Facility", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("建档机构")
    )
    deceased_on = models.DateField(_("死亡日期"), null=True, blank=True)
    provisional = models.BooleanField(
        _("自行登记"), default=False, editable=False, help_text=_("本人在网上登记、还没有机构看过证件。")
    )
    created_at = models.DateTimeField(_("建档时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("居民")
        verbose_name_plural = _("居民")
        indexes = [
            models.Index(fields=["name"], name="resident_by_name", opclasses=["text_pattern_ops"]),
            models.Index(fields=["name_pinyin"], name="resident_by_pinyin", opclasses=["text_pattern_ops"]),
            models.Index(fields=["facility", "name"], name="resident_by_facility"),
            models.Index(fields=["phone_index"], name="resident_by_phone"),
        ]
        constraints = [
            models.CheckConstraint(name="resident_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(name="resident_sex_is_coded", condition=Q(sex__in=["0", "1", "2", "9"])),
        ]

    def __str__(self) -> str:
        return self.name


class Identifier(models.Model):
    """A document number, sealed; equal numbers meet through the blind index and nowhere else.

    A claimed one was only typed in by somebody; whoever proves the document takes the number over.
    """

    class Kind(models.TextChoices):
        RESIDENT_ID_CARD = "resident_id_card", _("居民身份证")
        HMT_RESIDENCE_PERMIT = "hmt_residence_permit", _("港澳台居民居住证")
        FOREIGN_PR_CARD = "foreign_pr_card", _("外国人永久居留身份证")
        PASSPORT = "passport", _("护照")
        BIRTH_CERTIFICATE = "birth_certificate", _("出生医学证明")
        HEALTH_RECORD = "health_record", _("居民健康档案编号")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="identifiers")
    kind = models.CharField(_("证件类型"), max_length=30, choices=Kind.choices)
    value = EncryptedTextField(_("证件号码"))
    index = models.BinaryField(max_length=32)
    claimed = models.BooleanField(_("只是自称"), default=False, editable=False)
    created_at = models.DateTimeField(_("登记时间"), auto_now_add=True)

    objects = IdentifierQuerySet.as_manager()

    class Meta:
        verbose_name = _("证件")
        verbose_name_plural = _("证件")
        constraints = [
            models.UniqueConstraint(
                name="one_person_per_document",
                fields=["kind", "index"],
                condition=Q(claimed=False),
                violation_error_message=_("该证件号码已登记在另一位居民名下。"),
            ),
            models.UniqueConstraint(name="one_claim_per_document", fields=["kind", "index"], condition=Q(claimed=True)),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
