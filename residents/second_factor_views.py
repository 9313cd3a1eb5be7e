"""Pages of the second factors: set up, shown at sign-in, shown again, taken away. On allauth's views.

Each opens its own short transactions on the sign-in connection (`second_factor_urls`).
"""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.base.views import AuthenticateView, IndexView, ReauthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.internal import auth as webauthn
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    EditWebAuthnView,
    LoginWebAuthnView,
    ReauthenticateWebAuthnView,
    RemoveWebAuthnView,
)
from django.contrib import messages
from django.db import router, transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _

from residents import second_factors

WAY_ON = "second_factor_next"  # in the session: where somebody was going before the set-up began


def _note(request: HttpRequest, action: str) -> None:
    """Write into the access log what somebody did to their own second factors."""
    get_adapter(request).record(request, request.user, f"residents.{action}")


def _shown(request: HttpRequest, factor: Authenticator) -> None:
    """Setting up a factor shows that one has it: the session counts as confirmed with it from now on."""
    record_authentication(request, request.user, "mfa", id=factor.pk, type=factor.type)


class OverviewView(IndexView):
    """Which second factors an account has; for staff without any, the place where the first one is set up."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if wanted := get_next_redirect_url(request):
            request.session[WAY_ON] = wanted
        answer: HttpResponse = super().get(request, *args, **kwargs)
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        found = context["authenticators"]
        return context | {
            "app": found.get("totp"),
            "passkeys": found.get("webauthn", []),
            "codes": found.get("recovery_codes"),
            "must": self.request.user.is_staff and not (found.get("totp") or found.get("webauthn")),
        }


class SecondStepView(AuthenticateView):
    """After the password. What is said about passkeys concerns only who has one."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        kinds = second_factors.types_of(self.stage.login.user)
        return context | {"has_passkey": second_factors.Type.WEBAUTHN in kinds}


class ProveByCodeView(ReauthenticateView):
    """Show once more who one is, with a one-time password or a recovery code."""


class ProveByPasskeyView(ReauthenticateWebAuthnView):
    """Show once more who one is, with a passkey."""

    def form_invalid(self, form: Form) -> HttpResponse:
        messages.error(self.request, _("通行密钥没有通过，请再试一次，或换一种方式。"))
        return redirect(self.request.get_full_path())


class SetUpAppView(ActivateTOTPView):
    """Pair an authenticator app: picture or key, then its first code."""

    def form_valid(self, form: Any) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        factor = Authenticator.objects.get(user_id=self.request.user.pk, type=Authenticator.Type.TOTP)
        factor.data[second_factors.LAST_COUNTER] = form.counter  # this code must not sign in a second time
        factor.save(update_fields=["data"])
        _shown(self.request, factor)
        _note(self.request, "added_authenticator_app")
        return answer


class RemoveAppView(DeactivateTOTPView):
    """Take the authenticator app away."""

    def form_valid(self, form: Form) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        _note(self.request, "removed_authenticator_app")
        return answer


class AddPasskeyView(AddWebAuthnView):
    """Make a passkey on this device, or on a key that is plugged in."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context.setdefault("form", kwargs.get("form") or self.get_form())
        return context | {"js_data": {"creation_options": webauthn.begin_registration(self.request.user, True)}}

    def form_valid(self, form: Form) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        passkeys = Authenticator.objects.filter(user_id=self.request.user.pk, type=Authenticator.Type.WEBAUTHN)
        _shown(self.request, passkeys.latest("pk"))
        _note(self.request, "added_passkey")
        return answer


class RenamePasskeyView(EditWebAuthnView):
    """Another name for a passkey."""

    success_url = reverse_lazy("mfa_index")


class RemovePasskeyView(RemoveWebAuthnView):
    """Take a passkey away; staff keep one way at least."""

    success_url = reverse_lazy("mfa_index")

    def form_valid(self, form: Form) -> HttpResponse:
        adapter = second_factors.MFAAdapter()
        if not adapter.can_delete_authenticator(self.get_object()):
            messages.error(self.request, str(adapter.error_messages["cannot_delete_authenticator"]))
            return HttpResponseRedirect(self.get_success_url())
        answer: HttpResponse = super().form_valid(form)
        _note(self.request, "removed_passkey")
        return answer


class RecoveryCodesView(ViewRecoveryCodesView):
    """The recovery codes, once; afterwards only how many are left."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        way_on = self.request.session.get(WAY_ON) or reverse("mfa_index")
        return context | {"way_on": way_on}


class NewRecoveryCodesView(GenerateRecoveryCodesView):
    """New recovery codes in place of the old ones."""

    def form_valid(self, form: Form) -> HttpResponse:
        # allauth locks the account's row, which lies behind a connection of its own.
        with transaction.atomic(using=router.db_for_write(Authenticator)):
            answer: HttpResponse = super().form_valid(form)
        _note(self.request, "renewed_recovery_codes")
        return answer


class PasskeySignInView(LoginWebAuthnView):
    """Sign in with a passkey alone, from either door."""

    def form_invalid(self, form: Form) -> HttpResponse:
        messages.error(self.request, _("没有认出这个通行密钥，请再试一次，或用别的方式登录。"))
        return redirect("staff_login" if "staff" in self.request.POST else "account_login")
