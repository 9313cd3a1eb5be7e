"""The roles a membership can hold, named once for the models, the policies and the admin."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    ADMINISTRATOR = "administrator", _("系统管理员")
    MANAGER = "manager", _("机构负责人")
    RECEPTION = "reception", _("窗口人员")
    CLINICIAN = "clinician", _("医生")
    VILLAGE_DOCTOR = "village_doctor", _("村医")
    EDITOR = "editor", _("宣教编辑")
    REVIEWER = "reviewer", _("医学审核")
    ENGINEER = "engineer", _("接口工程师")
    AUDITOR = "auditor", _("审计员")
