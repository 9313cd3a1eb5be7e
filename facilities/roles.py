"""The roles a membership can hold, named once for the models, the policies and the admin."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    ADMINISTRATOR = "administrator", _("系统管理员")
    SECURITY = "security", _("安全管理员")
    AUDITOR = "auditor", _("审计员")
    MANAGER = "manager", _("机构负责人")
    RECEPTION = "reception", _("窗口人员")
    CLINICIAN = "clinician", _("医生")
    VILLAGE_DOCTOR = "village_doctor", _("村医")
    PUBLIC_HEALTH = "public_health", _("公卫人员")
    EDITOR = "editor", _("宣教编辑")
    REVIEWER = "reviewer", _("医学审核")
    ENGINEER = "engineer", _("接口工程师")


# Nobody holds two of these at once, anywhere (GB/T 22239 level 3); each is given by two persons.
SEPARATE = (Role.ADMINISTRATOR, Role.SECURITY, Role.AUDITOR)
ORDINARY = tuple(role for role in Role if role not in SEPARATE)
# Who meets residents, and so opens one of them for some minutes; and who may read health data then.
HELPERS = (Role.RECEPTION, Role.CLINICIAN, Role.VILLAGE_DOCTOR, Role.PUBLIC_HEALTH, Role.MANAGER)
TREATING = (Role.CLINICIAN, Role.VILLAGE_DOCTOR)
