"""The addresses of the second factors, under allauth's names; what this portal does not offer has none.

Whatever changes them asks first for a recent proof.
"""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.urls import path

from foundation.middleware import own_transaction
from residents import second_factor_views as views
from residents.enrolment_views import enrol, needs_handed_code
from residents.gate import needs_shown_factor
from residents.proving import needs_recent_proof


def _open(view: Any) -> Any:
    return own_transaction(login_not_required(view.as_view()))


def _own(view: Any) -> Any:
    return own_transaction(view.as_view())


def _proved(view: Any) -> Any:
    return own_transaction(needs_recent_proof()(needs_shown_factor(view.as_view())))


def _first(view: Any) -> Any:
    return own_transaction(needs_recent_proof()(needs_handed_code(needs_shown_factor(view.as_view()))))


urlpatterns = [
    path("", _own(views.OverviewView), name="mfa_index"),
    path("enrol/", own_transaction(needs_recent_proof()(enrol)), name="mfa_enrol"),
    path("authenticate/", _open(views.SecondStepView), name="mfa_authenticate"),
    path("reauthenticate/", _own(views.ProveByCodeView), name="mfa_reauthenticate"),
    path("totp/activate/", _first(views.SetUpAppView), name="mfa_activate_totp"),
    path("totp/deactivate/", _proved(views.RemoveAppView), name="mfa_deactivate_totp"),
    path("recovery-codes/", _proved(views.RecoveryCodesView), name="mfa_view_recovery_codes"),
    path("recovery-codes/generate/", _proved(views.NewRecoveryCodesView), name="mfa_generate_recovery_codes"),
    path("passkeys/login/", _open(views.PasskeySignInView), name="mfa_login_webauthn"),
    path("passkeys/reauthenticate/", _own(views.ProveByPasskeyView), name="mfa_reauthenticate_webauthn"),
    path("passkeys/add/", _first(views.AddPasskeyView), name="mfa_add_webauthn"),
    path("passkeys/<int:pk>/rename/", _proved(views.RenamePasskeyView), name="mfa_edit_webauthn"),
    path("passkeys/<int:pk>/remove/", _proved(views.RemovePasskeyView), name="mfa_remove_webauthn"),
]
