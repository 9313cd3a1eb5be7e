"""The person's side of a share: what can be chosen, making one, looking at one's own, ending one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import Prefetch
from django.http import Http404

from foundation import tally
from foundation.dated import register, setting
from foundation.rowsecurity import asked, database
from records.models import Report, SharedReport, ShareLink, ShareOpening
from records.querysets import ReportQuerySet
from records.sharing import secrets
from records.sharing.secrets import Secrets
from residents.access import Viewer, record_event

MADE, REVOKED, READ = "records.made_share", "records.revoked_share", "records.read_shares"
CHOSE = "records.chose_for_share"
PAGE = 10
HOURS = register("records.share_hours", 24, "互认凭证默认有效几小时")
LONGEST = register("records.share_longest_hours", 168, "互认凭证最长有效几小时（不超过744）")
ATTEMPTS = register("records.share_attempts", 5, "互认凭证的PIN码可以输错几次（不超过10）")
MOST = register("records.share_reports", 10, "一张互认凭证最多放几份报告")
OFFERED = register("records.share_offered", 30, "生成互认凭证时列出最近几份报告")
# Read by the database (records, migration 0015).
register("records.share_minutes", 20, "接诊医生打开互认凭证后，多少分钟自动关闭")
CHOICES = (2, 24, 72, 168)


class State(StrEnum):
    """What a person sees of a share of theirs."""

    LIVE = "live"
    EXPIRED = "expired"
    REVOKED = "revoked"
    CLOSED = "closed"


class NotTheirs(Exception):
    """One of the chosen reports is not there to be shared: a stranger's, a missing and a hidden one alike."""


@dataclass(frozen=True)
class Made:
    """A share just made, with what opens it: the only time that is known."""

    share: ShareLink
    reports: Sequence[Report]
    secrets: Secrets


def may_share(viewer: Viewer) -> bool:
    """Whether the viewer may show the person's results to others: oneself or a delegate, no member of staff."""
    return viewer.opening_id is None and bool(asked("SELECT app.may_share_now(%s)", [viewer.resident_id]))


def hours_offered(now: datetime) -> list[int]:
    """For how many hours a share may be made; the county's own default is among them."""
    longest = min(setting(LONGEST, now), 31 * 24)
    return sorted({min(setting(HOURS, now), longest), *(hours for hours in CHOICES if hours <= longest)})


def shareable(viewer: Viewer) -> ReportQuerySet:
    """The person's reports that can be shown to others: those that can be read here."""
    return Report.objects.visible_to(viewer).readable().in_force()


def offered_to(viewer: Viewer, *, also: UUID | None, now: datetime) -> list[Report]:
    """The newest reports to choose from, and the one that the person came from."""
    newest = list(shareable(viewer).newest_first()[: setting(OFFERED, now)])
    if also is not None and also not in {report.pk for report in newest}:
        newest = [*shareable(viewer).filter(pk=also), *newest]
    record_event(viewer=viewer, action=CHOSE, now=now)
    return newest


@transaction.atomic
def make(*, chosen: Iterable[UUID], hours: int, form_key: UUID, by: Viewer, now: datetime) -> Made:
    """Make a share of the chosen reports; a form sent twice makes one share and shows it again.

    Raises NotTheirs when one of them is not there to be shared.
    """
    wanted = list(dict.fromkeys(chosen))
    reports = {report.pk: report for report in shareable(by).filter(pk__in=wanted)}
    if not wanted or len(reports) < len(wanted):
        raise NotTheirs
    opens = secrets.secrets_of(form_key, by.account_id)
    same = ShareLink.objects.visible_to(by).filter(form_hash=secrets.form_hash(form_key), created_by=by.account_id)
    share = same.first() or _new(opens, wanted, hours, form_key, by, now)
    record_event(viewer=by, action=MADE, now=now, subject=share)
    return Made(share, [reports[key] for key in wanted], opens)


def _new(opens: Secrets, wanted: list[UUID], hours: int, form_key: UUID, by: Viewer, now: datetime) -> ShareLink:
    share = ShareLink(
        resident_id=by.resident_id,
        kind=ShareLink.Kind.RECOGNITION,
        code_hash=bytes(secrets.code_index(opens.code)),
        link_hash=bytes(secrets.link_index(opens.link)),
        form_hash=secrets.form_hash(form_key),
        created_by=by.account_id,
        created_at=now,
        expires_at=now + timedelta(hours=hours),
        attempts=min(setting(ATTEMPTS, now), 10),
    )
    share.pin_hash = bytes(secrets.pin_index(share.pk, opens.pin))
    share.save(force_insert=True)
    SharedReport.objects.bulk_create(
        SharedReport(resident_id=by.resident_id, share=share, report_id=key, number=number)
        for number, key in enumerate(wanted, 1)
    )
    return share


def revoke(*, share_id: UUID, by: Viewer, now: datetime) -> None:
    """End a share at once, for whoever has it open, too. Once more changes nothing; a stranger's is a 404."""
    mine = ShareLink.objects.visible_to(by).filter(pk=share_id)
    with tally.unseen("only whether there is such a share"), transaction.atomic(using=database()):
        if not mine.exists():
            raise Http404
        ended = mine.filter(revoked_at=None).update(revoked_at=now, revoked_by=by.account_id)
    if ended:
        record_event(viewer=by, action=REVOKED, now=now, subject=ShareLink(pk=share_id))


def shares_of(viewer: Viewer, *, page: str | None, now: datetime) -> Page[ShareLink]:
    """The person's shares, the newest first, with their reports and who opened them."""
    reports: Any = SharedReport.objects.select_related("report").order_by("number")
    openings = ShareOpening.objects.order_by("-opened_at")
    mine = ShareLink.objects.visible_to(viewer).filter(kind=ShareLink.Kind.RECOGNITION).order_by("-created_at", "-id")
    record_event(viewer=viewer, action=READ, now=now)
    return Paginator(
        mine.prefetch_related(Prefetch("reports", reports), Prefetch("openings", openings)), PAGE
    ).get_page(page)


def state_of(share: ShareLink, now: datetime) -> State:
    """Whether a share still opens. The database asks the same, and whether its maker may still show these results."""
    if share.revoked_at is not None:
        return State.REVOKED
    if share.expires_at <= now:
        return State.EXPIRED
    return State.CLOSED if share.failures >= share.attempts else State.LIVE
