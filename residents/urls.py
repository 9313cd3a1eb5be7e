"""我的."""

from django.urls import path

from residents import authority_views, consent_views, views

app_name = "residents"

urlpatterns = [
    path("", views.me, name="me"),
    path("notices/", views.notices, name="notices"),
    path("notices/read/", views.read_all_notices, name="read_all_notices"),
    path("notices/<uuid:notice>/", views.open_notice, name="open_notice"),
    path("access-log/", views.access_log, name="access_log"),
    path("bindings/", authority_views.bindings, name="bindings"),
    path("bindings/waiting/", authority_views.bind_pending, name="bind_pending"),
    path("bindings/<slug:key>/end/", authority_views.unbind, name="unbind"),
    path("consents/", consent_views.consents, name="consents"),
    path("consents/give/", consent_views.give_consents, name="give_consents"),
    path("consents/<slug:purpose>/withdraw/", consent_views.withdraw_consent, name="withdraw_consent"),
    path("display/", views.display, name="display"),
    path("acting/stop/", views.stop_acting, name="stop_acting"),
]
