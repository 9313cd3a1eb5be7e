"""What editors and reviewers do: hand a wording to review, judge it, publish it, withdraw an article.

Each deed is one transaction with its line in the access log. A refusal is a `Refused` whose text says, in the
doer's words, why and what to do; the rules themselves are the database's (`migrations/0002_guards.py`).
"""

from datetime import date, datetime

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from facilities.querysets import workplace
from foundation.dated import register, setting
from health_education.models import Article, Review, Revision
from residents.access import record_staff_event
from residents.models import Account

REVIEW_MONTHS = register("health_education.review_months", 12, gettext_lazy("宣教文章发布后几个月内须复审"))
NEEDED = {
    "title": gettext_lazy("标题"),
    "summary": gettext_lazy("一句话摘要"),
    "body": gettext_lazy("正文"),
    "source": gettext_lazy("依据来源"),
    "author_name": gettext_lazy("作者"),
}


class Refused(Exception):
    """The deed cannot be done now; the text tells the doer why."""


def missing_for_review(revision: Revision) -> list[str]:
    """What a wording still lacks before anyone can review it, in the editor's words."""
    missing = [str(label) for name, label in NEEDED.items() if not getattr(revision, name).strip()]
    return missing if revision.article.audience else [*missing, _("适用人群")]


def missing_for_publishing(revision: Revision) -> list[str]:
    """What still lacks before residents may read it: the same, and a reviewer's approval."""
    missing = missing_for_review(revision)
    return missing if revision.reviewer_name else [*missing, _("审核人（专业审核通过后自动填写）")]


@transaction.atomic
def new_revision(*, article: Article, by: Account, now: datetime) -> Revision:
    """A draft of `by` that starts from the article's newest wording; raises Refused while another draft is open."""
    newest = article.revisions.order_by("-number").first()
    if newest is None or newest.state != Revision.State.APPROVED:
        raise Refused(_("这篇文章还有没完成的版本，请先完成它。"))
    draft = Revision(article=article, number=newest.number + 1, author_id=by.pk, author_name=by.name)
    for name in ("title", "summary", "body", "source"):
        setattr(draft, name, getattr(newest, name))
    draft.save(force_insert=True)
    _log(by, "health_education.revision_started", draft, now)
    return draft


@transaction.atomic
def submit_for_review(*, revision: Revision, by: Account, now: datetime) -> None:
    """Hand a finished wording to the medical reviewers; raises Refused with the list of what it lacks."""
    if missing := missing_for_review(revision):
        raise Refused(_("还不能送审，请先填写：%(missing)s。") % {"missing": "、".join(missing)})
    waiting = Revision.objects.filter(pk=revision.pk, state__in=[Revision.State.DRAFT, Revision.State.REJECTED])
    if not waiting.update(state=Revision.State.REVIEW):
        raise Refused(_("这个版本不是草稿，不能送审。"))
    _log(by, "health_education.submitted", revision, now)
    revision.refresh_from_db()


@transaction.atomic
def review(*, revision: Revision, reviewer: Account, verdict: str, comment: str, now: datetime) -> None:
    """Record a reviewer's verdict; raises Refused for the author, for a revision not in review, for a bare refusal."""
    if verdict == Review.Verdict.REJECTED and not comment.strip():
        raise Refused(_("退回时请写明需要修改的地方。"))
    waiting = Revision.objects.filter(pk=revision.pk, state=Revision.State.REVIEW)
    if waiting.order_by("pk").select_for_update().first() is None:
        raise Refused(_("这个版本不在待审核状态，可能已有人审核过。"))
    _write_review(revision, reviewer, verdict, comment, now)
    waiting.update(state=Revision.State.APPROVED if verdict == Review.Verdict.APPROVED else Revision.State.REJECTED)
    _log(reviewer, f"health_education.{verdict}", revision, now)
    revision.refresh_from_db()


def _write_review(revision: Revision, reviewer: Account, verdict: str, comment: str, now: datetime) -> None:
    try:
        with transaction.atomic():
            Review.objects.create(
                revision=revision,
                reviewer_id=reviewer.pk,
                reviewer_name=reviewer.name,
                verdict=verdict,
                comment=comment,
                reviewed_at=now,
            )
    except IntegrityError as error:
        if "author_does_not_review_own_text" not in str(error):
            raise
        raise Refused(_("作者不能审核自己的文章，请交给另一位审核人。")) from error


@transaction.atomic
def publish(*, revision: Revision, by: Account, now: datetime, at: datetime | None = None) -> None:
    """Let residents read an approved wording from `at` (now, if none or past) and set its date of review.

    Raises Refused with the list of what is missing.
    """
    if missing := missing_for_publishing(revision):
        raise Refused(_("还不能发布，缺少：%(missing)s。") % {"missing": "、".join(missing)})
    start = max(at or now, now)
    due = _months_later(timezone.localdate(start), setting(REVIEW_MONTHS, now))
    ready = Revision.objects.filter(pk=revision.pk, state=Revision.State.APPROVED, publish_at__isnull=True)
    if not ready.update(publish_at=start, review_due_on=due):
        raise Refused(_("这个版本已经发布过，或者还没有通过审核。"))
    _log(by, "health_education.published", revision, now)
    revision.refresh_from_db()


@transaction.atomic
def withdraw(*, article: Article, by: Account, now: datetime) -> None:
    """Take an article off the residents' pages; its revisions stay."""
    if Article.objects.filter(pk=article.pk, withdrawn_at__isnull=True).update(withdrawn_at=now):
        _log(by, "health_education.withdrawn", article, now)


@transaction.atomic
def restore(*, article: Article, by: Account, now: datetime) -> None:
    """Put a withdrawn article back."""
    if Article.objects.filter(pk=article.pk, withdrawn_at__isnull=False).update(withdrawn_at=None):
        _log(by, "health_education.restored", article, now)


def _months_later(day: date, months: int) -> date:
    """The same day some months later; the 28th where the month may be shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, min(day.day, 28))


def _log(by: Account, action: str, subject: models.Model, now: datetime) -> None:
    record_staff_event(account=by, action=action, now=now, subject=subject, facility_id=workplace(by.pk))
