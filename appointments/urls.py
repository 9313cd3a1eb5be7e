"""Addresses of this room."""

from django.urls import path

from appointments import fair_views, finding_views, moving_views, trip_views, views, waiting_views
from appointments.guide import views as guide_views
from appointments.queue import public_views

app_name = "appointments"
urlpatterns = [
    path("", views.facilities, name="facilities"),
    path("guide/", guide_views.guide, name="guide"),
    path("find/", finding_views.find, name="find"),
    path("facilities/<uuid:facility_id>/", views.departments, name="departments"),
    path("departments/<uuid:department_id>/", views.practitioners, name="practitioners"),
    path("departments/<uuid:department_id>/soonest/", finding_views.soonest, name="soonest"),
    path("departments/<uuid:department_id>/days/", finding_views.calendar, name="department_days"),
    path("practitioners/<uuid:practitioner_id>/", views.days, name="days"),
    path("sessions/<uuid:session_id>/", views.times, name="times"),
    path("slots/<uuid:slot_id>/", views.confirm, name="confirm"),
    path("check-in/<str:poster>/", public_views.check_in, name="check_in"),
    path("board/<str:key>/", public_views.board, name="board"),
    path("trip/", trip_views.trip, name="trip"),
    path("trip/<uuid:facility_id>/", trip_views.trip_plan, name="trip_plan"),
    path("trip/<uuid:facility_id>/confirm/", trip_views.trip_confirm, name="trip_confirm"),
    path("trips/<uuid:trip>/", trip_views.trip_booked, name="trip_booked"),
    path("trips/<uuid:trip>/calendar.ics", trip_views.trip_calendar, name="trip_calendar"),
    path("bookings/", views.bookings, name="bookings"),
    path("bookings/<uuid:booking_id>/", views.booking, name="booking"),
    path("bookings/<uuid:booking_id>/cancel/", views.cancel, name="cancel"),
    path("bookings/<uuid:booking_id>/move/", moving_views.move, name="move"),
    path("bookings/<uuid:booking_id>/move/<uuid:slot_id>/", moving_views.move_to, name="move_to"),
    path("bookings/<uuid:booking_id>/calendar.ics", views.calendar_file, name="calendar"),
    path("sessions/<uuid:session_id>/wait/", waiting_views.join, name="join_waiting"),
    path("waiting/<uuid:entry_id>/", waiting_views.entry, name="waiting"),
    path("waiting/<uuid:entry_id>/take/", waiting_views.take, name="take_offer"),
    path("waiting/<uuid:entry_id>/decline/", waiting_views.decline, name="decline_offer"),
    path("waiting/<uuid:entry_id>/leave/", waiting_views.leave, name="leave_waiting"),
    path("no-shows/", fair_views.no_shows, name="no_shows"),
    path("no-shows/<uuid:strike_id>/appeal/", fair_views.appeal, name="appeal"),
    path("draws/<uuid:session_id>/", fair_views.draw, name="draw"),
    path("draws/<uuid:session_id>/data.json", fair_views.draw_data, name="draw_data"),
    path("draws/<uuid:session_id>/ask/", fair_views.ask_for_draw, name="ask_for_draw"),
    path("fairness/", fair_views.fairness, name="fairness"),
]
