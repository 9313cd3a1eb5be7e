"""Addresses of the interface: each room brings its own."""

from django.urls import path, re_path

from appointments.api.urls import urlpatterns as appointments
from foundation.api.views import Nowhere
from health_education.api.urls import urlpatterns as health_education
from portal.api import views
from records.api.urls import urlpatterns as records
from residents.api.urls import urlpatterns as residents

app_name = "api"
urlpatterns = [
    path("", views.documentation, name="documentation"),
    path("schema/", views.schema, name="schema"),
    *residents,
    *records,
    *appointments,
    *health_education,
    re_path(r"^(?P<rest>[\s\S]+)$", Nowhere.as_view(), name="nowhere"),
]
