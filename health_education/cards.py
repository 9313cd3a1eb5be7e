"""Cards that explain a laboratory item or a condition: all of them by their sound, and those for given codes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from pypinyin import Style, lazy_pinyin

from health_education import finding
from health_education.marking import plain
from health_education.models import Explains, Kind, Revision
from health_education.search import normal

MOST_CARDS = 500
LETTERS = set("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
WHAT_IT_IS = "这项查的是什么"
SYSTEMS: dict[str, Promise] = {
    Explains.System.LOINC: _("检验项目"),
    Explains.System.CONDITION: _("常见病和公共卫生"),
}


@dataclass(frozen=True)
class Card:
    """What a report shows beside an item: the card's address and title, and its first paragraph."""

    slug: str
    title: str
    first: str


@dataclass(frozen=True)
class Group:
    """Cards under one heading."""

    title: str | Promise
    anchor: str
    cards: Sequence[Revision]


def cards_for(codes: Iterable[tuple[str, str]], now: datetime) -> dict[tuple[str, str], Card]:
    """The live card of each (system, code) that has one, in one query; no query without codes.

    A code explains nobody's result before a reviewer has seen it with this wording or an earlier one, and a card whose
    review is overdue until somebody has looked at it again.
    """
    found = asked(codes, now)
    return {} if found is None else answered(found)


def asked(codes: Iterable[tuple[str, str]], now: datetime) -> QuerySet[Revision, tuple[Any, ...]] | None:
    """The live cards of these (system, code), for `answered`; None without codes."""
    wanted: dict[str, set[str]] = {}
    for system, code in codes:
        wanted.setdefault(system, set()).add(code)
    if not wanted:
        return None
    named = Q()
    for system, some in wanted.items():
        named |= Q(article__explains__system=system, article__explains__code__in=some)
    seen = Q(article__explains__ended_at__isnull=True, article__explains__from_number__lte=F("number"))
    ready = Revision.objects.live(now).still_reviewed(timezone.localdate(now)).with_text()
    live = ready.filter(named & seen)
    columns = ("article__explains__system", "article__explains__code", "article__slug", "title", "body")
    return live.select_related(None).order_by().values_list(*columns)


def answered(rows: Iterable[tuple[Any, ...]]) -> dict[tuple[str, str], Card]:
    """The card of each (system, code), of the rows that `asked` found."""
    return {(system, code): Card(slug, title, first_paragraph(body)) for system, code, slug, title, body in rows}


def first_paragraph(body: str) -> str:
    """What a card says first about its item: the paragraph below that heading, else the first one."""
    parts = [part.strip() for part in body.replace("\r\n", "\n").split("\n\n") if part.strip()]
    after = [number for number, part in enumerate(parts) if part.startswith("#") and WHAT_IT_IS in part.split("\n")[0]]
    start = after[0] if after else 0
    for part in parts[start:]:
        words = "\n".join(line for line in part.split("\n") if not line.lstrip().startswith("#")).strip()
        if words:
            return plain(words).strip()
    return ""


def grouped(typed: str, *, by_system: bool, now: datetime) -> list[Group]:
    """The live cards whose title or summary holds what was typed, by letter or by what they explain. One query."""
    live = Revision.objects.live(now).for_a_list().of_kind(Kind.EXPLANATION).read_in(english=False)
    system = Explains.objects.current().filter(article__in=live.values("article"))
    said = finding.readings(typed, finding.synonyms()) if normal(typed) else []
    cards = [card for card in live[:MOST_CARDS] if not typed or _holds(card, said)]
    if by_system:
        return _by_system(cards, dict(system.values_list("article_id", "system")))
    sounds = sorted(
        ((_letter(_sound(card.title)), _sound(card.title), card) for card in cards), key=lambda row: row[:2]
    )
    return [
        Group(letter if letter in LETTERS else "1–9", f"letter-{letter.lower()}", [row[2] for row in some])
        for letter, some in groupby(sounds, key=lambda row: row[0])
    ]


def _by_system(cards: Sequence[Revision], systems: dict[object, str]) -> list[Group]:
    groups = []
    for system, title in SYSTEMS.items():
        own = [card for card in cards if systems.get(card.article_id, Explains.System.LOINC) == system]
        own.sort(key=lambda card: _sound(card.title))
        groups += [Group(title, f"group-{system}", own)] if own else []
    return groups


def _holds(card: Revision, said: Sequence[str]) -> bool:
    """Whether the card's title or summary holds what was typed, in any of the ways to say it."""
    text = normal(f"{card.title} {card.summary}")
    return any(reading in text for reading in said if reading)


def _sound(title: str) -> str:
    return "".join(lazy_pinyin(title, style=Style.NORMAL)).lower()


def _letter(sound: str) -> str:
    first = sound[:1].upper() or "other"
    return first if first in LETTERS else "other"  # after the letters
