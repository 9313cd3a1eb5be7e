"""Who provides care: the county-township-village tree, its departments and people, and who works where."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from facilities.querysets import MembershipQuerySet
from facilities.roles import Role
from foundation.keys import uuid7


class Facility(models.Model):
    """A place of care, or the health bureau above them all."""

    class Level(models.TextChoices):
        BUREAU = "bureau", _("卫生健康局")
        COUNTY = "county", _("县级医院")
        TOWNSHIP = "township", _("乡镇卫生院")
        VILLAGE = "village", _("村卫生室")
        PRIVATE = "private", _("民营医疗机构")
        SHARED_CENTRE = "shared_centre", _("资源共享中心")

    class Onboarding(models.TextChoices):
        NOT_CONNECTED = "not_connected", _("暂未接入")
        TESTING = "testing", _("测试中")
        CONNECTED = "connected", _("已接入")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(_("机构编码"), max_length=30, unique=True)
    name = models.CharField(_("机构名称"), max_length=100)
    level = models.CharField(_("机构层级"), max_length=20, choices=Level.choices)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("上级机构")
    )
    onboarding = models.CharField(
        _("接入状态"), max_length=20, choices=Onboarding.choices, default=Onboarding.NOT_CONNECTED
    )
    address = models.CharField(_("地址"), max_length=200, blank=True)
    phone = models.CharField(_("电话"), max_length=30, blank=True)
    position = models.PositiveIntegerField(_("排序"), default=100)
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("医疗机构")
        verbose_name_plural = _("医疗机构")
        ordering = ["position", "code"]
        constraints = [
            models.CheckConstraint(name="facility_is_not_its_own_parent", condition=~Q(id=F("parent"))),
            models.CheckConstraint(name="facility_has_a_name", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name


class Department(models.Model):
    """A department (科室) of a facility."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="departments", verbose_name=_("医疗机构"))
    code = models.CharField(_("科室编码"), max_length=30)
    name = models.CharField(_("科室名称"), max_length=60)
    introduction = models.CharField(_("简介"), max_length=300, blank=True)
    location = models.CharField(_("位置"), max_length=100, blank=True)
    takes_bookings = models.BooleanField(_("接受预约"), default=True)
    position = models.PositiveIntegerField(_("排序"), default=100)
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("科室")
        verbose_name_plural = _("科室")
        ordering = ["position", "code"]
        constraints = [
            models.UniqueConstraint(
                name="department_code_unique_in_facility",
                fields=["facility", "code"],
                violation_error_message=_("该机构已有相同编码的科室。"),
            )
        ]

    def __str__(self) -> str:
        return self.name


class Practitioner(models.Model):
    """A doctor or other health worker, as residents may know them."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="practitioners", verbose_name=_("医疗机构"))
    department = models.ForeignKey(Department, models.PROTECT, related_name="practitioners", verbose_name=_("科室"))
    code = models.CharField(_("工号"), max_length=30)
    name = models.CharField(_("姓名"), max_length=100)
    title = models.CharField(_("职称"), max_length=40, blank=True)
    speciality = models.CharField(_("擅长"), max_length=300, blank=True)
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("医生")
        verbose_name_plural = _("医生")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(
                name="practitioner_code_unique_in_facility",
                fields=["facility", "code"],
                violation_error_message=_("该机构已有相同工号的医生。"),
            )
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """An account's role at a facility, from one instant to another. At the bureau it reaches every facility."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("账号"))
    account_name = models.CharField(_("姓名"), max_length=100)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="memberships", verbose_name=_("医疗机构"))
    role = models.CharField(_("角色"), max_length=20, choices=Role.choices)
    starts_at = models.DateTimeField(_("开始时间"))
    ended_at = models.DateTimeField(_("结束时间"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("人员角色")
        verbose_name_plural = _("人员角色")
        ordering = ["facility", "account_name"]
        indexes = [models.Index(fields=["account"], name="membership_live", condition=Q(ended_at__isnull=True))]
        constraints = [
            models.UniqueConstraint(
                name="one_live_membership_per_role",
                fields=["account", "facility", "role"],
                condition=Q(ended_at__isnull=True),
                violation_error_message=_("该人员在该机构已有此角色。"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.account_name} · {self.get_role_display()}"
