"""The addresses of the door, under allauth's names; what this portal does not offer (e-mail, reset) has none."""

from allauth.account import views as allauth_views
from django.contrib.auth.decorators import login_not_required
from django.urls import path

from foundation.middleware import own_transaction
from residents import account_views as views

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
    path("signup/", own_transaction(login_not_required(views.sign_up)), name="account_signup"),
    path("inactive/", own_transaction(login_not_required(views.account_inactive)), name="account_inactive"),
    path("password/change/", own_transaction(allauth_views.password_change), name="account_change_password"),
    path("password/set/", own_transaction(allauth_views.password_set), name="account_set_password"),
]
