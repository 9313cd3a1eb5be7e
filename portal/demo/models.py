"""What only the demonstration keeps: the messages that would have been sent."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7
from residents.models import Channel


class OutboxMessage(models.Model):
    """One message as a phone would have shown it; the number is masked before it comes here."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.CharField(max_length=80, unique=True)
    channel = models.CharField(_("渠道"), max_length=10, choices=Channel.choices, default=Channel.SMS)
    phone = models.CharField(_("手机号"), max_length=20)
    text = models.CharField(_("内容"), max_length=500)
    sent_at = models.DateTimeField(_("时间"), db_index=True)

    class Meta:
        verbose_name = _("演示短信")
        verbose_name_plural = _("演示短信")
