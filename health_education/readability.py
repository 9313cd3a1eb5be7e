"""How easily a text is read, as friendly advice: its length, its sentences, and whether it says first what to do."""

import re
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.dated import register, setting
from health_education.models import Kind, Language, Revision

LONGEST_TEXT = register("health_education.longest_text", 800, gettext_lazy("宣教文章正文最多多少字为宜"))
LONGEST_CARD = register("health_education.longest_card", 400, gettext_lazy("检查说明卡正文最多多少字为宜"))
LONGEST_SENTENCE = register("health_education.longest_sentence", 40, gettext_lazy("一句话最多多少字为宜"))
EASY_SENTENCE = register("health_education.easy_sentence", 20, gettext_lazy("平均每句不超过多少字算易读"))

HEADING = re.compile(r"^\s*#{1,6}\s")
TABLE = re.compile(r"^\s*\|")
ITEM = re.compile(r"^\s*(?:[-*+]|\d+[.)、])\s+")
END = re.compile(r"[。！？!?；;]")
LETTER = re.compile(r"[\u3400-\u9fffA-Za-z0-9]")
SHOWN = 3


@dataclass(frozen=True)
class Reading:
    """What to say of a text: a label for its level, and what would make it easier."""

    label: str
    tone: str
    characters: int
    advice: list[str]


def reading_of(revision: Revision, now: datetime) -> Reading | None:
    """How easy a Chinese wording is; None for other languages, which these measures do not fit."""
    if revision.article.language != Language.CHINESE:
        return None
    count, sentences = characters(revision.body), sentences_of(revision.body)
    card = revision.article.kind == Kind.EXPLANATION
    most = setting(LONGEST_CARD if card else LONGEST_TEXT, now)
    longest = setting(LONGEST_SENTENCE, now)
    long = [sentence for sentence in sentences if characters(sentence) > longest]
    advice = [*_of_length(count, most), *_of_sentences(long, longest)]
    if not starts_with_actions(revision.body):
        advice.append(_("开头没有“马上可以做的事”清单。先告诉读者做什么，再讲为什么。"))
    mean = sum(map(characters, sentences)) / max(len(sentences), 1)
    label, tone = _level(mean, setting(EASY_SENTENCE, now), bool(long), count > most)
    return Reading(label, tone, count, advice)


def characters(text: str) -> int:
    """Chinese characters, letters and digits; marks and punctuation take no reading."""
    return len(LETTER.findall(text))


def sentences_of(body: str) -> list[str]:
    """The sentences of a Markdown text: each list item begins one; headings and tables are none."""
    lines = [ITEM.sub("", line) for line in body.splitlines() if not HEADING.match(line) and not TABLE.match(line)]
    parts = [part.strip() for line in lines for part in END.split(line)]
    return [part for part in parts if characters(part)]


def starts_with_actions(body: str) -> bool:
    """Whether the first thing after an opening heading is a list."""
    lines = [line for line in body.splitlines() if line.strip()]
    if lines and HEADING.match(lines[0]):
        lines = lines[1:]
    return bool(lines) and ITEM.match(lines[0]) is not None


def _level(mean: float, easy: int, has_long: bool, is_long: bool) -> tuple[str, str]:
    """A label and its tone: hard when the sentences are twice as long as easy ones, easy when nothing is too long."""
    if mean > 2 * easy or (has_long and is_long):
        return _("偏难"), "warn"
    if mean <= easy and not has_long and not is_long:
        return _("易读"), "good"
    return _("一般"), "info"


def _of_length(count: int, most: int) -> list[str]:
    if count <= most:
        return []
    return [_("正文有%(count)d字，超过%(most)d字。可以删减，或分成两篇。") % {"count": count, "most": most}]


def _of_sentences(long: list[str], longest: int) -> list[str]:
    said = [_("这句话超过%(most)d字，可以拆短：%(text)s") % {"most": longest, "text": one} for one in long[:SHOWN]]
    if len(long) > SHOWN:
        said.append(_("还有%(count)d句话也偏长。") % {"count": len(long) - SHOWN})
    return said
