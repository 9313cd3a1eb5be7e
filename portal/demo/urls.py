"""Pages that only the demonstration has."""

from django.urls import path

from portal.demo import views

app_name = "demo"

urlpatterns = [path("outbox/", views.outbox, name="outbox")]
