"""Shares in words, for the person's pages and the reader's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import segno
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from records.models import Report, ShareLink, ShareOpening
from records.presenters import reports as report_words
from records.presenters import words
from records.recognition.rules import Recognised, Standing
from records.sharing import secrets
from records.sharing.opened import Look, Shared
from records.sharing.shares import Made, State, state_of

STATES: dict[State, tuple[str | Promise, str]] = {
    State.LIVE: (gettext_lazy("有效"), "good"),
    State.EXPIRED: (gettext_lazy("已到期"), ""),
    State.REVOKED: (gettext_lazy("已撤销"), ""),
    State.CLOSED: (gettext_lazy("PIN 输错太多，已关闭"), "warn"),
}
USES = 5


@dataclass(frozen=True)
class Choice:
    """A report that can be put into a share."""

    report: Report
    title: str
    standing: Standing | None
    checked: bool


@dataclass(frozen=True)
class Card:
    """A share of one's own."""

    share: ShareLink
    state: str | Promise
    tone: str
    is_live: bool
    titles: Sequence[str]
    openings: Sequence[ShareOpening]
    more: int


@dataclass(frozen=True)
class SharedSheet:
    """A report of a share as the reader's page shows it; without a sheet only why it is not shown."""

    shared: Shared
    sheet: report_words.Sheet | None
    lines: Sequence[tuple[report_words.Item, Recognised | None]] = ()


def key_in(text: str) -> UUID | None:
    """A key out of a form or an address; None for anything else."""
    try:
        return UUID(text)
    except ValueError:
        return None


def choice(report: Report, standing: Standing | None, checked: bool) -> Choice:
    """One box to tick."""
    return Choice(report, report.title or report.get_category_display(), standing, checked)


def hours(number: int) -> str:
    """A length of time as people say it."""
    if number % 24:
        return ngettext("%(count)d小时", "%(count)d小时", number) % {"count": number}
    return ngettext("%(count)d天", "%(count)d天", number // 24) % {"count": number // 24}


def made(share: Made, with_pin: bool) -> dict[str, Any]:
    """The page that shows what opens a share, and prints the slip."""
    root = settings.PUBLIC_URL.rstrip("/")
    link = root + reverse("records:shared_link", args=[share.secrets.link])
    return {
        "share": share.share,
        "titles": [one.title or one.get_category_display() for one in share.reports],
        "code": secrets.grouped(share.secrets.code),
        "pin": share.secrets.pin,
        "print_pin": with_pin,
        "address": root + reverse("records:shared"),
        "qr": str(segno.make_qr(link, error="m").svg_data_uri(border=2, dark="#000", light="#fff", scale=5)),
    }


def card(share: ShareLink, now: datetime) -> Card:
    """A share in the list of one's own; its reports and openings were fetched with it."""
    state = state_of(share, now)
    openings = list(share.openings.all())
    return Card(
        share=share,
        state=STATES[state][0],
        tone=STATES[state][1],
        is_live=state == State.LIVE,
        titles=[one.report.title or one.report.get_category_display() for one in share.reports.all()],
        openings=openings[:USES],
        more=max(len(openings) - USES, 0),
    )


def reading(held: Look, found: Sequence[Shared], now: datetime) -> dict[str, Any]:
    """The reader's page."""
    return {
        "held": held,
        "person": held.person,
        "age": words.age_in_words(held.birth_date, timezone.localdate(now)),
        "sheets": [_sheet(one) for one in found],
    }


def _sheet(shared: Shared) -> SharedSheet:
    if shared.opened is None:
        return SharedSheet(shared, None)
    sheet = report_words.sheet(shared.opened)
    measured = [row for row in shared.opened.items if not row.is_findings]
    counts = shared.standing.items
    return SharedSheet(
        shared, sheet, [(item, counts.get(row.id)) for item, row in zip(sheet.items, measured, strict=True)]
    )


def refusal(state: str) -> tuple[str, str]:
    """Why a share does not open, and how to get another."""
    again = _(
        "请患者在手机上打开“检查检验结果”，重新生成一张互认凭证，几秒钟就好；也可以让患者出示手机里的报告，或带来纸质报告。"
    )
    titles = {
        "expired": _("这张凭证已经过期"),
        "revoked": _("这张凭证已由本人撤销"),
        "ended": _("这张凭证已经失效"),
        "closed": _("PIN 码输错次数太多，这张凭证已经关闭"),
    }
    return titles.get(state, _("这张凭证打不开")), again
