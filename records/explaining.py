"""Which items of a report a card of health education explains."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from health_education.cards import Card, cards_for
from health_education.models import Explains
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
    coded = {item.id: item.code for item in items if item.code and LOINC in item.code_system.lower()}
    found = cards_for({(Explains.System.LOINC.value, code) for code in coded.values()}, now)
    pairs = ((key, found.get((Explains.System.LOINC.value, code))) for key, code in coded.items())
    return {key: card for key, card in pairs if card}
