"""What editors and reviewers do: hand a wording in, check it, judge it, publish it, confirm it, withdraw an article.

Each deed is one transaction with its line in the access log. A refusal is a `Refused` whose text says, in the
doer's words, why and what to do; the rules themselves are the database's (`migrations/0002`, `0005`, `0010`).
"""

from datetime import date, datetime, timedelta

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from facilities.querysets import workplace
from foundation.dated import register, setting
from health_education.models import Article, Remark, Review, Revision, Speciality
from health_education.requirements import missing_for_publishing, missing_for_review
from residents.access import record_staff_event
from residents.models import Account

REVIEW_MONTHS = register("health_education.review_months", 12, gettext_lazy("宣教文章发布后几个月内须复审"))
DUE_SOON_DAYS = register("health_education.due_soon_days", 30, gettext_lazy("宣教文章到期前几天提醒复审"))
State = Revision.State


class Refused(Exception):
    """The deed cannot be done now; the text tells the doer why."""


@transaction.atomic
def new_revision(*, article: Article, by: Account, now: datetime) -> Revision:
    """A draft of `by` that starts from the article's newest wording; raises Refused while another draft is open."""
    newest = article.revisions.order_by("-number").first()
    if newest is None or newest.state != State.APPROVED:
        raise Refused(_("这篇文章还有没完成的版本，请先完成它。"))
    draft = Revision(article=article, number=newest.number + 1, author_id=by.pk, author_name=by.name)
    for name in ("title", "summary", "body", "source"):
        setattr(draft, name, getattr(newest, name))
    draft.save(force_insert=True)
    _log(by, "health_education.revision_started", draft, now)
    return draft


@transaction.atomic
def submit(*, revision: Revision, by: Account, now: datetime) -> None:
    """Hand a finished wording in for the editorial check; raises Refused with the list of what it lacks."""
    if missing := missing_for_review(revision):
        raise Refused(_("还不能提交，请先填写：%(missing)s。") % {"missing": "、".join(missing)})
    drafts = Revision.objects.filter(pk=revision.pk, state__in=[State.DRAFT, State.REJECTED])
    if not drafts.update(state=State.CHECK):
        raise Refused(_("这个版本不是草稿，不能提交。"))
    _log(by, "health_education.submitted", revision, now)
    revision.refresh_from_db()


@transaction.atomic
def recall(*, revision: Revision, by: Account, now: datetime) -> None:
    """The author takes a wording back to go on writing; raises Refused for others, and once it was judged."""
    if revision.author_id != by.pk:
        raise Refused(_("只有作者本人能撤回。"))
    waiting = Revision.objects.filter(pk=revision.pk, state__in=[State.CHECK, State.REVIEW])
    if not waiting.update(state=State.DRAFT):
        raise Refused(_("这个版本不在等待初审或审核，不用撤回。"))
    _log(by, "health_education.recalled", revision, now)
    revision.refresh_from_db()


@transaction.atomic
def comment(*, revision: Revision, by: Account, text: str, now: datetime) -> None:
    """Say something of a wording that its author, editors and reviewers read; raises Refused for an empty text."""
    if not text.strip():
        raise Refused(_("请写下留言再发送。"))
    _remark(revision, by, Remark.Kind.COMMENT, text, now)
    _log(by, "health_education.commented", revision, now)


@transaction.atomic
def check(*, revision: Revision, by: Account, passed: bool, text: str, now: datetime) -> None:
    """Pass a wording on to the medical reviewers, or return it; raises Refused for its author and a bare return."""
    if not passed and not text.strip():
        raise Refused(_("退回时请写明需要修改的地方。"))
    if not _waits(revision, State.CHECK):
        raise Refused(_("这个版本不在等待初审，可能已有人初审过。"))
    kind = Remark.Kind.CHECK_PASSED if passed else Remark.Kind.CHECK_RETURNED
    _remark(revision, by, kind, text, now)
    Revision.objects.filter(pk=revision.pk).update(state=State.REVIEW if passed else State.REJECTED)
    _log(by, f"health_education.{kind}", revision, now)
    revision.refresh_from_db()


@transaction.atomic
def review(*, revision: Revision, reviewer: Account, verdict: str, comment: str, now: datetime) -> None:
    """Record a reviewer's verdict; raises Refused for the author, another speciality, a revision not in review, a
    bare refusal."""
    if verdict == Review.Verdict.REJECTED and not comment.strip():
        raise Refused(_("退回时请写明需要修改的地方。"))
    if not _waits(revision, State.REVIEW):
        raise Refused(_("这个版本不在待审核状态，可能已有人审核过。"))
    _write_review(revision, reviewer, verdict, comment, now)
    state = State.APPROVED if verdict == Review.Verdict.APPROVED else State.REJECTED
    Revision.objects.filter(pk=revision.pk).update(state=state)
    _log(reviewer, f"health_education.{verdict}", revision, now)
    revision.refresh_from_db()


def may_be_confirmed(revision: Revision, now: datetime) -> bool:
    """Whether a published wording waits for a review of the same words: a sample, or one due soon or overdue."""
    if revision.state != State.APPROVED or revision.publish_at is None or revision.review_due_on is None:
        return False
    return revision.is_sample or revision.review_due_on <= due_soon(now)


def due_soon(now: datetime) -> date:
    """The last day on which a review that is due counts as due soon."""
    return timezone.localdate(now) + timedelta(days=setting(DUE_SOON_DAYS, now))


@transaction.atomic
def confirm(*, revision: Revision, reviewer: Account, comment: str, now: datetime) -> None:
    """Approve the very words that residents read already: a sample becomes the county's own, a due text stays.

    Its next review is due a full term from today. Raises Refused for the author, another speciality, and a text that
    nobody needs to review now.
    """
    if not _waits(revision, State.APPROVED) or not may_be_confirmed(revision, now):
        raise Refused(_("这个版本现在不需要复审。"))
    _write_review(revision, reviewer, Review.Verdict.APPROVED, comment, now)
    due = review_date(now, now)
    Revision.objects.filter(pk=revision.pk).update(is_sample=False, review_due_on=due)
    _log(reviewer, "health_education.confirmed", revision, now)
    revision.refresh_from_db()


@transaction.atomic
def publish(*, revision: Revision, by: Account, now: datetime, at: datetime | None = None) -> None:
    """Let residents read an approved wording from `at` (now, if none or past) and set its date of review.

    Raises Refused with the list of what is missing.
    """
    if missing := missing_for_publishing(revision):
        raise Refused(_("还不能发布，缺少：%(missing)s。") % {"missing": "、".join(missing)})
    start = max(at or now, now)
    ready = Revision.objects.filter(pk=revision.pk, state=State.APPROVED, publish_at__isnull=True)
    if not ready.update(publish_at=start, review_due_on=review_date(start, now)):
        raise Refused(_("这个版本已经发布过，或者还没有通过审核。"))
    _log(by, "health_education.published", revision, now)
    revision.refresh_from_db()


@transaction.atomic
def withdraw(*, article: Article, by: Account, because: str, replaced_by: Article | None, now: datetime) -> None:
    """Take an article off the residents' pages, with the reason they read; its revisions stay.

    Raises Refused without a reason, and for an article that was withdrawn already.
    """
    if not because.strip():
        raise Refused(_("请写明下线原因，居民打开旧链接时会看到。"))
    live = Article.objects.filter(pk=article.pk, withdrawn_at__isnull=True)
    if not live.update(withdrawn_at=now, withdrawn_because=because.strip(), replaced_by=replaced_by):
        raise Refused(_("这篇文章已经下线了。"))
    _log(by, "health_education.withdrawn", article, now)


@transaction.atomic
def restore(*, article: Article, by: Account, now: datetime) -> None:
    """Put a withdrawn article back; raises Refused for one that was not withdrawn."""
    gone = Article.objects.filter(pk=article.pk, withdrawn_at__isnull=False)
    if not gone.update(withdrawn_at=None, withdrawn_because="", replaced_by=None):
        raise Refused(_("这篇文章没有下线，不用恢复。"))
    _log(by, "health_education.restored", article, now)


def _waits(revision: Revision, state: str) -> bool:
    """Whether the wording still stands there, its row locked: two verdicts wait for each other (docs/locking.md)."""
    waiting = Revision.objects.filter(pk=revision.pk, state=state).order_by("pk").select_for_update()
    return waiting.first() is not None


def _remark(revision: Revision, by: Account, kind: str, text: str, now: datetime) -> None:
    said = {"account_id": by.pk, "account_name": by.name, "text": text.strip(), "at": now}
    try:
        with transaction.atomic():
            Remark.objects.create(revision=revision, kind=kind, **said)
    except IntegrityError as error:
        if "author_does_not_check_own_text" not in str(error):
            raise
        raise Refused(_("作者不能初审自己的文章，请交给另一位编辑或审核人。")) from error


def _write_review(revision: Revision, reviewer: Account, verdict: str, comment: str, now: datetime) -> None:
    who = {"reviewer_id": reviewer.pk, "reviewer_name": reviewer.name, "reviewed_at": now}
    try:
        with transaction.atomic():
            Review.objects.create(revision=revision, verdict=verdict, comment=comment, **who)
    except IntegrityError as error:
        if "author_does_not_review_own_text" in str(error):
            raise Refused(_("作者不能审核自己的文章，请交给另一位审核人。")) from error
        if "judged by a reviewer of its speciality" not in str(error):
            raise
        name = Speciality(revision.article.speciality).label
        raise Refused(_("这篇文章须由%(name)s的审核人审核，您没有登记这个专业。") % {"name": name}) from error


def review_date(start: datetime, now: datetime) -> date:
    """The day on which a text published at `start` is due for review."""
    return _months_later(timezone.localdate(start), setting(REVIEW_MONTHS, now))


def _months_later(day: date, months: int) -> date:
    """The same day some months later; the 28th where the month may be shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, min(day.day, 28))


def _log(by: Account, action: str, subject: models.Model, now: datetime) -> None:
    record_staff_event(account=by, action=action, now=now, subject=subject, facility_id=workplace(by.pk))
