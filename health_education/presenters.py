"""Wording for pages: what stage a text has reached, and what was said of it."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from health_education import frames
from health_education.models import (
    Article,
    Audience,
    Explains,
    Feedback,
    FrameChange,
    Kind,
    Language,
    Remark,
    Review,
    Revision,
    Speciality,
    Tag,
)  # fmt: skip

WORDS = ("title", "summary", "body", "source", "author_name")
TONES: dict[str, str] = {
    Remark.Kind.COMMENT: "info",
    Remark.Kind.CHECK_PASSED: "good",
    Remark.Kind.CHECK_RETURNED: "warn",
    Review.Verdict.APPROVED: "good",
    Review.Verdict.REJECTED: "warn",
}


@dataclass(frozen=True)
class Said:
    """A remark or a verdict in the thread of a wording."""

    at: datetime
    who: str
    what: str
    tone: str
    text: str
    earlier_words: bool


@dataclass(frozen=True)
class Line:
    """One side of what a text is for: its name, what holds, and what is asked for instead (empty where nothing is)."""

    label: str
    now: str
    asked: str = ""


@dataclass(frozen=True)
class Use:
    """What a text is for and which codes its card explains, with what waits for a reviewer."""

    lines: list[Line]
    change: FrameChange | None
    codes: list[Explains]

    @property
    def waiting(self) -> list[Explains]:
        """The codes no reviewer has seen."""
        return [code for code in self.codes if code.confirmed_at is None]


def use(article: Article) -> Use:
    """What an article is for, side by side with what is asked for. Two queries."""
    asked = frames.open_change(article)
    held, wished = _frame_in_words(article), _frame_in_words(asked or article)
    lines = [Line(label, held[label], "" if held[label] == wished[label] else wished[label]) for label in held]
    return Use(lines, asked, list(article.explains.current()))


def _frame_in_words(source: Article | FrameChange) -> dict[str, str]:
    words = {
        _("类型"): str(Kind(source.kind).label),
        _("适用人群"): "、".join(str(Audience(one).label) for one in sorted(source.audience)),
        _("疾病标签"): "、".join(str(Tag(one).label) for one in sorted(source.tags)) or _("没有"),
        _("审核专业"): str(Speciality(source.speciality).label),
        _("语言"): str(Language(source.language).label),
    }
    return words | {_("译自"): source.translation_of.slug if source.translation_of else _("没有")}


def readers_said(article: Article) -> str:
    """How often readers found an article useful, unclear or wrong, in one line; empty where nobody said so.

    The article is one of `with_feedback`.
    """
    counts = [(kind.label, getattr(article, f"said_{kind.value}")) for kind in Feedback.Kind]
    return " · ".join(f"{label}\u00a0{count}" for label, count in counts if count)


def stage(revision: Revision, now: datetime) -> str:
    """Where a wording stands on its way to the residents, in the editor's words."""
    if revision.article.withdrawn_at:
        return _("文章已下线")
    if revision.state != Revision.State.APPROVED:
        return str(revision.get_state_display())
    if revision.publish_at is None:
        return _("审核通过，等待发布")
    if revision.publish_at > now:
        return _("将于%(time)s自动发布") % {"time": timezone.localtime(revision.publish_at).strftime("%Y-%m-%d %H:%M")}
    if revision.superseded_at and revision.superseded_at <= now:
        return _("已被新版本代替")
    if revision.is_sample:
        return _("已发布（示例内容，等本县审核人采用）")
    overdue = revision.review_due_on is not None and revision.review_due_on < timezone.localdate(now)
    return _("已发布，复审逾期（不再推荐给居民）") if overdue else _("已发布")


def way(revision: Revision, now: datetime) -> list[tuple[str, str]]:
    """The steps from draft to the residents, each with "done", "here" or "ahead"."""
    names = [_("写稿"), _("编辑初审"), _("专业审核"), _("等待发布"), _("居民可见")]
    state = revision.state
    at = {Revision.State.CHECK: 1, Revision.State.REVIEW: 2}.get(Revision.State(state), 0)
    if state == Revision.State.APPROVED:
        at = 4 if revision.publish_at and revision.publish_at <= now else 3
    return [(name, "here" if n == at else "done" if n < at else "ahead") for n, name in enumerate(names)]


def wording_of(revision: Revision) -> bytes:
    """The hash the database keeps of these words (`app.wording_of`); to say which words a remark was about."""
    words = json.dumps([getattr(revision, name) for name in WORDS], ensure_ascii=False)
    return hashlib.sha256(words.encode()).digest()


def thread(revision: Revision) -> list[Said]:
    """Remarks and verdicts, the newest first; those about words that were changed since say so. Two queries."""
    words = wording_of(revision)
    said = [
        Said(one.at, one.account_name, one.get_kind_display(), TONES[one.kind], one.text, bytes(one.wording) != words)
        for one in revision.remarks.all()
    ]
    said += [
        Said(
            one.reviewed_at,
            one.reviewer_name,
            _verdict(one),
            TONES[one.verdict],
            one.comment,
            bytes(one.wording) != words,
        )
        for one in revision.reviews.all()
    ]
    return sorted(said, key=lambda one: one.at, reverse=True)


def _verdict(review: Review) -> str:
    if review.confirms:
        return _("复审通过（文字不变）")
    approved = review.verdict == Review.Verdict.APPROVED
    return _("专业审核通过") if approved else _("专业审核退回")
