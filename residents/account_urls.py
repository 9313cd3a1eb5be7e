"""The addresses of the door, under allauth's names; what this portal does not offer (e-mail, reset) has none."""

from allauth.account import views as allauth_views
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path

from foundation.middleware import own_transaction
from residents import account_views as views
from residents import authority_views, prove_views
from residents.proving import needs_recent_proof
from residents.registration import activation_views, help_views, phone_views
from residents.registration import views as registering

urlpatterns = [
    path("login/", own_transaction(login_not_required(views.SignInView.as_view())), name="account_login"),
    path(
        "login/code/",
        own_transaction(login_not_required(views.RequestCodeView.as_view())),
        name="account_request_login_code",
    ),
    path(
        "login/code/confirm/",
        own_transaction(login_not_required(views.ConfirmCodeView.as_view())),
        name="account_confirm_login_code",
    ),
    path("logout/", own_transaction(login_not_required(views.SignOutView.as_view())), name="account_logout"),
    path("signup/", registering.sign_up, name="account_signup"),
    path("signup/confirm/", registering.confirm, name="account_signup_confirm"),
    path("signup/done/", registering.done, name="account_signup_done"),
    path("activate/", activation_views.activate, name="account_activate"),
    path("activate/password/", activation_views.secrets, name="account_activate_secrets"),
    path("activate/phone/", activation_views.phone, name="account_activate_phone"),
    path("login/more/", phone_views.second, name="account_second_secret"),
    path("help/", help_views.topics, name="account_help"),
    path("help/<slug:topic>/", help_views.topic, name="account_help_topic"),
    path("inactive/", own_transaction(login_not_required(views.account_inactive)), name="account_inactive"),
    path("authority/", authority_views.unbound, name="account_authority_unbound"),
    path("authority/again/", authority_views.again, name="account_authority_again"),
    path("authority/<slug:key>/", authority_views.begin, name="account_authority_begin"),
    path("authority/<slug:key>/callback/", authority_views.callback, name="account_authority_callback"),
    path("password/change/", own_transaction(allauth_views.password_change), name="account_change_password"),
    path("2fa/", include("residents.second_factor_urls")),
    path("reauthenticate/", own_transaction(prove_views.ProveByPasswordView.as_view()), name="account_reauthenticate"),
    path(
        "reauthenticate/code/",
        own_transaction(prove_views.ProveByCodeView.as_view()),
        name="account_reauthenticate_by_code",
    ),
    # WeChat alone proves nothing: with a password of their own making whoever holds the phone would prove themselves.
    path(
        "password/set/",
        own_transaction(needs_recent_proof()(allauth_views.password_set)),
        name="account_set_password",
    ),
]
