"""The portal's addresses; rooms are named by string."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

from foundation.middleware import own_transaction
from foundation.shared_pages import usable_from_shared_pages
from health_education.views.reading import service_worker
from portal import views
from records.exchange.push_api import PushView
from residents import consent_views, reply_views
from residents.connected import endpoints
from residents.connected.views import authorize
from residents.views import staff_login

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.alive, name="alive"),
    path("sw.js", service_worker, name="service_worker"),
    path("language/", login_not_required(usable_from_shared_pages(own_transaction(set_language))), name="set_language"),
    path("accounts/", include("residents.account_urls")),
    path("me/", include("residents.urls")),
    path("privacy/", consent_views.privacy, name="privacy"),
    path("privacy/children/", consent_views.privacy_for_children, name="privacy_for_children"),
    path("sms/replies/", reply_views.take, name="sms_replies"),
    path("exchange/fhir/", PushView.as_view(), name="push"),
    path("api/", include("portal.api.urls")),
    path("oauth/authorize", authorize, name="authorize"),
    path("oauth/token", endpoints.token, name="token"),
    path("oauth/revoke", endpoints.revoke, name="revoke"),
    path(".well-known/oauth-authorization-server", endpoints.metadata, name="oauth_metadata"),
    path("fhir/.well-known/smart-configuration", endpoints.smart_configuration, name="smart_configuration"),
    path("records/", include("records.urls")),
    path("appointments/", include("appointments.urls")),
    path("education/", include("health_education.urls")),
    path("staff/login/", staff_login, name="staff_login"),
    path("staff/", include("portal.staff_urls")),
    path("staff/", admin.site.urls),
    *([path("demo/", include("portal.demo.urls"))] if settings.DEMO else []),
]

handler500 = "portal.views.failed"
