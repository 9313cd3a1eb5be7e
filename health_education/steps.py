"""The steps of a wording as the staff site offers them: who may take which, and what each says afterwards."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from health_education import actions, presenters
from health_education.forms import PublishForm, ReviewForm
from health_education.models import Review, Revision
from residents.models import Account

EDIT, REVIEW = "health_education.add_revision", "health_education.add_review"


@dataclass(frozen=True)
class Done:
    """The wording to show next, and what to say about the step."""

    revision: Revision
    message: str


@dataclass(frozen=True)
class Panel:
    """What the page of a wording shows above its fields."""

    stage: str
    missing: list[str]
    reviews: list[Review]
    can: dict[str, bool] = field(default_factory=dict)
    own_in_review: bool = False
    review_form: ReviewForm = field(default_factory=ReviewForm)
    publish_form: PublishForm = field(default_factory=PublishForm)


def panel(revision: Revision, account: Account, now: datetime) -> Panel:
    """The steps `account` may take with `revision` now; one query for the verdicts so far."""
    editor, reviewer = account.has_perm(EDIT), account.has_perm(REVIEW)
    own, state = revision.author_id == account.pk, revision.state
    approved = state == Revision.State.APPROVED
    return Panel(
        stage=presenters.stage(revision, now),
        missing=actions.missing_for_review(revision) if revision.can_be_edited else [],
        reviews=list(revision.reviews.all()),
        own_in_review=own and reviewer and state == Revision.State.REVIEW,
        can={
            "submit": editor and revision.can_be_edited,
            "review": reviewer and state == Revision.State.REVIEW and not own,
            "publish": editor and approved and revision.publish_at is None,
            "renew": editor and approved and revision.publish_at is not None,
        },
    )


def submit(revision: Revision, account: Account, typed: Mapping[str, Any], now: datetime) -> Done:
    _require(account, EDIT)
    actions.submit_for_review(revision=revision, by=account, now=now)
    return Done(revision, _("已送专业审核。审核人通过后，您就可以发布。"))


def approve(revision: Revision, account: Account, typed: Mapping[str, Any], now: datetime) -> Done:
    _require(account, REVIEW)
    comment = _valid(ReviewForm(typed))["comment"]
    actions.review(revision=revision, reviewer=account, verdict=Review.Verdict.APPROVED, comment=comment, now=now)
    return Done(revision, _("已通过审核，编辑现在可以发布。"))


def reject(revision: Revision, account: Account, typed: Mapping[str, Any], now: datetime) -> Done:
    _require(account, REVIEW)
    comment = _valid(ReviewForm(typed))["comment"]
    actions.review(revision=revision, reviewer=account, verdict=Review.Verdict.REJECTED, comment=comment, now=now)
    return Done(revision, _("已退回作者修改，您的意见作者能看到。"))


def publish(revision: Revision, account: Account, typed: Mapping[str, Any], now: datetime) -> Done:
    _require(account, EDIT)
    at = _valid(PublishForm(typed))["publish_at"]
    actions.publish(revision=revision, by=account, now=now, at=at)
    return Done(revision, presenters.stage(revision, now))


def renew(revision: Revision, account: Account, typed: Mapping[str, Any], now: datetime) -> Done:
    _require(account, EDIT)
    draft = actions.new_revision(article=revision.article, by=account, now=now)
    return Done(draft, _("已从现在的文字开始写新版本；发布之前，居民看到的仍是原来的版本。"))


STEPS: dict[str, Callable[[Revision, Account, Mapping[str, Any], datetime], Done]] = {
    "submit": submit,
    "approve": approve,
    "reject": reject,
    "publish": publish,
    "renew": renew,
}


def _require(account: Account, permission: str) -> None:
    if not account.has_perm(permission):
        raise PermissionDenied


def _valid(form: ReviewForm | PublishForm) -> dict[str, Any]:
    """What was typed; raises Refused with the form's own words."""
    if not form.is_valid():
        raise actions.Refused(" ".join(str(error) for errors in form.errors.values() for error in errors))
    return form.cleaned_data
