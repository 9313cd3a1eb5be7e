"""Addresses of this room."""

from django.urls import path

from appointments import fair_views, views

app_name = "appointments"
urlpatterns = [
    path("", views.facilities, name="facilities"),
    path("facilities/<uuid:facility_id>/", views.departments, name="departments"),
    path("departments/<uuid:department_id>/", views.practitioners, name="practitioners"),
    path("practitioners/<uuid:practitioner_id>/", views.days, name="days"),
    path("sessions/<uuid:session_id>/", views.times, name="times"),
    path("slots/<uuid:slot_id>/", views.confirm, name="confirm"),
    path("bookings/", views.bookings, name="bookings"),
    path("bookings/<uuid:booking_id>/", views.booking, name="booking"),
    path("bookings/<uuid:booking_id>/cancel/", views.cancel, name="cancel"),
    path("bookings/<uuid:booking_id>/calendar.ics", views.calendar_file, name="calendar"),
    path("no-shows/", fair_views.no_shows, name="no_shows"),
    path("no-shows/<uuid:strike_id>/appeal/", fair_views.appeal, name="appeal"),
    path("draws/<uuid:session_id>/", fair_views.draw, name="draw"),
    path("draws/<uuid:session_id>/data.json", fair_views.draw_data, name="draw_data"),
    path("draws/<uuid:session_id>/ask/", fair_views.ask_for_draw, name="ask_for_draw"),
    path("fairness/", fair_views.fairness, name="fairness"),
]
