"""What a person wants told by which channel: what can be chosen, what was chosen, and choosing."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from foundation.fields import opened
from residents import messages_port as port
from residents.access import Viewer
from residents.authorities.binding import openids_of
from residents.message_texts import CHOSEN
from residents.models import Account, Channel, Consent, MessageChoice
from residents.models.consent import Purpose


@dataclass(frozen=True)
class Choices:
    """`wanted` names for each kind of message the channels that are on; `phone` is where an SMS would go."""

    channels: tuple[str, ...]
    wanted: Mapping[str, frozenset[str]]
    agreed: bool
    phone: str
    bound: bool


def choices_of(viewer: Viewer, account: Account) -> Choices:
    """What the viewer has chosen for themselves; what nobody has chosen is on."""
    channels = _channels()
    refused = set(MessageChoice.objects.visible_to(viewer).refused().values_list("template", "channel"))
    bound = openids_of([viewer.account_id])
    return Choices(
        channels=channels,
        wanted={kind: frozenset(way for way in channels if (kind, way) not in refused) for kind in CHOSEN},
        agreed=Consent.objects.live().of(viewer.resident_id).filter(purpose=Purpose.MESSAGES).exists(),
        phone=(opened(account, "phone") or "") if account.phone_verified_at else "",
        bound=Channel.WECHAT in channels and bound.exists(),
    )


def choose(*, viewer: Viewer, wanted: Mapping[str, Collection[str]], now: datetime) -> None:
    """Keep what the viewer ticked, for every kind and every channel of this installation."""
    rows = [
        MessageChoice(
            resident_id=viewer.resident_id,
            template=kind,
            channel=channel,
            wanted=channel in wanted.get(kind, ()),
            changed_at=now,
        )
        for kind in CHOSEN
        for channel in _channels()
    ]
    MessageChoice.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["resident", "template", "channel"],
        update_fields=["wanted", "changed_at"],
    )


def _channels() -> tuple[str, ...]:
    ways = ((Channel.SMS, port.sms().available), (Channel.WECHAT, port.wechat().available))
    return tuple(channel.value for channel, available in ways if available)
