"""allauth's doors, opened our way: no sign-up, no e-mail, codes through the portal's own messages."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from foundation import clock
from residents import actions
from residents.models import Account
from residents.redirects import is_own_path

# The page one comes to says it already, and the second would repeat the word kept in place of the phone.
UNSAID = frozenset({"account/messages/logged_in.txt", "account/messages/login_code_sent.txt"})


def display_name(account: Account) -> str:
    """What allauth's pages call an account."""
    return account.name or str(_("居民"))


class AccountAdapter(DefaultAccountAdapter):
    """What allauth asks of the house."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": _("这个账号已停用，请到开通账号的窗口询问。"),
        "enter_current_password": _("现在的密码不正确。"),
        "incorrect_code": _("验证码不正确，请看清短信里的6位数字。"),
        "incorrect_password": _("密码不正确。"),
        "too_many_codes": _("获取验证码太频繁了：每分钟1次，每小时5次，每天10次。请稍后再试，或改用密码登录。"),
        "too_many_login_attempts": _(
            "尝试次数过多，为保护您的账号，暂时不能登录。请15分钟后再试，或到就近的卫生院窗口求助。"
        ),
        "username_password_mismatch": _("号码（用户名）或密码不正确，请核对后再试。"),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: an account is opened at the window, where somebody looks at the document."""
        return False

    def is_safe_url(self, url: str | None) -> bool:
        return is_own_path(url)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        account = request.user
        to_desk = isinstance(account, Account) and account.resident_id is None
        return resolve_url("staff:index" if to_desk else "home")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("residents:me")

    # --- limits ------------------------------------------------------------------------------------------------------
    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # allauth's own key holds the username, which for an unknown number is a new one each time, and the host name,
        # which the visitor chooses among ours. SignInForm leaves the number's blind index here instead.
        return str(getattr(request, "sign_in_key", "") or credentials.get("username", "").lower())

    # --- sessions ----------------------------------------------------------------------------------------------------
    def login(self, request: HttpRequest, user: Account) -> None:
        super().login(request, user)
        self._record(request, user, "residents.signed_in")

    def set_password(self, user: Account, password: str) -> None:
        user.set_password(password)
        user.save(update_fields=["password"])
        request = context.request
        actions.end_other_sessions(account=user, keep=request.session.session_key)
        self._record(request, user, "residents.changed_password")

    def _record(self, request: HttpRequest, account: Account, action: str) -> None:
        address = self.get_client_ip(request)
        actions.record_own_deed(account=account, action=action, request=request, address=address, now=clock.now())

    # --- codes by SMS ------------------------------------------------------------------------------------------------
    # `phone` is only ever the word that SignInCodeForm gives: the number itself stays in its sealed column.
    def get_phone(self, user: Account) -> None:
        """Not told: allauth would keep it in the session."""

    def get_user_by_phone(self, phone: str) -> None:
        """Nobody: a phone is not an identity, families share one."""

    def set_phone_verified(self, user: Account, phone: str) -> None:
        """Nothing to do: codes go to verified phones only."""

    def send_verification_code_sms(self, user: Account, phone: str, code: str) -> None:
        actions.send_sign_in_code(phone=user.phone, code=code, now=clock.now())

    def send_unknown_account_sms(self, phone: str, **kwargs: Any) -> None:
        code = self.generate_phone_verification_code(user=None, phone=phone)
        actions.send_sign_in_code(phone=None, code=code, now=clock.now())

    # --- words -------------------------------------------------------------------------------------------------------
    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        if message_template not in UNSAID:
            super().add_message(request, level, message_template, *args, **kwargs)
