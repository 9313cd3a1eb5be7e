"""What waits for an editor or reviewer, list by list."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from health_education import actions
from health_education.models import Explains, FrameChange, ReviewerSpeciality, Revision, Speciality
from health_education.querysets import RevisionQuerySet
from residents.models import Account

SHOWN = 50
State = Revision.State


@dataclass(frozen=True)
class Waiting:
    """One list: what waits in it, at most so many, and how many more there are."""

    title: Promise
    note: Promise
    revisions: list[Revision]
    more: bool


def worklist(account: Account, now: datetime) -> list[Waiting]:
    """The lists of `account` that are not empty, the most urgent first; one query each, one for its specialities."""
    reviewer = account.has_perm("health_education.add_review")
    mine = ReviewerSpeciality.objects.of(account.pk, now) if reviewer else []
    lists = _for_reviewers(account, [Speciality.GENERAL, *mine], now) if reviewer else []
    lists += [*_for_editors(account), *_by_date(now)]
    found = [_list(title, note, revisions) for title, note, revisions in lists]
    return [one for one in found if one.revisions]


Lists = list[tuple[Promise, Promise, RevisionQuerySet]]


def _list(title: Promise, note: Promise, revisions: RevisionQuerySet) -> Waiting:
    rows = list(revisions.select_related("article__topic").defer("body", "search")[: SHOWN + 1])
    return Waiting(title, note, rows[:SHOWN], len(rows) > SHOWN)


def _for_reviewers(account: Account, specialities: list[str], now: datetime) -> Lists:
    fits = Revision.objects.filter(article__speciality__in=specialities).exclude(author_id=account.pk)
    samples = _live(now).filter(is_sample=True, article__speciality__in=specialities).exclude(author_id=account.pk)
    return [
        (
            _("等我做专业审核"),
            _("初审已通过，属于我登记的专业。"),
            fits.filter(state=State.REVIEW).order_by("created_at"),
        ),
        (
            _("用途或编码等我确认"),
            _("编辑想改一篇已通过审核的文章给谁看、怎么用，或让说明卡多解释一个项目。"),
            _waiting(account, specialities, now),
        ),
        (_("示例等采用"), _("随门户带来的示例，经本县审核人审核后才算本县的文章。"), samples.order_by("article__slug")),
    ]


def _waiting(account: Account, specialities: list[str], now: datetime) -> RevisionQuerySet:
    """What somebody else wishes of approved wordings of these specialities, and this account may confirm."""
    shown = waiting_uses(now, but_of=account.pk).filter(article__speciality__in=specialities)
    return shown.exclude(author_id=account.pk).order_by("article__slug")


def waiting_uses(now: datetime, but_of: UUID | None = None) -> RevisionQuerySet:
    """Approved wordings beside which a wish waits: the one that is read, else the one to be published.

    Wishes of the account `but_of` do not count.
    """
    changes = FrameChange.objects.filter(article=OuterRef("article"), decided_at__isnull=True)
    codes = Explains.objects.waiting().filter(article=OuterRef("article"))
    if but_of:
        changes = changes.exclude(proposed_by=but_of)
        codes = codes.filter(Q(added_by__isnull=True) | ~Q(added_by=but_of))
    newest = Q(superseded_at__isnull=True) | Q(superseded_at__gt=now)
    read = Revision.objects.published(now).filter(newest, article=OuterRef("article"))
    shown = Revision.objects.filter(newest, Q(publish_at__lte=now) | ~Exists(read), state=State.APPROVED)
    return shown.filter(Exists(changes) | Exists(codes))


def _for_editors(account: Account) -> Lists:
    own = Revision.objects.filter(author_id=account.pk)
    others = Revision.objects.exclude(author_id=account.pk)
    return [
        (_("等我初审"), _("别人写好提交的文章。"), others.filter(state=State.CHECK).order_by("created_at")),
        (
            _("退回我修改"),
            _("意见写在文章页上，改好后重新提交。"),
            own.filter(state=State.REJECTED).order_by("created_at"),
        ),
        (_("我的草稿"), _("还没有提交。"), own.filter(state=State.DRAFT).order_by("-created_at")),
        (
            _("审核通过，等待发布"),
            _("编辑可以发布，也可以定好时间。"),
            Revision.objects.filter(state=State.APPROVED, publish_at__isnull=True).order_by("created_at"),
        ),
        (_("我提交的，等别人处理"), _("等初审或专业审核。"), own.filter(state__in=[State.CHECK, State.REVIEW])),
    ]


def _by_date(now: datetime) -> Lists:
    today = timezone.localdate(now)
    soon = _live(now).filter(review_due_on__range=(today, actions.due_soon(now))).order_by("review_due_on")
    return [
        (
            _("复审逾期"),
            _("居民还能读到，但不再推荐。请复审、写新版本或下线。"),
            _live(now).filter(review_due_on__lt=today).order_by("review_due_on"),
        ),
        (_("快到复审日期"), _("到期前处理，就不会停止推荐。"), soon),
    ]


def _live(now: datetime) -> RevisionQuerySet:
    newest = Q(superseded_at__isnull=True) | Q(superseded_at__gt=now)
    return Revision.objects.published(now).filter(newest).order_by(F("review_due_on"))
