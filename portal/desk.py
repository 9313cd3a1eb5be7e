"""The first page of the staff site: what an account may do, by kind of work, and how much of it waits."""

from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.contrib.admin import AdminSite
from django.db.models import Count, Q, Value
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise

from portal.desk_entries import GROUPS, Entry


@dataclass(frozen=True)
class Card:
    """An entry as one account sees it."""

    title: Promise
    note: Promise
    href: str
    count: int | None = None
    add: Promise | None = None
    add_href: str = ""


@dataclass(frozen=True)
class Group:
    title: Promise
    icon: str
    cards: list[Card]


def desk_for(site: AdminSite, request: HttpRequest, now: datetime) -> list[Group]:
    """The groups with at least one list this account may open.

    One count for each list of the admin that is counted, one statement for all pages of our own, no other query.
    """
    groups = []
    counts = _on_pages(request, now)
    for title, icon, entries in GROUPS:
        cards = [card for entry in entries if (card := _card(site, request, entry, counts, now))]
        if cards:
            groups.append(Group(title, icon, cards))
    return groups


def _on_pages(request: HttpRequest, now: datetime) -> dict[str, int]:
    """How much waits on each page of our own that this account may open."""
    counted = [entry for _title, _icon, entries in GROUPS for entry in entries if entry.page and entry.waits]
    counts = [
        apps.get_model(entry.model)
        ._default_manager.filter(_waiting(entry, now))
        .order_by()
        .annotate(desk_page=Value(entry.page))
        .values("desk_page")
        .annotate(desk_count=Count("*"))
        .values_list("desk_page", "desk_count")
        for entry in counted
        if entry.waits and _may(request, entry)
    ]
    return dict(counts[0].union(*counts[1:], all=True)) if counts else {}


def _waiting(entry: Entry, now: datetime) -> Q:
    rows = entry.waits(now) if entry.waits else Q()
    return rows if isinstance(rows, Q) else Q(**rows)


def _may(request: HttpRequest, entry: Entry) -> bool:
    label, _, model = entry.model.partition(".")
    return bool(request.user.has_perm(f"{label}.{entry.deed}_{model}"))


def _card(site: AdminSite, request: HttpRequest, entry: Entry, counts: dict[str, int], now: datetime) -> Card | None:
    model = apps.get_model(entry.model)
    if entry.page:
        card = Card(entry.title, entry.note, reverse(entry.page, query=entry.shows(now)), counts.get(entry.page))
        return card if _may(request, entry) else None
    if not site.is_registered(model):
        return None
    page = site.get_model_admin(model)
    if not page.has_view_or_change_permission(request):
        return None
    address = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    return Card(
        title=entry.title,
        note=entry.note,
        href=reverse(f"{address}_changelist", query=entry.shows(now)),
        count=page.get_queryset(request).filter(_waiting(entry, now)).count() if entry.waits else None,
        add=entry.add if entry.add and page.has_add_permission(request) else None,
        add_href=reverse(f"{address}_add"),
    )
