"""The demonstration's SMS adapter: the message goes to a page instead of a phone."""

from collections.abc import Mapping

from foundation import clock
from portal.demo.models import OutboxMessage
from residents.messages_port import text_of
from residents.presenters import masked_phone


class Outbox:
    """Writes each message once, however often it is handed over with the same key."""

    available = True

    def send(self, *, phone: str, template: str, parameters: Mapping[str, str], key: str) -> None:
        message = OutboxMessage(
            key=key, phone=masked_phone(phone), text=text_of(template, parameters), sent_at=clock.now()
        )
        OutboxMessage.objects.bulk_create([message], ignore_conflicts=True)
