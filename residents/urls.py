"""我的."""

from django.urls import path

from residents import views

app_name = "residents"

urlpatterns = [
    path("", views.me, name="me"),
    path("notices/", views.notices, name="notices"),
    path("notices/read/", views.read_all_notices, name="read_all_notices"),
    path("notices/<uuid:notice>/", views.open_notice, name="open_notice"),
    path("access-log/", views.access_log, name="access_log"),
    path("display/", views.display, name="display"),
    path("acting/stop/", views.stop_acting, name="stop_acting"),
]
