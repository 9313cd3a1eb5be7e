"""E-mail to staff by the county's SMTP server. Residents get none: an address is no proof of who reads it."""

from collections.abc import Mapping
from smtplib import SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from residents.message_texts import TEXTS
from residents.messages_port import CannotSend


class Smtp:
    """Django's SMTP backend, with the variables EMAIL_HOST and so on."""

    available = True

    def send(self, *, address: str, template: str, parameters: Mapping[str, str], key: str) -> None:
        """Hand one message over; its Message-ID is the same for each try, so that a repetition can be seen."""
        message = EmailMessage(
            subject=_("%(county)s居民健康服务门户") % {"county": settings.COUNTY_NAME},
            body=TEXTS[template].format(**parameters),
            to=[address],
            headers={"Message-ID": f"<{key.replace(':', '.')}@portal>"},
        )
        try:
            message.send()
        except SMTPRecipientsRefused:
            raise CannotSend("邮件服务器不接受这个收件地址，请核对参数“messages.staff_mail”。", final=True) from None
        except (SMTPException, OSError) as error:
            raise CannotSend(f"邮件服务器没有接受邮件（{type(error).__name__}），请核对 EMAIL_HOST 等变量。") from None
