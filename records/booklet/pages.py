"""Booklets in words, for the pages of this room."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from records.booklet.choosing import SECTIONS, Wanted
from records.booklet.drafting import period
from records.booklet.making import STEPS
from records.booklet.parcels import kept_state, state_of
from records.models import Parcel

STATES: dict[str, tuple[Promise, str]] = {
    Parcel.State.WAITING: (_("排队等待"), "info"),
    Parcel.State.WORKING: (_("正在制作"), "info"),
    Parcel.State.READY: (_("已做好"), "good"),
    Parcel.State.FAILED: (_("没有做成"), "bad"),
    Parcel.State.EXPIRED: (_("已过期"), ""),
    "outdated": (_("内容有变化"), "warn"),
}
# What the worker is at, after so many finished steps.
AT = (_("取出您选的内容"), _("排版"), _("加上电子签名"), _("加密保存"))


@dataclass(frozen=True)
class Card:
    """One booklet as its maker sees it."""

    parcel: Parcel
    state: str
    word: str | Promise
    tone: str
    period: str
    sections: Sequence[str | Promise]
    at: str | Promise = ""

    @property
    def is_ready(self) -> bool:
        """Whether there is a file to fetch."""
        return self.state == Parcel.State.READY

    @property
    def is_coming(self) -> bool:
        """Whether the worker is to make it, or is at it."""
        return self.state in {Parcel.State.WAITING, Parcel.State.WORKING}

    @property
    def steps(self) -> int:
        """How many steps there are."""
        return STEPS

    @property
    def step(self) -> int:
        """Which step it is at, counted from one."""
        return min(self.parcel.done + 1, STEPS)


def card(parcel: Parcel, now: datetime, *, in_a_list: bool = False) -> Card:
    """A booklet in words; in a list without asking whether all of it may still be read: that is a statement each."""
    state = kept_state(parcel, now) if in_a_list else state_of(parcel, now)
    word, tone = STATES[state]
    wanted = Wanted(parcel.sections, parcel.starts_on, parcel.ends_on)
    return Card(
        parcel=parcel,
        state=state,
        word=word,
        tone=tone,
        period=period(wanted),
        sections=[SECTIONS[slug].title for slug in parcel.sections if slug in SECTIONS],
        at=AT[min(parcel.done, STEPS - 1)] if state == Parcel.State.WORKING else "",
    )


def inside_wechat(request: HttpRequest) -> bool:
    """Whether the page is shown by WeChat's own browser, which saves pictures but downloads no files."""
    return "MicroMessenger" in request.headers.get("User-Agent", "")
