"""Bringing articles in as files (`library.py` has their form): drafts, each file by itself, repeatable.

The same file twice changes nothing; a file with other words makes a new draft, which goes the same way to the
residents as one written at the desk.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from django.core.exceptions import ValidationError
from django.db import router, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from facilities.querysets import workplace
from health_education import frames
from health_education.actions import Refused
from health_education.library import TOPICS, Text, article_of, read
from health_education.models import RESERVED, Article, Explains, Revision
from health_education.starter import topic_of
from residents.access import record_staff_event
from residents.models import Account

MOST_BYTES = 100_000  # of one text: twenty times the longest article
SLUG = re.compile(r"^[a-z0-9]+(?:-[a-z0-9]+)*$")
LONGEST_SLUG = 80
WORDS = ("title", "summary", "source")
SHELF = ("topic_id", "literacy_items", "related")
JUDGED = {Revision.State.CHECK, Revision.State.REVIEW}
NEW, REVISED, REFILED, WAITS, SAME, REFUSED = "new", "revised", "refiled", "waits", "same", "refused"
SAID = {
    NEW: gettext_lazy("新文章，已存为草稿"),
    REVISED: gettext_lazy("文字有改动，已存为新版本草稿"),
    REFILED: gettext_lazy("文字没变，已更新类型、人群等"),
    WAITS: gettext_lazy("文字没变；类型、人群或编码的改动要等审核人确认"),
    SAME: gettext_lazy("没有变化"),
    REFUSED: gettext_lazy("没有导入"),
}


@dataclass(frozen=True)
class Outcome:
    """What became of one file: `kind`, why it was refused, and the wording it made."""

    name: str
    kind: str
    reasons: list[str] = field(default_factory=list)
    revision: Revision | None = None

    @property
    def said(self) -> str:
        return str(SAID[self.kind])


def bring_in_all(files: Mapping[str, bytes], by: Account, now: datetime) -> list[Outcome]:
    """Each file by its name, translations after all others; in the order of their names."""
    order = sorted(files, key=lambda name: (b"translation_of:" in files[name], name))
    return sorted((bring_in(name, files[name], by, now) for name in order), key=lambda outcome: outcome.name)


def bring_in(name: str, content: bytes, by: Account, now: datetime) -> Outcome:
    """One file in one transaction: all of it, or nothing and the reasons in plain words."""
    try:
        text = _text_of(name, content)
        with transaction.atomic(using=router.db_for_write(Revision)):
            kind, revision = _kept(text, by, now)
            if kind != SAME:
                where = workplace(by.pk)
                action = "health_education.imported"
                record_staff_event(account=by, action=action, now=now, subject=revision, facility_id=where)
    except ValidationError as error:
        return Outcome(name, REFUSED, list(error.messages))
    return Outcome(name, kind, revision=revision)


def _text_of(name: str, content: bytes) -> Text:
    slug = PurePosixPath(name).stem
    if len(content) > MOST_BYTES:
        raise ValidationError(_("文件超过%(most)d KB，一篇文章不会这么长。") % {"most": MOST_BYTES // 1000})
    if not SLUG.match(slug) or len(slug) > LONGEST_SLUG or slug in RESERVED:
        raise ValidationError(_("文件名就是网址名，只能用小写英文字母、数字和连字符，如 eat-less-salt.md。"))
    try:
        text = read(slug, content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ValidationError(_("文件不是 UTF-8 编码，请另存为 UTF-8 再导入。")) from error
    if any("\x00" in words for words in _all_words(text)):
        raise ValidationError(_("文件里有看不见的空字符，请用记事本另存以后再导入。"))
    if wrong := _problems(text):
        raise ValidationError(wrong)
    return text


def _all_words(text: Text) -> Iterator[str]:
    """Everything that a file says: a NUL, which YAML writes as an escape, fits no column."""
    yield text.body
    for value in text.head.values():
        yield from map(str, value if isinstance(value, list) else [value])


def _problems(text: Text) -> list[str]:
    """What the head alone does not tell: unknown topics, words that fit no column, codes of another card."""
    wrong = [] if text.one("topic") in TOPICS else [_("没有这个主题：%(topic)s。") % {"topic": text.one("topic")}]
    for name in (*WORDS, "author"):
        column = Revision._meta.get_field("author_name" if name == "author" else name)
        most: int = getattr(column, "max_length", 0)
        if len(text.one(name)) > most:
            wrong.append(_("%(name)s 超过%(most)d个字。") % {"name": name, "most": most})
    if bad := [str(slug) for slug in text.many("related") if not SLUG.match(str(slug))]:
        wrong.append(_("related 里不是网址名：%(words)s。") % {"words": "、".join(bad)})
    original = text.one("translation_of")
    if original and not Article.objects.filter(slug=original).exclude(slug=text.slug).exists():
        wrong.append(_("没有找到它译自的文章：%(slug)s。") % {"slug": original})
    return wrong + _taken(text)


def _taken(text: Text) -> list[str]:
    live = Explains.objects.filter(ended_at__isnull=True).exclude(article__slug=text.slug)
    taken = [f"{system}:{code}" for system, code in text.codes if live.filter(system=system, code=code).exists()]
    return [_("已由另一张卡说明：%(codes)s。") % {"codes": "、".join(taken)}] if taken else []


def _kept(text: Text, by: Account, now: datetime) -> tuple[str, Revision]:
    """Keep a text: what it was (new, revised, refiled, same), and its wording."""
    original = text.one("translation_of")
    originals = {original: Article.objects.get(slug=original)} if original else {}
    frame = article_of(text, topic_of(text.one("topic")).pk, originals)
    article = Article.objects.filter(slug=text.slug).select_for_update().first()
    if article is None:
        frame.save(force_insert=True)
        frames.set_codes(article=frame, codes=text.codes, by=by, now=now)
        return NEW, _draft(text, frame, 1, by)
    newest = article.revisions.order_by("-number").first()
    moved = _refiled(article, frame, text, by, now)
    if newest and not _differs(newest, text):
        return moved, newest
    if newest and newest.state in JUDGED:
        raise ValidationError(_("这篇文章正在初审或审核，等有了结论再导入。"))
    return REVISED, _draft(text, article, newest.number + 1 if newest else 1, by)


def _refiled(article: Article, frame: Article, text: Text, by: Account, now: datetime) -> str:
    """Keep where a text belongs and what it is for: same, refiled, or that something of it waits for a reviewer."""
    moved: dict[str, Any] = {
        name: getattr(frame, name) for name in SHELF if getattr(frame, name) != getattr(article, name)
    }
    if moved:
        Article.objects.filter(pk=article.pk).update(**moved)
    try:
        used = frames.wish(article=article, wanted=vars(frame), by=by, now=now)
    except Refused as refusal:
        raise ValidationError(str(refusal)) from refusal
    coded = frames.set_codes(article=article, codes=text.codes, by=by, now=now)
    if frames.WAITS in {used, coded}:
        return WAITS
    return REFILED if moved or {used, coded} != {frames.SAME} else SAME


def _differs(revision: Revision, text: Text) -> bool:
    if text.one("author") and revision.author_name != text.one("author"):
        return True
    return revision.body != text.body or any(getattr(revision, name) != text.one(name) for name in WORDS)


def _draft(text: Text, article: Article, number: int, by: Account) -> Revision:
    words = {name: text.one(name) for name in WORDS}
    author = {"author_id": by.pk, "author_name": text.one("author") or by.name}
    draft = Revision(article=article, number=number, body=text.body, **words, **author)
    draft.save(force_insert=True)
    return draft
