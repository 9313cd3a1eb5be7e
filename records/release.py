"""Whether a resident may read a row here, apart from whose row it is."""

from django.db import models
from django.utils.translation import gettext_lazy as _

SPECIAL = 5
"""GB/T 39725, level 5: special diseases. Never in lists; their person opens them after a fresh proof (`special`)."""


class Release(models.TextChoices):
    """May the resident read it here?"""

    RELEASED = "released", _("可在线查看")
    WITHHELD = "withheld", _("请到检查机构领取")
    PENDING = "pending", _("等医生先联系本人")
    RECALLED = "recalled", _("正在核查，暂不显示")
