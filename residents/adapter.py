"""allauth's doors, opened our way: no e-mail, codes through the portal's own messages, sign-up elsewhere."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.translation import gettext_lazy as _

from foundation import clock
from residents import actions, devices, idle, lockout, messages, proof_ways
from residents.models import Account, Notice
from residents.models.account import random_username
from residents.redirects import is_own_path
from residents.sessions import SIGNED_IN_FROM
from residents.wording import moment

# The page one comes to says it already, and the second would repeat the word kept in place of the phone.
UNSAID = frozenset(
    {
        "account/messages/logged_in.txt",
        "account/messages/login_code_sent.txt",
        "mfa/messages/recovery_codes_generated.txt",
    }
)


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
        "too_many_codes": _("获取验证码太频繁了，请在%(time)s后再试，或改用密码登录。"),
        "too_many_login_attempts": _(
            "尝试次数过多，为保护您的账号，请在%(time)s后再试。着急时可以用短信验证码或通行密钥登录，"
            "或到就近的卫生院窗口求助。"
        ),
        "username_password_mismatch": _("号码（用户名）或密码不正确，请核对后再试。"),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never here: accounts are opened by `residents.registration`, which looks at the document number."""
        return False

    def is_safe_url(self, url: str | None) -> bool:
        return is_own_path(url)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        account = request.user
        to_desk = isinstance(account, Account) and account.resident_id is None
        return resolve_url("staff:index" if to_desk else "home")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return self.get_login_redirect_url(request) if request.user.is_staff else resolve_url("residents:me")

    # --- limits (residents/lockout.py) -------------------------------------------------------------------------------
    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the try before the password is looked at; raises ValidationError saying when the next is taken."""
        now, address = clock.now(), self.get_client_ip(request)
        shared, username = idle.is_shared(address, now), str(credentials.get("username", "")).lower()
        if isinstance(request.user, Account):
            ticket = lockout.factor_ticket(account=str(request.user.pk), address=address, shared=shared, now=now)
        else:
            # For a document SignInForm leaves the number's blind index: an unknown one has a new username each time.
            number = str(getattr(request, "sign_in_key", "") or username)
            device = devices.known_key(request, username)
            ticket = lockout.password_ticket(number=number, address=address, shared=shared, device=device, now=now)
        self._ticket = self.admit(ticket)

    def admit(self, ticket: lockout.Ticket, error: str = "too_many_login_attempts") -> lockout.Ticket:
        """The ticket, taken; raises ValidationError in the words of `error` when a counter is full."""
        try:
            return ticket.take()
        except lockout.Locked as locked:
            raise ValidationError(self.error_messages[error], error, {"time": moment(locked.until)}) from None

    def _rollback_login_failed_rl_usage(self) -> None:
        self._ticket.give_back()

    # --- sessions ----------------------------------------------------------------------------------------------------
    def login(self, request: HttpRequest, user: Account) -> None:
        super().login(request, user)
        address = self.get_client_ip(request)
        kiosk = idle.is_kiosk(address, clock.now())
        request.session[SIGNED_IN_FROM] = {"device": devices.kind_of(request), "address": address, "kiosk": kiosk}

    def post_login(self, request: HttpRequest, user: Account, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        now = clock.now()
        kiosk = idle.is_kiosk(self.get_client_ip(request), now)
        is_new = not kiosk and devices.remember(request, response, user, now)
        self.record(request, user, "residents.signed_in_on_new_device" if is_new else "residents.signed_in")
        return response

    def set_password(self, user: Account, password: str) -> None:
        now, request = clock.now(), context.request
        user.set_password(password)
        user.must_change_password = False
        user.save(update_fields=["password", "must_change_password"])
        actions.end_other_sessions(account=user, keep=request.session.session_key)
        devices.forget_others(request, user)
        self.record(request, user, "residents.changed_password")
        if user.resident_id:
            messages.notify(resident_id=user.resident_id, kind=Notice.Kind.PASSWORD_CHANGED, now=now)

    def record(self, request: HttpRequest, account: Account, action: str) -> None:
        """Write into the access log what somebody did to their own account."""
        address, now = self.get_client_ip(request), clock.now()
        actions.record_own_deed(account=account, action=action, request=request, address=address, now=now)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """The ways in which an account can prove once more who holds it, the easiest first."""
        return proof_ways.ways_of(user) if isinstance(user, Account) else []

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: accounts have no e-mail; the inbox tells."""

    def get_login_stages(self) -> list[str]:
        """Between the code and the second factor: where the phone alone does not say who holds it."""
        by_code, *others = super().get_login_stages()
        return [by_code, "residents.registration.second_secret.SecondSecretStage", *others]

    # --- codes by SMS ------------------------------------------------------------------------------------------------
    # `phone` is only ever the word that SignInCodeForm gives: the number itself stays in its sealed column.
    def get_phone(self, user: Account) -> None:
        """Not told: allauth would keep it in the session."""

    def get_user_by_phone(self, phone: str) -> None:
        """Nobody: a phone is not an identity, families share one."""

    def set_phone_verified(self, user: Account, phone: str) -> None:
        """Nothing to do: codes go to verified phones only."""

    def send_verification_code_sms(self, user: Account, phone: str, code: str) -> None:
        self._send_code(user, code)

    def send_unknown_account_sms(self, phone: str, **kwargs: Any) -> None:
        code = self.generate_phone_verification_code(user=None, phone=phone)
        self._send_code(None, code)

    def speak_code(self, user: Account | None, code: str) -> None:
        """The code just sent, once more by a call; for nobody a made-up one is written down and withheld."""
        code = code or self.generate_phone_verification_code(user=None, phone="")
        self._send_code(user, code, voice=True)

    def _send_code(self, user: Account | None, code: str, voice: bool = False) -> None:
        # For nobody the same is asked about a name that nobody has.
        known = bool(devices.known_key(context.request, user.username if user else random_username()))
        phone = user.phone if user else None
        messages.send_code(purpose="sign_in", phone=phone, code=code, now=clock.now(), voice=voice, known=known)

    # --- words -------------------------------------------------------------------------------------------------------
    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        if message_template not in UNSAID:
            super().add_message(request, level, message_template, *args, **kwargs)
