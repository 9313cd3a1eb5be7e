"""One's own bookings: look, book, cancel. Deeds open their own short transactions, as on the pages."""

from typing import Any, ClassVar
from uuid import UUID

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from appointments import access, actions, limits, presenters, refusal_words, refusals, sold_out
from appointments.api import serializers
from appointments.models import Booking, Slot
from foundation import clock
from foundation.api.paging import PageQuery, paged
from foundation.api.problems import Refused
from foundation.middleware import own_transaction
from residents.access import Viewer
from residents.api.base import PersonView
from residents.api.keys import KEY, key_of

RETRY_SECONDS = 3
# Refusals that are not simply "things have changed".
CODES: dict[type[refusals.Refusal], str] = {
    refusals.IdentityNeeded: "identity",
    refusals.Busy: "busy",
    refusals.TooFast: "busy",
}


@method_decorator(own_transaction, name="dispatch")
class BookingsView(PersonView):
    """The person's bookings, and a new one."""

    granted: ClassVar = ("booking",)
    refusals: ClassVar = {
        "get": ("not_granted",),
        "post": ("not_granted", "identity", "not_found", "conflict", "busy"),
    }

    @extend_schema(
        operation_id="bookings_list",
        tags=["预约挂号"],
        summary="我的预约",
        description="ahead 是还没有就诊的，近的在前；results 是其余的，新的在前。",
        parameters=[PageQuery],
        responses=serializers.BookingsSerializer,
    )
    def get(self, request: Request) -> Response:
        """The visits ahead, and a page of the others."""
        now, number = clock.now(), str(self.asked(PageQuery)["page"])
        with transaction.atomic():
            ahead, past = access.bookings_for(self.viewer, number, now)
            said = paged(past, [_said(one, now) for one in past], ahead=[_said(one, now) for one in ahead])
        return Response(serializers.BookingsSerializer(said).data)

    @extend_schema(
        operation_id="bookings_book",
        tags=["预约挂号"],
        summary="预约一个号",
        description="为正在办理的人预约。约满、停诊、重复等情况回答 409，detail 说明原因。"
        "同一个 Idempotency-Key 再发一次只约一次，得到同一个预约。",
        parameters=[KEY],
        request=serializers.BookSerializer,
        responses={201: serializers.BookingSerializer},
    )
    def post(self, request: Request) -> Response:
        """The booking, or why not; a refusal has written nothing."""
        now, form_key = clock.now(), key_of(request)
        wanted = self.sent(serializers.BookSerializer)["slot"]
        with transaction.atomic():
            slot = get_object_or_404(Slot.objects.with_everything(), pk=wanted)
        try:
            if sold_out.is_gone(slot, now):
                with transaction.atomic():
                    if refusal := sold_out.answer(slot, self.viewer, form_key, now):
                        raise refusal
            limits.count_try(self.viewer, now)
            booking = actions.book(slot=slot, viewer=self.viewer, form_key=form_key, now=now)
        except refusals.Refusal as refusal:
            raise _refused(refusal, now) from None
        return Response(_one(self.viewer, booking.pk, now), 201)


@method_decorator(own_transaction, name="dispatch")
class BookingView(PersonView):
    """One booking."""

    granted: ClassVar = ("booking",)
    refusals: ClassVar = {"get": ("not_granted",)}

    @extend_schema(
        operation_id="bookings_read",
        tags=["预约挂号"],
        summary="一个预约",
        description="时间、地点、候诊序号，到什么时候可以取消。别人的和不存在的一样：404。",
        responses=serializers.BookingSerializer,
    )
    def get(self, request: Request, booking_id: UUID) -> Response:
        """With its queue number."""
        return Response(_one(self.viewer, booking_id, clock.now()))


@method_decorator(own_transaction, name="dispatch")
class CancelView(PersonView):
    """A place is given back."""

    granted: ClassVar = ("booking",)
    refusals: ClassVar = {"post": ("not_granted", "identity", "conflict", "busy")}

    @extend_schema(
        operation_id="bookings_cancel",
        tags=["预约挂号"],
        summary="取消预约",
        description="过了取消时间回答 409。已经取消的再取消一次没有影响。",
        request=None,
        responses=serializers.BookingSerializer,
    )
    def post(self, request: Request, booking_id: UUID) -> Response:
        """The booking as it stands then."""
        now = clock.now()
        with transaction.atomic():
            found = access.booking_for(self.viewer, booking_id, now)
        try:
            actions.cancel(booking=found, viewer=self.viewer, now=now)
        except refusals.Refusal as refusal:
            raise _refused(refusal, now) from None
        with transaction.atomic():
            again = Booking.objects.visible_to(self.viewer).with_everything().get(pk=booking_id)
            return Response(serializers.BookingSerializer(_said(again, now)).data)


def _one(viewer: Viewer, booking_id: UUID, now: Any) -> Any:
    with transaction.atomic():
        found = access.booking_for(viewer, booking_id, now)
        return serializers.BookingSerializer(_said(found, now)).data


def _said(booking: Booking, now: Any) -> dict[str, Any]:
    session, deadline = booking.session, actions.cancel_deadline(booking)
    return {
        "id": booking.pk,
        "name": booking.resident_name,
        "status": booking.status,
        "status_words": presenters.status_text(booking, now),
        "facility": session.facility.name,
        "department": session.department.name,
        "practitioner": presenters.doctor_text(session.practitioner),
        "location": session.location,
        "starts_at": booking.slot.starts_at,
        "ends_at": booking.slot.ends_at,
        "number": booking.number,
        "fee": presenters.fee_text(session),
        "cancel_until": deadline,
        "can_cancel": booking.status == Booking.Status.BOOKED and now < deadline,
    }


def _refused(refusal: refusals.Refusal, now: Any) -> Refused:
    if isinstance(refusal, refusals.TooLateToCancel):
        return Refused("conflict", _("已过取消时间，请打电话给医疗机构说明。"))
    title, words = refusal_words.refusal_text(refusal, now)
    other = getattr(refusal, "booking_id", None)
    code = CODES.get(type(refusal), "conflict")
    return Refused(
        code,
        words,
        title=title,
        wait=RETRY_SECONDS if code == "busy" else None,
        facts={"booking_id": str(other)} if other else {},
    )
