"""Settings of the door: accounts, sessions, second factors, limits. Part of `portal.settings`."""

from django.urls import reverse_lazy

AUTH_USER_MODEL = "residents.Account"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "residents.passwords.NoLongerThan"},
    {"NAME": "residents.passwords.NotACommonHabit"},
    {"NAME": "residents.passwords.NotFromOnesPapers"},
]
LOGIN_URL = reverse_lazy("account_login")
LOGIN_REDIRECT_URL = reverse_lazy("home")
SESSION_ENGINE = "residents.sessions"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
ACCOUNT_ADAPTER = "residents.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_USER_DISPLAY = "residents.adapter.display_name"
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 300
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = False
ACCOUNT_FORMS = {
    "login": "residents.forms.SignInForm",
    "request_login_code": "residents.forms.SignInCodeForm",
    "confirm_login_code": "residents.forms.ConfirmCodeForm",
    "change_password": "residents.forms.OwnPasswordForm",
    "set_password": "residents.forms.FirstPasswordForm",
    "reauthenticate": "residents.forms.ProvePasswordForm",
}
# Floods only, and signed passkeys; tries with passwords and codes are counted by residents/lockout.py.
ACCOUNT_RATE_LIMITS = {
    "login": "300/m/ip",
    "login_failed": "10/15m/key",
    "request_login_code": "",
    "confirm_login_code": "300/m/ip,5/10m/key",
    "speak_code": "1/10m/key",
    "reauthenticate": "30/m/user",
    "authority": "60/m/ip",
    "authority_code": "20/h/ip,5/d/key",
}
MFA_ADAPTER = "residents.second_factors.MFAAdapter"
MFA_FORMS = {
    "authenticate": "residents.second_factor_forms.SecondStepForm",
    "authenticate_webauthn": "residents.second_factor_forms.SecondStepPasskeyForm",
    "login_webauthn": "residents.second_factor_forms.PasskeySignInForm",
    "reauthenticate_webauthn": "residents.second_factor_forms.ProveByPasskeyForm",
    "reauthenticate": "residents.second_factor_forms.ProveCodeForm",
    "activate_totp": "residents.second_factor_forms.SetUpAppForm",
    "add_webauthn": "residents.second_factor_forms.AddPasskeyForm",
    "edit_webauthn": "residents.second_factor_forms.RenamePasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# Every passkey here can sign in alone, so every use asks for finger or PIN: the challenge of a second step serves at
# the door as well, and without this a stolen key would answer to a thief's own.
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_REAUTHENTICATION_REQUIRED = False  # residents/proving.py asks, once for all
MFA_ALLOW_UNVERIFIED_EMAIL = True  # accounts have no e-mail to verify
MFA_TOTP_TOLERANCE = 1  # a step early or late; each password is taken once (residents/second_factors.py)
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "dashed": False, "length": 6}
