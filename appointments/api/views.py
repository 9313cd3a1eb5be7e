"""What there is to book; nothing here is about a person."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from appointments import access, availability, presenters
from appointments.api import serializers
from appointments.availability import Half
from appointments.models import Session
from appointments.terms import terms_for
from facilities.models import Department, Practitioner
from foundation import clock
from foundation.api.paging import PageQuery, paged
from foundation.api.views import ApiView

PAGE = 50


class FacilitiesView(ApiView):
    """Where to go."""

    @extend_schema(
        operation_id="facilities_list",
        tags=["预约挂号"],
        summary="可以预约的机构",
        description="有科室开放预约的机构。",
        parameters=[PageQuery],
        responses=serializers.FacilitiesSerializer,
    )
    def get(self, request: Request) -> Response:
        """A page of them."""
        page = Paginator(availability.facilities(), PAGE).get_page(self.asked(PageQuery)["page"])
        return Response(serializers.FacilitiesSerializer(paged(page)).data)


class DepartmentsView(ApiView):
    """Which department of a facility."""

    refusals = {"get": ("not_found",)}

    @extend_schema(
        operation_id="departments_list",
        tags=["预约挂号"],
        summary="一家机构的科室",
        description="开放预约的科室，和最近哪一天有号。",
        parameters=[serializers.DepartmentsQuery],
        responses=serializers.PlacesSerializer,
    )
    def get(self, request: Request) -> Response:
        """A page of them."""
        asked = self.asked(serializers.DepartmentsQuery)
        facility = get_object_or_404(availability.facilities(), pk=asked["facility"])
        page = Paginator(availability.departments(facility), PAGE).get_page(asked["page"])
        now = clock.now()
        first = availability.first_free_days(page, "department_id", now, access.channel_seen(request._request, now))
        return _places(page, ((one.pk, one.name, one.introduction, first.get(one.pk)) for one in page))


class PractitionersView(ApiView):
    """Which doctor of a department."""

    refusals = {"get": ("not_found",)}

    @extend_schema(
        operation_id="practitioners_list",
        tags=["预约挂号"],
        summary="一个科室的医生",
        description="出诊的医生，和最近哪一天有号。",
        parameters=[serializers.PractitionersQuery],
        responses=serializers.PlacesSerializer,
    )
    def get(self, request: Request) -> Response:
        """A page of them."""
        asked = self.asked(serializers.PractitionersQuery)
        department = get_object_or_404(Department, pk=asked["department"], is_active=True)
        page = Paginator(availability.practitioners(department), PAGE).get_page(asked["page"])
        now = clock.now()
        channel = access.channel_seen(request._request, now)
        first = availability.first_free_days([department], "practitioner_id", now, channel)
        return _places(page, ((one.pk, presenters.doctor_text(one), one.speciality, first.get(one.pk)) for one in page))


def _places(page: Page, rows: Iterable[Any]) -> Response:
    names = ("id", "name", "introduction", "first_free_day")
    lines = [dict(zip(names, row, strict=True)) for row in rows]
    return Response(serializers.PlacesSerializer(paged(page, lines)).data)


class HalvesView(ApiView):
    """Which half-day of a doctor."""

    @extend_schema(
        operation_id="practitioners_sessions",
        tags=["预约挂号"],
        summary="一位医生的出诊时段",
        description="从今天到预约周期之后一周：有号、约满、停诊，或什么时候放号。",
        responses=serializers.HalvesSerializer,
    )
    def get(self, request: Request, practitioner_id: UUID) -> Response:
        """The calendar; it has an end of its own."""
        known = Practitioner.objects.select_related("facility", "department")
        practitioner = get_object_or_404(known, pk=practitioner_id, is_active=True)
        now = clock.now()
        _terms, halves = availability.calendar(practitioner, now, access.channel_seen(request._request, now))
        return Response(serializers.HalvesSerializer({"results": map(_half, halves)}).data)


def _half(half: Half) -> dict[str, Any]:
    session = half.session
    return {
        "id": session.pk,
        "date": session.date,
        "period": session.period,
        "kind": session.get_kind_display(),
        "department": session.department.name,
        "location": session.location,
        "fee": presenters.fee_text(session),
        "free": half.free,
        "is_open": half.is_open,
        "is_stopped": session.state == Session.State.STOPPED,
        "opens_at": half.opens_at,
    }


class SlotsView(ApiView):
    """Which time of a half-day."""

    @extend_schema(
        operation_id="sessions_slots",
        tags=["预约挂号"],
        summary="一个出诊时段的各个时间",
        description="还没有开始的时间，约满的也在内。停诊或还没有放号时不列出。",
        responses=serializers.SlotsSerializer,
    )
    def get(self, request: Request, session_id: UUID) -> Response:
        """The times; a half-day has few."""
        now = clock.now()
        session = get_object_or_404(Session, pk=session_id)
        terms = terms_for(session.facility_id, session.department_id, now, session.kind)
        released = session.date <= terms.last_day(now)
        is_open = released and session.state == Session.State.OPEN
        channel = access.channel_seen(request._request, now)
        said = {
            "is_open": is_open,
            "opens_at": None if released else terms.released_at(session.date),
            "results": availability.slots_of(session, now, channel) if is_open else [],
        }
        return Response(serializers.SlotsSerializer(said).data)
