"""Addresses of this room."""

from django.urls import path

from appointments import views, waiting_views
from appointments.queue import public_views

app_name = "appointments"
urlpatterns = [
    path("", views.facilities, name="facilities"),
    path("facilities/<uuid:facility_id>/", views.departments, name="departments"),
    path("departments/<uuid:department_id>/", views.practitioners, name="practitioners"),
    path("practitioners/<uuid:practitioner_id>/", views.days, name="days"),
    path("sessions/<uuid:session_id>/", views.times, name="times"),
    path("slots/<uuid:slot_id>/", views.confirm, name="confirm"),
    path("check-in/<str:poster>/", public_views.check_in, name="check_in"),
    path("board/<str:key>/", public_views.board, name="board"),
    path("bookings/", views.bookings, name="bookings"),
    path("bookings/<uuid:booking_id>/", views.booking, name="booking"),
    path("bookings/<uuid:booking_id>/cancel/", views.cancel, name="cancel"),
    path("bookings/<uuid:booking_id>/calendar.ics", views.calendar_file, name="calendar"),
    path("sessions/<uuid:session_id>/wait/", waiting_views.join, name="join_waiting"),
    path("waiting/<uuid:entry_id>/", waiting_views.entry, name="waiting"),
    path("waiting/<uuid:entry_id>/take/", waiting_views.take, name="take_offer"),
    path("waiting/<uuid:entry_id>/decline/", waiting_views.decline, name="decline_offer"),
    path("waiting/<uuid:entry_id>/leave/", waiting_views.leave, name="leave_waiting"),
]
