"""The wording of the family pages: lines of lists, what somebody may do, states of an application."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from residents.family.forms import SHORT_WORDS
from residents.family.reading import Tie, growing
from residents.models import Delegation, Guardianship, Invitation

STATE_TONES = {"requested": "info", "approved": "good", "refused": "bad"}


@dataclass(frozen=True)
class Line:
    """One person of the family page."""

    id: UUID
    resident_id: UUID
    name: str
    scope: str
    dates: str
    tag: str = ""
    note: str = ""
    end_address: str = ""


def scope_words(scope: Iterable[str]) -> list[str]:
    """What somebody may do, in a fixed order."""
    return [str(words) for name, words in SHORT_WORDS.items() if name in set(scope)]


def helper_lines(ties: Sequence[Tie]) -> list[Line]:
    """Who helps me."""
    return [_line(tie, can_end=not tie.is_guardian) for tie in ties]


def helped_lines(ties: Sequence[Tie], now: datetime) -> list[Line]:
    """Whom I help."""
    return [_line(tie, can_end=True, note=_told_to_guardian(tie, now)) for tie in ties]


def _told_to_guardian(tie: Tie, now: datetime) -> str:
    grown = growing(tie, now) if tie.is_guardian else None
    if grown is None:
        return ""
    dates = {"young": day(grown.turns_young), "adult": day(grown.turns_adult)}
    if now < grown.turns_young:
        return (
            _(
                "%(young)s 满14周岁：预约和提醒照旧，看档案和结果要孩子自己同意（可以提前90天同意）。"
                "%(adult)s 满18周岁：监护人代办结束。"
            )
            % dates
        )
    return _("孩子已满14周岁，看档案和结果要孩子自己同意。%(adult)s 满18周岁：监护人代办结束。") % dates


def _line(tie: Tie, can_end: bool, note: str = "") -> Line:
    held = tie.delegation
    return Line(
        id=held.pk,
        resident_id=held.resident_id,
        name=tie.other,
        scope=_("、").join(scope_words(tie.reach)),
        dates=_dates(held, tie.begins_later),
        tag=_("监护人") if tie.is_guardian else _("还没开始") if tie.begins_later else "",
        note=note,
        end_address=reverse("residents:end_delegation", args=[held.pk]) if can_end else "",
    )


def _dates(held: Delegation, begins_later: bool) -> str:
    until = day(held.ends_at)
    if begins_later:
        return _("%(start)s 开始，到 %(until)s") % {"start": day(held.starts_at), "until": until}
    return _("到 %(until)s") % {"until": until}


def invitation_lines(invitations: Iterable[Invitation]) -> list[dict[str, Any]]:
    """Codes nobody has taken up yet."""
    return [
        {
            "id": one.pk,
            "scope": _("、").join(scope_words(one.scope)),
            "until": moment(one.expires_at),
            "href": reverse("residents:invitation", args=[one.pk]),
        }
        for one in invitations
    ]


def application_lines(applications: Iterable[Guardianship]) -> list[dict[str, Any]]:
    """What a guardian asked for, and what became of it."""
    return [
        {
            "id": one.pk,
            "child": one.child_name,
            "state": one.get_state_display(),
            "tone": STATE_TONES.get(one.state, "info"),
            "reason": one.reason,
            "at": one.created_at,
            "waits": one.state == Guardianship.State.REQUESTED,
        }
        for one in applications
    ]


def day(at: datetime) -> str:
    """2027年11月22日."""
    return date_format(timezone.localdate(at), _("Y年n月j日"))


def moment(at: datetime) -> str:
    """11月25日 9:30."""
    return date_format(timezone.localtime(at), _("n月j日 G:i"))
