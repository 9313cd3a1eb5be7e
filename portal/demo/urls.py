"""Pages that only the demonstration has."""

from django.urls import path

from portal.demo import identity_views, views

app_name = "demo"

urlpatterns = [
    path("outbox/", views.outbox, name="outbox"),
    path("codes/", views.codes, name="codes"),
    path("identity/", identity_views.platform, name="identity"),
    path("wechat/connect/oauth2/authorize", identity_views.wechat, name="wechat"),
]
