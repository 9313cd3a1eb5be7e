"""The lists: results, all of one kind, the tests one by one, one thing with all its entries."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from foundation import clock
from foundation.together import together
from records import access, pending
from records.disputes.asking import contested_among, kind_of
from records.kept.leaves import logged
from records.kinds import KINDS
from records.lists import reading
from records.lists.forms import NarrowForm
from records.pages import Kept, for_resident, whole_or_part
from records.presenters import facts, lines
from records.presenters import reports as report_words
from records.presenters.narrowing import narrowing
from records.recognition import listing
from records.search.forms import number
from residents.access import Viewer


@require_safe
@for_resident("results", kept=Kept("records/reports.html", covered=True))
def reports(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The list of reports, whole or (for htmx) only the part that filters change."""
    offered = reading.offered_reports(viewer)
    wanted = NarrowForm(request.GET, offered=offered).wanted()
    now = clock.now()
    page = reading.report_page(viewer, wanted, offered, page=request.GET.get("page"), now=now)
    logged(request, reading.LIST_REPORTS)
    beside = listing.beside(viewer.resident_id, [report.pk for report in page if report.is_readable], now)
    waiting, covered = together(pending.asked(viewer), access.coverage_asked())
    context = {
        "page": page,
        "rows": report_words.rows(page, beside.flagged, access.new_since(now)),
        "beside": beside,
        "pending": pending.answered(waiting),
        "wanted": wanted,
        "offered": offered,
        "narrowing": narrowing(request.path, offered, wanted, request.GET),
        "coverage": access.coverage_told(covered),
    }
    return whole_or_part(request, "records/reports.html", "results", context)


@require_safe
@for_resident("records", kept=Kept("records/section.html", covered=True))
def section(request: HttpRequest, viewer: Viewer, slug: str) -> HttpResponse:
    """All facts of one kind, what is the same in one line."""
    if slug not in KINDS:
        raise Http404
    kind = KINDS[slug]
    offered = reading.offered_section(viewer, kind)
    wanted = NarrowForm(request.GET, offered=offered).wanted()
    page, found = reading.section_for(viewer, kind, wanted, page=number(request.GET.get("page")), now=clock.now())
    logged(request, reading.READ_SECTION)
    context = {
        "kind": kind,
        "page": page,
        "lines": lines.shown(kind, found),
        "offered": offered,
        "narrowing": narrowing(request.path, offered, wanted, request.GET),
        "coverage": access.coverage(),
    }
    return whole_or_part(request, "records/section.html", "entries", context)


@require_safe
@for_resident("results", kept=Kept("records/items.html", covered=True))
def items(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Each test that was ever done, with its newest result and how often it was done."""
    offered = reading.offered_items(viewer)
    wanted = NarrowForm(request.GET, offered=offered).wanted()
    page, found = reading.items_for(viewer, wanted, page=number(request.GET.get("page")), now=clock.now())
    logged(request, reading.LIST_ITEMS)
    context = {
        "page": page,
        "lines": lines.shown(KINDS["vitals"], found),
        "offered": offered,
        "narrowing": narrowing(request.path, offered, wanted, request.GET),
        "coverage": access.coverage(),
    }
    return whole_or_part(request, "records/items.html", "entries", context)


@require_safe
@for_resident("records", kept=Kept("records/thing.html"))
def thing(request: HttpRequest, viewer: Viewer, slug: str, row_id: UUID) -> HttpResponse:
    """One medicine, diagnosis or allergy with every entry of it; of other kinds the entry."""
    if slug not in KINDS:
        raise Http404
    one, page = reading.thing_for(viewer, KINDS[slug], row_id, page=request.GET.get("page"), now=clock.now())
    logged(request, reading.READ_THING, one, one.facility_id)
    contested = contested_among(page)
    context = {
        "kind": KINDS[slug],
        "title": facts.fact(one).title,
        "page": page,
        "facts": [(facts.fact(row), row.pk, contested.get((row.source_id, row.identifier))) for row in page],
        "word": kind_of(one),
        "may_contest": viewer.opening_id is None,
        "is_stacked": KINDS[slug].model in reading.STACKED,
        "up": reverse("records:section", args=[slug]),
    }
    return render(request, "records/thing.html", context)
