"""Which items of a report a card of health education explains."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from health_education import cards
from health_education.cards import Card
from health_education.models import Explains, Revision
from records.models import Observation
from records.opened import OpenedReport

LOINC = "loinc"


def cards_of(opened: OpenedReport, now: datetime) -> Mapping[UUID, Card]:
    """The card of each item that has one, by the item's id; one query, none for a report without LOINC codes."""
    return cards_for_items(opened.items, now)


def card_of(item: Observation, now: datetime) -> Card | None:
    """The card of one item."""
    return cards_for_items([item], now).get(item.id)


def cards_for_items(items: Iterable[Observation], now: datetime) -> Mapping[UUID, Card]:
    """The card of each of these items that has one, by the item's id; at most one query."""
    items = list(items)
    rows = asked(items, now)
    return {} if rows is None else by_item(items, rows)


def asked(items: Iterable[Observation], now: datetime) -> QuerySet[Revision, tuple[Any, ...]] | None:
    """The cards that explain these items, for `by_item`; None where no item has a code that cards know."""
    return cards.asked({(Explains.System.LOINC.value, code) for code in _coded(items).values()}, now)


def by_item(items: Iterable[Observation], rows: Iterable[tuple[Any, ...]]) -> Mapping[UUID, Card]:
    """The card of each item that has one, by the item's id."""
    found = cards.answered(rows)
    pairs = ((key, found.get((Explains.System.LOINC.value, code))) for key, code in _coded(items).items())
    return {key: card for key, card in pairs if card}


def _coded(items: Iterable[Observation]) -> dict[UUID, str]:
    return {item.id: item.code for item in items if item.code and LOINC in item.code_system.lower()}
