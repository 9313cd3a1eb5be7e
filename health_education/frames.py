"""What a text is for, and which codes its card explains: set while it is a draft, asked for once it was approved.

A reviewer approves words for a use. So an editor's wish for an approved text waits, and a reviewer of its speciality,
who neither asked for it nor wrote the text, confirms or declines it. The rules are the database's (migration 0010).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from facilities.querysets import workplace
from health_education.actions import Refused, comment
from health_education.models import Article, Explains, FrameChange, Revision, Speciality
from residents.access import record_staff_event
from residents.models import Account

FIELDS = ("kind", "audience", "tags", "speciality", "language", "translation_of_id")
SAME, SET, WAITS = "same", "set", "waits"
State = Revision.State
Verdict = FrameChange.Verdict


def open_change(article: Article) -> FrameChange | None:
    """What is asked for and not decided yet."""
    return article.changes.filter(decided_at__isnull=True).select_related("translation_of").first()


def frame(source: Article | FrameChange) -> dict[str, Any]:
    """What a text is for, by the names of the fields; lists in one order."""
    return _sorted({name: getattr(source, name) for name in FIELDS})


def is_kept(article: Article) -> bool:
    """Whether the article was approved as it is, so that another use waits for a reviewer."""
    return article.revisions.filter(state=State.APPROVED).exists()


def is_judged(article: Article) -> bool:
    """Whether a first wording is being judged: then nothing changes under it, until its author takes it back."""
    return not is_kept(article) and article.revisions.filter(state__in=[State.CHECK, State.REVIEW]).exists()


@transaction.atomic
def wish(*, article: Article, wanted: Mapping[str, Any], by: Account, now: datetime) -> str:
    """Let a text be for what is `wanted` (by `FIELDS`): SET at once for drafts, else it WAITS; SAME for nothing new.

    A wish replaces the one before; to wish what is takes it back. Raises Refused while a first wording is judged.
    """
    asked = article.changes.filter(decided_at__isnull=True).select_for_update().first()
    kept = Article.objects.select_for_update().get(pk=article.pk)
    wanted = _sorted(wanted)
    if wanted == (frame(asked) if asked else frame(kept)):
        return SAME
    if asked:
        FrameChange.objects.filter(pk=asked.pk).update(verdict=Verdict.TAKEN_BACK)
    if wanted == frame(kept):
        return SET
    if is_judged(kept):
        raise Refused(_("有一个版本正在初审或审核，请先撤回它，再改类型、人群、标签、审核专业和语言。"))
    if not is_kept(kept):
        Article.objects.filter(pk=kept.pk).update(**wanted)
        return SET
    who = {"proposed_by": by.pk, "proposed_by_name": by.name, "proposed_at": now}
    FrameChange.objects.create(article=kept, **wanted, **who)
    return WAITS


@transaction.atomic
def decide(*, change: FrameChange, by: Account, confirmed: bool, words: str, now: datetime) -> None:
    """A reviewer confirms another use, which holds at once, or declines it with a reason that its editors read.

    Raises Refused for who asked for it or wrote the text, another speciality, a bare refusal, and a decided change.
    """
    verdict = Verdict.CONFIRMED if confirmed else Verdict.DECLINED
    _require_words(confirmed, words)
    undecided = FrameChange.objects.filter(pk=change.pk, decided_at__isnull=True)
    if not _judged(undecided, change.article, verdict=verdict):
        raise Refused(_("这个改动已经有人处理过了。"))
    _tell(change.article, by, confirmed, words, "use", now)


@transaction.atomic
def set_codes(*, article: Article, codes: Iterable[tuple[str, str]], by: Account, now: datetime) -> str:
    """Let a card explain exactly these (system, code): SAME, SET, or WAITS where new ones wait for a reviewer.

    What it no longer explains ends at once; the codes of a draft wait for its review.
    """
    wanted = dict.fromkeys(codes)
    live = {(one.system, one.code): one.pk for one in article.explains.current()}
    gone = [key for code, key in live.items() if code not in wanted]
    who = {"added_by": by.pk, "added_by_name": by.name}
    new = [Explains(article=article, system=code[0], code=code[1], **who) for code in wanted if code not in live]
    Explains.objects.filter(pk__in=gone).update(ended_at=now)
    Explains.objects.bulk_create(new)
    if not gone and not new:
        return SAME
    return WAITS if new and is_kept(article) else SET


@transaction.atomic
def decide_codes(
    *, article: Article, codes: Iterable[Explains], by: Account, confirmed: bool, words: str, now: datetime
) -> None:
    """A reviewer lets codes stand beside results, or ends them with a reason. Raises Refused as `decide` does."""
    _require_words(confirmed, words)
    waiting = Explains.objects.waiting().filter(pk__in=[code.pk for code in codes])
    if not _judged(waiting, article, **({"confirmed_at": now} if confirmed else {"ended_at": now})):
        raise Refused(_("这些编码已经有人处理过了。"))
    _tell(article, by, confirmed, words, "codes", now)


def _judged(rows: Any, article: Article, **values: Any) -> int:
    """Update as the database allows; raises Refused in words where it does not."""
    try:
        with transaction.atomic():
            return int(rows.update(**values))
    except IntegrityError as error:
        if "somebody else confirms" in str(error):
            raise Refused(_("提出改动的人和作者不能自己确认，请交给另一位审核人。")) from error
        if "by a reviewer of its speciality" not in str(error):
            raise
        name = Speciality(article.speciality).label
        raise Refused(_("须由登记了“%(name)s”专业的审核人确认，您没有登记这个专业。") % {"name": name}) from error


def _require_words(confirmed: bool, words: str) -> None:
    if not confirmed and not words.strip():
        raise Refused(_("不同意时请写明原因，编辑会看到。"))


def _tell(article: Article, by: Account, confirmed: bool, words: str, what: str, now: datetime) -> None:
    """Put the reason into the thread of the newest wording, and the deed into the access log."""
    newest = article.revisions.order_by("-number").first()
    if newest and words.strip():
        comment(revision=newest, by=by, text=words, now=now)
    action = f"health_education.{what}_{'confirmed' if confirmed else 'declined'}"
    record_staff_event(account=by, action=action, now=now, subject=article, facility_id=workplace(by.pk))


def _sorted(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: sorted(fields[name]) if isinstance(fields[name], list) else fields[name] for name in FIELDS}
