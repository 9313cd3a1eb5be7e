"""The addresses of `/fhir/`."""

from django.urls import path

from records.fhir_api import views

app_name = "fhir"

urlpatterns = [
    path("metadata", views.metadata, name="metadata"),
    path("Patient/$summary", views.summary, name="summary"),
    path("Patient/<str:key>/$summary", views.summary, name="summary_of"),
    path("<str:kind>/_search", views.post_search, name="post_search"),
    path("<str:kind>/<str:key>", views.read, name="read"),
    path("<str:kind>", views.search, name="search"),
    path("", views.nothing, name="base"),
    path("<path:rest>", views.nothing, name="nothing"),
]
