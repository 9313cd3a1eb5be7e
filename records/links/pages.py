"""Health links in words, for the person's pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import segno
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.links.links import Made, Standing
from records.models import ShareLink, ShareOpening
from records.sharing.shares import State, state_of

STATES: dict[str, tuple[str | Promise, str]] = {
    State.LIVE: (gettext_lazy("有效"), "good"),
    State.EXPIRED: (gettext_lazy("已到期"), ""),
    State.REVOKED: (gettext_lazy("已撤销"), ""),
    State.CLOSED: (gettext_lazy("密码输错太多，已关闭"), "warn"),
    "ended": (gettext_lazy("已失效"), ""),
    "gone": (gettext_lazy("里面有的内容已撤回，已失效"), "warn"),
}
# The summary itself is written in Chinese; its sections are told to the person in the language of the page.
SECTIONS: dict[str, str | Promise] = {
    "诊断与慢性病": gettext_lazy("诊断与慢性病"),
    "过去的疾病": gettext_lazy("过去的疾病"),
    "过敏与不良反应": gettext_lazy("过敏与不良反应"),
    "用药": gettext_lazy("用药"),
    "预防接种": gettext_lazy("预防接种"),
    "手术操作": gettext_lazy("手术操作"),
    "体征测量": gettext_lazy("体征测量"),
    "检查检验结果": gettext_lazy("检查检验结果"),
}
USES = 5


@dataclass(frozen=True)
class Card:
    """A link of one's own."""

    share: ShareLink
    state: str | Promise
    tone: str
    is_live: bool
    is_old: bool
    openings: Sequence[ShareOpening]
    more: int


def label(now: datetime) -> str:
    """What a program shows of a link before it is opened; it names nobody."""
    return _("健康摘要 %(day)s") % {"day": timezone.localdate(now).isoformat()}


def made(found: Made) -> dict[str, Any]:
    """The page that shows what opens a link, this once."""
    return {
        "share": found.share,
        "link": found.link,
        "passcode": found.passcode,
        "counts": [(SECTIONS.get(title, title), number) for title, number in found.counts.items() if number],
        "qr": str(segno.make_qr(found.link, error="m").svg_data_uri(border=2, dark="#000", light="#fff", scale=4)),
    }


def card(share: ShareLink, standings: Mapping[UUID, Standing], now: datetime) -> Card:
    """A link in the list of one's own; its openings were fetched with it."""
    standing = standings.get(share.pk)
    plain = state_of(share, now)
    state = standing.state if standing and plain == State.LIVE else plain
    words, tone = STATES.get(state, STATES["ended"])
    openings = list(share.openings.all())
    return Card(
        share=share,
        state=words,
        tone=tone,
        is_live=state == State.LIVE,
        is_old=bool(standing and standing.changed and state == State.LIVE),
        openings=openings[:USES],
        more=max(len(openings) - USES, 0),
    )
