"""The door: sign-in with a document number, by password or code; the staff's own page; sign-out; passwords.

Built on allauth's views. Each opens its own short transactions on the sign-in connection (`account_urls`).
"""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.stagekit import clear_login
from allauth.account.views import ConfirmLoginCodeView, LoginView, LogoutView, RequestLoginCodeView
from allauth.core import ratelimit
from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from residents import sign_in
from residents.forms import StaffSignInForm
from residents.messages_port import sms, voice


class WithoutDetour:
    """Show the page asked for, even while a code is awaited: people change their mind between password and code."""

    def _redirect_to_pending_stage(self, request: HttpRequest, stage: object) -> None:
        return None


class SignInView(WithoutDetour, LoginView):
    """Document number and password."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"by_code": sms().available}


class StaffSignInView(WithoutDetour, LoginView):
    """Username and password, for staff accounts only."""

    template_name = "account/staff_login.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and not request.user.is_staff:
            return render(request, "account/staff_only.html", status=403)
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response

    def get_form_class(self) -> type[StaffSignInForm]:
        return StaffSignInForm

    def get_default_success_url(self) -> str:
        return reverse("staff:index")


class RequestCodeView(WithoutDetour, RequestLoginCodeView):
    """Document number; a code goes to the phone known for it, if there is one, and nobody is told which."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not sms().available:
            raise Http404
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response


class ConfirmCodeView(ConfirmLoginCodeView):
    """The code: five tries, five minutes, once."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self._process: Any = None
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        if self._process is None and not request.user.is_authenticated:
            messages.warning(request, _("验证码已过期或已用过，请重新获取。"))
        return response

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self._as_for_anybody()
        response: HttpResponse = super().get(request, *args, **kwargs)
        return response

    def _as_for_anybody(self) -> None:
        # allauth has loaded the account by now, if there is one.
        if self._process.user is None:
            sign_in.look_for_nobody()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self._as_for_anybody()
        if "voice" in request.POST:
            return self._speak()
        # allauth counts tries in the session, where two requests at once count as one; this counter is exact.
        if not ratelimit.consume(request, action="confirm_login_code", key=self._challenge()):
            return self._start_again()
        response: HttpResponse = super().post(request, *args, **kwargs)
        return response

    def _speak(self) -> HttpResponse:
        """Say the code on the phone, once for each code; to nobody, at the same cost, where nobody is known."""
        if voice().available and ratelimit.consume(self.request, action="speak_code", key=self._challenge()):
            get_adapter().speak_code(self._process.user, self._process.code)
        messages.info(self.request, _("如果这个证件号码登记了手机，您很快会接到电话，听到6位数字。"))
        return redirect(self.request.get_full_path())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"by_voice": voice().available}

    def form_invalid(self, form: Form) -> HttpResponse:
        if not self._process.record_invalid_attempt():
            return self._start_again()
        page: HttpResponse = self.render_to_response(self.get_context_data(form=form))
        return page

    def _start_again(self) -> HttpResponse:
        clear_login(self.request)
        messages.error(self.request, _("验证码输错5次，已作废，请重新获取。"))
        return redirect("account_request_login_code")

    def _challenge(self) -> str:
        return f"{self.request.session.session_key}:{self._process.state['at']}"


class SignOutView(LogoutView):
    """Sign out, and ask the browser to forget what it kept of the pages."""

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post(*args, **kwargs)
        # Not "cookies": 长辈版 and the language stay as this device has them; the session cookie is gone already.
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response


def account_inactive(request: HttpRequest) -> HttpResponse:
    """Said to somebody whose account was switched off, after the right password."""
    return render(request, "account/account_inactive.html")
