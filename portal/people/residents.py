"""Residents, as the staff who look after them find and open them; and the emergency door for everybody else."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from facilities.roles import HELPERS, TREATING
from foundation import clock
from foundation.dated import setting
from portal.people.doors import enter, need, origin_of, workplaces
from portal.people.forms import EmergencyForm, OpenForm, SearchForm
from portal.staff_log import record
from residents import openings, people
from residents.ages import age_on
from residents.models import Resident


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def residents(request: HttpRequest) -> HttpResponse:
    """Find a person of one's own catchment, or with a booking or contract here. What is typed stays in the body."""
    need(request, "residents.view_resident")
    workplaces(*HELPERS)
    form = SearchForm(request.POST or None)
    context: dict[str, Any] = {"form": form, "emergency": openings.may_open_in_emergency()}
    if request.method == "POST" and form.is_valid():
        context |= found(request, form)
    return render(request, "portal/people/residents.html", context)


def found(request: HttpRequest, form: SearchForm) -> dict[str, Any]:
    """The persons a search shows, and its line in the access log."""
    now = clock.now()
    if form.document is not None:
        key = openings.listed_by_document(form.document)
        person = people.one(key) if key else None
        record(request, "staff.searched", person or Resident, _("按证件号码查找"))
        return {"searched": True, "rows": rows([person] if person else []), "more": False}
    persons = people.named(form.cleaned_data["words"], now)
    limit = setting(people.LISTED, now)
    shown = persons[:limit]
    record(request, "staff.searched", Resident, _("按姓名查找，列出%(count)d位") % {"count": len(shown)})
    return {"searched": True, "rows": rows(shown), "more": len(persons) > limit, "limit": limit}


def rows(persons: list[Resident]) -> list[dict[str, Any]]:
    """Persons as lines of a list: who, how old, from where."""
    today = timezone.localdate(clock.now())
    return [
        {
            "person": person,
            "age": age_on(person.birth_date, today),
            "place": person.facility.name if person.facility else "",
        }
        for person in persons
    ]


@require_http_methods(["GET", "HEAD", "POST"])
def open_resident(request: HttpRequest, resident_id: UUID) -> HttpResponse:
    """Why this person is opened; then the person's own pages, for some minutes."""
    need(request, "residents.view_resident")
    places = workplaces(*HELPERS)
    person = people.one(resident_id)
    if person is None:
        raise Http404
    form = OpenForm(request.POST or None, places=places)
    if request.method == "POST" and form.is_valid():
        try:
            opened = openings.open_for_care(
                resident_id=person.pk,
                facility_id=form.cleaned_data["facility"].pk,
                reason=form.cleaned_data["reason"],
                origin=origin_of(request),
            )
        except openings.NotOpened as refusal:
            messages.error(request, str(refusal))
        else:
            return enter(request, opened)
    minutes = setting("access.care_minutes", clock.now())
    context = {"form": form, "row": rows([person])[0], "minutes": minutes}
    return render(request, "portal/people/open.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def emergency(request: HttpRequest) -> HttpResponse:
    """紧急调阅: one exactly named person, a written reason, some minutes; the person and the auditor learn of it."""
    need(request, "residents.add_opening")
    places = workplaces(*TREATING)
    form = EmergencyForm(request.POST or None, places=places)
    if request.method == "POST" and form.is_valid():
        try:
            opened = openings.open_in_emergency(
                document=form.document,
                name=form.cleaned_data["name"].strip(),
                born=form.cleaned_data["born"],
                facility_id=form.cleaned_data["facility"].pk,
                reason=form.cleaned_data["reason"],
                origin=origin_of(request),
            )
        except openings.NotOpened as refusal:
            form.add_error(None, str(refusal))
        else:
            return enter(request, opened)
    minutes = setting("access.emergency_minutes", clock.now())
    return render(request, "portal/people/emergency.html", {"form": form, "minutes": minutes})
