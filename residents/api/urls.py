"""Addresses of this room below /api/."""

from django.urls import path

from residents.api import views

urlpatterns = [
    path("me/", views.MeView.as_view(), name="me"),
    path("csrf/", views.TokenView.as_view(), name="csrf"),
    path("notices/", views.NoticesView.as_view(), name="notices"),
    path("notices/read/", views.ReadAllView.as_view(), name="notices_read_all"),
    path("notices/<uuid:notice>/read/", views.ReadNoticeView.as_view(), name="notices_read"),
]
