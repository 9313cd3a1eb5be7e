"""Addresses of this room below /api/."""

from django.urls import path

from appointments.api import booking_views, views

urlpatterns = [
    path("facilities/", views.FacilitiesView.as_view(), name="facilities"),
    path("departments/", views.DepartmentsView.as_view(), name="departments"),
    path("practitioners/", views.PractitionersView.as_view(), name="practitioners"),
    path("practitioners/<uuid:practitioner_id>/sessions/", views.HalvesView.as_view(), name="sessions"),
    path("sessions/<uuid:session_id>/slots/", views.SlotsView.as_view(), name="slots"),
    path("bookings/", booking_views.BookingsView.as_view(), name="bookings"),
    path("bookings/<uuid:booking_id>/", booking_views.BookingView.as_view(), name="booking"),
    path("bookings/<uuid:booking_id>/cancel/", booking_views.CancelView.as_view(), name="booking_cancel"),
]
