"""The steps of a wording as the staff site offers them: who may take which, and what each says afterwards."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from health_education import actions, frames, presenters
from health_education.claims import Found, claims_in
from health_education.editing_forms import CheckForm, RemarkForm
from health_education.forms import PublishForm, ReviewForm, UseForm
from health_education.markdown import left_stars
from health_education.models import Review, ReviewerSpeciality, Revision, Speciality
from health_education.readability import Reading, reading_of
from health_education.requirements import missing_for_review
from health_education.seals import seal
from residents.models import Account

EDIT, REMARK, REVIEW = "health_education.add_revision", "health_education.add_remark", "health_education.add_review"
State = Revision.State


@dataclass(frozen=True)
class Done:
    """The wording to show next, and what to say about the step."""

    revision: Revision
    message: str


@dataclass(frozen=True)
class Panel:
    """What the page of a wording shows above its fields."""

    stage: str
    way: list[tuple[str, str]]
    missing: list[str]
    thread: list[presenters.Said]
    claims: list[Found]
    reading: Reading | None
    stars: list[str]
    use: presenters.Use
    notes: list[str]
    seen: str
    can: dict[str, bool] = field(default_factory=dict)
    remark_form: RemarkForm = field(default_factory=RemarkForm)
    check_form: CheckForm = field(default_factory=CheckForm)
    review_form: ReviewForm = field(default_factory=ReviewForm)
    publish_form: PublishForm = field(default_factory=PublishForm)
    use_form: UseForm = field(default_factory=UseForm)
    codes_form: UseForm = field(default_factory=partial(UseForm, auto_id="codes_%s"))

    @property
    def has_step(self) -> bool:
        """Whether there is anything to do or to know besides leaving a comment."""
        return bool(self.notes or self.missing) or any(can for step, can in self.can.items() if step != "comment")


def panel(revision: Revision, account: Account, now: datetime) -> Panel:
    """The steps `account` may take with `revision` now, and what is known about its words."""
    fits = account.has_perm(REVIEW) and of_speciality(revision, account, now)
    used = presenters.use(revision.article)
    return Panel(
        stage=presenters.stage(revision, now),
        way=presenters.way(revision, now),
        missing=missing_for_review(revision) if revision.can_be_edited else [],
        thread=presenters.thread(revision),
        claims=claims_in(revision),
        reading=reading_of(revision, now),
        stars=left_stars(revision.body),
        use=used,
        notes=_notes(revision, account, fits, now),
        seen=seal(revision),
        can=_can(revision, account, fits, now) | _may_decide(revision, used, account, fits),
    )


def of_speciality(revision: Revision, account: Account, now: datetime) -> bool:
    """Whether an account may judge texts of this speciality: a general text needs none; at most one query."""
    wanted = revision.article.speciality
    return wanted == Speciality.GENERAL or wanted in ReviewerSpeciality.objects.of(account.pk, now)


def _can(revision: Revision, account: Account, fits: bool, now: datetime) -> dict[str, bool]:
    editor, others = account.has_perm(EDIT), revision.author_id != account.pk
    state, published = revision.state, revision.publish_at is not None
    return {
        "submit": editor and revision.can_be_edited,
        "recall": not others and state in {State.CHECK, State.REVIEW},
        "comment": account.has_perm(REMARK),
        "check": account.has_perm(REMARK) and state == State.CHECK and others,
        "review": fits and state == State.REVIEW and others,
        "confirm": fits and others and actions.may_be_confirmed(revision, now),
        "publish": editor and state == State.APPROVED and not published,
        "renew": editor and state == State.APPROVED and published,
    }


def _may_decide(revision: Revision, used: presenters.Use, account: Account, fits: bool) -> dict[str, bool]:
    """Whether an account may confirm what waits beside an approved wording: somebody else's wish for another's text."""
    may = fits and revision.state == State.APPROVED and revision.author_id != account.pk
    codes = [code for code in used.waiting if code.added_by != account.pk]
    return {
        "use": may and used.change is not None and used.change.proposed_by != account.pk,
        "codes": may and bool(codes) and len(codes) == len(used.waiting),
    }


def _notes(revision: Revision, account: Account, fits: bool, now: datetime) -> list[str]:
    """Why a step that is due is not offered to this account."""
    own, reviewer = revision.author_id == account.pk, account.has_perm(REVIEW)
    judged = revision.state == State.REVIEW or actions.may_be_confirmed(revision, now)
    if own and revision.state == State.CHECK:
        return [_("这是您自己写的文章，须由另一位编辑或审核人初审。")]
    if own and reviewer and judged:
        return [_("这是您自己写的文章，须由另一位审核人审核。")]
    if reviewer and judged and not fits:
        name = Speciality(revision.article.speciality).label
        return [_("须由登记了“%(name)s”专业的审核人审核，您没有登记这个专业。") % {"name": name}]
    return []


Step = Callable[[Revision, Account, Mapping[str, Any], datetime], Done]


def submit(revision: Revision, account: Account, typed: Mapping[str, Any], now: datetime) -> Done:
    _require(account, EDIT)
    actions.submit(revision=revision, by=account, now=now)
    return Done(revision, _("已提交编辑初审。初审通过后转给专业审核人。"))


def recall(revision: Revision, account: Account, typed: Mapping[str, Any], now: datetime) -> Done:
    _require(account, EDIT)
    actions.recall(revision=revision, by=account, now=now)
    return Done(revision, _("已撤回，可以接着修改。改好后请重新提交。"))


def comment(revision: Revision, account: Account, typed: Mapping[str, Any], now: datetime) -> Done:
    _require(account, REMARK)
    actions.comment(revision=revision, by=account, text=_valid(RemarkForm(typed))["text"], now=now)
    return Done(revision, _("留言已记下。"))


def pass_on(revision: Revision, account: Account, typed: Mapping[str, Any], now: datetime) -> Done:
    _require(account, REMARK)
    _as_seen(revision, typed)
    actions.check(revision=revision, by=account, passed=True, text=_valid(CheckForm(typed))["text"], now=now)
    return Done(revision, _("初审通过，已转给专业审核人。"))


def send_back(revision: Revision, account: Account, typed: Mapping[str, Any], now: datetime) -> Done:
    _require(account, REMARK)
    actions.check(revision=revision, by=account, passed=False, text=_valid(CheckForm(typed))["text"], now=now)
    return Done(revision, _("已退回作者修改，您的意见作者能看到。"))


def approve(revision: Revision, account: Account, typed: Mapping[str, Any], now: datetime) -> Done:
    _require(account, REVIEW)
    _as_seen(revision, typed)
    words = _valid(ReviewForm(typed))["comment"]
    actions.review(revision=revision, reviewer=account, verdict=Review.Verdict.APPROVED, comment=words, now=now)
    return Done(revision, _("已通过审核，编辑现在可以发布。"))


def reject(revision: Revision, account: Account, typed: Mapping[str, Any], now: datetime) -> Done:
    _require(account, REVIEW)
    words = _valid(ReviewForm(typed))["comment"]
    actions.review(revision=revision, reviewer=account, verdict=Review.Verdict.REJECTED, comment=words, now=now)
    return Done(revision, _("已退回作者修改，您的意见作者能看到。"))


def confirm(revision: Revision, account: Account, typed: Mapping[str, Any], now: datetime) -> Done:
    _require(account, REVIEW)
    _as_seen(revision, typed)
    sample = revision.is_sample
    actions.confirm(revision=revision, reviewer=account, comment=_valid(ReviewForm(typed))["comment"], now=now)
    words = {"day": revision.review_due_on}
    if sample:
        return Done(revision, _("已采用：页面不再标“示例内容”，审核人写您的名字。下次复审：%(day)s。") % words)
    return Done(revision, _("复审通过，文字不变。下次复审：%(day)s。") % words)


def publish(revision: Revision, account: Account, typed: Mapping[str, Any], now: datetime) -> Done:
    _require(account, EDIT)
    at = _valid(PublishForm(typed))["publish_at"]
    actions.publish(revision=revision, by=account, now=now, at=at)
    return Done(revision, presenters.stage(revision, now))


def renew(revision: Revision, account: Account, typed: Mapping[str, Any], now: datetime) -> Done:
    _require(account, EDIT)
    draft = actions.new_revision(article=revision.article, by=account, now=now)
    return Done(draft, _("已从现在的文字开始写新版本；发布之前，居民看到的仍是原来的版本。"))


def _decided(revision: Revision, account: Account, typed: Mapping[str, Any], now: datetime, *, confirmed: bool) -> Done:
    _require(account, REVIEW)
    _as_seen(revision, typed)
    change, words = frames.open_change(revision.article), _valid(UseForm(typed))["comment"]
    if change is None:
        raise actions.Refused(_("现在没有等确认的改动。"))
    frames.decide(change=change, by=account, confirmed=confirmed, words=words, now=now)
    return Done(revision, _("已确认，改动从现在起生效。") if confirmed else _("没有采用这个改动，您的意见编辑能看到。"))


def _coded(revision: Revision, account: Account, typed: Mapping[str, Any], now: datetime, *, confirmed: bool) -> Done:
    _require(account, REVIEW)
    _as_seen(revision, typed)
    words, article = _valid(UseForm(typed))["comment"], revision.article
    waiting = presenters.use(article).waiting
    frames.decide_codes(article=article, codes=waiting, by=account, confirmed=confirmed, words=words, now=now)
    return Done(
        revision, _("已确认，编码从现在起显示在结果旁边。") if confirmed else _("这些编码已去掉，您的意见编辑能看到。")
    )


STEPS: dict[str, Step] = {
    "confirm-use": partial(_decided, confirmed=True),
    "decline-use": partial(_decided, confirmed=False),
    "confirm-codes": partial(_coded, confirmed=True),
    "decline-codes": partial(_coded, confirmed=False),
    "submit": submit,
    "recall": recall,
    "comment": comment,
    "pass": pass_on,
    "return": send_back,
    "approve": approve,
    "reject": reject,
    "confirm": confirm,
    "publish": publish,
    "renew": renew,
}


def _require(account: Account, permission: str) -> None:
    if not account.has_perm(permission):
        raise PermissionDenied


def _as_seen(revision: Revision, typed: Mapping[str, Any]) -> None:
    """Raise Refused where the text is no longer what the page showed when it was opened."""
    if typed.get("seen", "") not in {"", seal(revision)}:
        raise actions.Refused(_("您打开页面以后，文字、图片说明、字幕、用途或编码改过了。请再看一遍，然后再决定。"))


def _valid(form: forms.Form) -> dict[str, Any]:
    """What was typed; raises Refused with the form's own words."""
    if not form.is_valid():
        raise actions.Refused(" ".join(str(error) for errors in form.errors.values() for error in errors))
    return form.cleaned_data
